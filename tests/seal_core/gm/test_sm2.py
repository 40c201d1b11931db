"""SM2 on every backend of this machine, against the published vectors and against each other."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from seal_core import der
from seal_core.errors import DecryptionFailed, InvalidKey, InvalidSignature
from seal_core.gm import curve
from seal_core.gm.backends import Backend, available, chosen
from seal_core.gm.sm2 import PrivateKey, PublicKey
from tests.support.samples import sample

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "sm2.json").read_text("utf-8"))
BACKENDS = available()
SIGNATURES: list[dict[str, str]] = VECTORS["signatures"]
STANDARD = SIGNATURES[0]


@pytest.fixture(params=list(BACKENDS))
def backend(request: pytest.FixtureRequest) -> Backend:
    return BACKENDS[request.param]


@pytest.fixture
def key(backend: Backend) -> PrivateKey:
    return PrivateKey(bytes.fromhex(STANDARD["scalar"]), backend)


def number(text: str) -> int:
    return int(text, 16)


@pytest.mark.parametrize("vector", SIGNATURES, ids=lambda v: v["origin"])
def test_published_signatures_verify(backend: Backend, vector: dict[str, str]) -> None:
    """The point, e and the verdict are those of the standard, on every backend."""
    point, message = bytes.fromhex(vector["point"]), bytes.fromhex(vector["message"])
    identity = bytes.fromhex(vector["identity"])
    signature = curve.encode_signature(number(vector["r"]), number(vector["s"]))

    assert PrivateKey(bytes.fromhex(vector["scalar"]), backend).public_key.point == point
    assert curve.message_digest(point, message, identity).hex() == vector["e"]
    PublicKey(point, backend).verify(signature, message, identity)
    with pytest.raises(InvalidSignature):
        PublicKey(point, backend).verify(signature, message, b"ALICE123@YAHOO.COM")


@pytest.mark.parametrize("signing", list(BACKENDS))
@pytest.mark.parametrize("judging", list(BACKENDS))
def test_backends_accept_each_other(signing: str, judging: str) -> None:
    """What one library signs and encrypts, every other verifies and decrypts."""
    scalar = bytes.fromhex(STANDARD["scalar"])
    ours, theirs = PrivateKey(scalar, BACKENDS[signing]), PrivateKey(scalar, BACKENDS[judging])

    signature = ours.sign(b"contract")

    theirs.public_key.verify(signature, b"contract")
    with pytest.raises(InvalidSignature):
        theirs.public_key.verify(signature, b"contracT")
    assert theirs.decrypt(ours.public_key.encrypt(b"482913")) == b"482913"


R, S, N = number(STANDARD["r"]), number(STANDARD["s"]), curve.N
FORGED_NUMBERS = {
    "r is zero": (0, S),
    "s is zero": (R, 0),
    "r is n": (N, S),
    "s is n": (R, N),
    "r above n": (R + N, S),
    "s above n": (R, S + N),
    "r + s = n": (R, N - R),
    "swapped": (S, R),
    "ECDSA's other s": (R, N - S),
    "r off by one": (R + 1, S),
    "ones": (1, 1),
    "negative r": (-R, S),
}


@pytest.mark.parametrize("numbers", FORGED_NUMBERS.values(), ids=list(FORGED_NUMBERS))
def test_forged_numbers_are_refused(key: PrivateKey, numbers: tuple[int, int]) -> None:
    """No pair but the right one passes, least of all pairs outside [1, n-1]."""
    with pytest.raises(InvalidSignature):
        key.public_key.verify(curve.encode_signature(*numbers), bytes.fromhex(STANDARD["message"]))


RIGHT = curve.encode_signature(R, S)
LOOSE_ENCODINGS = {
    "empty": b"",
    "raw r‖s": R.to_bytes(32, "big") + S.to_bytes(32, "big"),
    "cut": RIGHT[:-1],
    "trailing octet": RIGHT + b"\x00",
    "third number": der.sequence(der.integer(R), der.integer(S), der.integer(1)),
    "one number": der.sequence(der.integer(R)),
    "long form length": b"\x30\x81" + RIGHT[1:],
    "indefinite length": b"\x30\x80" + RIGHT[2:] + b"\x00\x00",
    "padded r": der.sequence(
        der.encode(der.INTEGER, b"\x00\x00" + R.to_bytes(32, "big")), der.integer(S)
    ),
    "negative bytes": der.sequence(der.encode(der.INTEGER, R.to_bytes(32, "big")), der.integer(S)),
    "set": der.encode(der.SET, RIGHT[2:]),
    "huge length": b"\x30\x84\xff\xff\xff\xff",
}


@pytest.mark.parametrize("signature", LOOSE_ENCODINGS.values(), ids=list(LOOSE_ENCODINGS))
def test_only_strict_der_counts(key: PrivateKey, signature: bytes) -> None:
    """Another encoding of the right numbers is refused, and never reaches a library."""
    with pytest.raises(InvalidSignature):
        key.public_key.verify(signature, bytes.fromhex(STANDARD["message"]))


def test_points_off_the_curve_are_no_keys(backend: Backend) -> None:
    """An off-curve, infinite, compressed or oversized point is refused before any library."""
    point = bytes.fromhex(STANDARD["point"])
    beyond = (curve.P + 1).to_bytes(32, "big")
    for wrong in (
        b"",
        b"\x00",
        point[1:],
        b"\x02" + point[1:33],
        point[:-1] + bytes([point[-1] ^ 1]),
        b"\x04" + beyond + point[33:],
        b"\x04" + bytes(64),
    ):
        with pytest.raises(InvalidKey):
            PublicKey(wrong, backend)


@pytest.mark.parametrize("scalar", [0, curve.N - 1, curve.N, curve.N + 1])
def test_scalars_out_of_range_are_no_keys(scalar: int) -> None:
    """GB/T 32918.1 wants 1 ≤ d ≤ n-2: with d = n-1, 1 + d has no inverse."""
    with pytest.raises(InvalidKey):
        PrivateKey.from_scalar(scalar.to_bytes(32, "big"))


def test_published_ciphertext_opens(key: PrivateKey) -> None:
    """
    The standard's example opens with and without the octet 04 (sm-crypto leaves it out).

    Its x begins with 04 itself, so the curve must tell which octet is the prefix.
    """
    vector = VECTORS["encryption"]
    ciphertext = bytes.fromhex(vector["c1"] + vector["c3"] + vector["c2"])

    assert key.decrypt(ciphertext) == bytes.fromhex(vector["plaintext"])
    assert key.decrypt(ciphertext[1:]) == bytes.fromhex(vector["plaintext"])


def changed_ciphertexts() -> dict[str, bytes]:
    vector = VECTORS["encryption"]
    c1, c3, c2 = (bytes.fromhex(vector[part]) for part in ("c1", "c3", "c2"))
    off_curve = c1[:-1] + bytes([c1[-1] ^ 1])
    return {
        "empty": b"",
        "no message": c1 + c3,
        "cut": (c1 + c3 + c2)[:-1],
        "changed C2": c1 + c3 + bytes([c2[0] ^ 1]) + c2[1:],
        "changed C3": c1 + bytes([c3[0] ^ 1]) + c3[1:] + c2,
        "C1C2C3 order": c1 + c2 + c3,
        "C1 off the curve": off_curve + c3 + c2,
        "C1 is zero": b"\x04" + bytes(64) + c3 + c2,
        "another C1": curve.GENERATOR + c3 + c2,
    }


@pytest.mark.parametrize("ciphertext", changed_ciphertexts().values(), ids=changed_ciphertexts())
def test_changed_ciphertexts_stay_closed(key: PrivateKey, ciphertext: bytes) -> None:
    """gmssl opens most of these; a PIN must not."""
    with pytest.raises(DecryptionFailed, match="refused"):
        key.decrypt(ciphertext)


def test_points_whose_x_begins_with_04_survive(backend: Backend) -> None:
    """gmssl's constructor strips leading 0s and 4s of such keys; a ciphertext may begin so too."""
    for scalar in range(2, 3000):
        key = PrivateKey(scalar.to_bytes(32, "big"), chosen())
        if key.public_key.point[1] == 0x04:
            break
    sealed = key.public_key.encrypt(b"1")

    ours = PrivateKey(key.scalar(), backend)
    PublicKey(key.public_key.point, backend).verify(ours.sign(b"m"), b"m")
    assert ours.decrypt(sealed) == b"1"


