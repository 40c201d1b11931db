"""Choosing on a page where a seal goes: a usual place, or a tap on the picture of a page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from portal.context import Pages
from portal.pictures import Address, SealOnPage
from seal_core.domain.documents import Document
from seal_core.domain.sealing import PlaceWish
from seal_core.domain.seals import Seal
from seal_core.engines.protocol import AtPoint, OnEveryPage
from seal_core.errors import SealError
from seal_core.services.sealing import place_of

KEYWORD_LENGTH = 40
FIELD_LENGTH = 100
EVERY_PAGE_MARGIN_MM = 15.0
"""Between the seal on every page and the paper's right and lower edge."""


class PlaceUnclear(SealError):
    """What was entered names no place on the document."""

    code = "place.unclear"


@dataclass(frozen=True, slots=True)
class TapPicture:
    """A page to be tapped: shown *width_px* wide, so that a tap can be turned into mm."""

    address: str
    number: int
    count: int
    width_mm: float
    height_mm: float
    width_px: int
    seal: SealOnPage | None

    @property
    def height_px(self) -> int:
        return round(self.width_px * self.height_mm / self.width_mm)


def read_wish(form: Mapping[str, str], document: Document, seal: Seal) -> PlaceWish:
    """The place a form names, and what is to be done before. Raises PlaceUnclear."""
    return replace(_read_place(form, document, seal), flatten=_flattens(form))


def _flattens(form: Mapping[str, str]) -> bool:
    return form.get("flatten") == "1"


def _read_place(form: Mapping[str, str], document: Document, seal: Seal) -> PlaceWish:
    match form.get("place", ""):
        case "corner":
            return PlaceWish("corner")
        case "seam_left" | "seam_right" as seam:
            return PlaceWish("seam", edge=seam.removeprefix("seam_"))
        case "keyword":
            text = form.get("text", "").strip()
            if not 0 < len(text) <= KEYWORD_LENGTH:
                raise PlaceUnclear("keyword")
            return PlaceWish("keyword", text=text)
        case "field":
            name = form.get("field", "").strip()
            if not 0 < len(name) <= FIELD_LENGTH:
                raise PlaceUnclear("field")
            return PlaceWish("field", text=name)
        case "every_page":
            width, height = (min(sizes) for sizes in zip(*document.pages, strict=True))
            x_mm = width - seal.width_mm - EVERY_PAGE_MARGIN_MM
            y_mm = height - seal.height_mm - EVERY_PAGE_MARGIN_MM
            return PlaceWish("every_page", x_mm=max(0.0, x_mm), y_mm=max(0.0, y_mm))
        case "point":
            return _point(form, document, seal)
        case _:
            raise PlaceUnclear("place")


def tapped(form: Mapping[str, str], document: Document, seal: Seal, width_px: int) -> PlaceWish:
    """The place under a tap (``at.x``, ``at.y`` in pixels) on page ``shown``: the seal's centre.

    A seal that would stick out is moved back onto the page. Raises PlaceUnclear.
    """
    number = _page_number(form, document, "shown")
    width, height = document.pages[number - 1]
    mm = width / width_px
    x_mm = _number(form, "at.x") * mm - seal.width_mm / 2
    y_mm = _number(form, "at.y") * mm - seal.height_mm / 2
    return PlaceWish(
        "point",
        number,
        round(_within(x_mm, width - seal.width_mm), 1),
        round(_within(y_mm, height - seal.height_mm), 1),
        flatten=_flattens(form),
    )


def wish_so_far(form: Mapping[str, str], document: Document, seal: Seal) -> PlaceWish | None:
    """The place as far as it has been said."""
    try:
        return read_wish(form, document, seal)
    except PlaceUnclear:
        return None


def fields_of(wish: PlaceWish) -> dict[str, Any]:
    """What `read_wish` reads, for addresses."""
    return _place_fields(wish) | ({"flatten": "1"} if wish.flatten else {})


def _place_fields(wish: PlaceWish) -> dict[str, Any]:
    match wish.kind:
        case "seam":
            return {"place": f"seam_{wish.edge}"}
        case "keyword":
            return {"place": "keyword", "text": wish.text}
        case "field":
            return {"place": "field", "field": wish.text}
        case "point":
            return {"place": "point", "page": wish.page, "x_mm": wish.x_mm, "y_mm": wish.y_mm}
        case kind:
            return {"place": kind}


def shown_page(document: Document, wanted: str) -> int:
    """The page to show; the last one to begin with, where seals usually go."""
    last = len(document.pages)
    return min(last, max(1, int(wanted))) if wanted.isascii() and wanted.isdigit() else last


def tap_picture(
    pages: Pages,
    document: Document,
    seal: Seal,
    wish: PlaceWish | None,
    number: int,
    width_px: int,
    address: Address,
    seal_address: str,
) -> TapPicture | None:
    """Page *number* to be tapped, with the seal where it is now; None until it is drawn."""
    if not pages.previews.ask_for(document.id, number):
        return None
    width, height = document.pages[number - 1]
    over = _seal_on(document, seal, wish, number, seal_address) if wish else None
    return TapPicture(address(number), number, len(document.pages), width, height, width_px, over)


def _seal_on(
    document: Document, seal: Seal, wish: PlaceWish, number: int, address: str
) -> SealOnPage | None:
    place = place_of(wish, document, seal)
    on_it = isinstance(place, OnEveryPage) or (isinstance(place, AtPoint) and place.page == number)
    if not on_it or not isinstance(place, AtPoint | OnEveryPage):
        return None
    return SealOnPage(address, place.x_mm, place.y_mm, seal.width_mm, seal.height_mm)


def _point(form: Mapping[str, str], document: Document, seal: Seal) -> PlaceWish:
    number = _page_number(form, document, "page")
    width, height = document.pages[number - 1]
    x_mm, y_mm = _number(form, "x_mm"), _number(form, "y_mm")
    if not (0 <= x_mm <= width - seal.width_mm and 0 <= y_mm <= height - seal.height_mm):
        raise PlaceUnclear("outside the page")
    return PlaceWish("point", number, x_mm, y_mm)


def _page_number(form: Mapping[str, str], document: Document, name: str) -> int:
    number = _number(form, name)
    if number != int(number) or not 1 <= number <= len(document.pages):
        raise PlaceUnclear(name)
    return int(number)


def _number(form: Mapping[str, str], name: str) -> float:
    try:
        value = float(form.get(name, ""))
    except ValueError:
        raise PlaceUnclear(name) from None
    if not math.isfinite(value):
        raise PlaceUnclear(name)
    return value


def _within(value: float, highest: float) -> float:
    return max(0.0, min(value, highest))
