"""The exact outline of a seal: where its border ends, ray by ray, and the best figure through it.

Rays that meet something else (a rule, another seal, a gap) fall out as outliers, so half a ring
is enough. Edges lie where half of the light is swallowed, which blur does not move.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from seal_core.impressions.inks import Map
from seal_core.impressions.model import Outline

Points = NDArray[np.float64]

RAYS = 720
_STEP = 0.04  # mm along a ray
_INWARDS = 1.6  # mm; a border is at most 1.5 mm wide
_REACHES = (2.4, 1.6, 1.0, 0.8, 0.8)  # mm a ray looks outwards, pass by pass
_TOLERANCES = (1.6, 0.9, 0.5, 0.35, 0.35)  # mm off the figure
_ON_EDGE = 0.35  # mm
_ROUND = 0.93  # narrower than this is an oval


@dataclass(frozen=True, slots=True)
class Fit:
    """An outline in mm of the raster, *angle* in degrees clockwise.

    *closed* is the part of the outline that was printed, *roughness* the rms distance of the
    edge from the figure in mm, *edge_mm* the width of the edge itself, *squareness* the ratio
    of the axes (round) or of opposite sides (rectangle), 1 if seen from above.
    """

    outline: Outline
    x: float
    y: float
    width: float
    height: float
    angle: float
    closed: float = 0.0
    roughness: float = 9.0
    edge_mm: float = 9.0
    squareness: float = 1.0

    @property
    def reach(self) -> float:
        """mm from the centre to the farthest point of the outline."""
        if self.outline is Outline.RECTANGLE:
            return math.hypot(self.width, self.height) / 2
        return max(self.width, self.height) / 2


@dataclass(frozen=True)
class _Rays:
    """Starting points on the figure, outward normals, and to which side each belongs."""

    points: Points
    normals: Points
    sides: NDArray[np.int64]


def refine(red: Map, corner: tuple[float, float], per_mm: float, start: Fit) -> Fit:
    """*start* drawn to the ink of *red*, whose first pixel is raster pixel *corner*."""
    fit = start
    for reach, tolerance in zip(_REACHES, _TOLERANCES, strict=True):
        rays = _rays(fit)
        profiles = _profiles(red, corner, per_mm, rays, reach)
        found, offsets = _edges(profiles, reach)
        if np.count_nonzero(found) < RAYS // 5:
            return replace(fit, closed=0.0)
        edge = rays.points + rays.normals * offsets[:, None]
        near = found & (np.abs(offsets - np.median(offsets[found])) < tolerance + 0.4)
        fit = _figure(fit, edge, near, rays.sides, tolerance)
    return _judged(red, corner, per_mm, fit)


def _rays(fit: Fit) -> _Rays:
    a, b = fit.width / 2, fit.height / 2
    if fit.outline is Outline.RECTANGLE:
        along = np.linspace(-0.94, 0.94, RAYS // 4)  # corners are rounded
        one = np.ones_like(along)
        local = np.concatenate(
            [
                np.stack([along * a, -one * b], 1),
                np.stack([one * a, along * b], 1),
                np.stack([-along * a, one * b], 1),
                np.stack([-one * a, -along * b], 1),
            ]
        )
        sides = np.repeat(np.arange(4), RAYS // 4)
        out = np.array([[0.0, -1.0], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])[sides]
    else:
        t = np.arange(RAYS) * (2 * math.pi / RAYS)
        local = np.stack([a * np.cos(t), b * np.sin(t)], 1)
        out = np.stack([b * np.cos(t), a * np.sin(t)], 1)
        out /= np.linalg.norm(out, axis=1, keepdims=True)
        sides = np.zeros(RAYS, np.int64)
    turn = _turned(fit.angle)
    return _Rays(local @ turn.T + (fit.x, fit.y), out @ turn.T, sides)


def _turned(degrees: float) -> Points:
    """Rotation clockwise on a page whose y runs down."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[c, -s], [s, c]])


