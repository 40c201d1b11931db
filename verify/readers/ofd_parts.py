"""The digests of the files an OFD signature protects (GB/T 33190-2016, 18.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from itertools import islice

from seal_core.errors import MalformedData
from seal_core.formats import cms, ses
from seal_core.formats.certificates import Certificate, parse_certificate
from seal_core.formats.ofd_package import Hasher, OfdPackage
from seal_core.formats.ofd_signatures import SM3, Reference, SignatureFile
from seal_core.gm import curve, sm3
from verify.notices import Quirk
from verify.report import Check, Question, Reason, failed, passed, unclear

# Officially SM3 with a key; dms360 uses it for SM3(Z_A ‖ file).
SM3_WITH_IDENTITY = "1.2.156.10197.1.401.2"

NewHasher = Callable[[], Hasher]


def _insecure(name: str) -> NewHasher:
    return lambda: hashlib.new(name, usedforsecurity=False)


_GOOD: dict[str, NewHasher] = {
    SM3: sm3.new,
    "SM3": sm3.new,
    "2.16.840.1.101.3.4.2.1": hashlib.sha256,
    "SHA256": hashlib.sha256,
    "SHA-256": hashlib.sha256,
}
_WEAK: dict[str, NewHasher] = {
    "": _insecure("md5"),  # the schema's default
    "MD5": _insecure("md5"),
    "1.2.840.113549.2.5": _insecure("md5"),
    "SHA1": _insecure("sha1"),
    "SHA-1": _insecure("sha1"),
    "1.3.14.3.2.26": _insecure("sha1"),
}
_SHOWN = 5
MAX_HASHED = 1024 * 1024 * 1024  # octets in one package: some three seconds of SM3


class TooMuchToHash(Exception):
    """Many signatures, each with a method of its own, over large files."""


class PartDigests:
    """Digests of the package's files, each made once for all signatures."""

    def __init__(self, package: OfdPackage) -> None:
        self._package = package
        self._known: dict[tuple[str, str], bytes] = {}
        self._hashed = 0

    def matches(self, reference: Reference, method: str, new: NewHasher) -> bool:
        """Whether the file is there, readable and unchanged. May raise TooMuchToHash."""
        path = self._package.find(reference.path) if reference.path else None
        if path is None or reference.digest is None:
            return False
        key = (path, method)
        if key not in self._known:
            self._hashed += self._package.size(path)
            if self._hashed > MAX_HASHED:
                raise TooMuchToHash
            try:
                self._known[key] = self._package.digest(path, new)
            except MalformedData:
                self._known[key] = b""  # damaged: equal to no digest
        return self._known[key] == reference.digest


def check_digests(
    file: SignatureFile, container: bytes, digests: PartDigests
) -> tuple[tuple[Check, ...], tuple[Quirk, ...]]:
    """Compare every reference; *container* may be needed for the signer's key."""
    if not file.references:
        return (failed(Question.DIGEST, Reason.NOTHING_PROTECTED),), ()
    method = file.check_method.strip()
    name = method.upper()
    new = _GOOD.get(name) or _WEAK.get(name)
    quirks: tuple[Quirk, ...] = ()
    if name == "SM3":
        quirks = (Quirk.DIGEST_METHOD_NAME,)
    if method == SM3_WITH_IDENTITY:
        quirks = (Quirk.DIGEST_WITH_IDENTITY,)
        identity = _identity_digest(container)
        if identity is None:
            return (unclear(Question.DIGEST, Reason.NO_CERTIFICATE, method),), quirks
        new, method = lambda: sm3.new(identity), f"{method} {identity.hex()}"
    if new is None:
        return (unclear(Question.DIGEST, Reason.ALGORITHM_UNSUPPORTED, method[:80]),), quirks
    try:
        changed = [r.written for r in file.references if not digests.matches(r, method, new)]
    except TooMuchToHash:
        return (unclear(Question.DIGEST, Reason.LIMITS, str(MAX_HASHED)),), quirks
    if changed:
        return (failed(Question.DIGEST, Reason.DIGEST_MISMATCH, named(changed)),), quirks
    if name in _WEAK:
        return (failed(Question.DIGEST, Reason.WEAK_DIGEST, method or "MD5"),), quirks
    return (passed(Question.DIGEST, detail=str(len(file.references))),), quirks


def named(paths: Iterable[str]) -> str:
    """The first few of the paths, and how many more there are."""
    listed = [*paths]
    shown = ", ".join(path[:120] for path in islice(listed, _SHOWN))
    more = len(listed) - _SHOWN
    return f"{shown} (+{more})" if more > 0 else shown


def _identity_digest(container: bytes) -> bytes | None:
    """Z_A of the signer, whose certificate is in the container."""
    for read in (_sealer, _signer):
        try:
            certificate = read(container)
        except MalformedData:
            continue
        point = certificate.public_point if certificate else None
        return curve.identity_digest(point) if point else None
    return None


def _sealer(container: bytes) -> Certificate:
    return parse_certificate(ses.parse_signature(container).certificate)


def _signer(container: bytes) -> Certificate | None:
    """That of the first signer of a SignedData."""
    data = cms.parse_signed_data(container)
    known = map(parse_certificate, data.certificates)
    return next((each for each in known if data.signers and data.signers[0].names(each)), None)
