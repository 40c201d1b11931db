"""Where on a page seals may be: closed figures first, ring templates for what is broken.

Both paths only propose; ``fitting`` decides, because a real border leaves a sharp outer edge on
most of a figure of known kind and nothing else on a form does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seal_core.impressions.fitting import Fit, refine
from seal_core.impressions.inks import Map
from seal_core.impressions.model import Outline, Wanted
from seal_core.impressions.sheet import Sheet

USUAL_ROUND = (38.0, 40.0, 42.0, 45.0)
"""Diameters in mm looked for on every form: facts/domain.md, 2.3."""

_CLOSINGS = (1.0, 2.5, 4.0)  # mm of gap a border may have for the first path
_SMALLEST, _LARGEST, _FLATTEST = 9.0, 66.0, 0.42  # mm, mm, height to width
_TEMPLATE_PER_MM = 100 / 25.4
_TEMPLATE_SCORE = 0.34
_EMPTIEST, _FULLEST = 0.02, 0.62
_PRINTED, _NO_INK = 0.45, 0.8  # density of black print; share of the "ink" that is none
_RING_SURE = 0.85
_BORDER_MM = 2.0  # the widest is 1.5
_BY_HAND, _HAND_MM = 0.3, 4.0  # a person says that a seal is there; a hand is so exact
_LOOKED_AT = 40  # candidates a page; the rest is noise or an attack
_KEPT = 12  # seals a page


@dataclass(frozen=True, slots=True)
class _Accepted:
    """What a fit must show to be believed: a share of its outline, and a smooth edge."""

    closed: float
    roughness: float


_BY_PATH = {"figure": _Accepted(0.62, 0.16), "template": _Accepted(0.45, 0.15)}


def find(sheet: Sheet, wanted: Sequence[Wanted]) -> list[Fit]:
    """The seals on *sheet*, best first. *wanted* says which templates are worth trying."""
    soft = cv2.GaussianBlur(sheet.look[0], (0, 0), 0.12 * sheet.look_per_mm)
    soft = np.asarray(soft, np.float32)
    found: list[Fit] = []
    for fit in _figures(sheet, soft):
        _take(found, _tried(sheet, fit, _BY_PATH["figure"]))
    for fit in _round_templates(sheet, soft, wanted):
        _take(found, _tried(sheet, fit, _BY_PATH["template"]))
    missing = [w for w in wanted if w.outline is not Outline.ROUND]
    for wish in dict.fromkeys(w for w in missing if _lacking(found, w, missing)):
        for fit in _turned_templates(sheet, soft, wish):
            _take(found, _tried(sheet, fit, _BY_PATH["template"]))
    return _without_inner(found)[:_KEPT]


def _tried(sheet: Sheet, start: Fit, accepted: _Accepted) -> Fit | None:
    """*start* drawn to the ink, or None if there is no such border."""
    patch, corner = sheet.crop(start.x, start.y, start.reach + 4.5)
    fit = refine(patch.red, corner, sheet.per_mm, start)
    if not _plausible(fit.width, fit.height):
        return None
    if fit.outline is Outline.ROUND and fit.closed < _RING_SURE:
        fit = _as_ellipse(sheet, fit)
    if fit.closed < accepted.closed or fit.roughness > accepted.roughness:
        return None
    return fit if _has_content(sheet, fit) else None


def border_near(sheet: Sheet, start: Fit) -> Fit | None:
    """The border a hand-drawn *start* means: of its kind, near by, and about as large."""
    patch, corner = sheet.crop(start.x, start.y, start.reach + 4.5)
    fit = refine(patch.red, corner, sheet.per_mm, start)
    moved = math.hypot(fit.x - start.x, fit.y - start.y)
    grown = max(abs(fit.width - start.width), abs(fit.height - start.height))
    near = moved < _HAND_MM and grown < _HAND_MM
    return fit if near and fit.closed > _BY_HAND and _plausible(fit.width, fit.height) else None


def _as_ellipse(sheet: Sheet, fit: Fit) -> Fit:
    """A round seal photographed aslant closes as an ellipse; a broken one does not."""
    start = Fit(Outline.OVAL, fit.x, fit.y, fit.width, fit.height, 0.0)
    patch, corner = sheet.crop(fit.x, fit.y, fit.reach + 4.5)
    oval = refine(patch.red, corner, sheet.per_mm, start)
    return oval if oval.closed > max(fit.closed + 0.1, _RING_SURE) else fit


def _plausible(width: float, height: float) -> bool:
    longer, shorter = max(width, height), min(width, height)
    return shorter >= _SMALLEST and longer <= _LARGEST and shorter / longer >= _FLATTEST


def _has_content(sheet: Sheet, fit: Fit) -> bool:
    """A seal is a border with something in it; a blot or a flag is full, a frame empty.

    And it is ink of its own, not the coloured noise of black print, of a QR code for instance.
    """
    ratio = sheet.look_per_mm
    reach = int((fit.reach + 0.5) * ratio)
    x, y = int(fit.x * ratio), int(fit.y * ratio)
    rows, columns = slice(max(y - reach, 0), y + reach), slice(max(x - reach, 0), x + reach)
    red, black = sheet.look[0][rows, columns], sheet.look[1][rows, columns]
    if red.size == 0:
        return False
    full = float(np.quantile(red, 0.97))
    if float(np.mean(black[red > 0.5 * full] > _PRINTED)) > _NO_INK:
        return False
    inner = red[_well_inside(fit, red.shape, ratio, (columns.start, rows.start))]
    inked = float(np.mean(inner > 0.5 * full)) if inner.size else 0.0
    return inked > _EMPTIEST and float(np.mean(red > 0.5 * full)) < _FULLEST


def _well_inside(
    fit: Fit, shape: tuple[int, ...], per_mm: float, corner: tuple[int, int]
) -> NDArray[np.bool_]:
    """Where the border cannot be."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    x, y = (x + 0.5 + corner[0]) / per_mm - fit.x, (y + 0.5 + corner[1]) / per_mm - fit.y
    c, s = math.cos(math.radians(fit.angle)), math.sin(math.radians(fit.angle))
    along, across = np.abs(c * x + s * y), np.abs(-s * x + c * y)
    a, b = fit.width / 2 - _BORDER_MM, fit.height / 2 - _BORDER_MM
    if fit.outline is Outline.RECTANGLE:
        return np.asarray((along < a) & (across < b))
    return np.asarray(np.hypot(along / a, across / b) < 1)


