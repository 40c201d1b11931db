"""Whether two pictures are impressions of one seal, from short fingerprints. Needs no OpenCV.

A fingerprint says for every cell of a grid whether it holds more ink than the seal has on the
average. Round and oval seals are unrolled first, so that a turn is a shift.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from seal_core.impressions.model import Outline

Map = NDArray[np.float32]

ALIKE = 0.88
"""Share of equal cells from which two pictures are of one seal: docs/reference/impressions.md."""

_AROUND, _DEEP = 120, 8  # cells of a ring
_SIDE = 28  # cells of a rectangle
_INNER, _OUTER = 0.44, 0.9  # of the radius: ring text, without star and border
_SHIFTS = 3  # cells a seal may be turned


def fingerprint(opacity: Map, outline: Outline) -> str:
    """Of a clean picture that stands upright, as hex."""
    cells = _block(opacity) if outline is Outline.RECTANGLE else _ring(opacity)
    bits = cells > cells.mean()
    return np.packbits(bits.reshape(-1)).tobytes().hex()


def alike(one: str, other: str, outline: Outline) -> float:
    """The share of equal cells, 0 … 1; 0 for fingerprints of different kinds."""
    if len(one) != len(other) or not one:
        return 0.0
    bits = len(one) * 4
    a, b = int(one, 16), int(other, 16)
    if outline is Outline.RECTANGLE:
        return 1 - (a ^ b).bit_count() / bits
    whole = (1 << bits) - 1
    least = bits
    for cells in range(-_SHIFTS, _SHIFTS + 1):
        by = (cells * _DEEP) % bits
        turned = ((b << by) | (b >> (bits - by))) & whole
        least = min(least, (a ^ turned).bit_count())
    return 1 - least / bits


def _ring(opacity: Map) -> NDArray[np.float64]:
    """Ink by angle and depth."""
    rows, columns = opacity.shape
    y, x = np.mgrid[:rows, :columns]
    x, y = (x + 0.5) / columns * 2 - 1, (y + 0.5) / rows * 2 - 1
    radius = np.hypot(x, y)
    belt = (radius > _INNER) & (radius < _OUTER)
    around = ((np.arctan2(x, -y) / (2 * math.pi) + 0.5) * _AROUND).astype(int) % _AROUND
    deep = ((radius - _INNER) / (_OUTER - _INNER) * _DEEP).astype(int)
    cell = (around * _DEEP + np.clip(deep, 0, _DEEP - 1))[belt]
    count = _AROUND * _DEEP
    ink = np.bincount(cell, weights=opacity[belt], minlength=count)
    return ink / np.maximum(np.bincount(cell, minlength=count), 1)


def _block(opacity: Map) -> NDArray[np.float64]:
    rows, columns = opacity.shape
    y, x = np.mgrid[:rows, :columns]
    cell = (y * _SIDE // rows) * _SIDE + x * _SIDE // columns
    ink = np.bincount(cell.reshape(-1), weights=opacity.reshape(-1), minlength=_SIDE * _SIDE)
    return ink / np.maximum(np.bincount(cell.reshape(-1), minlength=_SIDE * _SIDE), 1)
