"""How often an account may speak to somebody (facts/platform.md §3.1)."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

# what the person did -> (messages, seconds); current pages say 5 where older ones said 20
ALLOWANCES: Final[dict[str, tuple[int, float]]] = {
    "message": (5, 48 * 3600.0),
    "click": (3, 60.0),
    "follow": (3, 60.0),
    "scan": (3, 60.0),
    "enter": (2, 60.0),
}

OUT_OF_WINDOW: Final = 45015
OVER_COUNT: Final = 45047


@dataclass(slots=True)
class _Window:
    left: int
    until: float


class Windows:
    """Open windows per account and person; a new act of a kind renews that kind's window."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[tuple[str, str], dict[str, _Window]] = {}

    def open(self, appid: str, openid: str, trigger: str, now: float) -> None:
        """The person did *trigger* (a key of ALLOWANCES)."""
        count, seconds = ALLOWANCES[trigger]
        with self._lock:
            self._open.setdefault((appid, openid), {})[trigger] = _Window(count, now + seconds)

    def close(self, appid: str, openid: str) -> None:
        """The person left: nothing may be said any more."""
        with self._lock:
            self._open.pop((appid, openid), None)

    def spend(self, appid: str, openid: str, now: float) -> int:
        """Use up one message; return 0, OUT_OF_WINDOW or OVER_COUNT."""
        with self._lock:
            windows = self._open.get((appid, openid), {}).values()
            alive = sorted((w for w in windows if w.until > now), key=lambda w: w.until)
            if not alive:
                return OUT_OF_WINDOW
            usable = [window for window in alive if window.left > 0]
            if not usable:
                return OVER_COUNT
            usable[0].left -= 1  # the one that ends first
            return 0

    def left(self, appid: str, openid: str, now: float) -> int:
        """How many messages may still be sent."""
        with self._lock:
            windows = self._open.get((appid, openid), {}).values()
            return sum(window.left for window in windows if window.until > now)
