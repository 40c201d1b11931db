"""The curve of GB/T 32918.5-2017 (sm2p256v1) and what every backend must be given checked.

Libraries differ in what they check, so nothing reaches them unchecked: points lie on the
curve, scalars are in range, signatures are strict DER.
"""

from __future__ import annotations

from functools import lru_cache

from seal_core import der
from seal_core.errors import InvalidKey, InvalidSignature, MalformedData
from seal_core.gm import sm3

P = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_00000000_FFFFFFFF_FFFFFFFF
A = P - 3
B = 0x28E9FA9E_9D9F5E34_4D5A9E4B_CF6509A7_F39789F5_15AB8F92_DDBCBD41_4D940E93
N = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_7203DF6B_21C6052B_53BBF409_39D54123
GENERATOR = bytes.fromhex(
    "04"
    "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"
    "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0"
)
OID = "1.2.156.10197.1.301"
DEFAULT_ID = b"1234567812345678"  # GB/T 35276-2017, clause 10

SCALAR_SIZE = 32
POINT_SIZE = 65  # 04 ‖ x ‖ y

_CURVE_OCTETS = A.to_bytes(32, "big") + B.to_bytes(32, "big") + GENERATOR[1:]


def check_point(point: bytes) -> bytes:
    """Return *point* if it is 04 ‖ x ‖ y on the curve, else raise InvalidKey."""
    if len(point) != POINT_SIZE or point[0] != 0x04:
        raise InvalidKey("not an uncompressed point of 65 octets")
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    if x >= P or y >= P or (y * y - (x * x + A) * x - B) % P:
        raise InvalidKey("point is not on the SM2 curve")
    return point


def check_scalar(scalar: bytes) -> bytes:
    """Return *scalar* if 1 ≤ d ≤ n-2 in 32 octets (GB/T 32918.1, 6.1), else raise InvalidKey."""
    if len(scalar) != SCALAR_SIZE or not 1 <= int.from_bytes(scalar, "big") <= N - 2:
        raise InvalidKey("not a private scalar of SM2")
    return scalar


@lru_cache(maxsize=1024)
def identity_digest(point: bytes, identity: bytes = DEFAULT_ID) -> bytes:
    """Z_A = SM3(ENTL ‖ ID ‖ a ‖ b ‖ G ‖ P_A) (GB/T 32918.2, 5.5); ENTL counts bits."""
    entl = (8 * len(identity)).to_bytes(2, "big")
    return sm3.digest(entl + identity + _CURVE_OCTETS + point[1:])


def message_digest(point: bytes, message: bytes, identity: bytes = DEFAULT_ID) -> bytes:
    """e = SM3(Z_A ‖ M)."""
    hasher = sm3.new(identity_digest(point, identity))
    hasher.update(message)
    return hasher.digest()


def decode_signature(signature: bytes) -> tuple[int, int]:
    """(r, s) of a DER SEQUENCE {r, s} with both in [1, n-1] (GB/T 35276-2017, 7.3).

    Raises InvalidSignature for everything else, a longer encoding of the same numbers included.
    """
    try:
        fields = der.read(signature).expect(der.SEQUENCE, "signature").fields("signature")
        r, s = fields.take().integer(), fields.take().integer()
        fields.finish()
    except MalformedData as exc:
        raise InvalidSignature(f"not a DER SEQUENCE of r and s: {exc}") from None
    if not (1 <= r < N and 1 <= s < N) or (r + s) % N == 0:
        raise InvalidSignature("r or s out of range")
    return r, s


def encode_signature(r: int, s: int) -> bytes:
    return der.sequence(der.integer(r), der.integer(s))
