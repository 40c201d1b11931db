"""Time stamps: RFC 3161 and GB/T 20520-2006."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from seal_core import der
from seal_core.errors import MalformedData
from seal_core.formats.algorithms import SM3, digest_name
from seal_core.formats.certificates import parse_algorithm
from seal_core.formats.cms import TST_INFO, SignedData, parse_signed_data
from seal_core.gm import sm3

Imprint = Literal["sm3", "sha256"]
_GRANTED = (0, 1)  # granted, grantedWithMods (RFC 3161, 2.4.2)


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """One TimeStampToken, read but not judged."""

    token: bytes = field(repr=False)
    signed_data: SignedData = field(repr=False)
    info: bytes = field(repr=False)  # TSTInfo: the content that is signed
    policy: str
    digest: str  # "sm3", "sha256" …
    imprint: bytes
    serial: int
    at: datetime
    nonce: int | None


IMPRINTS = {"sm3": SM3, "sha256": "2.16.840.1.101.3.4.2.1"}
"""The digests we ask authorities to stamp: ours, and that of authorities without SM3."""


def imprint_of(message: bytes, name: Imprint = "sm3") -> bytes:
    """The digest of *message* that an authority stamps."""
    return sm3.digest(message) if name == "sm3" else hashlib.sha256(message).digest()


def build_request(
    message: bytes, nonce: int | None = None, *, certificate: bool = True, digest: Imprint = "sm3"
) -> bytes:
    """TimeStampReq over the *digest* of *message*; asks for the authority's certificate."""
    algorithm = der.sequence(der.oid(IMPRINTS[digest]))
    imprint = der.sequence(algorithm, der.octet_string(imprint_of(message, digest)))
    parts = [der.integer(1), imprint]
    if nonce is not None:
        parts.append(der.integer(nonce))
    if certificate:
        parts.append(der.boolean(True))
    return der.sequence(*parts)


def parse_response(data: bytes) -> TimeStamp:
    """The token of a TimeStampResp. Raises MalformedData, also for a refusal."""
    fields = (
        der.read(data, "TimeStampResp")
        .expect(der.SEQUENCE, "TimeStampResp")
        .fields("TimeStampResp")
    )
    status = fields.take(der.SEQUENCE).fields("PKIStatusInfo").take().integer("status")
    if status not in _GRANTED:
        raise MalformedData("TimeStampResp", f"refused with status {status}")
    token = fields.take(der.SEQUENCE)
    fields.finish()
    return parse_token(token.raw)


def parse_token(data: bytes) -> TimeStamp:
    """A TimeStampToken, or the whole TimeStampResp that some store in its place."""
    first = der.read(data, "time stamp").fields("time stamp").peek()
    if first == der.SEQUENCE:
        return parse_response(data)
    signed_data = parse_signed_data(data)
    if signed_data.content_type != TST_INFO or signed_data.content is None:
        raise MalformedData("time stamp", "content is no TSTInfo")
    fields = der.read(signed_data.content, "TSTInfo").fields("TSTInfo")
    if fields.take().integer("version") != 1:
        raise MalformedData("TSTInfo", "version")
    policy = fields.take().oid("policy")
    imprint = fields.take(der.SEQUENCE).fields("messageImprint")
    digest = digest_name(parse_algorithm(imprint.take()).oid)
    hashed = imprint.take().octets("hashedMessage")
    imprint.finish()
    serial = fields.take().integer("serialNumber")
    at = fields.take(der.GENERALIZED_TIME).time("genTime")
    fields.optional(der.SEQUENCE)  # accuracy
    fields.optional(der.BOOLEAN)  # ordering
    nonce = fields.optional(der.INTEGER)
    return TimeStamp(
        data, signed_data, signed_data.content, policy, digest, hashed, serial, at,
        nonce.integer() if nonce else None,
    )  # fmt: skip
