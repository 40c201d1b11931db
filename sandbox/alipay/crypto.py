"""Alipay's signatures and content encryption (facts/platform.md §8, §9); independent code."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

_ZERO_IV = bytes(16)  # Alipay's content encryption has no IV of its own


def sign(private_pem: str, message: bytes) -> str:
    """RSA2: SHA-256 with PKCS#1 v1.5, base64."""
    key = load_pem_private_key(private_pem.encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("not an RSA key")
    return b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()


def is_signed(public_pem: str, message: bytes, signature: str) -> bool:
    """Whether *signature* is an RSA2 signature over *message*."""
    key = load_pem_public_key(public_pem.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("not an RSA key")
    try:
        value = b64decode(signature, validate=True)
        key.verify(value, message, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def to_sign(fields: Mapping[str, str], *, without: frozenset[str], charset: str) -> bytes:
    """The sorted ``name=value`` pairs that are signed; empty values do not count."""
    pairs = (f"{k}={v}" for k, v in sorted(fields.items()) if v and k not in without)
    return "&".join(pairs).encode(charset)


def encrypt(key: str, text: str) -> str:
    """AES-128-CBC with the base64 *key*, PKCS#7, base64."""
    padder = PKCS7(128).padder()
    padded = padder.update(text.encode()) + padder.finalize()
    machine = _cipher(key).encryptor()
    return b64encode(machine.update(padded) + machine.finalize()).decode()


def decrypt(key: str, sealed: str) -> str:
    """The inverse of :func:`encrypt`; ValueError for anything else."""
    machine = _cipher(key).decryptor()
    padded = machine.update(b64decode(sealed, validate=True)) + machine.finalize()
    unpadder = PKCS7(128).unpadder()
    return (unpadder.update(padded) + unpadder.finalize()).decode()


def _cipher(key: str) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(b64decode(key)), modes.CBC(_ZERO_IV))
