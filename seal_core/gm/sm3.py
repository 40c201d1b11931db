"""SM3 (GB/T 32905-2016): OpenSSL's through hashlib, else through cryptography."""

from __future__ import annotations

import hashlib
from typing import Protocol

from cryptography.hazmat.primitives import hashes

DIGEST_SIZE = 32


class Hasher(Protocol):
    """What ``hashlib`` objects offer."""

    def update(self, data: bytes | memoryview, /) -> None: ...

    def digest(self) -> bytes: ...

    def copy(self) -> Hasher: ...


class _CryptographyHasher:
    """For a Python whose OpenSSL was built without SM3."""

    def __init__(self, data: bytes = b"") -> None:
        self._hash = hashes.Hash(hashes.SM3())
        self._hash.update(data)

    def update(self, data: bytes | memoryview, /) -> None:
        self._hash.update(data)

    def digest(self) -> bytes:
        return self._hash.copy().finalize()

    def copy(self) -> _CryptographyHasher:
        twin = _CryptographyHasher.__new__(_CryptographyHasher)
        twin._hash = self._hash.copy()
        return twin


_HAS_HASHLIB_SM3 = "sm3" in hashlib.algorithms_available


def new(data: bytes = b"") -> Hasher:
    """A hasher to feed piece by piece."""
    return hashlib.new("sm3", data) if _HAS_HASHLIB_SM3 else _CryptographyHasher(data)


def digest(data: bytes) -> bytes:
    """The 32 octets of SM3(*data*)."""
    return new(data).digest()
