"""SM4-GCM (GB/T 32907-2016, GB/T 36624): what the service locks its own keys and files with."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from seal_core.errors import DecryptionFailed, InvalidKey

KEY_SIZE = 16
NONCE_SIZE = 12  # octets; random, so at most 2**32 messages per key (NIST SP 800-38D, 8.3)
TAG_SIZE = 16


def encrypt(key: bytes, plaintext: bytes, aad: bytes = b"") -> bytes:
    """Return nonce ‖ ciphertext ‖ tag; *aad* is bound to it, not contained."""
    nonce = os.urandom(NONCE_SIZE)
    encryptor = Cipher(_algorithm(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(aad)
    ciphertext = encryptor.update(plaintext) + encryptor.finalize()
    return nonce + ciphertext + encryptor.tag


def decrypt(key: bytes, sealed: bytes, aad: bytes = b"") -> bytes:
    """Open what ``encrypt`` made. Raises DecryptionFailed if anything was changed."""
    if len(sealed) < NONCE_SIZE + TAG_SIZE:
        raise DecryptionFailed("too short")
    nonce, ciphertext = sealed[:NONCE_SIZE], sealed[NONCE_SIZE:-TAG_SIZE]
    decryptor = Cipher(_algorithm(key), modes.GCM(nonce, sealed[-TAG_SIZE:])).decryptor()
    decryptor.authenticate_additional_data(aad)
    try:
        return decryptor.update(ciphertext) + decryptor.finalize()
    except InvalidTag:
        raise DecryptionFailed("tag does not match") from None


def _algorithm(key: bytes) -> algorithms.SM4:
    if len(key) != KEY_SIZE:
        raise InvalidKey("an SM4 key has 16 octets")
    return algorithms.SM4(key)