def _take(found: list[Fit], fit: Fit | None) -> None:
    """Keep *fit* unless a better one lies at the same place; it may replace worse ones."""
    if fit is None:
        return
    same = [f for f in found if _same_place(f, fit)]
    if any(_merit(f) >= _merit(fit) for f in same):
        return
    for worse in same:
        found.remove(worse)
    found.append(fit)
    found.sort(key=_merit, reverse=True)


def _merit(fit: Fit) -> float:
    return fit.closed - fit.roughness


def _same_place(one: Fit, other: Fit) -> bool:
    near = 0.2 * min(one.reach, other.reach) + 1.5
    if one.outline is other.outline is Outline.RECTANGLE:
        near = 0.5 * min(one.height, other.height)  # three sides fit a rule as the fourth
    return math.hypot(one.x - other.x, one.y - other.y) < near


def _without_inner(found: Iterable[Fit]) -> list[Fit]:
    """Figures inside a larger seal are parts of its design."""
    every = list(found)

    def inside(small: Fit, large: Fit) -> bool:
        apart = math.hypot(small.x - large.x, small.y - large.y)
        return small.reach < 0.85 * large.reach and apart + 0.6 * small.reach < large.reach

    return [f for f in every if not any(inside(f, other) for other in every if other is not f)]


# --- first path: closed figures ---------------------------------------------------------


