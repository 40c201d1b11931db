"""A page whose inks have been told apart, ready to be looked at in parts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from seal_core.impressions import inks
from seal_core.impressions.inks import Map, Stains
from seal_core.impressions.pages import Matrix, Raster

# In a fork the threads of a library are gone but its locks are not; and one thread adds
# in one order.
cv2.setNumThreads(0)
cv2.ocl.setUseOpenCL(False)

LOOK_PER_MM = 200 / 25.4
"""Resolution at which seals are looked for."""
_PAPER_PER_MM = 2.0
_DARK = 0.5  # density of black from which red is measured badly
_DISTRUST = 0.4
_HEARD = 1.0  # pixels of the scan


@dataclass(frozen=True)
class Patch:
    """A part of the page: coverage of red ink, density of black, and the flattened colours."""

    red: Map  # 0 … 1, see inks.swallowed
    black: Map
    colours: Map  # 0 … 1 of the paper

    def calm(self, pixel: float, grain: float = 0.0) -> Map:
        """Red coverage without the grain of the scan; *pixel* is one of the scan in ours.

        Under black nearly no light comes back and red is measured badly, so there each pixel
        counts by how much light did, and more of the neighbourhood is heard.
        """
        sigma = max(0.35 * pixel, 0.8) * (1.0 + min(6.0 * grain, 1.5))
        plain = cv2.GaussianBlur(self.red, (0, 0), sigma)
        if float(self.black.max()) < _DARK:
            return np.asarray(plain, np.float32)
        trust = np.asarray(cv2.exp(-_DISTRUST * self.black), np.float32) + 0.01
        wide = max(_HEARD * pixel, 1.6 * sigma)
        heard = cv2.GaussianBlur(self.red * trust, (0, 0), wide)
        heard = heard / cv2.GaussianBlur(trust, (0, 0), wide)
        dark = self.dark(pixel)
        return np.asarray(plain * (1 - dark) + heard * dark, np.float32)

    def dark(self, pixel: float) -> Map:
        """0 … 1: how much black keeps us from seeing red; *pixel* as for ``calm``."""
        deep = np.clip((self.black - _DARK) / 0.6, 0, 1)
        return np.asarray(cv2.GaussianBlur(deep, (0, 0), max(0.5 * pixel, 0.8)), np.float32)


class Sheet:
    """The inks of one page."""

    def __init__(self, raster: Raster) -> None:
        self.raster = raster
        self.per_mm = raster.per_mm
        rows, columns = raster.rgb.shape[:2]
        self.width_mm, self.height_mm = columns / self.per_mm, rows / self.per_mm
        self.look_per_mm = min(LOOK_PER_MM, self.per_mm)
        shrink = self.look_per_mm / self.per_mm
        size = (max(round(columns * shrink), 8), max(round(rows * shrink), 8))
        small = cv2.resize(raster.rgb, size, interpolation=cv2.INTER_AREA)
        scale = _PAPER_PER_MM / self.look_per_mm
        paper = inks.paper_of(np.asarray(small, np.uint8), self.look_per_mm)
        self._paper = cv2.resize(paper, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        self._od = inks.density(np.asarray(small, np.uint8), paper)

    @cached_property
    def stains(self) -> Stains:
        return inks.stains_of(self._od)

    @cached_property
    def look(self) -> tuple[Map, Map]:
        """Coverage of red and density of black, of the whole page at ``look_per_mm``."""
        red, black = inks.unmix(self._od, self.stains)
        return inks.swallowed(red), black

    @cached_property
    def colourful(self) -> bool:
        """Whether anything at all is red: in a grey scan nothing is."""
        soft = cv2.GaussianBlur(self._od, (0, 0), 1.5)
        red = np.count_nonzero(inks.reddish(np.asarray(soft, np.float32)))
        return bool(red > 10.0 * self.look_per_mm**2)  # 10 mm²

    def patch(self, to_raster: Matrix, size: tuple[int, int]) -> Patch:
        """The part of the page that *to_raster* (2×3, patch pixel → raster pixel) describes."""
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        rgb = cv2.warpAffine(
            self.raster.rgb, to_raster, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        shrink = _PAPER_PER_MM / self.per_mm
        to_paper = to_raster * shrink
        to_paper[:, 2] += 0.5 * shrink - 0.5
        paper = cv2.warpAffine(
            self._paper,
            to_paper,
            size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        od = inks.density(np.asarray(rgb, np.uint8), np.asarray(paper, np.float32))
        red, black = inks.unmix(od, self.stains)
        colours = np.clip(rgb.astype(np.float32) / np.maximum(paper, 8.0), 0.0, 1.0)
        return Patch(inks.swallowed(red), black, colours)

    def crop(self, x: float, y: float, reach: float) -> tuple[Patch, tuple[float, float]]:
        """The square of *reach* mm around (*x*, *y*) mm, and its corner in raster pixels."""
        left, top = round((x - reach) * self.per_mm), round((y - reach) * self.per_mm)
        side = round(2 * reach * self.per_mm)
        to_raster = np.array([[1.0, 0.0, left], [0.0, 1.0, top]])
        return self.patch(to_raster, (side, side)), (float(left), float(top))
