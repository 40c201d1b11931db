"""Private keys under a password: EncryptedPrivateKeyInfo (RFC 5958) with PBES2 (RFC 8018).

PBKDF2 with AES or SM4 in CBC mode: what ``openssl pkcs8 -topk8`` writes. Older schemes
(DES, RC2, PKCS#12) protect little and are not read.
"""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from seal_core import der
from seal_core.errors import DecryptionFailed, MalformedData, UnsupportedAlgorithm

_PBES2 = "1.2.840.113549.1.5.13"
_PBKDF2 = "1.2.840.113549.1.5.12"
_PRF_DEFAULT = "1.2.840.113549.2.7"  # RFC 8018, A.2: HMAC-SHA-1
_PRFS = {
    _PRF_DEFAULT: "sha1",
    "1.2.840.113549.2.9": "sha256",
    "1.2.840.113549.2.11": "sha512",
    "1.2.156.10197.1.401.2": "sm3",
}
_CIPHERS: dict[str, tuple[type[algorithms.AES | algorithms.SM4], int]] = {  # and key octets
    "2.16.840.1.101.3.4.1.2": (algorithms.AES, 16),
    "2.16.840.1.101.3.4.1.22": (algorithms.AES, 24),
    "2.16.840.1.101.3.4.1.42": (algorithms.AES, 32),
    "1.2.156.10197.1.104.2": (algorithms.SM4, 16),
}
_BLOCK = 16  # octets, of AES and SM4
_MAX_ITERATIONS = 10_000_000  # some seconds


def is_encrypted(data: bytes) -> bool:
    """Whether the DER is an EncryptedPrivateKeyInfo rather than a PrivateKeyInfo."""
    return der.read(data, "key").fields("key").peek() == der.SEQUENCE


def decrypt_private_key(data: bytes, password: bytes) -> bytes:
    """The PrivateKeyInfo inside.

    Raises DecryptionFailed for a wrong password, UnsupportedAlgorithm, MalformedData.
    """
    fields = der.read(data, "EncryptedPrivateKeyInfo").fields("EncryptedPrivateKeyInfo")
    scheme, parameters = _algorithm(fields.take())
    if scheme != _PBES2 or parameters is None:
        raise UnsupportedAlgorithm(f"key encryption {scheme}")
    parts = parameters.fields("PBES2")
    derivation, cipher = parts.take(), parts.take()
    oid, iv = _algorithm(cipher)
    if oid not in _CIPHERS or iv is None:
        raise UnsupportedAlgorithm(f"cipher {oid}")
    algorithm, size = _CIPHERS[oid]
    key = _derive(derivation, password, size)
    return _decrypted(algorithm(key), iv.octets("iv"), fields.take().octets("encryptedData"))


def _derive(node: der.Node, password: bytes, size: int) -> bytes:
    oid, parameters = _algorithm(node)
    if oid != _PBKDF2 or parameters is None:
        raise UnsupportedAlgorithm(f"key derivation {oid}")
    fields = parameters.fields("PBKDF2")
    salt, iterations = fields.take().octets("salt"), fields.take().integer("iterations")
    fields.optional(der.INTEGER)  # the key's length, which the cipher tells as well
    prf = _algorithm(fields.take())[0] if fields.more else _PRF_DEFAULT
    if prf not in _PRFS:
        raise UnsupportedAlgorithm(f"pseudo-random function {prf}")
    if not 0 < iterations <= _MAX_ITERATIONS:
        raise MalformedData("PBKDF2", f"{iterations} iterations")
    return hashlib.pbkdf2_hmac(_PRFS[prf], password, salt, iterations, size)


def _decrypted(algorithm: algorithms.AES | algorithms.SM4, iv: bytes, ciphertext: bytes) -> bytes:
    if len(iv) != _BLOCK or not ciphertext or len(ciphertext) % _BLOCK:
        raise MalformedData("EncryptedPrivateKeyInfo", "length")
    decryptor = Cipher(algorithm, modes.CBC(iv)).decryptor()
    padded = decryptor.update(ciphertext) + decryptor.finalize()
    unpadder = PKCS7(_BLOCK * 8).unpadder()
    try:
        plain = unpadder.update(padded) + unpadder.finalize()
        der.read(plain, "PrivateKeyInfo")
    except (ValueError, MalformedData):
        raise DecryptionFailed("wrong password") from None
    return plain


def _algorithm(node: der.Node) -> tuple[str, der.Node | None]:
    """AlgorithmIdentifier: its OID, and its parameters where there are any."""
    fields = node.expect(der.SEQUENCE, "algorithm").fields("algorithm")
    return fields.take(der.OID).oid(), fields.take() if fields.more else None
