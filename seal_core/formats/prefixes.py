"""SM3 of many ranges that begin with the same bytes, each octet hashed once.

Every signature of a PDF protects the file from its first octet on, and the report wants the
digest of the whole file too: the state of the hash is kept where ranges part.
"""

from __future__ import annotations

from bisect import bisect_right

from seal_core.gm import sm3


class Prefixes:
    """One buffer and the states of SM3 after some of its prefixes."""

    def __init__(self, data: bytes) -> None:
        self._view = memoryview(data)
        self._offsets = [0]
        self._states = [sm3.new()]

    def _after(self, offset: int) -> sm3.Hasher:
        """A hasher that has taken in the first *offset* octets."""
        place = bisect_right(self._offsets, offset) - 1
        hasher = self._states[place].copy()
        known = self._offsets[place]
        if known < offset:
            hasher.update(self._view[known:offset])
            self._offsets.insert(place + 1, offset)
            self._states.insert(place + 1, hasher.copy())
        return hasher

    def digest(self) -> bytes:
        """SM3 of the whole buffer."""
        return self._after(len(self._view)).digest()

    def around(self, gap_start: int, gap_end: int, end: int) -> Around:
        """The range up to *end* without the gap; cheapest asked for in ascending order."""
        hasher = self._after(gap_start)
        pieces = (self._view[:gap_start], self._view[gap_end:end])
        return Around(pieces, hasher)


class Around(tuple[memoryview, ...]):
    """The two pieces of a range, and its SM3 without hashing the first again."""

    _begun: sm3.Hasher

    def __new__(cls, pieces: tuple[memoryview, memoryview], begun: sm3.Hasher) -> Around:
        made = super().__new__(cls, pieces)
        made._begun = begun
        return made

    def sm3(self) -> bytes:
        hasher = self._begun.copy()
        hasher.update(self[1])
        return hasher.digest()
