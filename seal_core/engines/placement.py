"""Where a seal goes, in mm, for any format: one page, every page, a keyword, over a seam."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from seal_core.engines.protocol import (
    AtField,
    AtKeyword,
    AtPattern,
    AtPoint,
    FacingSeam,
    Found,
    OnEveryPage,
    PageSize,
    Place,
    Seam,
    WhichPages,
)
from seal_core.errors import UnknownPlace

MIN_SLICE_MM = 5.0  # thinner strips of a seam seal can no longer be told apart on paper
MAX_IMPRESSIONS = 20_000  # of one signature: twice the pages a document may have
_TOLERANCE_MM = 0.01


@dataclass(frozen=True, slots=True)
class Rect:
    """Top-left corner and size in mm, y down."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Impression:
    """The whole seal's *box* on a page (from 1); only *clip*, relative to the box, is drawn.

    *field* names the signature field that is already there and as large as *clip*.
    """

    page: int
    box: Rect
    clip: Rect | None = None
    field: str | None = None


FindText = Callable[[str | re.Pattern[str]], Sequence[Found]]
FindField = Callable[[str], tuple[int, Rect]]  # the page (from 1) and the place as displayed


def no_fields(name: str) -> tuple[int, Rect]:
    """For formats without signature fields. Raises UnknownPlace."""
    raise UnknownPlace(name)


def place_seal(
    places: Sequence[Place],
    pages: Sequence[PageSize],
    width_mm: float,
    height_mm: float,
    find_text: FindText,
    find_field: FindField = no_fields,
) -> tuple[Impression, ...]:
    """Lay out every wish. Raises UnknownPlace for a page, text or spot that does not exist."""
    layout = _Layout(pages, width_mm, height_mm, find_text, find_field)
    wished = (impression for place in places for impression in layout.lay(place))
    laid = tuple(islice(wished, MAX_IMPRESSIONS + 1))
    if not laid:
        raise UnknownPlace("no place was asked for")
    if len(laid) > MAX_IMPRESSIONS:
        raise UnknownPlace(f"more than {MAX_IMPRESSIONS} places")
    return laid


