"""The faster reader of hexadecimal strings agrees with pyHanko's own, also on nonsense."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic

from seal_core.formats import pdf_hex


def outcome(read: object, data: bytes) -> tuple[object, int] | type[Exception]:
    """What was read and where the stream stands, or what was thrown."""
    stream = BytesIO(data)
    try:
        result = read(stream)  # type: ignore[operator]
    except Exception as exc:  # noqa: BLE001  whatever it is, it has to be the same
        return type(exc)
    return result.original_bytes, stream.tell()


@pytest.mark.parametrize("pairs", [0, 1, 16, 255, 256, 5_000, 200_000])
def test_long_and_short_strings_are_the_same(pairs: int) -> None:
    data = b"<" + b"aF" * pairs + b"> and more"

    assert outcome(pdf_hex.read_hex_string, data) == outcome(pdf_hex._by_digits, data)


@given(st.binary(max_size=30).map(lambda data: b"<" + data))
def test_nonsense_is_the_same(data: bytes) -> None:
    assert outcome(pdf_hex.read_hex_string, data) == outcome(pdf_hex._by_digits, data)


@given(st.text("0123456789abcdefABCDEF \n\r\t\x00>", max_size=60))
def test_odd_digits_and_blanks_are_the_same(text: str) -> None:
    data = b"<" + text.encode() + b">"

    assert outcome(pdf_hex.read_hex_string, data) == outcome(pdf_hex._by_digits, data)


def test_pyhanko_uses_it() -> None:
    """The name pyHanko calls is still the one that is replaced."""
    pdf_hex.hasten()

    assert generic.read_object.__globals__["read_hex_string_from_stream"] is pdf_hex.read_hex_string