def _profiles(
    red: Map, corner: tuple[float, float], per_mm: float, rays: _Rays, reach: float
) -> Map:
    """Coverage along every ray, from inside the border outwards."""
    steps = np.arange(-_INWARDS, reach + _STEP, _STEP)
    at = rays.points[:, None, :] + rays.normals[:, None, :] * steps[None, :, None]
    x = (at[..., 0] * per_mm - corner[0] - 0.5).astype(np.float32)
    y = (at[..., 1] * per_mm - corner[1] - 0.5).astype(np.float32)
    sampled = cv2.remap(red, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(cv2.GaussianBlur(sampled, (0, 0), 1.2, sigmaY=1.5), np.float32)


def _edges(profiles: Map, reach: float) -> tuple[NDArray[np.bool_], Points]:
    """For every ray whether the border ends on it, and where (mm outwards of the figure)."""
    peaks = profiles.max(axis=1)
    full = float(np.quantile(peaks, 0.6))
    level = 0.5 * np.minimum(peaks, full)
    above = profiles >= level[:, None]
    last = above.shape[1] - 1 - np.argmax(above[:, ::-1], axis=1)
    rows = np.arange(len(profiles))
    inside = last < above.shape[1] - 1  # ink that goes on outwards is no edge
    after = np.minimum(last + 1, above.shape[1] - 1)
    high, low = profiles[rows, last], profiles[rows, after]
    part = np.clip((high - level) / np.maximum(high - low, 1e-6), 0.0, 1.0)
    found = inside & (peaks > max(0.3 * full, 0.03))
    return found, -_INWARDS + (last + part) * _STEP


def _figure(
    fit: Fit, edge: Points, near: NDArray[np.bool_], sides: NDArray[np.int64], tolerance: float
) -> Fit:
    if fit.outline is Outline.RECTANGLE:
        return _rectangle(fit, edge, near, sides, tolerance)
    if fit.outline is Outline.ROUND:
        return _circle(fit, edge[near], tolerance)
    return _ellipse(fit, edge[near], tolerance)


def _circle(fit: Fit, points: Points, tolerance: float) -> Fit:
    """Least squares, repeated on what lies near the last circle."""
    x, y, r = fit.x, fit.y, (fit.width + fit.height) / 4
    for _ in range(6):
        off = np.hypot(points[:, 0] - x, points[:, 1] - y) - r
        kept = points[np.abs(off - np.median(off)) < tolerance]
        if len(kept) < RAYS // 6:
            break
        system = np.column_stack([2 * kept, np.ones(len(kept))])
        (x, y, c), *_ = np.linalg.lstsq(system, (kept**2).sum(axis=1), rcond=None)
        r = math.sqrt(max(c + x * x + y * y, 1.0))
    return replace(fit, x=float(x), y=float(y), width=2 * r, height=2 * r, angle=0.0)


def _ellipse(fit: Fit, points: Points, tolerance: float) -> Fit:
    kept = points
    for _ in range(4):
        if len(kept) < RAYS // 6:
            return fit
        origin = kept.mean(axis=0)
        (x, y), axes, degrees = cv2.fitEllipseDirect((kept - origin).astype(np.float32))
        if not all(map(math.isfinite, (x, y, *axes, degrees))) or min(axes) < 5:
            return fit
        turned = degrees if axes[0] >= axes[1] else degrees - 90
        angle = (turned + 90) % 180 - 90
        candidate = replace(
            fit,
            x=float(x + origin[0]),
            y=float(y + origin[1]),
            width=float(max(axes)),
            height=float(min(axes)),
            angle=float(angle),
        )
        kept = points[np.abs(distances(candidate, points)) < tolerance]
        fit = candidate
    return fit


def _rectangle(
    fit: Fit, edge: Points, near: NDArray[np.bool_], sides: NDArray[np.int64], tolerance: float
) -> Fit:
    """A line per side, one direction for all, then the middle of opposite sides."""
    back = (edge - (fit.x, fit.y)) @ _turned(fit.angle)  # into the frame of the figure
    slopes, weights, places, tilts = [], [], [], []
    for side in range(4):
        mine = back[near & (sides == side)]
        along, across = (mine[:, 0], mine[:, 1]) if side % 2 == 0 else (mine[:, 1], mine[:, 0])
        slope, place, count = _line(along, across, tolerance)
        if count < RAYS // 20:
            slope, place, count = 0.0, _side_place(fit, side), 0
        # y grows with x on top and bottom; x falls with y on the other two, turned alike
        tilts.append(slope if side % 2 == 0 else -slope)
        slopes.append(tilts[-1] * count)
        weights.append(count)
        places.append(place)
    if not sum(weights):
        return fit
    turn = math.degrees(math.atan(sum(slopes) / sum(weights)))
    middle = np.array([(places[1] + places[3]) / 2, (places[0] + places[2]) / 2])
    centre = _turned(fit.angle) @ middle + (fit.x, fit.y)
    shrink = math.cos(math.radians(turn))
    keystone = max(abs(tilts[0] - tilts[2]), abs(tilts[1] - tilts[3]))
    return replace(
        fit,
        x=float(centre[0]),
        y=float(centre[1]),
        width=float(places[1] - places[3]) * shrink,
        height=float(places[2] - places[0]) * shrink,
        angle=fit.angle + turn,
        squareness=1.0 - keystone / 2 if min(weights) else fit.squareness,
    )


def _side_place(fit: Fit, side: int) -> float:
    return (-fit.height / 2, fit.width / 2, fit.height / 2, -fit.width / 2)[side]


def _line(along: Points, across: Points, tolerance: float) -> tuple[float, float, int]:
    """Slope, value at the middle, and how many points agree."""
    if len(along) < 8:
        return 0.0, 0.0, 0
    slope, place = 0.0, float(np.median(across))
    kept = np.ones(len(along), bool)
    for _ in range(5):
        kept = np.abs(across - place - slope * along) < tolerance
        if np.count_nonzero(kept) < 8:
            return 0.0, 0.0, 0
        slope, place = (float(v) for v in np.polyfit(along[kept], across[kept], 1))
    return slope, place, int(np.count_nonzero(kept))


def distances(fit: Fit, points: Points) -> Points:
    """How far *points* lie outside the figure, mm; exact for circles, near for the others."""
    local = (points - (fit.x, fit.y)) @ _turned(fit.angle)
    a, b = fit.width / 2, fit.height / 2
    if fit.outline is Outline.RECTANGLE:
        return np.asarray(np.maximum(np.abs(local[:, 0]) - a, np.abs(local[:, 1]) - b))
    scaled = np.hypot(local[:, 0] / a, local[:, 1] / b)
    gradient = np.hypot(local[:, 0] / a**2, local[:, 1] / b**2) / np.maximum(scaled, 1e-6)
    return np.asarray((scaled - 1) / np.maximum(gradient, 1e-6))


def _judged(red: Map, corner: tuple[float, float], per_mm: float, fit: Fit) -> Fit:
    """*fit* with its figures: how closed, how rough, how sharp, how square."""
    rays = _rays(fit)
    profiles = _profiles(red, corner, per_mm, rays, _REACHES[-1])
    found, offsets = _edges(profiles, _REACHES[-1])
    on = found & (np.abs(offsets) < _ON_EDGE)
    if np.count_nonzero(on) < RAYS // 10:
        return replace(fit, closed=0.0)
    roughness = float(np.sqrt(np.mean(offsets[on] ** 2)))
    squareness = fit.squareness
    if fit.outline is Outline.ROUND:
        squareness = _roundness(fit, rays, offsets, on)
    return replace(
        fit,
        closed=float(np.mean(on)),
        roughness=roughness,
        edge_mm=_edge_width(profiles[on], offsets[on]),
        squareness=squareness,
    )


def _roundness(fit: Fit, rays: _Rays, offsets: Points, on: NDArray[np.bool_]) -> float:
    """The ratio of the axes, from the second harmonic of the edge."""
    around = np.arange(RAYS)[on] * (2 * math.pi / RAYS)
    waves = np.column_stack(
        [np.ones_like(around)] + [f(k * around) for k in (1, 2) for f in (np.cos, np.sin)]
    )
    if np.mean(on) < 0.7:
        return 1.0  # an arc cannot tell
    coefficients, *_ = np.linalg.lstsq(waves, offsets[on], rcond=None)
    second = math.hypot(float(coefficients[3]), float(coefficients[4]))
    return 1.0 - 4 * second / fit.width


def _edge_width(profiles: Map, offsets: Points) -> float:
    """From 80 % to 20 % of the ink, on the mean of all edges laid over each other, in mm."""
    shift = np.round(offsets / _STEP).astype(int)
    zero = round(_INWARDS / _STEP)
    span = np.arange(-18, 19)
    columns = np.clip(zero + shift[:, None] + span, 0, profiles.shape[1] - 1)
    mean = profiles[np.arange(len(profiles))[:, None], columns].mean(axis=0)
    top, bottom = float(mean[:12].max()), float(mean[-6:].mean())
    level = (mean - bottom) / max(top - bottom, 1e-6)
    high = int(np.flatnonzero(level >= 0.8)[-1]) if (level >= 0.8).any() else 0
    low = int(np.flatnonzero(level >= 0.2)[-1]) if (level >= 0.2).any() else len(level)
    return max(low - high, 1) * _STEP