@dataclass(frozen=True, slots=True)
class _Layout:
    pages: Sequence[PageSize]
    width: float
    height: float
    find_text: FindText
    find_field: FindField

    def lay(self, place: Place) -> Iterator[Impression]:
        match place:
            case AtPoint():
                yield self._at_point(place)
            case OnEveryPage():
                for index in self._chosen(place.pages):
                    yield self._inside(index + 1, place.x_mm, place.y_mm)
            case AtKeyword():
                yield from self._at_text(place, place.text)
            case AtPattern():
                yield from self._at_text(place, place.pattern)
            case AtField():
                yield self._in_field(place)
            case Seam():
                yield from self._over_seam(place)
            case FacingSeam():
                yield from self._between_facing(place)

    def _at_point(self, place: AtPoint) -> Impression:
        if not 1 <= place.page <= len(self.pages):
            raise UnknownPlace(f"page {place.page} of {len(self.pages)}")
        box = Rect(place.x_mm, place.y_mm, self.width, self.height)
        if not fits(box, self.pages[place.page - 1]):
            raise UnknownPlace(f"({place.x_mm:g}, {place.y_mm:g}) mm on page {place.page}")
        return Impression(place.page, box)

    def _inside(self, number: int, x: float, y: float) -> Impression:
        """The place nearest to the wish at which the whole seal is on the page."""
        page = self.pages[number - 1]
        if not self.width <= page.width_mm + _TOLERANCE_MM:
            raise UnknownPlace(f"the seal is wider than page {number}")
        if not self.height <= page.height_mm + _TOLERANCE_MM:
            raise UnknownPlace(f"the seal is higher than page {number}")
        left = _clamp(x, page.width_mm - self.width)
        top = _clamp(y, page.height_mm - self.height)
        return Impression(number, Rect(left, top, self.width, self.height))

    def _at_text(
        self, place: AtKeyword | AtPattern, wanted: str | re.Pattern[str]
    ) -> Iterator[Impression]:
        written = wanted if isinstance(wanted, str) else wanted.pattern
        if not written.strip() or place.nth < 0:
            raise UnknownPlace(written)
        hits = self.find_text(wanted)
        chosen = hits if place.nth == 0 else hits[place.nth - 1 : place.nth]
        if not chosen:
            raise UnknownPlace(written)
        for hit in chosen:
            x = hit.x + place.dx_mm - self.width / 2
            y = hit.y + place.dy_mm - self.height / 2
            yield self._inside(hit.page, x, y)

    def _in_field(self, place: AtField) -> Impression:
        number, room = self.find_field(place.name)
        left, top = (room.width - self.width) / 2, (room.height - self.height) / 2
        if min(left, top) < -_TOLERANCE_MM:
            raise UnknownPlace(f"the seal is larger than the field {place.name}")
        box = Rect(room.x + left, room.y + top, self.width, self.height)
        return Impression(number, box, Rect(-left, -top, room.width, room.height), place.name)

    def _over_seam(self, place: Seam) -> Iterator[Impression]:
        across = self.width if place.edge in ("left", "right") else self.height
        _check_offset(place.offset)
        chosen = self._chosen(place.pages)
        for group in seam_groups(len(chosen), across):
            yield from self._over_group(place, chosen[group.start : group.stop])

    def _between_facing(self, place: FacingSeam) -> Iterator[Impression]:
        _check_offset(place.offset)
        count, half = len(self.pages), self.width / 2
        if count < 2 or half < MIN_SLICE_MM:
            raise UnknownPlace(f"no seam over {count} pages with {self.width:g} mm")
        firsts = sorted({*range(0, count - 1, 2), count - 2})
        for first in firsts:
            left, right = self.pages[first], self.pages[first + 1]
            along = self._along(place.offset, min(left.height_mm, right.height_mm), self.height)
            if half > min(left.width_mm, right.width_mm) + _TOLERANCE_MM:
                raise UnknownPlace(f"page {first + 1} is narrower than its strip")
            yield self._strip(first + 1, True, left.width_mm - half, along, 0, half)
            yield self._strip(first + 2, True, -half, along, half, half)

    def _along(self, offset: float, edge: float, extent: float) -> float:
        """Where on an edge the seal begins, so that its middle is at *offset*."""
        if extent > edge + _TOLERANCE_MM:
            raise UnknownPlace("the seal is longer than the edge")
        return _clamp(offset * edge - extent / 2, edge - extent)

    def _chosen(self, pages: WhichPages) -> range:
        """Indexes of the pages; the first page is odd."""
        first, step = {"all": (0, 1), "odd": (0, 2), "even": (1, 2)}[pages]
        return range(first, len(self.pages), step)

    def _over_group(self, place: Seam, group: range) -> Iterator[Impression]:
        upright = place.edge in ("left", "right")
        extent = self.height if upright else self.width
        across = self.width if upright else self.height
        # Laid on top of each other from the same corner, the sheets meet where the shortest ends.
        edge = min(_edge_length(self.pages[i], upright) for i in group)
        along = self._along(place.offset, edge, extent)
        strip = across / len(group)
        for order, index in enumerate(group):
            start = (len(group) - 1 - order if place.edge in ("left", "top") else order) * strip
            page = self.pages[index]
            depth = page.width_mm if upright else page.height_mm
            if strip > depth + _TOLERANCE_MM:
                raise UnknownPlace(f"page {index + 1} is narrower than its strip")
            begin = -start if place.edge in ("left", "top") else depth - start - strip
            yield self._strip(index + 1, upright, begin, along, start, strip)

    def _strip(
        self, page: int, upright: bool, begin: float, along: float, start: float, strip: float
    ) -> Impression:
        if upright:
            box = Rect(begin, along, self.width, self.height)
            return Impression(page, box, Rect(start, 0, strip, self.height))
        box = Rect(along, begin, self.width, self.height)
        return Impression(page, box, Rect(0, start, self.width, strip))


def seam_groups(pages: int, across_mm: float) -> list[range]:
    """Split *pages* evenly so that no strip is thinner than MIN_SLICE_MM.

    Raises UnknownPlace where there is no seam: one page, or a seal too small to be cut
    so that no page is left alone.
    """
    most = int(across_mm / MIN_SLICE_MM + 1e-9)
    if pages < 2 or most < 2 or (most == 2 and pages % 2):
        raise UnknownPlace(f"no seam over {pages} pages with {across_mm:g} mm")
    groups = -(-pages // most)
    cuts = [pages * i // groups for i in range(groups + 1)]
    return [range(a, b) for a, b in pairwise(cuts)]


def fits(box: Rect, page: PageSize) -> bool:
    """Whether the box lies on the page."""
    return (
        box.x >= -_TOLERANCE_MM
        and box.y >= -_TOLERANCE_MM
        and box.x + box.width <= page.width_mm + _TOLERANCE_MM
        and box.y + box.height <= page.height_mm + _TOLERANCE_MM
    )


def _check_offset(offset: float) -> None:
    if not 0 <= offset <= 1:
        raise UnknownPlace(f"offset {offset:g} along the edge")


def _edge_length(page: PageSize, upright: bool) -> float:
    return page.height_mm if upright else page.width_mm


def _clamp(value: float, highest: float) -> float:
    return max(0.0, min(value, highest))
