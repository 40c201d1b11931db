"""Reading a form: from the PDF to one impression per seal. Needs OpenCV: for workers alone.

Nothing here decides anything. Files come from strangers, so every cost is bounded by counts
(pages, pixels, candidates), and the caller adds limits of time and memory.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from seal_core.errors import DocumentRefused
from seal_core.impressions import judging
from seal_core.impressions.finding import border_near, find
from seal_core.impressions.fitting import Fit
from seal_core.impressions.form_marks import Place, locate
from seal_core.impressions.likeness import fingerprint
from seal_core.impressions.matching import Answer, match
from seal_core.impressions.model import (
    VERSION,
    Box,
    Finding,
    FindingCode,
    FormReading,
    Impression,
    Outline,
    Wanted,
)
from seal_core.impressions.pages import MAX_PAGES, Form, PageTooLarge
from seal_core.impressions.redraw import original, overlay, redraw
from seal_core.impressions.ring_text import read_ring, ring_doubts
from seal_core.impressions.sheet import Sheet
from seal_core.impressions.straighten import Upright, nearest, upright

_MAX_SEALS = 24


_SCALED = 0.012  # print off its master: less is the tolerance of a printer


@dataclass(frozen=True, slots=True)
class Spotted:
    """A seal before it is drawn: where, how far turned, and in which box of our own form."""

    page: int
    fit: Fit
    turn: Upright
    box: str = ""


@dataclass(frozen=True, slots=True)
class _Page:
    """A page's inks, and where our form lies on it, if it is ours."""

    sheet: Sheet
    place: Place | None


def read_form(pdf: bytes, wanted: Sequence[Wanted]) -> FormReading:
    """The impressions on *pdf* that answer *wanted*, and all others, in reading order.

    Raises DocumentRefused if *pdf* cannot be opened; a page that cannot be read is a finding.
    The same bytes and wishes give the same reading under the same VERSION.
    """
    with Form(pdf) as form:
        reader = _Reader(form, wanted)
        return reader.read()


def extract_box(
    pdf: bytes,
    page: int,
    box: Box,
    angle: float,
    wanted: Wanted | None = None,
    *,
    snap: bool = False,
) -> Impression:
    """The seal in the reviewer's own *box*, turned by *angle* degrees clockwise.

    Exactly the box is taken, unless *snap*: then it is drawn to the border of the seal that
    lies there, if one does, and the turn nearest *angle* is read from the seal. Raises
    DocumentRefused, or ValueError for a page or box that is not there.
    """
    if not (8 <= box.width <= 100 and 8 <= box.height <= 100 and -360 <= angle <= 360):
        raise ValueError("box")
    with Form(pdf) as form:
        if not 1 <= page <= form.pages:
            raise ValueError("page")
        raster = form.raster(page)
    located = locate(raster)  # a photograph of our own form is measured by its marks
    sheet = Sheet(raster if located is None else located[0])
    outline = wanted.outline if wanted else Outline.RECTANGLE
    fit = _at_box(sheet, box, outline, angle)
    turn = Upright(angle, sure=True)
    if snap and (border := border_near(sheet, fit)) is not None:
        fit, turn = border, replace(upright(sheet, border, angle), sure=True)
    return _drawn(sheet, Spotted(page, fit, turn), 1, None, wanted)


