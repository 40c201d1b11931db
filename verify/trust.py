"""Whom the judge believes: trust anchors, helpful intermediates, what authorities revoked.

Given from outside, never downloaded. Whatever certificate lies in the trust folder is an
anchor because the operator put it there; a CA's for all it issued, a person's for itself.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from seal_core.errors import MalformedData
from seal_core.formats.certificates import Certificate, parse_certificate
from seal_core.formats.crls import Crl, parse_crl
from seal_core.formats.ocsp import OcspResponse, parse_ocsp

_CERTIFICATE_SUFFIXES = frozenset({".cer", ".crt", ".der", ".pem"})
_OCSP_SUFFIXES = frozenset({".ors", ".ocsp"})  # RFC 6960, C.2: .ors
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\s*([A-Za-z0-9+/=\s]+)-----END \1-----")
_MAX_FILE = 32 * 1024 * 1024  # octets; national CRLs reach some 10 MB


@dataclass(frozen=True, slots=True)
class TrustStore:
    """Immutable; holds DER only, so it travels to a confined process as it is."""

    anchors: tuple[bytes, ...] = field(default=(), repr=False)
    intermediates: tuple[bytes, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsp: tuple[bytes, ...] = field(default=(), repr=False)

    @classmethod
    def from_certificates(
        cls,
        anchors: Iterable[bytes],
        intermediates: Iterable[bytes] = (),
        crls: Iterable[bytes] = (),
        ocsp: Iterable[bytes] = (),
    ) -> TrustStore:
        """From DER. Raises MalformedData at once, rather than trusting less than was meant."""
        store = cls(tuple(anchors), tuple(intermediates), tuple(crls), tuple(ocsp))
        for certificate in (*store.anchors, *store.intermediates):
            parse_certificate(certificate)
        for crl in store.crls:
            parse_crl(crl)
        for response in store.ocsp:
            parse_ocsp(response)
        return store

    @classmethod
    def from_folder(cls, folder: Path | str) -> TrustStore:
        """From ``*.cer``, ``*.crt``, ``*.der``, ``*.pem``, ``*.crl`` and stored OCSP responses,
        ``*.ors`` and ``*.ocsp``, in *folder*, DER or PEM.

        Certificates in its folder ``intermediates`` help to build chains and are trusted for
        nothing by themselves.

        Raises MalformedData for a file that is none, NotADirectoryError for a wrong folder.
        """
        folder = Path(folder)
        if not folder.is_dir():
            raise NotADirectoryError(str(folder))
        certificates, helpers = _CERTIFICATE_SUFFIXES, folder / "intermediates"
        return cls.from_certificates(
            _all_of(folder, certificates),
            _all_of(helpers, certificates) if helpers.is_dir() else (),
            _all_of(folder, frozenset({".crl"})),
            _all_of(folder, _OCSP_SUFFIXES),
        )

    def with_crls(self, crls: Iterable[bytes]) -> TrustStore:
        """The same anchors with more lists. Raises MalformedData."""
        return self.from_certificates(
            self.anchors, self.intermediates, (*self.crls, *crls), self.ocsp
        )

    def helped_by(
        self,
        certificates: Iterable[bytes] = (),
        crls: Iterable[bytes] = (),
        ocsp: Iterable[bytes] = (),
    ) -> TrustStore:
        """The same anchors with help found in a document, all DER; junk is left out.

        Lists and OCSP responses have to prove themselves, wherever they come from.
        """
        return replace(
            self,
            intermediates=(*self.intermediates, *_readable(certificates, parse_certificate)),
            crls=(*self.crls, *_readable(crls, parse_crl)),
            ocsp=(*self.ocsp, *_readable(ocsp, parse_ocsp)),
        )

    def anchor_certificates(self) -> tuple[Certificate, ...]:
        return tuple(map(parse_certificate, self.anchors))

    def helper_certificates(self) -> tuple[Certificate, ...]:
        return tuple(map(parse_certificate, self.intermediates))

    def ocsp_responses(self) -> tuple[OcspResponse, ...]:
        return tuple(map(parse_ocsp, self.ocsp))

    def crls_of(self, issuer: bytes) -> tuple[Crl, ...]:
        """The lists of the raw Name *issuer*."""
        lists = map(parse_crl, self.crls)
        return tuple(crl for crl in lists if crl.issuer.der == issuer)


def _all_of(folder: Path, suffixes: frozenset[str]) -> list[bytes]:
    """The DER objects of all files with one of *suffixes*, in order of their names."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in suffixes)
    return [der for path in files for der in _contents(path)]


def _readable(found: Iterable[bytes], parse: Callable[[bytes], object]) -> Iterator[bytes]:
    for data in found:
        try:
            parse(data)
        except MalformedData:
            continue
        yield data


def _contents(path: Path) -> list[bytes]:
    """The DER objects of one file."""
    if path.stat().st_size > _MAX_FILE:
        raise MalformedData(path.name, "too large for the trust folder")
    data = path.read_bytes()
    if not data.lstrip().startswith(b"-----"):
        return [data]
    try:
        found = [b64decode(body) for _, body in _PEM.findall(data)]
    except Base64Error:
        found = []
    if not found:
        raise MalformedData(path.name, "no PEM object")
    return found
