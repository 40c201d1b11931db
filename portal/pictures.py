"""Pages of documents as pictures on our pages, with a seal where it stands or will stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import Response, send_file

from portal.context import Pages
from seal_core.domain.documents import Document
from seal_core.domain.sealing import PlaceWish, SealingTask
from seal_core.domain.seals import Seal
from seal_core.engines.placement import Rect
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
    clip: Rect | None = None  # the only part that is there, relative to the seal


@dataclass(frozen=True, slots=True)
class ToSeal:
    """A file of an order."""

    wish: PlaceWish
    task: SealingTask
    document: Document
    seal: Seal


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


def wished_pages(
    pages: Pages, file: ToSeal, address: Address, seal_address: str
) -> list[PagePicture]:
    """The pages the seal will stand on that were drawn: the first, and of a seam the last too."""
    foreseen = pages.foresight.foresee(file.wish, file.task, file.document, file.seal)
    marks = foreseen.impressions
    pictures = []
    for mark in dict.fromkeys((*marks[:1], *(marks[-1:] if file.wish.kind == "seam" else ()))):
        if not pages.previews.has_page(file.document.id, mark.page):
            continue
        box, clip = mark.box, mark.clip
        over = SealOnPage(seal_address, box.x, box.y, box.width, box.height, clip)
        where = "骑缝章将盖在图中边缘" if file.wish.kind == "seam" else "印章将盖在图中位置"
        words = f"《{file.document.name}》第 {mark.page} 页，{where}"
        pictures.append(_picture(file.document, mark.page, address, words, over))
    return pictures


def warning_of(pages: Pages, file: ToSeal) -> str:
    """What the holder should know of this file before he confirms; mostly nothing."""
    foreseen = pages.foresight.foresee(file.wish, file.task, file.document, file.seal)
    if foreseen.missing and file.wish.kind == "keyword":
        return f"《{file.document.name}》里没有找到“{file.wish.text}”，这份文件不会盖上章。"
    if foreseen.missing:
        return f"《{file.document.name}》放不下这个位置的印章，这份文件不会盖上章。"
    return ""


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
