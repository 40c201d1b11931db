"""SM2 keys: signatures (GB/T 32918.2-2016) and encryption (GB/T 32918.4-2016).

Signatures are DER SEQUENCE {r, s} over SM3(Z_A ‖ message) with the default identity unless
told otherwise. Ciphertexts are C1 ‖ C3 ‖ C2. Every refusal is one of errors.CryptoError.
"""

from __future__ import annotations

import hmac
import secrets
from functools import lru_cache

from seal_core import der
from seal_core.errors import DecryptionFailed, InvalidKey, InvalidSignature, MalformedData
from seal_core.gm import curve, sm3
from seal_core.gm.backends import Backend, chosen

_EC_PUBLIC_KEY = "1.2.840.10045.2.1"  # RFC 5480, 2.1.1
_ALGORITHM = der.sequence(der.oid(_EC_PUBLIC_KEY), der.oid(curve.OID))
_POINT_AND_DIGEST = curve.POINT_SIZE + sm3.DIGEST_SIZE


class PublicKey:
    """A point on the SM2 curve."""

    __slots__ = ("_backend", "_handle", "point")

    def __init__(self, point: bytes, backend: Backend | None = None) -> None:
        self.point = curve.check_point(point)
        self._backend = backend or chosen()
        self._handle = self._backend.public_handle(point)

    @classmethod
    def from_point(cls, point: bytes) -> PublicKey:
        """From 04 ‖ x ‖ y. Raises InvalidKey for anything off the curve."""
        return _cached_key(point)

    def verify(self, signature: bytes, message: bytes, identity: bytes = curve.DEFAULT_ID) -> None:
        """Raise InvalidSignature unless *signature* (strict DER) belongs to *message*."""
        self.verify_digest(signature, curve.message_digest(self.point, message, identity))

    def verify_digest(self, signature: bytes, digest: bytes) -> None:
        """The same for e = SM3(Z_A ‖ message) made elsewhere, for messages in pieces."""
        curve.decode_signature(signature)
        if len(digest) != sm3.DIGEST_SIZE:
            raise ValueError("e has 32 octets")
        if not self._backend.verify_digest(self._handle, signature, digest):
            raise InvalidSignature("signature does not match")

    def encrypt(self, plaintext: bytes) -> bytes:
        """C1 ‖ C3 ‖ C2 with C1 = 04 ‖ x ‖ y (GB/T 32918.4, 6.1). Empty input is wrong use."""
        if not plaintext:
            raise ValueError("nothing to encrypt")
        while True:
            nonce = (1 + secrets.randbelow(curve.N - 1)).to_bytes(curve.SCALAR_SIZE, "big")
            shared = self._backend.multiply(nonce, self.point)[1:]
            mask = _derive(shared, len(plaintext))
            if any(mask):
                break
        c1 = self._backend.multiply(nonce, curve.GENERATOR)
        return c1 + _confirm(shared, plaintext) + _xor(plaintext, mask)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and other.point == self.point

    def __hash__(self) -> int:
        return hash(self.point)

    def __repr__(self) -> str:
        return f"PublicKey({self.point.hex()})"


