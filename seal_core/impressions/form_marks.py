"""Finding our own form on a scanned page, by its QR code and corner marks."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import permutations

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from seal_core.impressions.form_layout import MARK_MM, MARKS, PAGE_MM, QR_BOX, FormCode, box_at
from seal_core.impressions.pages import Matrix, Raster

Points = NDArray[np.float64]

_LOOK_PER_MM = 150 / 25.4
_FLAT_MM = 0.6  # marks off a plain turn and scale by less: a scanner, no photograph
_USUAL_DPI = (100, 150, 200, 240, 300, 400, 600)
_SCALE_SEEN = 0.012
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_DARK = 0.62  # of the mean around: black print, not shade
_FIRST_MM = 6.0  # the mark beside the code may be off its expected place
_CODE_MM = 2.0  # the code may be off the place the marks give it
_MOST_SQUARES = 12
_NEAREST = 1  # of MARKS, the one beside the code
_CODE_CORNERS = np.array(
    [
        (QR_BOX.x + dx * QR_BOX.width, QR_BOX.y + dy * QR_BOX.height)
        for dx, dy in ((0, 0), (1, 0), (1, 1), (0, 1))
    ]
)
_LONGEST_CODE = 300
_MARGIN_MM = 2.0


@dataclass(frozen=True)
class Place:
    """Where the form lies. *to_form* maps raster pixels to mm of the form as printed.

    *turn* is how far the form is turned on the raster; *scale* the size of the print against
    the master, 1 if it cannot be told.
    """

    code: FormCode
    to_form: Matrix
    turn: float
    scale: float

    def box(self, x_px: float, y_px: float) -> int | None:
        """Which seal's box a point of the raster lies in."""
        x, y, w = (float(v) for v in self.to_form @ np.array([x_px, y_px, 1.0]))
        return box_at(self.code.types, x / w, y / w)


