"""SM2 through gmssl's big integers: slow and not in constant time, the last resort.

Its traps are walked around: nonces come from ``secrets`` (its own from Mersenne Twister),
points are set after construction (the constructor strips every leading 0 and 4), its
``decrypt`` is not used (it never compares C3).
"""

from __future__ import annotations

import secrets
from typing import Any

try:
    from gmssl.sm2 import CryptSM2
except ImportError:
    CryptSM2 = None

from seal_core.errors import CryptoError
from seal_core.gm import curve


class GmsslBackend:
    """See ``backends.Backend``. Raises ImportError where gmssl is missing."""

    name = "gmssl"

    def __init__(self) -> None:
        if CryptSM2 is None:
            raise ImportError("gmssl")

    def public_handle(self, point: bytes) -> object:
        key = CryptSM2(private_key="", public_key="")
        key.public_key = point[1:].hex()
        return key

    def private_handle(self, scalar: bytes, point: bytes) -> object:
        key: Any = self.public_handle(point)
        key.private_key = scalar.hex()
        return key

    def multiply(self, scalar: bytes, point: bytes) -> bytes:
        product = CryptSM2("", "")._kg(int.from_bytes(scalar, "big"), point[1:].hex())
        if product is None:
            raise CryptoError("the point at infinity has no coordinates")
        return b"\x04" + bytes.fromhex(product)

    def sign_digest(self, handle: Any, digest: bytes) -> bytes:
        numbers = None
        while numbers is None:  # r = 0, r + k = n or s = 0: GB/T 32918.2, 6.1 asks for a new k
            nonce = 1 + secrets.randbelow(curve.N - 1)
            numbers = handle.sign(digest, f"{nonce:064x}")
        return curve.encode_signature(int(numbers[:64], 16), int(numbers[64:], 16))

    def verify_digest(self, handle: Any, signature: bytes, digest: bytes) -> bool:
        r, s = curve.decode_signature(signature)
        try:
            return bool(handle.verify(f"{r:064x}{s:064x}", digest))
        except TypeError:  # a sum at infinity comes back as None
            return False