class PrivateKey:
    """A private scalar with its point. Never shown by repr; pickling is refused."""

    __slots__ = ("_backend", "_handle", "_scalar", "public_key")

    def __init__(self, scalar: bytes, backend: Backend | None = None) -> None:
        self._scalar = curve.check_scalar(scalar)
        self._backend = backend or chosen()
        point = self._backend.multiply(scalar, curve.GENERATOR)
        self.public_key = PublicKey(point, self._backend)
        self._handle = self._backend.private_handle(scalar, point)

    @classmethod
    def generate(cls) -> PrivateKey:
        """A fresh key from the operating system's random numbers."""
        return cls((1 + secrets.randbelow(curve.N - 2)).to_bytes(curve.SCALAR_SIZE, "big"))

    @classmethod
    def from_scalar(cls, scalar: bytes) -> PrivateKey:
        return cls(scalar)

    @classmethod
    def from_pkcs8(cls, data: bytes) -> PrivateKey:
        """From an unencrypted PrivateKeyInfo. Raises InvalidKey, also for other curves."""
        try:
            return cls(_scalar_of_pkcs8(data))
        except MalformedData:
            raise InvalidKey("not an SM2 key in PKCS#8") from None

    def scalar(self) -> bytes:
        return self._scalar

    def to_pkcs8(self) -> bytes:
        """PrivateKeyInfo (RFC 5208) with ECPrivateKey (RFC 5915) inside, unencrypted."""
        point = der.explicit(1, der.bit_string(self.public_key.point))
        key = der.sequence(der.integer(1), der.octet_string(self._scalar), point)
        return der.sequence(der.integer(0), _ALGORITHM, der.octet_string(key))

    def sign(self, message: bytes, identity: bytes = curve.DEFAULT_ID) -> bytes:
        """DER SEQUENCE {r, s}."""
        digest = curve.message_digest(self.public_key.point, message, identity)
        return self.sign_digest(digest)

    def sign_digest(self, digest: bytes) -> bytes:
        """The same over e = SM3(Z_A ‖ message) made elsewhere."""
        if len(digest) != sm3.DIGEST_SIZE:
            raise ValueError("e has 32 octets")
        return self._backend.sign_digest(self._handle, digest)

    def decrypt(self, ciphertext: bytes) -> bytes:
        """Open C1 ‖ C3 ‖ C2, with or without the 04 in front of C1.

        Raises DecryptionFailed; for a C1 off the curve (which would leak the key bit by bit)
        as for a changed C3 or C2, with nothing that tells the cases apart.
        """
        try:
            c1, c3, c2 = _split(ciphertext)
        except InvalidKey:
            raise DecryptionFailed("ciphertext refused") from None
        shared = self._backend.multiply(self._scalar, c1)[1:]
        mask = _derive(shared, len(c2))
        plaintext = _xor(c2, mask)
        if not any(mask) or not hmac.compare_digest(_confirm(shared, plaintext), c3):
            raise DecryptionFailed("ciphertext refused")
        return plaintext

    def __repr__(self) -> str:
        return "PrivateKey(***)"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a private key does not travel by pickle")


@lru_cache(maxsize=256)
def _cached_key(point: bytes) -> PublicKey:
    return PublicKey(point)


def _split(ciphertext: bytes) -> tuple[bytes, bytes, bytes]:
    """(C1, C3, C2). A first octet 04 may be the prefix or the first of x: the curve decides."""
    candidates = [ciphertext] if ciphertext[:1] == b"\x04" else []
    candidates.append(b"\x04" + ciphertext)
    for candidate in candidates:
        if len(candidate) <= _POINT_AND_DIGEST:
            continue
        try:
            c1 = curve.check_point(candidate[: curve.POINT_SIZE])
        except InvalidKey:
            continue
        rest = candidate[curve.POINT_SIZE :]
        return c1, rest[: sm3.DIGEST_SIZE], rest[sm3.DIGEST_SIZE :]
    raise InvalidKey("C1 is no point of the curve")


def _derive(shared: bytes, size: int) -> bytes:
    """KDF of GB/T 32918.4, 5.4.3: SM3(x2 ‖ y2 ‖ counter) from counter 1."""
    blocks = -(-size // sm3.DIGEST_SIZE)
    stream = b"".join(
        sm3.digest(shared + counter.to_bytes(4, "big")) for counter in range(1, blocks + 1)
    )
    return stream[:size]


def _confirm(shared: bytes, plaintext: bytes) -> bytes:
    """C3 = SM3(x2 ‖ M ‖ y2)."""
    return sm3.digest(shared[:32] + plaintext + shared[32:])


def _xor(left: bytes, right: bytes) -> bytes:
    size = len(left)
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(size, "big")


def _scalar_of_pkcs8(data: bytes) -> bytes:
    info = der.read(data).expect(der.SEQUENCE, "PrivateKeyInfo").fields("PrivateKeyInfo")
    version = info.take().integer()
    if version not in (0, 1) or info.take(der.SEQUENCE).raw != _ALGORITHM:
        raise InvalidKey("not an SM2 key in PKCS#8")
    key = der.read(info.take().octets()).expect(der.SEQUENCE, "ECPrivateKey").fields("ECPrivateKey")
    if key.take().integer() != 1:
        raise InvalidKey("not an ECPrivateKey of version 1")
    return key.take().octets()