def locate(raster: Raster) -> tuple[Raster, Place] | None:
    """The form on *raster*, and the raster to read: rectified where it was photographed.

    The mm of a scan are those of the scanner, even where the print was fitted to the page; a
    photograph, or a page of no scanner's resolution, has only the marks to be measured by.
    None if it is another form.
    """
    grey = cv2.cvtColor(raster.rgb, cv2.COLOR_RGB2GRAY)
    shrink = min(_LOOK_PER_MM / raster.per_mm, 1.0)
    small = np.asarray(
        cv2.resize(grey, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8
    )
    found = _code(small)
    if found is None:
        return None
    code, corners = found
    from_form = _marked(small, corners)
    if from_form is None:
        return None
    from_form = np.diag([1 / shrink, 1 / shrink, 1.0]) @ from_form
    scale, turn, off = _similarity(from_form)
    if off < _FLAT_MM and _is_scale_true(raster, scale / raster.per_mm):
        seen = scale / raster.per_mm
        return raster, Place(code, np.asarray(np.linalg.inv(from_form), np.float64), turn, seen)
    flat, to_form = _rectified(raster, from_form, scale)
    return flat, Place(code, to_form, 0.0, 1.0)


def _code(grey: NDArray[np.uint8]) -> tuple[FormCode, Points] | None:
    for result in zxingcpp.read_barcodes(grey, formats=_QR):
        code = FormCode.parse(result.text) if len(result.text) <= _LONGEST_CODE else None
        if code is not None:
            p = result.position
            corners = (p.top_left, p.top_right, p.bottom_right, p.bottom_left)
            return code, np.array([(c.x, c.y) for c in corners], float)
    return None


def _marked(grey: NDArray[np.uint8], corners: Points) -> Matrix | None:
    """Form mm → pixels of *grey*, by the four squares that put the code where it is.

    The code alone is too small to point at the far corners, but it tells right from wrong.
    """
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
    per_mm = float(sides.mean()) / QR_BOX.width
    squares = [p for p in _squares(grey, per_mm) if not _within(corners, p)]
    expected = _through(_affine(corners), np.array([MARKS[_NEAREST]]))[0]
    squares.sort(key=lambda p: float(np.hypot(*(p - expected))))
    if len(squares) < 4 or np.hypot(*(squares[0] - expected)) > _FIRST_MM * per_mm:
        return None
    best, least = None, _CODE_MM * per_mm
    mm = np.array(MARKS, np.float32)
    for others in permutations(squares[1:_MOST_SQUARES], 3):
        px = np.array([*others[:_NEAREST], squares[0], *others[_NEAREST:]], np.float32)
        guess = np.asarray(cv2.getPerspectiveTransform(mm, px), np.float64)
        off = float(np.abs(_through(guess, _CODE_CORNERS) - corners).max())
        if off < least:
            best, least = guess, off
    return best


def _affine(corners: Points) -> Matrix:
    """Form mm → pixels, near the code."""
    system = np.column_stack([_CODE_CORNERS, np.ones(4)])
    found, *_ = np.linalg.lstsq(system, corners, rcond=None)
    return np.vstack([found.T, [0.0, 0.0, 1.0]])


def _within(corners: Points, point: Points) -> bool:
    outline = corners.astype(np.float32).reshape(-1, 1, 2)
    return cv2.pointPolygonTest(outline, (float(point[0]), float(point[1])), False) >= 0


def _squares(grey: NDArray[np.uint8], per_mm: float) -> Points:
    """Centres of solid dark squares about as large as a mark."""
    side = int(4 * MARK_MM * per_mm) | 1
    local = cv2.blur(grey, (side, side), borderType=cv2.BORDER_REPLICATE)
    dark = (grey < _DARK * local.astype(np.float32)).astype(np.uint8)
    contours, _ = cv2.findContours(dark, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    found = []
    for contour in contours:
        area = cv2.contourArea(contour) / per_mm**2
        if not 0.45 * MARK_MM**2 < area < 1.7 * MARK_MM**2:
            continue
        _, (w, h), _ = cv2.minAreaRect(contour)
        if min(w, h) < 0.7 * max(w, h) or area * per_mm**2 < 0.8 * w * h:
            continue
        moments = cv2.moments(contour)
        found.append((moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]))
    return np.array(found, float).reshape(-1, 2)


def _through(matrix: Matrix, points: Points) -> Points:
    lifted = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(lifted[:, :2] / lifted[:, 2:])


def _similarity(from_form: Matrix) -> tuple[float, float, float]:
    """Pixels per mm, turn in degrees, and how far marks are off a plain turn and scale (mm)."""
    mm = np.array(MARKS)
    px = _through(from_form, mm)
    a, b = mm - mm.mean(axis=0), px - px.mean(axis=0)
    za, zb = a[:, 0] + 1j * a[:, 1], b[:, 0] + 1j * b[:, 1]
    factor = complex((zb * za.conj()).sum() / (np.abs(za) ** 2).sum())
    off = float(np.abs(zb - factor * za).max()) / abs(factor)
    return abs(factor), math.degrees(math.atan2(factor.imag, factor.real)), off


def _is_scale_true(raster: Raster, seen: float) -> bool:
    """A scanner's resolution is a usual one; a page shrunk after scanning has an odd one."""
    usual = any(abs(raster.dpi / dpi - 1) < 0.006 for dpi in _USUAL_DPI)
    return (raster.scan and usual and 0.85 < seen < 1.1) or abs(seen - 1) < _SCALE_SEEN


def _rectified(raster: Raster, from_form: Matrix, scale: float) -> tuple[Raster, Matrix]:
    """The page as a scanner would have seen it, in mm of the form."""
    per_mm = min(scale, 300 / 25.4 * 2)
    shift = np.array([[1, 0, -_MARGIN_MM], [0, 1, -_MARGIN_MM], [0, 0, 1.0]])
    to_form = shift @ np.diag([1 / per_mm, 1 / per_mm, 1.0])
    to_raster = from_form @ to_form
    size = tuple(round((side + 2 * _MARGIN_MM) * per_mm) for side in PAGE_MM)
    rgb = cv2.warpPerspective(
        raster.rgb,
        to_raster,
        (size[0], size[1]),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    flat = replace(
        raster,
        rgb=np.asarray(rgb, np.uint8),
        per_mm=per_mm,
        to_page=raster.to_page @ to_raster,
        dpi=per_mm * 25.4,
    )
    return flat, to_form