class _Reader:
    """One reading of one form."""

    def __init__(self, form: Form, wanted: Sequence[Wanted]) -> None:
        self._form = form
        self._wanted = tuple(wanted)
        self._findings: list[Finding] = []
        self._last: tuple[int, _Page] | None = None
        self._code = ""
        self._colours: list[bool] = []  # of the pages that could be read

    def read(self) -> FormReading:
        spotted = [spot for page in self._pages() for spot in self._spot(page)][:_MAX_SEALS]
        impressions = []
        for number, (spot, answer) in enumerate(
            zip(spotted, self._answers(spotted), strict=True), 1
        ):
            wish = None if answer.wanted is None else self._wanted[answer.wanted]
            sheet = self._page(spot.page).sheet
            drawn = _drawn(sheet, spot, number, answer.wanted, wish)
            if answer.uncertain:
                doubt = Finding(FindingCode.WHICH_UNCERTAIN, number)
                drawn = replace(drawn, findings=(*drawn.findings, doubt))
            impressions.append(drawn)
        self._count(impressions)
        return FormReading(VERSION, tuple(impressions), tuple(self._findings), self._code)

    def _pages(self) -> range:
        pages = self._form.pages
        if pages > MAX_PAGES:
            self._find(FindingCode.TOO_MANY_PAGES, str(MAX_PAGES))
        return range(1, min(pages, MAX_PAGES) + 1)

    def _spot(self, number: int) -> list[Spotted]:
        """The seals of one page, top to bottom and left to right."""
        try:
            page = self._page(number)
        except PageTooLarge:
            self._find(FindingCode.PAGE_TOO_LARGE, str(number))
            return []
        except DocumentRefused:
            self._find(FindingCode.UNREADABLE, str(number))
            return []
        sheet, place = page.sheet, page.place
        if place is not None:
            self._code = place.code.payload
            if abs(place.scale - 1) > _SCALED:
                self._find(FindingCode.PRINT_SCALED, f"{place.scale:.1%}")
        self._colours.append(sheet.colourful)
        if not sheet.colourful:
            return []
        fits = find(sheet, self._wanted)
        fits.sort(key=lambda f: (round(f.y / 25), f.x))
        turns = _all_upright(sheet, fits, None if place is None else place.turn)
        return [Spotted(number, f, t, _box_of(page, f)) for f, t in zip(fits, turns, strict=True)]

    def _page(self, number: int) -> _Page:
        """The last page is kept: most forms have their seals on one."""
        if self._last is None or self._last[0] != number:
            self._last = None
            raster = self._form.raster(number)
            located = locate(raster)
            found = _Page(Sheet(raster), None)
            if located is not None:
                found = _Page(Sheet(located[0]), located[1])
            self._last = (number, found)
        return self._last[1]

    def _answers(self, spotted: Sequence[Spotted]) -> list[Answer]:
        """By the box on our own form; by outline and size on others."""
        if not self._code:
            return match([s.fit for s in spotted], self._wanted)
        answers, taken = [], set[int]()
        for spot in spotted:
            wish = next(
                (n for n, w in enumerate(self._wanted) if w.type == spot.box and n not in taken),
                None,
            )
            answers.append(Answer(wish))
            if wish is not None:
                taken.add(wish)
        return answers

    def _count(self, impressions: Sequence[Impression]) -> None:
        answered = {i.wanted for i in impressions if i.wanted is not None}
        lacking = len(self._wanted) - len(answered)
        if lacking and self._colours and not any(self._colours):
            self._find(FindingCode.GREY_SCAN)
        elif lacking:
            self._find(FindingCode.TOO_FEW, str(lacking))
        # on our own form the unit's seal stands by the signature, outside the boxes
        extra = sum(i.wanted is None for i in impressions)
        if extra and not self._code:
            self._find(FindingCode.TOO_MANY, str(extra))

    def _find(self, code: FindingCode, detail: str = "") -> None:
        self._findings.append(Finding(code, 0, detail))


def _box_of(page: _Page, fit: Fit) -> str:
    """The type of seal that belongs where *fit* is."""
    if page.place is None:
        return ""
    per_mm = page.sheet.per_mm
    n = page.place.box(fit.x * per_mm, fit.y * per_mm)
    return "" if n is None else page.place.code.types[n]


