"""The DER reader takes one encoding of everything and refuses the rest with MalformedData."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal_core import der
from seal_core.errors import MalformedData


@given(st.integers())
def test_integers_come_back(value: int) -> None:
    assert der.read(der.integer(value)).integer() == value


@given(st.binary(max_size=70000))
def test_octets_of_any_length_come_back(value: bytes) -> None:
    """Short, one-, two- and three-octet lengths."""
    assert der.read(der.octet_string(value)).octets() == value


@given(
    st.integers(0, 2), st.integers(0, 39), st.lists(st.integers(0, 2**40), min_size=1, max_size=6)
)
def test_oids_come_back(first: int, second: int, rest: list[int]) -> None:
    dotted = ".".join(map(str, (first, second, *rest)))

    assert der.read(der.oid(dotted)).oid() == dotted


def test_large_second_arcs_belong_to_the_first_arc_two() -> None:
    assert der.read(bytes.fromhex("0603883703")).oid() == "2.999.3"


@given(st.integers(-631_152_000, 7_258_118_400))  # 1950 to 2200
def test_times_come_back_to_the_second(seconds: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)

    assert der.read(der.generalized(moment)).time() == moment
    assert der.read(der.x509_time(moment)).time() == moment


LOOSE = {
    "empty": "",
    "no length": "30",
    "cut": "300201",
    "left over": "30000a",
    "indefinite": "30800000",
    "length not minimal": "308100",
    "leading zero in length": "30820001ff",
    "length of length": "3085000000000000",
    "huge length": "3084ffffffff00",
    "high tag": "1f8100",
}


@pytest.mark.parametrize("encoded", LOOSE.values(), ids=list(LOOSE))
def test_loose_elements_are_refused(encoded: str) -> None:
    with pytest.raises(MalformedData):
        der.read(bytes.fromhex(encoded))


@pytest.mark.parametrize(
    ("encoded", "method"),
    [
        ("02020001", "integer"),
        ("0202ff80", "integer"),
        ("0200", "integer"),
        ("010101", "boolean"),
        ("0300", "bits"),
        ("03020180", "bits"),
        ("03020800", "bit_flags"),
        ("06022a80", "oid"),
        ("0603802a01", "oid"),
        ("0600", "oid"),
        ("0c01ff", "text"),
        ("0401ff", "text"),
    ],
)
def test_loose_values_are_refused(encoded: str, method: str) -> None:
    """Right length, wrong content."""
    node = der.read(bytes.fromhex(encoded))
    with pytest.raises(MalformedData):
        getattr(node, method)()


@pytest.mark.parametrize(
    ("tag", "written"),
    [
        (der.UTC_TIME, b"2605040302Z"),  # no seconds
        (der.UTC_TIME, b"260504030201+0800"),
        (der.GENERALIZED_TIME, b"20260504030201"),  # no zone
        (der.GENERALIZED_TIME, b"20261304030201Z"),
        (der.GENERALIZED_TIME, b"20260504030201+9999"),
        (der.GENERALIZED_TIME, b"00010101000000+0800"),
        (der.GENERALIZED_TIME, b"2026-05-04 03:02Z"),
        (der.GENERALIZED_TIME, b""),
        (der.INTEGER, b"\x01"),
    ],
)
def test_loose_times_are_refused(tag: int, written: bytes) -> None:
    with pytest.raises(MalformedData):
        der.read(der.encode(tag, written)).time()


def test_times_with_fraction_and_zone() -> None:
    written = b"20260504110201.25+0800"

    moment = der.generalized_time(written)

    assert moment == datetime(2026, 5, 4, 3, 2, 1, 250000, tzinfo=UTC)


def test_fields_are_taken_in_order_and_to_the_end() -> None:
    """A missing field, a field of another kind and a field too many are all refused."""
    fields = der.read(der.sequence(der.integer(1), der.null())).fields("pair")

    assert fields.take().integer() == 1
    with pytest.raises(MalformedData):
        fields.finish()
    with pytest.raises(MalformedData):
        fields.take(der.INTEGER)
    fields.take(der.NULL)
    fields.finish()
    with pytest.raises(MalformedData):
        fields.take()


def test_raw_slices_are_those_of_the_file() -> None:
    inner = der.sequence(der.integer(5))
    outer = der.read(der.sequence(inner, der.null()))

    assert outer.fields("outer").take().raw == inner


def test_ber_becomes_der() -> None:
    """Indefinite lengths, longer lengths and broken octet strings; DER keeps its bytes."""
    plain = der.sequence(der.octet_string(b"abcd"), der.integer(7))
    loose = bytes.fromhex("3080" + "2480" + "04026162" + "0481026364" + "0000" + "020107" + "0000")

    assert der.definite(loose) == plain
    assert der.definite(plain) == plain
    assert der.definite(loose + bytes(9)) == plain


@pytest.mark.parametrize(
    "encoded", ["3080", "30800201", "0480", "24800201070000", "30800000ff", "3080" * 5000]
)
def test_broken_ber_is_refused(encoded: str) -> None:
    with pytest.raises(MalformedData):
        der.definite(bytes.fromhex(encoded))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Nothing but MalformedData escapes."""
    for reading in (der.read, der.definite, der.unpadded):
        try:
            reading(data)
        except MalformedData:
            continue


def test_padding_is_zeros_or_nothing() -> None:
    element = der.integer(3)

    assert der.unpadded(element + bytes(5)) == element
    with pytest.raises(MalformedData):
        der.unpadded(element + b"\x00\x01")
