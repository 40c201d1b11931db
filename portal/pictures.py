"""Pages of documents as pictures on our pages, with a seal where it stands or will stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import Response, send_file

from portal.context import Pages
from seal_core.domain.documents import Document
from seal_core.domain.sealing import PlaceWish
from seal_core.domain.seals import Seal
from seal_core.engines.protocol import AtPoint, OnEveryPage
from seal_core.services.sealing import place_of
from verify.render.as_json import from_json
from verify.render.sights import Sight, pairs

A4_MM = (210.0, 297.0)
Address = Callable[[int], str]
"""Where the picture of the page of that number is found."""
SightAddress = Callable[[int, int], str]
"""The same for a page of what so many first octets of the file are."""


@dataclass(frozen=True, slots=True)
class SealOnPage:
    """A seal to be drawn over the page, in mm from its top left corner."""

    address: str
    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float


@dataclass(frozen=True, slots=True)
class PagePicture:
    """One page: its picture, its size, and the seal that is not on it yet."""

    address: str
    number: int
    width_mm: float
    height_mm: float
    words: str
    seal: SealOnPage | None = None


def shown_pages(pages: Pages, document: Document, address: Address) -> list[PagePicture]:
    """The pages with seals, or the first one; nothing as long as nothing was drawn."""
    drawn = pages.previews.pictured(document.id)
    return [
        _picture(document, number, address, f"《{document.name}》第 {number} 页")
        for number in drawn.sealed or drawn.pages[:1]
    ]


@dataclass(frozen=True, slots=True)
class Side:
    """A page before or after a change; *words* say so where there is no picture."""

    words: str
    picture: PagePicture | None = None


@dataclass(frozen=True, slots=True)
class ChangedPicture:
    """A page before and after a change."""

    words: str
    before: Side
    after: Side


def changed_pages(
    pages: Pages, document: Document, report: dict[str, Any] | None, address: SightAddress
) -> list[ChangedPicture]:
    """What the report says was changed after signing, once any of it was drawn."""
    if report is None:
        return []

    def side(sight: Sight | None, when: str) -> Side:
        if sight is None:
            return Side(f"{when}没有这一页。")
        if not pages.previews.has_page(document.id, sight.page, sight.octets):
            return Side(f"{when}的第 {sight.page} 页没有画出来。")
        words = f"{when}：第 {sight.page} 页"
        shown = _picture(document, sight.page, lambda _: address(sight.page, sight.octets), words)
        return Side(words, shown)

    found = [
        ChangedPicture(pair.words, side(pair.before, "改动前"), side(pair.after, "改动后"))
        for pair in pairs(from_json(report))
    ]
    return [change for change in found if change.before.picture or change.after.picture]


def wished_page(
    pages: Pages,
    document: Document,
    seal: Seal,
    wish: PlaceWish,
    address: Address,
    seal_address: str,
) -> PagePicture | None:
    """The page the seal will stand on, and the seal there.

    None where the place is found only when the document is sealed, or no picture is there yet.
    """
    place = place_of(wish, document, seal)
    if not isinstance(place, AtPoint | OnEveryPage):
        return None
    number = place.page if isinstance(place, AtPoint) else 1
    if not pages.previews.has_page(document.id, number):
        return None
    over = SealOnPage(seal_address, place.x_mm, place.y_mm, seal.width_mm, seal.height_mm)
    words = f"《{document.name}》第 {number} 页，印章将盖在图中位置"
    return _picture(document, number, address, words, over)


def png(data: bytes) -> Response:
    """A picture; what was drawn once never changes, and is nobody else's to keep."""
    response = send_file(BytesIO(data), mimetype="image/png")
    response.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return response


def _picture(
    document: Document,
    number: int,
    address: Address,
    words: str,
    seal: SealOnPage | None = None,
) -> PagePicture:
    known = number <= len(document.pages)
    width, height = document.pages[number - 1] if known else A4_MM
    return PagePicture(address(number), number, width, height, words, seal)
