"""Where the arithmetic of SM2 is done: Tongsuo, else OpenSSL 3, else gmssl.

A backend gets checked numbers and prehashed messages (``curve``) and does only what must be
fast or in constant time. Everything with a choice in it (identity, encodings, key derivation,
comparisons) stays in ``sm2``, the same for all backends.

``SM2_decrypt`` of the libraries is not used: tongsuopy 1.0.1 carries OpenSSL 1.1.1h, whose
SM2 decryption can write past its buffer (CVE-2021-3711); one scalar multiplication is enough.
"""

from __future__ import annotations

from functools import cache
from typing import Protocol

from seal_core.gm.gmssl_backend import GmsslBackend
from seal_core.gm.openssl_backend import OpenSslBackend
from seal_core.gm.tongsuo_backend import TongsuoBackend

KeyHandle = object


class Backend(Protocol):
    """The arithmetic of one library. Handles may be used by several threads at once."""

    name: str

    def public_handle(self, point: bytes) -> KeyHandle: ...

    def private_handle(self, scalar: bytes, point: bytes) -> KeyHandle: ...

    def multiply(self, scalar: bytes, point: bytes) -> bytes:
        """[scalar] point as 04 ‖ x ‖ y."""
        ...

    def sign_digest(self, handle: KeyHandle, digest: bytes) -> bytes:
        """DER SEQUENCE {r, s} over e = *digest*, with a fresh secret nonce."""
        ...

    def verify_digest(self, handle: KeyHandle, signature: bytes, digest: bytes) -> bool: ...


_CANDIDATES: tuple[type[Backend], ...] = (TongsuoBackend, OpenSslBackend, GmsslBackend)


def available() -> dict[str, Backend]:
    """Every backend this machine can run, fastest first."""
    found: dict[str, Backend] = {}
    for candidate in _CANDIDATES:
        try:
            backend = candidate()
        except (ImportError, OSError):
            continue
        found[backend.name] = backend
    return found


@cache
def chosen() -> Backend:
    """The fastest backend of this machine, settled once per process."""
    for candidate in _CANDIDATES:
        try:
            return candidate()
        except (ImportError, OSError):
            continue
    raise ImportError("no SM2 arithmetic: install tongsuopy, OpenSSL 3 or gmssl")
