"""Shared prefixes give the digests that hashing each range alone gives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seal_core.formats import algorithms
from seal_core.formats.prefixes import Prefixes
from seal_core.gm import sm3

DATA = bytes(range(256)) * 3


@given(st.lists(st.tuples(*[st.integers(0, len(DATA))] * 3).map(sorted), max_size=8), st.booleans())
def test_ranges_in_any_order(ranges: list[list[int]], whole_first: bool) -> None:
    prefixes = Prefixes(DATA)
    if whole_first:
        assert prefixes.digest() == sm3.digest(DATA)

    for gap_start, gap_end, end in ranges:
        around = prefixes.around(gap_start, gap_end, end)

        expected = DATA[:gap_start] + DATA[gap_end:end]
        assert b"".join(around) == expected
        assert around.sm3() == around.sm3() == sm3.digest(expected)
        assert algorithms.digest("sm3", around) == sm3.digest(expected)
        assert algorithms.digest("sha256", around) == algorithms.digest("sha256", (expected,))

    assert prefixes.digest() == sm3.digest(DATA)
