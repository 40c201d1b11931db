"""The faster reader of names agrees with pyHanko's own, also on nonsense."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic

from seal_core.formats import pdf_names


def outcome(read: object, data: bytes) -> tuple[object, int] | type[Exception]:
    """What was read and where the stream stands, or what was thrown."""
    stream = BytesIO(data)
    try:
        result = read(stream)  # type: ignore[operator]
    except Exception as exc:  # noqa: BLE001  whatever it is, it has to be the same
        return type(exc)
    assert type(result) is generic.NameObject
    return str(result), stream.tell()


@pytest.mark.parametrize("end", [b" ", b"/", b"<<", b"]", b"(", b"\x00", b"%", b"\x0c", b""])
@pytest.mark.parametrize("name", [b"", b"A", b"Length", b"A#20B", b"x" * 200, b"a,b;c'd~!"])
def test_names_of_all_kinds_are_the_same(name: bytes, end: bytes) -> None:
    data = b"/" + name + end

    assert outcome(pdf_names.read_name, data) == outcome(pdf_names._by_characters, data)


@given(st.binary(max_size=90))
def test_nonsense_is_the_same(data: bytes) -> None:
    for each in (data, b"/" + data):
        assert outcome(pdf_names.read_name, each) == outcome(pdf_names._by_characters, each)


def test_pyhanko_uses_it() -> None:
    """The name pyHanko calls is still the one that is replaced."""
    pdf_names.hasten()

    assert generic.NameObject.read_from_stream is pdf_names.read_name
