"""Setting characters: how wide each is, where each stands, and that none touches another."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seal_core.errors import FaceRefused
from seal_core.faces.fonts import Glyph
from seal_core.faces.paths import Path, Point, joined, placed
from seal_core.faces.tracks import Stand, Track, track

# The ink of a Chinese character in Noto Serif SC fills this share of its em square, whose
# middle lies 0.38 em above the baseline (measured over GB 2312).
_BODY = 0.96
_BODY_MIDDLE = 0.38
_BRACKETS = frozenset("（）()〔〕［］【】《》〈〉「」『』·•・、")
# Arimo's figures, in em; their middle lies this far above the baseline (y down).
_FIGURE_HEIGHT = 0.6988
_FIGURE_ADVANCE = 0.5562
_FIGURE_CELL = 0.52  # ink and a little air
_FIGURE_MIDDLE = -0.3444

# How far a text is squeezed before it is refused.
_AIR = 0.03  # between neighbours, share of the height
_LEAST_WIDTH = 0.48  # share of the height
_LEAST_SIZE = 0.42  # share of the wished height
_STEPS = 24


@dataclass(frozen=True, slots=True)
class Body:
    """A glyph with the box that counts as its size, in em units, y down."""

    glyph: Glyph
    middle: Point
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Cell:
    """A body put in its place: *width* × *height* mm around *stand*."""

    body: Body
    stand: Stand
    width: float
    height: float

    def path(self) -> Path:
        """The ink."""
        sx, sy = self.width / self.body.width, self.height / self.body.height
        to_face = placed(self.stand.at, sx, sy, self.stand.turn)
        x, y = to_face.apply((-self.body.middle[0], -self.body.middle[1]))
        return self.body.glyph.path.moved(to_face._replace(e=x, f=y))

    def corners(self, margin: float = 0.0) -> list[Point]:
        """The four corners, *margin* mm outside."""
        w, h = self.width / 2 + margin, self.height / 2 + margin
        turned = placed(self.stand.at, 1, 1, self.stand.turn)
        return [turned.apply(p) for p in ((-w, -h), (w, -h), (w, h), (-w, h))]


def text_body(character: str, glyph: Glyph) -> Body:
    """A character of running text. Brackets and dots are cut to their ink, Latin to its advance."""
    box = glyph.box
    middle = -_BODY_MIDDLE
    if box and character in _BRACKETS:
        return Body(glyph, ((box.left + box.right) / 2, middle), box.right - box.left + 0.1, _BODY)
    if glyph.advance < 0.9 or not box:
        return Body(glyph, (glyph.advance / 2, middle), max(glyph.advance, 0.2), _BODY)
    return Body(glyph, (glyph.advance / 2, middle), _BODY, _BODY)


def digit_body(glyph: Glyph) -> Body:
    """A figure or capital of a code: every one in a cell of the same width."""
    ink = glyph.box.right - glyph.box.left if glyph.box else 0.0
    middle = (glyph.box.left + glyph.box.right) / 2 if glyph.box else 0.0
    return Body(glyph, (middle, _FIGURE_MIDDLE), max(_FIGURE_CELL, ink + 0.07), _FIGURE_HEIGHT)


def figure_body(glyph: Glyph) -> Body:
    """A figure or bracket of a number, as wide as its font has it."""
    return Body(glyph, (glyph.advance / 2, _FIGURE_MIDDLE), glyph.advance, _FIGURE_HEIGHT)


def figure_share(width: float, height: float) -> float:
    """The share ``squeezes`` wants for figures *width* mm apart and *height* mm high."""
    return width / _FIGURE_ADVANCE * _BODY / height


def ink(cells: Sequence[Cell]) -> Path:
    """The ink of all *cells*."""
    return joined(cell.path() for cell in cells)


@dataclass(frozen=True, slots=True)
class Size:
    """Height and width of a full character and the most space between characters, in mm."""

    height: float
    width: float
    spacing: float

    def width_of(self, body: Body) -> float:
        return self.width * body.width / _BODY

    def spacing_within(self, room: float, bodies: Sequence[Body]) -> float:
        """The space that is left between *bodies* in *room*; negative if they are too wide."""
        left = room - sum(map(self.width_of, bodies))
        return min(self.spacing, left / max(len(bodies) - 1, 1))

    def length_of(self, bodies: Sequence[Body], spacing: float) -> float:
        return sum(map(self.width_of, bodies)) + spacing * (len(bodies) - 1)


def squeezes(height: float, width: float, spacing: float) -> list[Size]:
    """From the wished size to the smallest legible one: first narrower, then smaller.

    *width* and *spacing* are shares of *height*. Space between the characters is given up
    before any of these.
    """
    widths = _steps(width, min(width, _LEAST_WIDTH))
    sizes = [Size(height, height * w, height * spacing) for w in widths]
    heights = [height * share for share in _steps(1.0, _LEAST_SIZE)[1:]]
    return sizes + [Size(h, h * widths[-1], h * spacing) for h in heights]


def first_fitting(sizes: Sequence[Size], fits: Callable[[Size], bool], text: str) -> Size:
    """The least squeezed of *sizes* that fits. Raises FaceRefused("does_not_fit")."""
    place = bisect.bisect_left(sizes, True, key=fits)
    if place == len(sizes):
        raise FaceRefused("does_not_fit", text)
    return sizes[place]


@dataclass(frozen=True, slots=True)
class Arc:
    """Room for text along the inside of a round or oval edge."""

    centre: Point
    rx: float  # of the edge's inner side
    ry: float
    gap: float  # from the edge to the characters
    most: float  # degrees seen from the centre
    least: float = 0.0
    hanging: bool = False  # at the bottom, heads to the centre

    def set(self, bodies: Sequence[Body], sizes: Sequence[Size], text: str) -> list[Cell]:
        """Spread *bodies* evenly, as little squeezed as fits. Raises FaceRefused."""
        size = first_fitting(sizes, lambda size: self._fits(bodies, size), text)
        return self._cells(bodies, size)

    def _fits(self, bodies: Sequence[Body], size: Size) -> bool:
        if size.spacing_within(self._line(size).length_within(self.most), bodies) < 0:
            return False
        cells, air = self._cells(bodies, size), size.height * _AIR
        return not any(overlap(a, b, air) for a, b in itertools.pairwise(cells))

    def _cells(self, bodies: Sequence[Body], size: Size) -> list[Cell]:
        line = self._line(size)
        spacing = size.spacing_within(line.length_within(self.most), bodies)
        length = size.length_of(bodies, spacing)
        if len(bodies) > 1 and length < (least := line.length_within(self.least)):
            spacing += (least - length) / (len(bodies) - 1)
            length = least
        stand = line.hanging if self.hanging else line.upright
        cells, along = [], -length / 2
        for body in bodies:
            width = size.width_of(body)
            cells.append(Cell(body, stand(along + width / 2), width, size.height))
            along += width + spacing
        return cells

    def _line(self, size: Size) -> Track:
        return track(self.centre, self.rx, self.ry, round(self.gap + size.height / 2, 4))


def row(
    bodies: Sequence[Body], centre: Point, width: float, sizes: Sequence[Size], text: str
) -> list[Cell]:
    """A level row around *centre*, at most *width* long. Raises FaceRefused."""

    def fits(size: Size) -> bool:
        return size.spacing_within(width, bodies) >= min(size.spacing, size.height * _AIR)

    size = first_fitting(sizes, fits, text)
    spacing = size.spacing_within(width, bodies)
    cells, x = [], centre[0] - size.length_of(bodies, spacing) / 2
    for body in bodies:
        w = size.width_of(body)
        cells.append(Cell(body, Stand((x + w / 2, centre[1]), 0.0), w, size.height))
        x += w + spacing
    return cells


def overlap(a: Cell, b: Cell, air: float = 0.0) -> bool:
    """Whether two cells come nearer than *air* mm (separating axes of two rectangles)."""
    reach = math.hypot(a.width, a.height) / 2 + math.hypot(b.width, b.height) / 2 + air
    if math.dist(a.stand.at, b.stand.at) >= reach:
        return False
    ours, theirs = a.corners(air / 2), b.corners(air / 2)
    axes = [
        (math.cos(turn + quarter), math.sin(turn + quarter))
        for turn in (a.stand.turn, b.stand.turn)
        for quarter in (0.0, math.pi / 2)
    ]
    return not any(_apart(ours, theirs, axis) for axis in axes)


def _apart(ours: Sequence[Point], theirs: Sequence[Point], axis: Point) -> bool:
    a = [x * axis[0] + y * axis[1] for x, y in ours]
    b = [x * axis[0] + y * axis[1] for x, y in theirs]
    return max(a) <= min(b) or max(b) <= min(a)


def _steps(start: float, end: float) -> list[float]:
    return [start + (end - start) * k / _STEPS for k in range(_STEPS + 1)]