def _figures(sheet: Sheet, soft: Map) -> list[Fit]:
    """Outer contours, at several thresholds and closings, whose hull is a figure."""
    found: list[tuple[float, Fit]] = []
    for level in _levels(soft):
        mask = (soft > level).astype(np.uint8)
        for closing in _CLOSINGS:
            side = max(int(closing * sheet.look_per_mm), 1) | 1
            kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
            closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel)
            contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
            for contour in contours:
                judged = _figure_of(contour, sheet.look_per_mm)
                if judged and not any(_same_figure(judged[1], fit) for _, fit in found):
                    found.append(judged)
    found.sort(key=lambda each: each[0])
    return [fit for _, fit in found[:_LOOKED_AT]]


def _same_figure(one: Fit, other: Fit) -> bool:
    return (
        one.outline is other.outline
        and math.hypot(one.x - other.x, one.y - other.y) < 1.0
        and abs(one.width - other.width) < 1.0
        and abs(one.height - other.height) < 1.0
    )


def _levels(soft: Map) -> list[float]:
    """From Otsu's threshold down to the noise."""
    noise = 1.4826 * float(np.median(np.abs(soft - np.median(soft))))
    floor = max(0.05, 4.5 * noise)
    inked = soft[soft > floor]
    if inked.size < 200:
        return [floor]
    scaled = np.clip(inked * 255, 0, 255).astype(np.uint8)
    otsu = cv2.threshold(scaled.reshape(-1, 1), 0, 255, cv2.THRESH_OTSU)[0] / 255
    return sorted({max(floor, otsu * part) for part in (0.7, 0.4, 0.2)}, reverse=True)


def _figure_of(contour: NDArray[Any], per_mm: float) -> tuple[float, Fit] | None:
    """How badly the hull of *contour* fits the better figure, and that figure."""
    (cx, cy), (w, h), degrees = cv2.minAreaRect(contour)
    if not _plausible(w / per_mm, h / per_mm):
        return None
    hull = cv2.convexHull(contour)
    if len(hull) < 6:
        return None
    area = cv2.contourArea(hull)
    (ex, ey), (d1, d2), turned = cv2.fitEllipse(hull)
    off_rectangle = abs(1 - area / max(w * h, 1.0))
    off_ellipse = abs(1 - area / max(math.pi * d1 * d2 / 4, 1.0))
    if off_rectangle < min(0.10, off_ellipse):
        return off_rectangle, _upright_rectangle(cx, cy, w, h, degrees, per_mm)
    if off_ellipse > 0.08:
        return None
    longer, shorter = max(d1, d2), min(d1, d2)
    if shorter / longer > 0.93:
        middle = (longer + shorter) / 2 / per_mm
        return off_ellipse, _fit(Outline.ROUND, ex, ey, middle, middle, 0.0, per_mm)
    angle = ((turned if d1 >= d2 else turned - 90) + 90) % 180 - 90
    size = (longer / per_mm, shorter / per_mm)
    return off_ellipse, _fit(Outline.OVAL, ex, ey, *size, angle, per_mm)


def _upright_rectangle(
    x: float, y: float, w: float, h: float, degrees: float, per_mm: float
) -> Fit:
    """The longer side is the width; a square is turned by less than 45 degrees."""
    w, h = w / per_mm, h / per_mm
    if h > w * 1.05:
        w, h, degrees = h, w, degrees + 90
    whole = 90 if w < h * 1.2 else 180
    angle = (degrees + whole / 2) % whole - whole / 2
    return _fit(Outline.RECTANGLE, x, y, w, h, angle, per_mm)


def _fit(
    outline: Outline, x: float, y: float, w: float, h: float, angle: float, per_mm: float
) -> Fit:
    """A start for the fitting, from pixels of the small picture (their centres at ½)."""
    return Fit(outline, (x + 0.5) / per_mm, (y + 0.5) / per_mm, w, h, angle)


# --- second path: templates -------------------------------------------------------------


