"""Quality of one impression in figures, and the doubts they raise."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from seal_core.impressions.fitting import Fit
from seal_core.impressions.inks import Map
from seal_core.impressions.model import Finding, FindingCode, Outline, Quality, Wanted
from seal_core.impressions.redraw import Drawn
from seal_core.impressions.sheet import Sheet

_C = FindingCode

SIZE_ASK_MM, SIZE_WRONG_MM = 1.0, 2.0  # facts/domain.md, 5.3, step 6
DPI_WARN, DPI_REFUSE = 290.0, 190.0  # 300 and 200 as scanners round them
CLOSED = 0.85  # facts/domain.md, 5.3, step 4
FAINT = 0.6
BLURRED_MM = 0.55
CROSSED = 0.03
RED_AROUND = 0.008
SQUARE = 0.97
PASTED_GRAIN, PASTED_PAPER = 0.02, 0.85
_FULL_COVERAGE = 0.62  # of a good print on a scan


def quality_of(sheet: Sheet, fit: Fit, drawn: Drawn, wanted: Wanted | None) -> Quality:
    """The figures of the seal at *fit*."""
    aslant = wanted is not None and wanted.outline is Outline.ROUND and fit.outline is Outline.OVAL
    squareness = fit.height / fit.width if aslant else fit.squareness
    patch, corner = sheet.crop(fit.x, fit.y, fit.reach + 2.0)
    away = _away(sheet, fit, corner, patch.red.shape)
    grain, paper = _textures(patch.red, patch.black, patch.colours, away, drawn.full)
    return Quality(
        dpi=round(sheet.raster.dpi, 1),
        closed=round(fit.closed, 3),
        ink=round(min(drawn.full / _FULL_COVERAGE, 1.0), 3),
        edge_mm=round(fit.edge_mm, 3),
        crossed=round(_crossed(drawn), 4),
        red_around=round(_red_around(patch.red, away, drawn.full, sheet.per_mm), 4),
        grain=round(grain, 4),
        paper=round(paper, 3),
        squareness=round(squareness, 4),
    )


def findings_of(
    sheet: Sheet, fit: Fit, quality: Quality, wanted: Wanted | None
) -> list[tuple[FindingCode, str]]:
    """Code and detail of each doubt, most serious first."""
    found: list[tuple[FindingCode, str]] = []
    if wanted is not None:
        found += _size_doubts(fit, wanted)
    checks: tuple[tuple[bool, FindingCode, str], ...] = (
        (_is_clipped(sheet, fit), _C.CLIPPED, ""),
        (quality.closed < CLOSED, _C.RING_BROKEN, ""),
        (quality.crossed > CROSSED, _C.TEXT_ACROSS, ""),
        (quality.red_around > RED_AROUND, _C.RED_ACROSS, ""),
        (quality.ink < FAINT, _C.FAINT, ""),
        (quality.edge_mm > BLURRED_MM, _C.BLURRED, ""),
        (quality.squareness < SQUARE, _C.PERSPECTIVE, ""),
        (_is_pasted(sheet, quality), _C.PASTED, ""),
        (quality.dpi < DPI_REFUSE, _C.DPI_TOO_LOW, f"{quality.dpi:.0f}"),
        (DPI_REFUSE <= quality.dpi < DPI_WARN, _C.DPI_LOW, f"{quality.dpi:.0f}"),
    )
    return found + [(code, detail) for holds, code, detail in checks if holds]


def numbered(found: list[tuple[FindingCode, str]], seal: int) -> tuple[Finding, ...]:
    return tuple(Finding(code, seal, detail) for code, detail in found)


def size_text(width: float, height: float) -> str:
    return f"{width:.1f}×{height:.1f}"


def _size_doubts(fit: Fit, wanted: Wanted) -> list[tuple[FindingCode, str]]:
    off = max(abs(fit.width - wanted.width_mm), abs(fit.height - wanted.height_mm))
    detail = size_text(fit.width, fit.height)
    if off > SIZE_WRONG_MM:
        return [(_C.SIZE_WRONG, detail)]
    return [(_C.SIZE_DIFFERS, detail)] if off > SIZE_ASK_MM else []


def _is_pasted(sheet: Sheet, quality: Quality) -> bool:
    """Real ink is uneven and real paper grainy; a page without a scan is all drawn."""
    even = quality.grain < PASTED_GRAIN and quality.paper < PASTED_PAPER
    return even or not sheet.raster.scan


def _is_clipped(sheet: Sheet, fit: Fit) -> bool:
    a, b = fit.width / 2, fit.height / 2
    c, s = math.cos(math.radians(fit.angle)), math.sin(math.radians(fit.angle))
    if fit.outline is Outline.RECTANGLE:
        across, down = abs(a * c) + abs(b * s), abs(a * s) + abs(b * c)
    else:
        across, down = math.hypot(a * c, b * s), math.hypot(a * s, b * c)
    edge = 0.3
    return (
        fit.x - across < edge
        or fit.y - down < edge
        or fit.x + across > sheet.width_mm - edge
        or fit.y + down > sheet.height_mm - edge
    )


def _away(sheet: Sheet, fit: Fit, corner: tuple[float, float], shape: tuple[int, ...]) -> Map:
    """mm outside (+) of the outline for every pixel of a crop."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    x = (x + 0.5 + corner[0]) / sheet.per_mm - fit.x
    y = (y + 0.5 + corner[1]) / sheet.per_mm - fit.y
    c, s = math.cos(math.radians(fit.angle)), math.sin(math.radians(fit.angle))
    along, across = c * x + s * y, -s * x + c * y
    a, b = fit.width / 2, fit.height / 2
    if fit.outline is Outline.RECTANGLE:
        return np.asarray(np.maximum(np.abs(along) - a, np.abs(across) - b), np.float32)
    scaled = np.hypot(along / a, across / b)
    gradient = np.hypot(along / a**2, across / b**2) / np.maximum(scaled, 1e-6)
    return np.asarray((scaled - 1) / np.maximum(gradient, 1e-6), np.float32)


def _crossed(drawn: Drawn) -> float:
    inked = drawn.opacity > 0.5
    if not inked.any():
        return 0.0
    black = cv2.GaussianBlur(drawn.patch.black, (0, 0), 1.5)
    return float(np.mean(black[inked] > 0.6))


def _red_around(red: Map, away: Map, full: float, per_mm: float) -> float:
    belt = (away > 0.6) & (away < 1.6)
    if not belt.any():
        return 0.0
    soft = cv2.GaussianBlur(red, (0, 0), 0.1 * per_mm)
    return float(np.mean(soft[belt] > 0.45 * full))


def _textures(red: Map, black: Map, colours: Map, away: Map, full: float) -> tuple[float, float]:
    """Unevenness of solid ink (relative), and grain of bare paper (grey levels)."""
    inside = (away < -0.2) & (black < 0.3)
    solid = cv2.erode(((red > 0.6 * full) & inside).astype(np.uint8), np.ones((5, 5))) > 0
    bare = ((red < 0.1 * full) & (black < 0.06) & (away < -0.2)).astype(np.uint8)
    bare_at = cv2.erode(bare, np.ones((5, 5))) > 0
    grain = _spread(red, solid) / max(full, 0.05)
    paper = _spread(colours.mean(axis=2) * 255, bare_at)
    return grain, paper


def _spread(values: Map, at: NDArray[np.bool_]) -> float:
    """A robust standard deviation; large where there is too little to judge."""
    some = values[at]
    if some.size < 200:
        return 1.0
    low, high = np.quantile(some, (0.16, 0.84))
    return float(high - low) / 2
