"""OCSP responses (RFC 6960): what an authority said of single certificates. Read, not judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from itertools import islice

from seal_core import der
from seal_core.errors import MalformedData
from seal_core.formats.algorithms import DIGESTS, digest
from seal_core.formats.certificates import (
    Algorithm,
    Certificate,
    parse_algorithm,
    parse_name,
)
from seal_core.formats.crls import REASONS, Revocation, has_critical, time_in

SIGNING_PURPOSE = "1.3.6.1.5.5.7.3.9"  # id-kp-OCSPSigning
_BASIC = "1.3.6.1.5.5.7.48.1.1"  # id-pkix-ocsp-basic
_ARCHIVE_CUTOFF = "1.3.6.1.5.5.7.48.1.6"
_SUCCESSFUL = 0
_MAX_ANSWERS = 1000  # in one response; responders give one, or a few
_KEY_HASHES = ("sha1", "sm3", "sha256")  # the standard's is SHA-1; Chinese responders use SM3

_GOOD = der.context(0, constructed=False)
_REVOKED = der.context(1)
_UNKNOWN = der.context(2, constructed=False)


class Status(StrEnum):
    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"  # the responder does not know the certificate


@dataclass(frozen=True, slots=True)
class OcspAnswer:
    """What is said of one certificate, which is named by digests of its issuer and a number."""

    digest: str  # "sha1", "sm3" …; empty if it is none we know
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial: int
    status: Status
    revocation: Revocation | None  # if revoked
    this_update: datetime
    next_update: datetime | None
    archive_cutoff: datetime | None  # certificates that ended before are forgotten (4.4.4)

    def is_about(self, certificate: Certificate, issuer: Certificate) -> bool:
        if self.serial != certificate.serial or not self.digest:
            return False
        return self.issuer_name_hash == digest(
            self.digest, (issuer.subject_name.der,)
        ) and self.issuer_key_hash == digest(self.digest, (_key_bits(issuer.public_key_info),))


@dataclass(frozen=True, slots=True)
class OcspResponse:
    """One BasicOCSPResponse. *responder* is a raw Name, or the digest of a key."""

    der: bytes = field(repr=False)
    tbs: bytes = field(repr=False)
    signature_algorithm: Algorithm
    signature: bytes = field(repr=False)
    responder: bytes
    produced_at: datetime
    answers: tuple[OcspAnswer, ...]
    certificates: tuple[bytes, ...] = field(repr=False)
    has_unknown_critical: bool

    def names(self, certificate: Certificate) -> bool:
        """Is *certificate* the responder's?"""
        if self.responder == certificate.subject_name.der:
            return True
        bits = _key_bits(certificate.public_key_info)
        return any(self.responder == digest(name, (bits,)) for name in _KEY_HASHES)


@lru_cache(maxsize=256)
def parse_ocsp(data: bytes) -> OcspResponse:
    """Read a DER OCSPResponse, or the BasicOCSPResponse inside it that some store alone.

    Raises MalformedData, also for a response that refuses to answer.
    """
    outer = der.read(data, "ocsp").expect(der.SEQUENCE, "ocsp").fields("ocsp")
    if outer.peek() == der.ENUMERATED:
        return _basic(data, _response_bytes(outer))
    return _basic(data, data)


def _response_bytes(outer: der.Fields) -> bytes:
    status = outer.take().integer("responseStatus")
    if status != _SUCCESSFUL:
        raise MalformedData("ocsp", f"refused with status {status}")
    fields = outer.take(der.context(0)).inner("responseBytes").fields("responseBytes")
    outer.finish()
    kind = fields.take().oid("responseType")
    if kind != _BASIC:
        raise MalformedData("ocsp", f"response of type {kind}")
    response = fields.take().octets("response")
    fields.finish()
    return response


def _basic(data: bytes, basic: bytes) -> OcspResponse:
    outer = der.read(basic, "ocsp").expect(der.SEQUENCE, "ocsp").fields("BasicOCSPResponse")
    tbs = outer.take(der.SEQUENCE)
    algorithm = parse_algorithm(outer.take())
    signature = outer.take().bits("ocsp signature")
    kept = outer.optional(der.context(0))
    outer.finish()

    fields = tbs.fields("ResponseData")
    if (version := fields.optional(der.context(0))) and version.inner("version").integer() != 0:
        raise MalformedData("ocsp", "version")
    responder = _responder(fields.take())
    produced_at = fields.take(der.GENERALIZED_TIME).time("producedAt")
    listed = fields.take(der.SEQUENCE).fields("responses").rest()
    answers = [_answer(node) for node in islice(listed, _MAX_ANSWERS)]
    extensions = fields.optional(der.context(1))
    fields.finish()
    if next(listed, None) is not None:
        raise MalformedData("ocsp", f"more than {_MAX_ANSWERS} answers")
    critical = extensions is not None and has_critical(extensions.inner("responseExtensions"))
    return OcspResponse(
        data, tbs.raw, algorithm, signature, responder, produced_at,
        tuple(answer for answer, _ in answers),
        tuple(node.raw for node in kept.inner("certs").fields("certs").rest()) if kept else (),
        critical or any(strange for _, strange in answers),
    )  # fmt: skip


def _responder(node: der.Node) -> bytes:
    """byName [1] or byKey [2], both EXPLICIT."""
    if node.tag == der.context(1):
        return parse_name(node.inner("byName")).der
    return node.expect(der.context(2), "responderID").inner("byKey").octets("byKey")


def _answer(node: der.Node) -> tuple[OcspAnswer, bool]:
    """A SingleResponse, and whether it has a critical extension."""
    fields = node.expect(der.SEQUENCE, "SingleResponse").fields("SingleResponse")
    named = fields.take(der.SEQUENCE).fields("CertID")
    algorithm = parse_algorithm(named.take()).oid
    hashes = named.take().octets("issuerNameHash"), named.take().octets("issuerKeyHash")
    serial = named.take().integer("serialNumber")
    named.finish()
    status, revocation = _status(fields.take())
    this_update = fields.take(der.GENERALIZED_TIME).time("thisUpdate")
    after = fields.optional(der.context(0))
    next_update = after.inner("nextUpdate").time("nextUpdate") if after else None
    tagged = fields.optional(der.context(1))
    fields.finish()
    extensions = tagged.inner("singleExtensions") if tagged else None
    answer = OcspAnswer(
        DIGESTS.get(algorithm, ""), *hashes, serial, status, revocation, this_update, next_update,
        time_in(extensions, _ARCHIVE_CUTOFF) if extensions else None,
    )  # fmt: skip
    return answer, extensions is not None and has_critical(extensions)


def _status(node: der.Node) -> tuple[Status, Revocation | None]:
    if node.tag == _GOOD:
        return Status.GOOD, None
    if node.tag == _UNKNOWN:
        return Status.UNKNOWN, None
    fields = node.expect(_REVOKED, "certStatus").fields("RevokedInfo")
    at = fields.take(der.GENERALIZED_TIME).time("revocationTime")
    reason = fields.optional(der.context(0))
    fields.finish()
    code = reason.inner("revocationReason").integer() if reason else None
    return Status.REVOKED, Revocation(at, REASONS.get(code, ""))


def _key_bits(public_key_info: bytes) -> bytes:
    """What is hashed of a key: the BIT STRING without tag, length and unused bits (4.1.1)."""
    fields = der.read(public_key_info, "subjectPublicKeyInfo").fields("subjectPublicKeyInfo")
    fields.take()
    return fields.take().bits("public key")
