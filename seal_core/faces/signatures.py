"""个人手绘签名: from the touches on a glass to ink that swells and thins as a pen's does."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from seal_core.errors import FaceRefused
from seal_core.faces.face import Face
from seal_core.faces.paths import Box, Matrix, Path, Point, ellipse, joined, polygon

INK_BLACK = "#1A1A1A"  # what people sign with; a red signature stays possible

MOST_TOUCHES = 20_000  # three minutes of a glass that reports 120 times a second
_LONGEST_INK = 60  # widths of the box, all strokes together; a signature needs a dozen
_FURTHEST = 1e6  # pixels; anything beyond is no finger
_MARGIN = 0.06  # of the box, left free on each side
_THICKEST, _THINNEST = 0.062, 0.020  # of the box's height
_STEP = 0.012  # of the box's height: one piece of ink
_PAUSE_MS = 8.0  # assumed between touches that carry no time
_SETTLE = 0.35  # how fast the pen's width follows its speed, per touch
_SHARP = math.radians(18)  # a turn that needs a round joint


@dataclass(frozen=True, slots=True)
class Touch:
    """One report of the glass: pixels from the top left, milliseconds, pressure 0 to 1.

    A glass that knows no pressure reports 0; then the speed decides the width.
    """

    x: float
    y: float
    at_ms: float = 0.0
    pressure: float = 0.0


Stroke = Sequence[Touch]


@dataclass(frozen=True, slots=True)
class _Dab:
    """A round spot of ink, mm."""

    at: Point
    radius: float


def draw_signature(
    strokes: Sequence[Stroke],
    width_mm: float = 40.0,
    height_mm: float = 20.0,
    colour: str = INK_BLACK,
) -> Face:
    """The strokes as ink, as large as fits the box, in the middle of it.

    The same strokes give the same bytes. Raises FaceRefused("no_ink") for a stray dot or
    nothing at all and FaceRefused("too_much_ink") for more than a person writes.
    """
    written = [stroke for stroke in map(_distinct, strokes) if stroke]
    _refuse_unwritten(written)
    to_box = _fitting(written, width_mm, height_mm)
    if _ink_length(written) * to_box.a > _LONGEST_INK * width_mm:
        raise FaceRefused("too_much_ink", "a scribble")
    path = joined(stroke_path(_dabs(stroke, to_box, height_mm), height_mm) for stroke in written)
    room = Box(
        width_mm * _MARGIN, height_mm * _MARGIN, width_mm * (1 - _MARGIN), height_mm * (1 - _MARGIN)
    )  # a curve may swing a little wider than its touches
    return Face(path.fitted(room, largest=1.0), width_mm, height_mm, colour)


def stroke_path(dabs: Sequence[_Dab], height_mm: float) -> Path:
    """One stroke: a ribbon through *dabs*, round at its ends and where it turns sharply.

    It is made of pieces wound the same way, so it has no holes where it crosses itself.
    """
    dabs = _smoothed(dabs, _STEP * height_mm)
    if len(dabs) == 1:
        return _spot(dabs[0])
    headings = [
        math.atan2(b.at[1] - a.at[1], b.at[0] - a.at[0]) for a, b in itertools.pairwise(dabs)
    ]
    pieces = [_spot(dabs[0]), _spot(dabs[-1])]
    sides = []
    for k, dab in enumerate(dabs):
        before, after = headings[max(k - 1, 0)], headings[min(k, len(headings) - 1)]
        turn = math.remainder(after - before, math.tau)
        if abs(turn) > _SHARP:
            pieces.append(_spot(dab))
        sides.append(_sides(dab, before + turn / 2))
    pieces += [_piece(a, b) for a, b in itertools.pairwise(sides)]
    return joined(pieces)


def _distinct(stroke: Stroke) -> list[Touch]:
    """*stroke* without touches that stay where the last one was."""
    kept: list[Touch] = []
    for touch in stroke:
        values = (touch.x, touch.y, touch.at_ms, touch.pressure)
        if not all(math.isfinite(v) for v in values) or max(map(abs, values[:2])) > _FURTHEST:
            raise FaceRefused("too_much_ink", "a touch off the glass")
        if not kept or (kept[-1].x, kept[-1].y) != (touch.x, touch.y):
            kept.append(touch)
    return kept


def _refuse_unwritten(strokes: Sequence[Stroke]) -> None:
    if sum(map(len, strokes)) > MOST_TOUCHES:
        raise FaceRefused("too_much_ink")
    if not any(len(stroke) >= 3 for stroke in strokes):
        raise FaceRefused("no_ink")


def _ink_length(strokes: Sequence[Stroke]) -> float:
    """Pixels; what is drawn costs by its length."""
    pairs = (pair for stroke in strokes for pair in itertools.pairwise(stroke))
    return sum(math.dist((a.x, a.y), (b.x, b.y)) for a, b in pairs)


def _fitting(strokes: Sequence[Stroke], width_mm: float, height_mm: float) -> Matrix:
    """From pixels to the box, keeping the proportions."""
    touches = list(itertools.chain.from_iterable(strokes))
    left, right = min(t.x for t in touches), max(t.x for t in touches)
    top, bottom = min(t.y for t in touches), max(t.y for t in touches)
    pen = _THICKEST * height_mm
    room = width_mm * (1 - 2 * _MARGIN) - pen, height_mm * (1 - 2 * _MARGIN) - pen
    scale = min(room[0] / max(right - left, 1e-9), room[1] / max(bottom - top, 1e-9))
    e = width_mm / 2 - scale * (left + right) / 2
    f = height_mm / 2 - scale * (top + bottom) / 2
    return Matrix(scale, 0.0, 0.0, scale, e, f)


def _dabs(stroke: Stroke, to_box: Matrix, height_mm: float) -> list[_Dab]:
    """Slow or firm is thick, fast or light is thin; the width follows with some delay."""
    thick, thin = _THICKEST * height_mm / 2, _THINNEST * height_mm / 2
    share, dabs = 0.7, [_Dab(to_box.apply((stroke[0].x, stroke[0].y)), thick * 0.6)]
    for before, touch in itertools.pairwise(stroke):
        at = to_box.apply((touch.x, touch.y))
        elapsed = touch.at_ms - before.at_ms
        speed = math.dist(at, dabs[-1].at) / (elapsed if elapsed > 0 else _PAUSE_MS)  # mm per ms
        wanted = touch.pressure or 1 / (1 + speed / height_mm * 220)
        share += (min(wanted, 1.0) - share) * _SETTLE
        dabs.append(_Dab(at, thin + (thick - thin) * share))
    if len(dabs) > 3:  # the pen is lifted while it still moves
        dabs[-1] = _Dab(dabs[-1].at, thin * 0.8)
    return dabs


def _smoothed(dabs: Sequence[_Dab], step: float) -> list[_Dab]:
    """Points at most about *step* mm apart on the Catmull-Rom curve through *dabs*."""
    if len(dabs) < 3:
        return list(dabs)
    padded = [dabs[0], *dabs, dabs[-1]]
    found = [dabs[0]]
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        count = max(1, min(64, math.ceil(math.dist(b.at, c.at) / step)))
        for k in range(1, count + 1):
            t = k / count
            x = _between(t, a.at[0], b.at[0], c.at[0], d.at[0])
            y = _between(t, a.at[1], b.at[1], c.at[1], d.at[1])
            found.append(_Dab((x, y), b.radius + (c.radius - b.radius) * t))
    return [
        found[0],
        *(b for a, b in itertools.pairwise(found) if math.dist(a.at, b.at) > 1e-6),
    ]


def _between(t: float, a: float, b: float, c: float, d: float) -> float:
    bend = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
    return (bend + (3 * b - a - 3 * c + d) * t**3) / 2


def _spot(dab: _Dab) -> Path:
    return ellipse(dab.at, dab.radius, dab.radius)


def _sides(dab: _Dab, heading: float) -> tuple[Point, Point]:
    """The ink's left and right edge at *dab*."""
    dx, dy = dab.radius * math.sin(heading), -dab.radius * math.cos(heading)
    return (dab.at[0] + dx, dab.at[1] + dy), (dab.at[0] - dx, dab.at[1] - dy)


def _piece(start: tuple[Point, Point], end: tuple[Point, Point]) -> Path:
    """The ink between two places, wound as ``ellipse`` is."""
    corners = [start[0], end[0], end[1], start[1]]
    ring = zip(corners, corners[1:] + corners[:1], strict=True)
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in ring)
    return polygon(corners if area >= 0 else corners[::-1])
