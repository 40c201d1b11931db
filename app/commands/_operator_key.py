"""An operator's key from a file, under a password that never stands on the command line."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import click

from seal_core.errors import InvalidKey, MalformedData
from seal_core.formats.certificates import parse_certificate
from seal_core.formats.encrypted_keys import decrypt_private_key, is_encrypted
from seal_core.gm.sm2 import PrivateKey

_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\s*([A-Za-z0-9+/=\s]+)-----END \1-----")
_KEYS = (b"PRIVATE KEY", b"ENCRYPTED PRIVATE KEY")
_MAX_FILE = 1024 * 1024  # octets; keys and chains have some thousands


@dataclass(frozen=True, slots=True)
class OperatorKey:
    """See seal_core.ports.Signer."""

    certificate: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    key: PrivateKey = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)


def read_key(path: Path, ask_password: Callable[[], str]) -> PrivateKey:
    """An SM2 key in PKCS#8, DER or PEM; *ask_password* is called if it is encrypted.

    Raises DecryptionFailed for a wrong password, other CryptoErrors or MalformedData for what
    is no such key.
    """
    data = _key_octets(_read(path))
    if is_encrypted(data):
        data = decrypt_private_key(data, ask_password().encode())
    return PrivateKey.from_pkcs8(data)


def asker(key_file: Path, password_file: Path | None) -> Callable[[], str]:
    """The password from the first line of a file, or from whoever sits there."""

    def password() -> str:
        if password_file:
            return password_file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
        entered: str = click.prompt(f"Password of {key_file}", hide_input=True, err=True)
        return entered

    return password


def read_certificates(path: Path) -> list[bytes]:
    """Certificates of a file, DER or PEM. Raises MalformedData."""
    data = _read(path)
    found = [der for label, der in _pem(data) if label == b"CERTIFICATE"]
    for der in found or [data]:
        parse_certificate(der)
    return found or [data]


def signer_of(key: PrivateKey, candidates: Iterable[bytes]) -> OperatorKey:
    """The key with the candidate that certifies it; the others may be its chain.

    Raises InvalidKey where none does.
    """
    certificates = [*candidates]
    for certificate in certificates:
        if parse_certificate(certificate).public_point == key.public_key.point:
            chain = tuple(each for each in certificates if each != certificate)
            return OperatorKey(certificate, chain, key)
    raise InvalidKey("no certificate for this key")


def _key_octets(data: bytes) -> bytes:
    for label, der in _pem(data):
        if label in _KEYS:
            return der
        raise MalformedData("key", f"PEM of {label.decode()}; PKCS#8 is wanted")
    return data


def _pem(data: bytes) -> list[tuple[bytes, bytes]]:
    try:
        return [(label, b64decode(body)) for label, body in _PEM.findall(data)]
    except Base64Error:
        raise MalformedData("PEM", "no Base64") from None


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(_MAX_FILE + 1)
    if len(data) > _MAX_FILE:
        raise MalformedData(path.name, "too large")
    return data
