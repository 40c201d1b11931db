"""SM2 and SM3 for the world outside (GB/T 32918, GB/T 32905).

Independent of ``seal_core.gm`` on purpose: a mistake there must not be answered by the
same mistake here. The curve arithmetic is gmssl's (pure Python, about 10 ms a signature);
nonces come from ``secrets`` because gmssl's own are predictable.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

from asn1crypto import core
from cryptography.hazmat.primitives import hashes
from gmssl.sm2 import CryptSM2, default_ecc_table

SM2_CURVE_OID = "1.2.156.10197.1.301"
SM2_WITH_SM3_OID = "1.2.156.10197.1.501"
SM3_OID = "1.2.156.10197.1.401"
DEFAULT_ID = b"1234567812345678"  # GM/T 0009-2012, clause 10

_N = int(default_ecc_table["n"], 16)
_P = int(default_ecc_table["p"], 16)
_A = int(default_ecc_table["a"], 16)
_B = int(default_ecc_table["b"], 16)
_G = default_ecc_table["g"]


class BadKey(Exception):
    """The bytes are no point of the SM2 curve."""


class _Integers(core.SequenceOf):  # type: ignore[misc]  # asn1crypto carries no types
    """A signature: SEQUENCE {r, s} (GM/T 0009-2012, 7.3)."""

    _child_spec = core.Integer


def sm3(data: bytes) -> bytes:
    """The 32 octets of SM3 over *data*."""
    hasher = hashes.Hash(hashes.SM3())
    hasher.update(data)
    return hasher.finalize()


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key and its point (65 octets, 04‖x‖y)."""

    scalar: int = field(repr=False)
    point: bytes

    @classmethod
    def generate(cls) -> KeyPair:
        """A new key; d stays below n-1 (GB/T 32918.1, 6.1)."""
        return cls.from_scalar(secrets.randbelow(_N - 2) + 1)

    @classmethod
    def from_scalar(cls, scalar: int) -> KeyPair:
        """The key pair of a known private number."""
        return cls(scalar, b"\x04" + bytes.fromhex(_engine()._kg(scalar, _G)))

    def sign(self, message: bytes, identity: bytes = DEFAULT_ID) -> bytes:
        """Sign SM3(Z‖*message*); DER SEQUENCE {r, s}."""
        engine = _engine()
        engine.private_key = f"{self.scalar:064x}"
        digest = _message_digest(self.point, message, identity)
        while True:  # r = 0 and the like: as good as never, but the standard says try again
            nonce = secrets.randbelow(_N - 1) + 1
            if raw := engine.sign(digest, f"{nonce:064x}"):
                return bytes(_Integers([int(raw[:64], 16), int(raw[64:], 16)]).dump())


def verify(point: bytes, message: bytes, signature: bytes, identity: bytes = DEFAULT_ID) -> bool:
    """Whether *signature* (strict DER) is of *message* under the key *point*."""
    check_point(point)
    try:
        r, s = _Integers.load(signature, strict=True).native
    except (ValueError, TypeError):
        return False
    if not (0 < r < _N and 0 < s < _N) or _Integers([r, s]).dump() != signature:
        return False
    engine = _engine()
    engine.public_key = point[1:].hex()
    return bool(engine.verify(f"{r:064x}{s:064x}", _message_digest(point, message, identity)))


def encrypt(point: bytes, plaintext: bytes) -> bytes:
    """C1‖C3‖C2 (GB/T 32918.4), C1 with its 04; what the browser's sm-crypto makes."""
    check_point(point)
    engine = _engine()
    while True:
        nonce = secrets.randbelow(_N - 1) + 1
        c1 = bytes.fromhex(engine._kg(nonce, _G))
        shared = bytes.fromhex(engine._kg(nonce, point[1:].hex()))
        mask = _derive(shared, len(plaintext))
        if any(mask):  # an all-zero mask would send the plaintext
            c2 = bytes(a ^ b for a, b in zip(plaintext, mask, strict=True))
            return b"\x04" + c1 + sm3(shared[:32] + plaintext + shared[32:]) + c2


def decrypt(key: KeyPair, ciphertext: bytes) -> bytes:
    """The inverse of :func:`encrypt`; ValueError where C3 does not fit."""
    check_point(ciphertext[:65])
    shared = bytes.fromhex(_engine()._kg(key.scalar, ciphertext[1:65].hex()))
    check, hidden = ciphertext[65:97], ciphertext[97:]
    plaintext = bytes(a ^ b for a, b in zip(hidden, _derive(shared, len(hidden)), strict=True))
    if not hmac.compare_digest(check, sm3(shared[:32] + plaintext + shared[32:])):
        raise ValueError("SM2 ciphertext was changed")
    return plaintext


def check_point(point: bytes) -> None:
    """Raise BadKey unless *point* is 04‖x‖y on the curve."""
    if len(point) != 65 or point[0] != 4:
        raise BadKey("not an uncompressed point")
    x, y = int.from_bytes(point[1:33]), int.from_bytes(point[33:])
    if x >= _P or y >= _P or (y * y - (x * x * x + _A * x + _B)) % _P:
        raise BadKey("not on the curve")


def _engine() -> CryptSM2:
    # Keys are set afterwards: gmssl's constructor strips every leading 0 and 4 of a key.
    return CryptSM2(private_key="", public_key="")


def _message_digest(point: bytes, message: bytes, identity: bytes) -> bytes:
    # GB/T 32918.2-2016, 5.5 and 6.1: e = H(Z ‖ M)
    curve = b"".join(number.to_bytes(32) for number in (_A, _B)) + bytes.fromhex(_G)
    z = sm3((len(identity) * 8).to_bytes(2) + identity + curve + point[1:])
    return sm3(z + message)


def _derive(shared: bytes, length: int) -> bytes:
    # GB/T 32918.4-2016, 5.4.3
    blocks = (sm3(shared + counter.to_bytes(4)) for counter in range(1, length // 32 + 2))
    return b"".join(blocks)[:length]
