"""A PDF page as people see it: from its boxes, rotation and unit to millimetres and back.

Sealing and verifying share this, so that a place written is the place read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.rw_common import PdfHandler

from seal_core.errors import MalformedData
from seal_core.formats.pdf_objects import elements, entry, pointers

POINTS_PER_MM = 72 / 25.4  # ISO 32000-2, 8.3.2.3: default user space unit is 1/72 inch
LETTER = (0.0, 0.0, 612.0, 792.0)  # what readers assume where /MediaBox is missing
MAX_UNITS = 2_000_000.0  # ISO 32000-1 Annex C speaks of 14 400 units; beyond this it is nonsense
MAX_DEPTH = 64  # of the page tree; real ones have fewer than ten levels

Rect = tuple[float, float, float, float]
NUMBERS = (generic.NumberObject, generic.FloatObject)
INHERITED = ("/MediaBox", "/CropBox", "/Rotate")  # ISO 32000-2, table 31


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the page as shown: top-left corner and size in mm, y downwards."""

    x_mm: float
    y_mm: float
    w_mm: float
    h_mm: float


@dataclass(frozen=True, slots=True)
class PageView:
    """The visible box in user space, the clockwise rotation and the user unit."""

    visible: Rect
    rotation: int = 0
    unit: float = 1.0

    @property
    def units_per_mm(self) -> float:
        return POINTS_PER_MM / self.unit

    @property
    def width_mm(self) -> float:
        """Width as displayed."""
        x0, y0, x1, y1 = self.visible
        return (y1 - y0 if self.rotation in {90, 270} else x1 - x0) / self.units_per_mm

    @property
    def height_mm(self) -> float:
        """Height as displayed."""
        x0, y0, x1, y1 = self.visible
        return (x1 - x0 if self.rotation in {90, 270} else y1 - y0) / self.units_per_mm

    @property
    def upright(self) -> tuple[int, int, int, int]:
        """The turn (a b c d) that makes a form XObject stand upright on this page."""
        return {
            0: (1, 0, 0, 1),
            90: (0, 1, -1, 0),
            180: (-1, 0, 0, -1),
            270: (0, -1, 1, 0),
        }[self.rotation]

    def to_user(self, x_mm: float, y_mm: float) -> tuple[float, float]:
        """The point in user space that is shown at (x, y)."""
        x0, y0, x1, y1 = self.visible
        x, y = x_mm * self.units_per_mm, y_mm * self.units_per_mm
        return {
            0: (x0 + x, y1 - y),
            90: (x0 + y, y0 + x),
            180: (x1 - x, y0 + y),
            270: (x1 - y, y1 - x),
        }[self.rotation]

    def to_shown(self, ux: float, uy: float) -> tuple[float, float]:
        """Where the point of user space is shown, in mm."""
        x0, y0, x1, y1 = self.visible
        x, y = {
            0: (ux - x0, y1 - uy),
            90: (uy - y0, ux - x0),
            180: (x1 - ux, uy - y0),
            270: (y1 - uy, x1 - ux),
        }[self.rotation]
        return x / self.units_per_mm, y / self.units_per_mm

    def rect(self, box: Box) -> Rect:
        """The rectangle of user space that shows as *box*."""
        ax, ay = self.to_user(box.x_mm, box.y_mm)
        bx, by = self.to_user(box.x_mm + box.w_mm, box.y_mm + box.h_mm)
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)

    def box(self, rect: Rect) -> Box:
        """Where a rectangle of user space is shown."""
        ax, ay = self.to_shown(rect[0], rect[1])
        bx, by = self.to_shown(rect[2], rect[3])
        return Box(min(ax, bx), min(ay, by), abs(bx - ax), abs(by - ay))


@dataclass(frozen=True, slots=True)
class Page:
    """A page object and how it is shown; pages count from 1."""

    number: int
    ref: generic.Reference
    view: PageView


class TooManyPages(MalformedData):
    """The page tree has more leaves than we are willing to look at."""

    def __init__(self, limit: int) -> None:
        super().__init__("pdf pages", f"more than {limit}")


_Inherited = dict[str, generic.PdfObject]
_Node = tuple[generic.IndirectObject, _Inherited, int]


