"""The clean picture of one seal: straight, exactly as large as chosen, one ink and its opacity."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from seal_core.impressions.fitting import Fit
from seal_core.impressions.inks import Map
from seal_core.impressions.model import Outline
from seal_core.impressions.pages import MM_PER_INCH, Matrix
from seal_core.impressions.sheet import Patch, Sheet

DPI = 600
PER_MM = DPI / MM_PER_INCH
INK = (0xE6, 0x00, 0x12)
"""The red of our own faces; no rule gives a value, national texts say 红色."""

_LEVEL = 0.66
"""Of the ink near by. Half of it is where a blurred edge lies; ink that JPEG smears into the paper
(colour is stored at half the resolution) and smoothing ask for a little more."""
_LEVEL_UNDER_BLACK = 0.38
_SPECK_MM2 = 0.05  # a quarter of a millimetre across
_BEYOND_MM = 0.12  # ink outside the outline is not the seal's
_LEVELS = 15  # of opacity: a third of the bytes, off by at most 8 of 255
_ORIGINAL_PER_MM = 300 / MM_PER_INCH
_ORIGINAL_MARGIN_MM = 2.0
_GREEN = (0, 150, 60)


@dataclass(frozen=True)
class Drawn:
    """A redrawn seal. *opacity* is the alpha of *picture*, *patch* what it was made from."""

    picture: bytes
    opacity: Map
    patch: Patch
    full: float  # coverage of full ink


def redraw(sheet: Sheet, fit: Fit, turn: float, width_mm: float, height_mm: float) -> Drawn:
    """The seal at *fit*, turned back by *turn* degrees, as *width_mm* × *height_mm*."""
    size = (round(width_mm * PER_MM), round(height_mm * PER_MM))
    to_raster = _to_raster(sheet, fit, turn, (width_mm, height_mm), size, PER_MM)
    patch = sheet.patch(to_raster, size)
    inside = _inside(fit.outline, size)
    grain = _grain(patch.red[inside > 0])
    soft = patch.calm(PER_MM / sheet.per_mm, grain)
    full = _full_ink(soft, inside)
    opacity = _opacity(soft, full, inside, patch.dark(PER_MM / sheet.per_mm))
    return Drawn(_png(opacity), opacity, patch, full)


def original(sheet: Sheet, fit: Fit, turn: float) -> bytes:
    """The seal as it was scanned, only turned upright, with a margin; JPEG of true size."""
    margin = 2 * _ORIGINAL_MARGIN_MM
    sides = (fit.width + margin, fit.height + margin)
    size = (round(sides[0] * _ORIGINAL_PER_MM), round(sides[1] * _ORIGINAL_PER_MM))
    grown = Fit(fit.outline, fit.x, fit.y, sides[0], sides[1], fit.angle)
    to_raster = _to_raster(sheet, grown, turn, sides, size, _ORIGINAL_PER_MM)
    rgb = cv2.warpAffine(
        sheet.raster.rgb,
        to_raster,
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255, 255, 255),
    )
    out = io.BytesIO()
    dpi = (DPI // 2, DPI // 2)
    Image.fromarray(np.asarray(rgb, np.uint8)).save(out, "JPEG", quality=88, dpi=dpi)
    return out.getvalue()


def overlay(scan: bytes, drawn: Drawn, fit: Fit) -> bytes:
    """What was extracted in green over *scan*, which ``original`` made of the same *fit*."""
    width, height = (round(side * _ORIGINAL_PER_MM) for side in (fit.width, fit.height))
    small = cv2.resize(drawn.opacity, (width, height), interpolation=cv2.INTER_AREA)
    with Image.open(io.BytesIO(scan)) as opened:
        both = opened.convert("RGB")
    at = (both.width - width) // 2, (both.height - height) // 2
    alpha = Image.fromarray(np.round(np.clip(small, 0, 1) * 255).astype(np.uint8))
    both.paste(Image.new("RGB", (width, height), _GREEN), at, alpha)
    out = io.BytesIO()
    both.save(out, "JPEG", quality=88, dpi=(DPI // 2, DPI // 2))
    return out.getvalue()


def _to_raster(
    sheet: Sheet,
    fit: Fit,
    turn: float,
    sides: tuple[float, float],
    size: tuple[int, int],
    per_mm: float,
) -> Matrix:
    """From pixels of the picture to pixels of the page: turn, stretch along the axes, place."""
    stretch = np.diag([fit.width / sides[0], fit.height / sides[1]])
    linear = _rotation(fit.angle) @ stretch @ _rotation(turn - fit.angle)
    linear = linear * (sheet.per_mm / per_mm)
    centre = np.array([fit.x, fit.y]) * sheet.per_mm - 0.5
    shift = centre - linear @ ((np.array(size) - 1) / 2)
    return np.column_stack([linear, shift])


def _rotation(degrees: float) -> Matrix:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[c, -s], [s, c]])


def _inside(outline: Outline, size: tuple[int, int]) -> Map:
    """mm inside (+) or outside (−) of the outline, for every pixel of the picture."""
    y, x = np.mgrid[: size[1], : size[0]].astype(np.float32)
    a, b = size[0] / 2, size[1] / 2
    x, y = x + 0.5 - a, y + 0.5 - b
    if outline is Outline.RECTANGLE:
        off = np.minimum(a - np.abs(x), b - np.abs(y))
    else:
        scaled = np.hypot(x / a, y / b)
        gradient = np.hypot(x / a**2, y / b**2) / np.maximum(scaled, 1e-6)
        off = (1 - scaled) / np.maximum(gradient, 1e-6)
    return np.asarray(off / PER_MM, np.float32)


def _grain(red: Map) -> float:
    """The noise of what should be bare paper."""
    low = red[red < np.quantile(red, 0.5)] if red.size else red
    return float(np.quantile(low, 0.9)) if low.size else 0.0


def _full_ink(soft: Map, inside: Map) -> float:
    """The coverage of a full print of this seal."""
    within = soft[inside > 0.1]
    if within.size == 0:
        return 0.05
    scaled = np.clip(within * 255, 0, 255).astype(np.uint8).reshape(-1, 1)
    level = cv2.threshold(scaled, 0, 255, cv2.THRESH_OTSU)[0] / 255
    inked = within[within > level]
    return max(float(np.median(inked)), 0.05) if inked.size else 0.05


def _opacity(soft: Map, full: float, inside: Map, dark: Map) -> Map:
    """0 … 1: half where the ink is _LEVEL of what it is close by, so fine strokes keep their width.

    In doubt what lies under black is ink: the print hides its edge anyway.
    """
    reach = round(0.3 * PER_MM) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    near = cv2.GaussianBlur(cv2.dilate(soft, kernel), (0, 0), reach / 2)
    level = (_LEVEL + (_LEVEL_UNDER_BLACK - _LEVEL) * dark) * np.clip(near, 0.5 * full, 1.1 * full)
    opacity = np.clip((soft - level) / (0.3 * full) + 0.5, 0.0, 1.0)
    opacity = np.where(inside < -_BEYOND_MM, 0.0, opacity).astype(np.float32)
    return _without_specks(opacity)


def _without_specks(opacity: Map) -> Map:
    inked = (opacity > 0.35).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inked, connectivity=8)
    smallest = _SPECK_MM2 * PER_MM**2
    small = stats[:, cv2.CC_STAT_AREA] < smallest
    small[0] = False
    kept = np.where(small[labels], 0.0, opacity) if count > 1 else opacity
    around = cv2.dilate(np.where(small[labels], 0, inked).astype(np.uint8), np.ones((5, 5)))
    return np.where(around > 0, kept, 0.0).astype(np.float32)


def _png(opacity: Map) -> bytes:
    """A palette of one ink in 16 steps of opacity, as the drawn faces have it."""
    levels = np.round(opacity * _LEVELS).astype(np.uint8)
    picture = Image.frombytes("P", (levels.shape[1], levels.shape[0]), levels.tobytes())
    picture.putpalette(list(INK) * (_LEVELS + 1))
    alpha = bytes(255 * level // _LEVELS for level in range(_LEVELS + 1))
    out = io.BytesIO()
    picture.save(out, "PNG", bits=4, transparency=alpha, dpi=(DPI, DPI), compress_level=9)
    return out.getvalue()
