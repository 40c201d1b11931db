"""What one file may cost: CPU time after which the rest is told to be left open.

Limits on sizes and counts come first. This is the net below them, for files that are within
every limit and dear all the same; the answer for what was left is ``limits``, never silence.
"""

from __future__ import annotations

import time

READING = 5.0  # seconds of CPU: finding signatures, digests, coverage
JUDGING = 4.0  # seconds of CPU: containers, certificates, values


class Budget:
    """CPU seconds of this process from now on."""

    def __init__(self, seconds: float) -> None:
        self._until = time.process_time() + seconds

    @property
    def is_spent(self) -> bool:
        return time.process_time() > self._until