class Pages(Sequence[Page]):
    """All pages in order, each read when it is first asked for.

    Raises MalformedData on loops and nonsense, TooManyPages beyond *limit*.
    """

    def __init__(self, handler: PdfHandler, limit: int) -> None:
        root = handler.root.raw_get("/Pages")
        if not isinstance(root, generic.IndirectObject):
            raise MalformedData("pdf pages", "the page tree is not an indirect object")
        self._leaves = tuple(_leaves((root, {}, 0), limit))
        self._known: dict[int, Page] = {}

    def at(self, ref: generic.Reference) -> Page | None:
        """The page that is the object *ref*; None if no leaf is."""
        index = self._indices.get(ref)
        return None if index is None else self[index]

    @cached_property
    def _indices(self) -> dict[generic.Reference, int]:
        return {leaf[0].reference: index for index, leaf in enumerate(self._leaves)}

    def __len__(self) -> int:
        return len(self._leaves)

    @overload
    def __getitem__(self, index: int) -> Page: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Page]: ...

    def __getitem__(self, index: int | slice) -> Page | Sequence[Page]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if index not in self._known:
            self._known[index] = _page(range(len(self))[index] + 1, self._leaves[index])
        return self._known[index]


def _leaves(root: _Node, limit: int) -> Iterator[_Node]:
    """Walk the page tree without recursion; a node met twice is a loop.

    Where /Count says that all kids of a node are pages, they are not looked at yet.
    """
    seen: set[generic.Reference] = set()
    stack, found = [root], 0
    while stack:
        pointer, inherited, depth = stack.pop()
        node = _dictionary_at(pointer)
        if pointer.reference in seen or depth > MAX_DEPTH:
            raise MalformedData("pdf pages", "the page tree is no tree")
        seen.add(pointer.reference)
        kids = _kids(node)
        if kids is None:
            branch: Sequence[_Node] = [(pointer, inherited, depth)]
        else:
            inherited = inherited | _own(node)
            below = [(kid, inherited, depth + 1) for kid in kids]
            if entry(node, "/Count") != len(kids):
                stack += reversed(below)
                continue
            branch = below
        found += len(branch)
        if found > limit:
            raise TooManyPages(limit)
        yield from branch


def _page(number: int, leaf: _Node) -> Page:
    """Read a leaf; it may turn out to be a branch with a single page."""
    pointer, inherited, depth = leaf
    while True:
        node = _dictionary_at(pointer)
        inherited = inherited | _own(node)
        kids = _kids(node)
        if kids is None:
            return Page(number, pointer.reference, _view(node, inherited))
        depth += 1
        if len(kids) != 1 or depth > MAX_DEPTH:
            raise MalformedData("pdf pages", "/Count is wrong, or the page tree is no tree")
        pointer = kids[0]


def _kids(node: generic.DictionaryObject) -> list[generic.IndirectObject] | None:
    """The kids of a branch; None for a page."""
    if "/Kids" not in node or entry(node, "/Type") == "/Page":
        return None
    return pointers(node["/Kids"])


def _own(node: generic.DictionaryObject) -> _Inherited:
    return {key: node[key] for key in INHERITED if entry(node, key) is not None}


def _dictionary_at(pointer: generic.IndirectObject) -> generic.DictionaryObject:
    node = pointer.get_object()
    if not isinstance(node, generic.DictionaryObject):
        raise MalformedData("pdf pages", "a node is no dictionary")
    return node


def _view(node: generic.DictionaryObject, inherited: dict[str, generic.PdfObject]) -> PageView:
    media = read_rect(inherited.get("/MediaBox")) or LETTER
    crop = read_rect(inherited.get("/CropBox")) or media
    rotation = inherited.get("/Rotate", 0)
    quarter = round(float(rotation) / 90) % 4 if isinstance(rotation, NUMBERS) else 0
    return PageView(_intersection(crop, media), quarter * 90, _unit(entry(node, "/UserUnit")))


def _unit(value: object) -> float:
    unit = float(value) if isinstance(value, NUMBERS) else 1.0
    return unit if 0 < unit <= 75_000 else 1.0  # the largest unit readers accept


def read_rect(value: object) -> Rect | None:
    """A PDF rectangle with its corners in order; None for anything else or an empty one."""
    if not isinstance(value, generic.ArrayObject) or len(value) != 4:
        return None
    try:
        x0, y0, x1, y1 = (float(number) for number in elements(value))
    except (TypeError, ValueError):
        return None
    rect = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
    if not all(math.isfinite(v) and abs(v) <= MAX_UNITS for v in rect):
        raise MalformedData("pdf rectangle", "beyond all bounds")
    return rect if rect[2] > rect[0] and rect[3] > rect[1] else None


def _intersection(crop: Rect, media: Rect) -> Rect:
    # ISO 32000-2, 14.11.2: the crop box is cut to the media box
    cut = (
        max(crop[0], media[0]),
        max(crop[1], media[1]),
        min(crop[2], media[2]),
        min(crop[3], media[3]),
    )
    return cut if cut[2] > cut[0] and cut[3] > cut[1] else media