def _all_upright(sheet: Sheet, fits: Sequence[Fit], page_turn: float | None) -> list[Upright]:
    """The turn of each seal; those whose design tells it say how the page lies, if no mark does."""
    if page_turn is not None:
        return [replace(upright(sheet, fit, page_turn), sure=True) for fit in fits]
    first = [upright(sheet, fit, 0.0) for fit in fits]
    known = [t.angle for t in first if t.sure]
    if not known:
        return first
    page = _quarter(known)
    return [
        t if t.sure else replace(upright(sheet, fit, page), sure=fit.outline is Outline.RECTANGLE)
        for t, fit in zip(first, fits, strict=True)
    ]


def _quarter(angles: Sequence[float]) -> float:
    """The quarter turn most seals agree with."""
    mean = complex(np.exp(1j * np.radians(np.asarray(angles))).sum())
    return nearest(0.0, 90.0, math.degrees(math.atan2(mean.imag, mean.real)))


def _drawn(
    sheet: Sheet, spot: Spotted, number: int, answers: int | None, wish: Wanted | None
) -> Impression:
    fit = spot.fit
    sides = (wish.width_mm, wish.height_mm) if wish else _own_size(fit)
    drawn = redraw(sheet, fit, spot.turn.angle, *sides)
    outline = wish.outline if wish else fit.outline
    quality = judging.quality_of(sheet, fit, drawn, wish)
    found = judging.findings_of(sheet, fit, quality, wish)
    if not spot.turn.sure:
        found.append((FindingCode.UPRIGHT_UNCERTAIN, ""))
    strip = b""
    if outline is not Outline.RECTANGLE:
        ring = read_ring(drawn.opacity, wish.ring if wish else "")
        strip = ring.strip
        found += ring_doubts(ring) if wish and wish.ring else []
    scan = original(sheet, fit, spot.turn.angle)
    return Impression(
        page=spot.page,
        wanted=answers,
        outline=outline,
        box=_box(sheet, fit),
        width_mm=round(fit.width, 2),
        height_mm=round(fit.height, 2),
        angle=round(spot.turn.angle, 2),
        picture=drawn.picture,
        original=scan,
        overlay=overlay(scan, drawn, fit),
        strip=strip,
        fingerprint=fingerprint(drawn.opacity, outline),
        quality=quality,
        findings=judging.numbered(found, number),
    )


def _at_box(sheet: Sheet, box: Box, outline: Outline, angle: float) -> Fit:
    """The other way round than ``_box``. Raises ValueError for a place that is not there."""
    to_page = sheet.raster.to_page
    middle = np.array([box.x + box.width / 2, box.y + box.height / 2, 1.0])
    x, y, w = (float(v) for v in np.linalg.inv(to_page) @ middle)
    x, y = x / w / sheet.per_mm, y / w / sheet.per_mm
    if not (0 <= x <= sheet.width_mm and 0 <= y <= sheet.height_mm):
        raise ValueError("box")
    scale = math.sqrt(abs(float(np.linalg.det(to_page[:2, :2])))) * sheet.per_mm
    sides = box.width / scale, box.height / scale
    return Fit(outline, x, y, *sides, angle, closed=1.0, edge_mm=0.0)


def _own_size(fit: Fit) -> tuple[float, float]:
    """A seal nobody asked for is drawn as large as it is."""
    return round(max(fit.width, 8.0), 1), round(max(fit.height, 8.0), 1)


def _box(sheet: Sheet, fit: Fit) -> Box:
    """On the page as displayed: centre and size carried over."""
    to_page = sheet.raster.to_page
    pixel = np.array([fit.x * sheet.per_mm, fit.y * sheet.per_mm, 1.0])
    x, y, w = (float(v) for v in to_page @ pixel)
    scale = math.sqrt(abs(float(np.linalg.det(to_page[:2, :2])))) * sheet.per_mm
    width, height = fit.width * scale, fit.height * scale
    return Box(
        round(x / w - width / 2, 2),
        round(y / w - height / 2, 2),
        round(width, 2),
        round(height, 2),
    )
