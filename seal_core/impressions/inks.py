"""Paper, red ink and black ink apart, by optical density.

Ink swallows light by factors, so densities (−log pixel/paper) of inks add up and two inks that
lie on each other can be told apart: 97 % of red ink under black print survives, against 15 %
with a threshold on hue (Ruifrok and Johnston 2001; measured in facts/domain.md, 5.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seal_core.impressions.pages import Pixels

Map = NDArray[Any]
"""float32; OpenCV's stubs do not say what it returns."""

_BLOCK_MM = 4.0
_PAPER_REACH = 9  # blocks: paper is seen within 36 mm even under a solid star
_RED_BEFORE = (0.12, 1.0, 0.86)  # of vermilion ink, from scans; used where nothing is red
_BLACK_BEFORE = (1.0, 1.0, 1.0)
_ENOUGH_RED = 150  # pixels


@dataclass(frozen=True)
class Stains:
    """The direction of each ink in density space, the largest component 1."""

    red: tuple[float, float, float]
    black: tuple[float, float, float]


def paper_of(rgb: Pixels, per_mm: float) -> Map:
    """What the page would look like without ink: shade and tint, no detail."""
    rows, columns = rgb.shape[:2]
    grid = (max(int(columns / per_mm / _BLOCK_MM), 2), max(int(rows / per_mm / _BLOCK_MM), 2))
    # the bright part of every block is paper, unless ink covers it; then its neighbours know
    soft = cv2.resize(rgb, (grid[0] * 8, grid[1] * 8), interpolation=cv2.INTER_AREA)
    tiles = soft.reshape(grid[1], 8, grid[0], 8, 3).transpose(0, 2, 1, 3, 4)
    bright = np.percentile(tiles.reshape(grid[1], grid[0], 64, 3), 75, axis=2).astype(np.float32)
    kernel = np.ones((_PAPER_REACH, _PAPER_REACH), np.uint8)
    closed = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE)
    smooth = cv2.GaussianBlur(closed, (0, 0), 1.5, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(
        cv2.resize(smooth, (columns, rows), interpolation=cv2.INTER_LINEAR), np.float32
    )


def density(rgb: Pixels | Map, paper: Map) -> Map:
    """Optical density per channel, never negative."""
    ratio = (rgb.astype(np.float32) + 1.0) / (np.maximum(paper, 8.0) + 1.0)
    return np.maximum(-cv2.log(ratio), 0.0)


def reddish(od: Map) -> NDArray[np.bool_]:
    """Where green and blue are swallowed much more than red."""
    return np.asarray(
        (np.minimum(od[..., 1], od[..., 2]) > 0.10)
        & (od[..., 0] < 0.55 * np.minimum(od[..., 1], od[..., 2]))
    )


def stains_of(od: Map) -> Stains:
    """The inks of this page: the middle of the red cluster, and of what is dark and colourless."""
    soft = cv2.GaussianBlur(od, (0, 0), 1.0)
    strength = soft.max(axis=2)
    red_at = reddish(soft) & (strength > 0.18)
    black_at = (soft.min(axis=2) > 0.8) & (soft.min(axis=2) > 0.75 * strength)
    red = _direction(soft[red_at], _RED_BEFORE, strongest=0.5)
    return Stains(red, _direction(soft[black_at], _BLACK_BEFORE, strongest=1.0))


def _direction(
    samples: Map, before: tuple[float, float, float], strongest: float
) -> tuple[float, float, float]:
    """The median direction of the *strongest* part of the samples."""
    if len(samples) < _ENOUGH_RED:
        return before
    strength = samples.max(axis=1)
    kept = samples[strength >= np.quantile(strength, 1.0 - strongest)]
    middle = np.median(kept / kept.max(axis=1, keepdims=True), axis=0)
    middle /= max(float(middle.max()), 1e-6)
    return (float(middle[0]), float(middle[1]), float(middle[2]))


def unmix(od: Map, stains: Stains) -> tuple[Map, Map]:
    """Densities of red and of black ink; least squares, neither below zero."""
    red = np.array(stains.red, np.float32)
    black = np.array(stains.black, np.float32)
    rr, bb, rb = float(red @ red), float(black @ black), float(red @ black)
    to_red, to_black = od @ red, od @ black
    det = rr * bb - rb * rb
    of_red = (bb * to_red - rb * to_black) / det
    of_black = (rr * to_black - rb * to_red) / det
    alone_red, alone_black = to_red / rr, to_black / bb
    red_map = np.where(of_black < 0, alone_red, np.maximum(of_red, 0))
    black_map = np.where(of_red < 0, alone_black, np.maximum(of_black, 0))
    return red_map.astype(np.float32), black_map.astype(np.float32)


def swallowed(ink: Map) -> Map:
    """The part of the light an ink takes: linear in how much of a pixel is covered.

    A blurred edge lies where this, not the density, is half of the full ink.
    """
    return np.asarray(1.0 - cv2.exp(-ink), np.float32)