def _round_templates(sheet: Sheet, soft: Map, wanted: Sequence[Wanted]) -> Iterator[Fit]:
    """Rings of the usual diameters: through red rules, overlaps and wide gaps."""
    sizes = set(USUAL_ROUND) | {w.width_mm for w in wanted if w.outline is Outline.ROUND}
    mask, per_mm = _template_mask(sheet, soft)
    for size in sorted(sizes):
        template = _belt(Outline.ROUND, size, size, 0.0)
        for x, y in _peaks(_response(mask, template), per_mm):
            yield Fit(Outline.ROUND, x / per_mm, y / per_mm, size, size, 0.0)


def _turned_templates(sheet: Sheet, soft: Map, wish: Wanted) -> Iterator[Fit]:
    """Ovals and rectangles of the wanted size in every direction."""
    mask, per_mm = _template_mask(sheet, soft)
    whole = 90 if wish.width_mm == wish.height_mm else 180
    best: list[tuple[float, float, float, float]] = []
    for degrees in range(-whole // 2, whole // 2, 4):
        template = _belt(wish.outline, wish.width_mm, wish.height_mm, float(degrees))
        response = _response(mask, template)
        for x, y in _peaks(response, per_mm):
            best.append((float(response[int(y), int(x)]), x, y, float(degrees)))
    best.sort(reverse=True)
    for _, x, y, angle in best[:_LOOKED_AT]:
        yield Fit(wish.outline, x / per_mm, y / per_mm, wish.width_mm, wish.height_mm, angle)


def _lacking(found: Sequence[Fit], wish: Wanted, wishes: Sequence[Wanted]) -> bool:
    """Whether fewer figures of this kind were found than asked for."""
    have = sum(f.outline is wish.outline for f in found)
    return have < sum(w.outline is wish.outline for w in wishes)


def _template_mask(sheet: Sheet, soft: Map) -> tuple[Map, float]:
    scale = min(_TEMPLATE_PER_MM / sheet.look_per_mm, 1.0)
    small = cv2.resize(soft, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    level = _levels(soft)[-1]
    return (small > level).astype(np.float32), sheet.look_per_mm * scale


@lru_cache(maxsize=128)
def _belt(outline: Outline, width: float, height: float, angle: float) -> Map:
    """+ on the border, − on the white belt around it."""
    per_mm = _TEMPLATE_PER_MM
    side = int((math.hypot(width, height) + 4.0) * per_mm) | 1
    y, x = np.mgrid[:side, :side] - side // 2
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    along, across = (c * x + s * y) / per_mm, (-s * x + c * y) / per_mm
    a, b = width / 2, height / 2
    if outline is Outline.RECTANGLE:
        off = np.maximum(np.abs(along) - a, np.abs(across) - b)
    else:
        scaled = np.hypot(along / a, across / b)
        gradient = np.hypot(along / a**2, across / b**2) / np.maximum(scaled, 1e-6)
        off = (scaled - 1) / np.maximum(gradient, 1e-6)
    border = (np.abs(off + 0.5) < 0.6).astype(np.float32)
    around = ((off > 0.4) & (off < 1.4)).astype(np.float32)
    return np.asarray(border / border.sum() - 0.8 * around / around.sum(), np.float32)


def _response(mask: Map, template: Map) -> Map:
    return np.asarray(
        cv2.filter2D(mask, cv2.CV_32F, template, borderType=cv2.BORDER_CONSTANT), np.float32
    )


def _peaks(response: Map, per_mm: float) -> list[tuple[float, float]]:
    """The best places, at least 6 mm apart."""
    left = response.copy()
    found = []
    for _ in range(_KEPT):
        _, score, _, (x, y) = cv2.minMaxLoc(left)
        if score < _TEMPLATE_SCORE:
            break
        found.append((x + 0.5, y + 0.5))
        cv2.circle(left, (x, y), int(6 * per_mm), (-1.0,), -1)
    return found
