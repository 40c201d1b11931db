"""Which way up a seal is, from the seal itself."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from seal_core.impressions.fitting import Fit
from seal_core.impressions.inks import Map
from seal_core.impressions.model import Outline
from seal_core.impressions.sheet import Sheet

_PER_MM = 10.0
_TEXT_BELT = {  # mm inside the edge: the ring text, not the border, the small code or the purpose
    Outline.ROUND: (3.5, 6.6),
    Outline.OVAL: (2.8, 4.9),
}
_SECTORS = 72
_SURE_UP = 0.05  # amplitude of the once-around wave in the belt; 0 for ink all around
FLAT_OVAL = 0.85  # 45×30 and 40×30 mm are 0.67 and 0.75
_SURE_STAR = 0.16
_SOLID = 0.75  # of full ink: the middle of a star is full, that of five characters is not


@dataclass(frozen=True, slots=True)
class Upright:
    """Degrees the seal is turned clockwise, and whether its own design says so."""

    angle: float
    sure: bool


def upright(sheet: Sheet, fit: Fit, page_turn: float) -> Upright:
    """How far the seal at *fit* is turned; *page_turn* decides what the design leaves open."""
    if fit.outline is Outline.RECTANGLE:
        step = 90.0 if fit.width < 1.2 * fit.height else 180.0
        return Upright(nearest(fit.angle, step, page_turn), sure=False)
    frame = _frame(sheet, fit)
    up, strength = _text_direction(frame, fit)
    sure = strength > _SURE_UP
    if is_flat_oval(fit):
        return Upright(nearest(fit.angle, 180.0, fit.angle + up if sure else page_turn), sure)
    coarse = up if sure else page_turn - fit.angle
    phase, star = _star(frame, fit)
    turn = nearest(phase, 72.0, coarse) if star > _SURE_STAR else _level_rows(frame, fit, coarse)
    return Upright(nearest(turn + fit.angle, 360.0, 0.0), sure)


def is_flat_oval(fit: Fit) -> bool:
    """An oval seal; rounder ones are round seals photographed aslant."""
    return fit.outline is Outline.OVAL and fit.height < FLAT_OVAL * fit.width


def nearest(angle: float, step: float, target: float) -> float:
    """*angle* plus the multiple of *step* that brings it nearest *target*, in −180 … 180."""
    moved = angle + step * round((target - angle) / step)
    return (moved + 180) % 360 - 180


def _frame(sheet: Sheet, fit: Fit) -> Map:
    """The seal centred in a square, turned by −fit.angle so that an oval lies level."""
    half = fit.reach + 0.5
    side = int(2 * half * _PER_MM)
    c, s = math.cos(math.radians(fit.angle)), math.sin(math.radians(fit.angle))
    scale = sheet.per_mm / _PER_MM
    turn = np.array([[c, -s], [s, c]]) * scale
    centre = np.array([fit.x, fit.y]) * sheet.per_mm - 0.5
    shift = centre - turn @ np.full(2, (side - 1) / 2)
    return sheet.patch(np.column_stack([turn, shift]), (side, side)).calm(_PER_MM / sheet.per_mm)


def _polar(frame: Map) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """x and y in mm from the centre."""
    side = frame.shape[0]
    y, x = (np.mgrid[:side, :side] - (side - 1) / 2) / _PER_MM
    return x, y


def _text_direction(frame: Map, fit: Fit) -> tuple[float, float]:
    """Where the middle of the ring text lies (degrees clockwise from up), and how clearly.

    Names leave a gap at the bottom, with at most a small code in it. Sectors whose border is
    missing, or that something red runs into, say nothing.
    """
    x, y = _polar(frame)
    a, b = fit.width / 2, fit.height / 2
    scaled = np.hypot(x / a, y / b)
    gradient = np.hypot(x / a**2, y / b**2) / np.maximum(scaled, 1e-6)
    depth = (1 - scaled) / np.maximum(gradient, 1e-6)
    sector = ((np.arctan2(x, -y) / (2 * math.pi) + 0.5) * _SECTORS).astype(int) % _SECTORS
    middle = (np.arange(_SECTORS) + 0.5) / _SECTORS * 2 * math.pi - math.pi

    def mean(shallow: float, deep: float) -> NDArray[np.float64]:
        belt = (depth > shallow) & (depth < deep)
        inked = np.bincount(sector[belt], weights=frame[belt], minlength=_SECTORS)
        return inked / np.maximum(np.bincount(sector[belt], minlength=_SECTORS), 1)

    border, outside = mean(0.25, 0.75), mean(-0.45, -0.3)
    full = float(np.quantile(border, 0.8))
    heard = (border > 0.5 * full) & (outside < 0.4 * full)
    design = Outline.OVAL if is_flat_oval(fit) else Outline.ROUND
    text = np.minimum(mean(*_TEXT_BELT[design]), 0.6 * full)
    if is_flat_oval(fit):
        return _upper_or_lower(text, middle)
    code = np.maximum(np.minimum(mean(2.0, 3.2), 0.5 * full) - 1.5 * text, 0)
    wave = _first_wave(text, middle, heard) - 0.6 * _first_wave(code, middle, heard)
    return math.degrees(math.atan2(wave.imag, wave.real)), abs(wave) / full


def _first_wave(
    values: NDArray[np.float64], around: NDArray[np.float64], heard: NDArray[np.bool_]
) -> complex:
    """Amplitude and direction of the once-around wave in *values*, from the sectors *heard*."""
    if np.count_nonzero(heard) < _SECTORS // 3:
        return 0j
    waves = np.column_stack([np.ones_like(around), np.cos(around), np.sin(around)])[heard]
    (_, across, along), *_ = np.linalg.lstsq(waves, values[heard], rcond=None)
    return complex(across, along)


def _upper_or_lower(ink: NDArray[np.float64], around: NDArray[np.float64]) -> tuple[float, float]:
    """An oval reads along its long axis: 0 or 180, by the arc that has more text."""
    above, below = float(ink[np.cos(around) > 0.7].mean()), float(ink[np.cos(around) < -0.7].mean())
    clear = abs(above - below) / max(above + below, 1e-6)
    return (0.0 if above > below else 180.0), 0.2 * clear


def _star(frame: Map, fit: Fit) -> tuple[float, float]:
    """The five-fold phase of the star's arms (degrees, modulo 72), and how clear it is."""
    x, y = _polar(frame)
    r = np.hypot(x, y)
    tip = fit.width * 14 / 42 / 2  # facts/domain.md, 2.3: tip circle 14 mm of 42
    arms = (r > 0.44 * tip) & (r < 1.05 * tip)
    ink = np.clip(frame[arms], 0, 1)
    wave = complex((ink * np.exp(5j * np.arctan2(x[arms], -y[arms]))).sum())
    total = max(float(ink.sum()), 1e-6)
    middle, full = frame[r < 0.36 * tip], float(np.quantile(frame[r < fit.width / 2], 0.95))
    clear = abs(wave) / total if np.mean(middle) > _SOLID * full else 0.0
    return math.degrees(math.atan2(wave.imag, wave.real)) / 5, clear


def _level_rows(frame: Map, fit: Fit, coarse: float) -> float:
    """Without a star: the turn near *coarse* in which the middle reads in level rows."""
    x, y = _polar(frame)
    radius = fit.height / 2 - _TEXT_BELT[Outline.ROUND][1]
    centre = np.where(np.hypot(x, y) < radius, frame, 0).astype(np.float32)
    best, turn = -1.0, coarse
    for fine in (np.arange(-24.0, 24.1, 1.0), np.arange(-1.0, 1.1, 0.1)):
        middle = turn
        for step in fine:
            score = _rows_score(centre, middle + float(step))
            if score > best:
                best, turn = score, middle + float(step)
    return (turn + 180) % 360 - 180


def _rows_score(centre: Map, degrees: float) -> float:
    """How unequal the rows are when the picture is turned back by *degrees*."""
    middle = (centre.shape[0] - 1) / 2
    turn = cv2.getRotationMatrix2D((middle, middle), degrees, 1.0)
    back = cv2.warpAffine(centre, turn, centre.shape[::-1], flags=cv2.INTER_LINEAR)
    return float(np.square(np.asarray(back).sum(axis=1)).sum())
