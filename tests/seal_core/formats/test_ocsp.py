"""OCSP responses are read whole or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal_core import der
from seal_core.errors import MalformedData
from seal_core.formats.ocsp import Status, parse_ocsp
from tests.support.ocsp import HOUR, SM3, UNKNOWN, response, revoked_at, single
from tests.support.pki import SIGNED_AT, Authority, extension

CA = Authority.root()
LEAF = CA.issue("测试单位甲")
OTHER = CA.issue("测试单位乙")


def test_every_answer_of_a_response() -> None:
    """Good, revoked with its reason, unknown; each tells whom it is about."""
    data = response(
        CA,
        single(LEAF, CA),
        single(OTHER, CA, revoked_at(SIGNED_AT, 1), digest=SM3, next_update=None),
        single(OTHER, CA, UNKNOWN),
    )

    parsed = parse_ocsp(data)
    good, revoked, unknown = parsed.answers

    assert [a.status for a in parsed.answers] == [Status.GOOD, Status.REVOKED, Status.UNKNOWN]
    assert good.is_about(LEAF.parsed, CA.parsed)
    assert not good.is_about(OTHER.parsed, CA.parsed)
    assert not good.is_about(LEAF.parsed, OTHER.parsed)
    assert revoked.is_about(OTHER.parsed, CA.parsed)
    assert revoked.revocation is not None
    assert (revoked.revocation.at, revoked.revocation.reason) == (SIGNED_AT, "keyCompromise")
    assert revoked.revocation.is_compromise
    assert (good.this_update, good.next_update) == (SIGNED_AT - HOUR, SIGNED_AT + HOUR)
    assert revoked.next_update is None
    assert unknown.revocation is None
    assert parsed.names(CA.parsed)
    assert not parsed.has_unknown_critical


def test_the_inner_response_alone_is_read_too() -> None:
    """CAdES keeps it without the outer shell."""
    data = response(CA, single(LEAF, CA), by_key=True, kept=[CA], bare=True)
    parsed = parse_ocsp(data)

    assert parsed.names(CA.parsed)
    assert not parsed.names(LEAF.parsed)
    assert parsed.certificates == (CA.certificate,)


def test_a_refusal_is_no_answer() -> None:
    """tryLater and the others carry nothing."""
    with pytest.raises(MalformedData, match="refused with status 3"):
        parse_ocsp(der.sequence(der.encode(der.ENUMERATED, b"\x03")))


def test_critical_extensions_are_told() -> None:
    strange = extension("1.2.3.4", b"\x05\x00", critical=True)

    assert parse_ocsp(response(CA, single(LEAF, CA), extensions=[strange])).has_unknown_critical
    inside = single(LEAF, CA, extensions=[strange])
    assert parse_ocsp(response(CA, inside)).has_unknown_critical


def test_cut_anywhere_is_malformed() -> None:
    data = response(CA, single(LEAF, CA, revoked_at(SIGNED_AT, 4)), kept=[CA])
    for end in range(len(data)):
        with pytest.raises(MalformedData):
            parse_ocsp(data[:end])


def test_thousands_of_answers_are_refused() -> None:
    with pytest.raises(MalformedData, match="more than"):
        parse_ocsp(response(CA, *[single(LEAF, CA)] * 1001))


SOUND = response(CA, single(LEAF, CA, revoked_at(SIGNED_AT, 4)), kept=[CA])


@given(st.integers(0, len(SOUND) - 1), st.binary(min_size=1, max_size=3))
def test_any_other_octets_are_read_or_refused(at: int, octets: bytes) -> None:
    changed = SOUND[:at] + octets + SOUND[at + len(octets) :]
    try:
        parse_ocsp(changed)
    except MalformedData:
        return
