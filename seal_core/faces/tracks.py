"""The line that characters stand on when they follow a round or oval edge."""

from __future__ import annotations

import bisect
import functools
import math
from dataclasses import dataclass

from seal_core.faces.paths import Point

_SAMPLES = 720  # half a degree; the chord is off by 0.2 µm on a radius of 20 mm


@dataclass(frozen=True, slots=True)
class Stand:
    """A place on a track: where, and how far the upright is turned clockwise."""

    at: Point
    turn: float


class Track:
    """The line at an even *depth* inside an ellipse, measured in mm along itself.

    Lengths run clockwise from the top. Equal lengths give equal spacing, which equal angles
    do not on an ellipse.
    """

    def __init__(self, centre: Point, rx: float, ry: float, depth: float) -> None:
        self._points: list[Point] = []
        self._turns: list[float] = []
        for k in range(_SAMPLES + 1):
            sin, cos = math.sin(math.tau * k / _SAMPLES), math.cos(math.tau * k / _SAMPLES)
            turn = math.atan2(sin / rx, cos / ry)  # of the normal, from straight up
            edge = centre[0] + rx * sin, centre[1] - ry * cos
            inwards = -depth * math.sin(turn), depth * math.cos(turn)
            self._points.append((edge[0] + inwards[0], edge[1] + inwards[1]))
            self._turns.append(turn if k == 0 or turn >= self._turns[-1] - 1 else turn + math.tau)
        self._centre = centre
        self._lengths = [0.0]
        for here, there in zip(self._points, self._points[1:], strict=False):
            self._lengths.append(self._lengths[-1] + math.dist(here, there))

    @property
    def length(self) -> float:
        """Once round."""
        return self._lengths[-1]

    def length_within(self, span: float) -> float:
        """How much of the track, centred on the top, is seen within *span* degrees."""
        wanted = math.radians(min(span, 359.9)) / 2
        angles = [self._seen_from_centre(k) for k in range(_SAMPLES // 2 + 1)]
        return 2 * self._lengths[bisect.bisect_left(angles, wanted)]

    def upright(self, along: float) -> Stand:
        """*along* mm clockwise from the top (negative: anticlockwise), feet to the centre."""
        along %= self.length
        k = min(bisect.bisect_right(self._lengths, along), _SAMPLES) - 1
        share = (along - self._lengths[k]) / (self._lengths[k + 1] - self._lengths[k])
        here, there = self._points[k], self._points[k + 1]
        at = here[0] + (there[0] - here[0]) * share, here[1] + (there[1] - here[1]) * share
        return Stand(at, self._turns[k] + (self._turns[k + 1] - self._turns[k]) * share)

    def hanging(self, along: float) -> Stand:
        """*along* mm to the right of the bottom, head to the centre: reads left to right."""
        stand = self.upright(self.length / 2 - along)
        return Stand(stand.at, stand.turn + math.pi)

    def _seen_from_centre(self, k: int) -> float:
        x, y = self._points[k]
        angle = math.atan2(x - self._centre[0], self._centre[1] - y)
        return math.tau if k and angle <= 0 else angle


@functools.lru_cache(maxsize=512)
def track(centre: Point, rx: float, ry: float, depth: float) -> Track:
    """A track, made once for faces of the same size."""
    return Track(centre, rx, ry, depth)
