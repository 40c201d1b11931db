"""What one file may cost: CPU time after which the rest is told to be left open.

Limits on sizes and counts come first. This is the net below them, for files that are within
every limit and dear all the same; the answer for what was left is ``limits``, never silence.
"""

from __future__ import annotations

import time

READING = 5.0  # seconds of CPU: finding signatures, digests, coverage
JUDGING = 4.0  # seconds of CPU: containers, certificates, values


class Budget:
    """At most so many CPU seconds of this process from now on, and at least half of them.

    The clock of CPU time is asked only when half of the time has passed on the wall: no
    process uses more than that, and asking costs a system call, in some sandboxes 1 ms.
    """

    def __init__(self, seconds: float) -> None:
        self._half = seconds / 2
        self._wall_until = time.monotonic() + self._half
        self._until: float | None = None

    @property
    def is_spent(self) -> bool:
        if time.monotonic() < self._wall_until:
            return False
        if self._until is None:
            self._until = time.process_time() + self._half
        return time.process_time() > self._until
