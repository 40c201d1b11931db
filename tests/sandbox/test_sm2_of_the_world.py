"""The sandbox's own SM2, against published vectors and the system's OpenSSL."""

from __future__ import annotations

import pytest

from sandbox import sm2

# GB/T 32918.5-2016, Annex A (also in Tongsuo test/sm2_internal_test.c)
SCALAR = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
POINT = bytes.fromhex(
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA


def _der(r: int, s: int) -> bytes:
    def integer(value: int) -> bytes:
        body = value.to_bytes(value.bit_length() // 8 + 1)
        return b"\x02" + bytes([len(body)]) + body

    body = integer(r) + integer(s)
    return b"\x30" + bytes([len(body)]) + body


def test_sm3_of_abc() -> None:
    """GB/T 32905-2016, A.1."""
    expected = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm2.sm3(b"abc").hex() == expected


def test_the_public_key_of_the_standard() -> None:
    """The point of the standard's private key is the standard's point."""
    assert sm2.KeyPair.from_scalar(SCALAR).point == POINT


def test_the_signature_of_the_standard_is_accepted() -> None:
    """The example of GB/T 32918.5 verifies; any changed part does not."""
    assert sm2.verify(POINT, b"message digest", _der(R, S))
    assert not sm2.verify(POINT, b"message digest!", _der(R, S))
    assert not sm2.verify(POINT, b"message digest", _der(R, S + 1))
    assert not sm2.verify(POINT, b"message digest", _der(R, S), identity=b"someone else")


@pytest.mark.parametrize(
    "signature",
    [b"", b"\x30\x00", _der(0, S), _der(R, 0), _der(R + 2**256, S), _der(R, S) + b"\x00"],
    ids=["empty", "no numbers", "r=0", "s=0", "r too large", "trailing octet"],
)
def test_signatures_that_are_none(signature: bytes) -> None:
    """Out of range numbers and sloppy DER are refused, not interpreted."""
    assert not sm2.verify(POINT, b"message digest", signature)


def test_sign_and_encrypt_round_trip() -> None:
    """What one signs verifies; what one encrypts decrypts, and a changed octet is noticed."""
    key = sm2.KeyPair.generate()
    assert sm2.verify(key.point, "电子印章".encode(), key.sign("电子印章".encode()))
    sealed = sm2.encrypt(key.point, b"nonce|246810")
    assert sm2.decrypt(key, sealed) == b"nonce|246810"
    with pytest.raises(ValueError, match="changed"):
        sm2.decrypt(key, sealed[:-1] + bytes([sealed[-1] ^ 1]))


def test_off_curve_points_are_refused() -> None:
    """A point that is not on the curve is no key."""
    with pytest.raises(sm2.BadKey):
        sm2.verify(POINT[:-1] + b"\x00", b"", b"")


def test_a_key_pair_hides_its_number() -> None:
    """Private numbers do not reach a log through repr."""
    assert str(SCALAR) not in repr(sm2.KeyPair.from_scalar(SCALAR))
