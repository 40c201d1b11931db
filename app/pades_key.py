"""An RSA or ECDSA key with its certificates, from a file, for PDF readers that know no SM2."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm as CryptographyUnsupported
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509 import load_pem_x509_certificates

from app.config import Pades
from app.errors import ConfigurationError
from seal_core.errors import DecryptionFailed, InvalidKey, MalformedData, SealError
from seal_core.formats.algorithms import HASHES
from seal_core.formats.certificates import parse_certificate
from seal_core.formats.suites import suite_of

_MAX_FILE = 1024 * 1024  # octets; keys and chains have some thousands
_PEM_KEY = re.compile(rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----")
_PEM_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
AskPassword = Callable[[], str]


@dataclass(frozen=True, slots=True)
class PadesKey:
    """See seal_core.ports.Signer."""

    certificate: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    key: Key = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """RSA with PKCS #1 v1.5, which every reader knows, or ECDSA; the digest is the suite's."""
        digest = HASHES[suite_of(self.certificate).digest]()
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(message, padding.PKCS1v15(), digest)
        return self.key.sign(message, ec.ECDSA(digest))


def read_pades_key(path: Path, certificates: Path | None, ask_password: AskPassword) -> PadesKey:
    """The key of a PKCS#12, PEM or PKCS#8 file, with the certificate that names it.

    *certificates*: a file with more of them, PEM or DER. *ask_password* is called if the key is
    encrypted. Raises DecryptionFailed for a wrong password, InvalidKey for what is no
    RSA or ECDSA key or has no certificate, other CryptoErrors for what is too weak to sign with,
    MalformedData, OSError.
    """
    key, found = _open(_read(path), ask_password)
    if certificates is not None:
        found += _certificates(_read(certificates))
    if not isinstance(key, Key):
        raise InvalidKey("neither an RSA nor an ECDSA key")
    info = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    mine = [each for each in found if parse_certificate(each).public_key_info == info]
    if not mine:
        raise InvalidKey("no certificate for this key")
    suite_of(mine[0])
    return PadesKey(mine[0], tuple(_issuers(mine[0], found)), key)


def configured_pades_key(given: Pades) -> PadesKey:
    """The service's own. Raises ConfigurationError, which tells no password."""

    def password() -> str:
        if given.password is None:
            raise DecryptionFailed("the key is encrypted and ZHANGYIN_PADES__PASSWORD is missing")
        return given.password.get_secret_value()

    try:
        return read_pades_key(given.key, given.certificate, password)
    except SealError as exc:
        raise ConfigurationError(f"ZHANGYIN_PADES__KEY: {exc}") from None
    except OSError as exc:
        raise ConfigurationError(f"ZHANGYIN_PADES__KEY: {exc.strerror}") from None


def _open(data: bytes, ask_password: AskPassword) -> tuple[object, list[bytes]]:
    """The key and the certificates beside it; the password is asked for when it is needed."""
    try:
        return _load(data, None)
    except TypeError:  # "password was not given but private key is encrypted"
        pass
    except ValueError as exc:
        if not _is_pkcs12(data):
            raise InvalidKey(str(exc)) from None
    except CryptographyUnsupported as exc:
        raise InvalidKey(str(exc)) from None
    try:
        return _load(data, ask_password().encode())
    except (ValueError, TypeError):
        raise DecryptionFailed("wrong password") from None


def _load(data: bytes, password: bytes | None) -> tuple[object, list[bytes]]:
    if _PEM_KEY.search(data):
        found = _certificates(data) if _PEM_CERTIFICATE in data else []
        return load_pem_private_key(data, password), found
    if not _is_pkcs12(data):
        return load_der_private_key(data, password), []
    key, own, others = pkcs12.load_key_and_certificates(data, password)
    loaded = [own, *others] if own else others
    return key, [each.public_bytes(Encoding.DER) for each in loaded]


def _is_pkcs12(data: bytes) -> bool:
    """PFX ::= SEQUENCE { version INTEGER {v3(3)}, ... (RFC 7292, 4); PKCS#8 has 0 or 1 there."""
    length = data[1] if len(data) > 1 else 0
    header = 2 + (length & 0x7F if length & 0x80 else 0)
    return data[:1] == b"\x30" and data[header : header + 3] == b"\x02\x01\x03"


def _certificates(data: bytes) -> list[bytes]:
    if _PEM_CERTIFICATE not in data:
        parse_certificate(data)
        return [data]
    try:
        return [each.public_bytes(Encoding.DER) for each in load_pem_x509_certificates(data)]
    except ValueError as exc:
        raise MalformedData("certificates", str(exc)) from None


def _issuers(certificate: bytes, candidates: Iterable[bytes]) -> Iterator[bytes]:
    """Those above the certificate, nearest first; a root ends the row."""
    rest = [each for each in dict.fromkeys(candidates) if each != certificate]
    while not (current := parse_certificate(certificate)).is_self_issued:
        above = next(
            (c for c in rest if parse_certificate(c).subject_name.der == current.issuer_name.der),
            None,
        )
        if above is None:
            return
        rest.remove(above)
        yield (certificate := above)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(_MAX_FILE + 1)
    if len(data) > _MAX_FILE:
        raise MalformedData(path.name, "too large")
    return data