def test_pkcs8_round_trip_and_foreign_keys() -> None:
    """An SM2 PrivateKeyInfo comes back; other curves and damaged bytes are InvalidKey."""
    key = PrivateKey.generate()
    data = key.to_pkcs8()

    assert PrivateKey.from_pkcs8(data).scalar() == key.scalar()
    p256 = data.replace(der.oid(curve.OID), der.oid("1.2.840.10045.3.1.7"))
    for wrong in (b"", data[:-1], data + b"\x00", p256, b"\x30\x00"):
        with pytest.raises(InvalidKey):
            PrivateKey.from_pkcs8(wrong)


def test_a_private_key_does_not_show_itself() -> None:
    """Neither repr nor str nor pickle give the scalar away."""
    key = PrivateKey.from_scalar(bytes.fromhex(STANDARD["scalar"]))

    assert STANDARD["scalar"][:8] not in f"{key!r} {key}"
    with pytest.raises(TypeError):
        pickle.dumps(key)


def test_two_signatures_never_share_a_nonce(key: PrivateKey) -> None:
    """Equal r for one message would mean equal nonces, and the key would be lost."""
    seen = {curve.decode_signature(key.sign(b"m"))[0] for _ in range(8)}

    assert len(seen) == 8


@pytest.mark.samples
def test_collected_vectors() -> None:
    """The vectors of Tongsuo, GmSSL, sm-crypto and their negatives get the noted verdict."""
    vectors: dict[str, Any] = json.loads(sample("sm2_vectors.json"))
    for vector in vectors["sm2_sign"]:
        if "pub" not in vector or ("e" not in vector and "msg_hex" not in vector):
            continue
        assert _verifies(vector) is vector["expect"], vector["name"]


def _verifies(vector: dict[str, Any]) -> bool:
    point = bytes.fromhex(vector["pub"])
    try:
        if "sig_der" in vector:
            signature = bytes.fromhex(vector["sig_der"])
        else:
            signature = curve.encode_signature(number(vector["r"]), number(vector["s"]))
        if "uid" in vector:
            message, identity = bytes.fromhex(vector["msg_hex"]), vector["uid"].encode()
            PublicKey(point).verify(signature, message, identity)
        else:
            PublicKey(point).verify_digest(signature, bytes.fromhex(vector["e"]))
    except (InvalidSignature, InvalidKey):
        return False
    return True
