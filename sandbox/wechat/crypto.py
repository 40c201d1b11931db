"""WeChat's signature and message encryption as the platform does it.

Written from the platform's documentation (facts/platform.md §1), independent of the product's
code, so that a mistake there is not repeated by the judge here.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
from base64 import b64decode, b64encode
from binascii import Error as Base64Error

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 32  # PKCS#7 with blocks of 32, not of AES's 16


class CryptoError(Exception):
    """The ciphertext is not one that the holder of this key and appid made."""


def signature(*parts: str) -> str:
    """SHA-1 over the sorted parts: token, timestamp, nonce and in safe mode Encrypt."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare signatures in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


class MessageCipher:
    """Encrypts to and decrypts from one appid."""

    def __init__(self, encoding_aes_key: str, appid: str) -> None:
        if len(encoding_aes_key) != 43:
            raise ValueError("an EncodingAESKey has 43 characters")
        self._key = b64decode(encoding_aes_key + "=")
        self._appid = appid.encode()

    def encrypt(self, message: bytes, noise: bytes | None = None) -> str:
        """Base64 of AES-256-CBC over random(16), length, *message* and appid."""
        noise = os.urandom(16) if noise is None else noise
        plain = noise + struct.pack(">I", len(message)) + message + self._appid
        padding = _BLOCK - len(plain) % _BLOCK
        encryptor = self._cipher().encryptor()
        sealed = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
        return b64encode(sealed).decode()

    def decrypt(self, encrypted: str) -> bytes:
        """Undo encrypt. Raises CryptoError for anything not made for this appid."""
        try:
            sealed = b64decode(encrypted, validate=True)
            decryptor = self._cipher().decryptor()
            plain = decryptor.update(sealed) + decryptor.finalize()
        except (Base64Error, ValueError) as exc:
            raise CryptoError("no whole number of blocks") from exc
        padding = plain[-1] if plain else 0
        if not 1 <= padding <= _BLOCK or plain[-padding:] != bytes([padding]) * padding:
            raise CryptoError("wrong padding")
        plain = plain[:-padding]
        if len(plain) < 20:
            raise CryptoError("too short")
        end = 20 + struct.unpack(">I", plain[16:20])[0]
        if plain[end:] != self._appid:
            raise CryptoError("made for another appid")
        return plain[20:end]

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))
