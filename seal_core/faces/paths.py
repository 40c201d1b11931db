"""Filled outlines in millimetres: what a seal face is made of.

x grows to the right, y down, as in SVG and OFD. Everything is filled by the non-zero rule
in one ink, so a ring is an outer contour and a reversed inner one, and nothing is stroked.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Point = tuple[float, float]
Segment = tuple[str, tuple[Point, ...]]

# An ellipse is drawn as this many cubic curves; at 8 the error is below 0.1 µm on 60 mm.
_ARCS = 8


class Box(NamedTuple):
    """A rectangle by its edges; y down."""

    left: float
    top: float
    right: float
    bottom: float


class Matrix(NamedTuple):
    """x' = a·x + c·y + e, y' = b·x + d·y + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def apply(self, point: Point) -> Point:
        x, y = point
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f


def placed(at: Point, width: float, height: float, turn: float = 0.0) -> Matrix:
    """Scale by *width* and *height*, turn clockwise by *turn* radians, then move to *at*."""
    cos, sin = math.cos(turn), math.sin(turn)
    return Matrix(width * cos, width * sin, -height * sin, height * cos, at[0], at[1])


@dataclass(frozen=True, slots=True)
class Path:
    """Closed contours, filled by the non-zero rule."""

    segments: tuple[Segment, ...] = ()

    def __add__(self, other: Path) -> Path:
        return Path(self.segments + other.segments)

    def moved(self, matrix: Matrix) -> Path:
        """The path seen through *matrix*."""
        apply = matrix.apply
        return Path(tuple((name, tuple(map(apply, points))) for name, points in self.segments))

    def box(self) -> Box:
        """The smallest box around the ink, exact on curves. An empty path has none."""
        if not self.segments:
            raise ValueError("an empty path has no box")
        points = self.outline_points()
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        return Box(min(xs), min(ys), max(xs), max(ys))

    def outline_points(self) -> list[Point]:
        """The ends of all segments and the extreme points of the curves between them."""
        found: list[Point] = []
        here = (0.0, 0.0)
        for _, points in self.segments:
            if len(points) > 1:
                found += [_on_curve((here, *points), t) for t in _extremes((here, *points))]
            if points:
                here = points[-1]
                found.append(here)
        return found

    def fitted(self, room: Box, largest: float = math.inf) -> Path:
        """The path in the middle of *room*, as large as fits, at most *largest* times as large."""
        box = self.box()
        width, height = box.right - box.left, box.bottom - box.top
        scale = min((room.right - room.left) / width, (room.bottom - room.top) / height, largest)
        e = (room.left + room.right) / 2 - scale * (box.left + box.right) / 2
        f = (room.top + room.bottom) / 2 - scale * (box.top + box.bottom) / 2
        return self.moved(Matrix(scale, 0.0, 0.0, scale, e, f))

    def svg(self) -> str:
        """The ``d`` attribute; 0.1 µm steps."""
        return "".join(_written(name, points) for name, points in self.segments)

    def ofd(self) -> str:
        """``AbbreviatedData`` of GB/T 33190-2016, 9.1: cubic is B, close is C."""
        names = {"C": "B", "Z": "C"}
        return " ".join(
            " ".join([names.get(name, name), *(number(v) for point in points for v in point)])
            for name, points in self.segments
        )


def number(value: float) -> str:
    """*value* to four decimals, without needless characters."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def joined(paths: Iterable[Path]) -> Path:
    """All *paths* as one."""
    return Path(tuple(segment for path in paths for segment in path.segments))


def polygon(points: Sequence[Point]) -> Path:
    """A closed figure of straight edges."""
    first, *others = points
    return Path((("M", (first,)), *(("L", (point,)) for point in others), ("Z", ())))


def ellipse(centre: Point, rx: float, ry: float, *, clockwise: bool = True) -> Path:
    """A filled ellipse; turned the other way it cuts a hole."""
    step = math.tau / _ARCS * (1 if clockwise else -1)
    handle = 4 / 3 * math.tan(step / 4)

    def at(angle: float, along: float) -> Point:
        cos, sin = math.cos(angle), math.sin(angle)
        return centre[0] + rx * (cos - along * sin), centre[1] + ry * (sin + along * cos)

    segments: list[Segment] = [("M", (at(0, 0),))]
    for k in range(_ARCS):
        start, end = k * step, (k + 1) * step
        segments.append(("C", (at(start, handle), at(end, -handle), at(end, 0))))
    return Path((*segments, ("Z", ())))


def oval_ring(centre: Point, rx: float, ry: float, thickness: float) -> Path:
    """A border of even *thickness* whose outer edge has the half axes *rx* and *ry*.

    On an ellipse the inner edge is the ellipse with both half axes shortened, as the
    invoice seal's drawing has it; its thickness is exact on the axes.
    """
    inner = ellipse(centre, rx - thickness, ry - thickness, clockwise=False)
    return ellipse(centre, rx, ry) + inner


def frame(width: float, height: float, thickness: float, inset: float = 0.0) -> Path:
    """A rectangular border inside *width* × *height*, its outer edge at *inset*."""
    edges = [(inset, inset), (inset + thickness, inset + thickness)]
    outer, inner = (
        [(x, y), (width - x, y), (width - x, height - y), (x, height - y)] for x, y in edges
    )
    return polygon(outer) + polygon(inner[::-1])


def star(centre: Point, radius: float) -> Path:
    """A five-pointed star, one tip up, its tips on the circle of *radius*."""
    inner = radius * math.sin(math.radians(18)) / math.sin(math.radians(54))
    points = []
    for k in range(10):
        angle, reach = math.radians(36 * k), radius if k % 2 == 0 else inner
        points.append((centre[0] + reach * math.sin(angle), centre[1] - reach * math.cos(angle)))
    return polygon(points)


def _written(name: str, points: tuple[Point, ...]) -> str:
    return name + " ".join(number(v) for point in points for v in point)


def _on_curve(points: Sequence[Point], t: float) -> Point:
    """De Casteljau's point of a Bézier curve."""
    while len(points) > 1:
        points = [
            (p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t)
            for p, q in itertools.pairwise(points)
        ]
    return points[0]


def _extremes(points: Sequence[Point]) -> list[float]:
    """Where a quadratic or cubic curve runs level or upright."""
    found = []
    for axis in (0, 1):
        v = [p[axis] for p in points]
        if len(v) == 3:
            roots = _roots(0.0, v[0] - 2 * v[1] + v[2], v[1] - v[0])
        else:
            a = -v[0] + 3 * v[1] - 3 * v[2] + v[3]
            roots = _roots(a, 2 * (v[0] - 2 * v[1] + v[2]), v[1] - v[0])
        found += [t for t in roots if 0 < t < 1]
    return found


def _roots(a: float, b: float, c: float) -> list[float]:
    """The real solutions of a·t² + b·t + c = 0."""
    if abs(a) < 1e-12:
        return [-c / b] if abs(b) > 1e-12 else []
    inside = b * b - 4 * a * c
    if inside < 0:
        return []
    root = math.sqrt(inside)
    return [(-b - root) / (2 * a), (-b + root) / (2 * a)]
