"""Certificate revocation lists (RFC 5280, clause 5). Read, not judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType

from seal_core import der
from seal_core.errors import MalformedData
from seal_core.formats.certificates import Algorithm, Name, parse_algorithm, parse_name

_EXPIRED_ON_CRL = "2.5.29.60"  # ITU-T X.509, 9.5.2.8
_REASON_CODE = "2.5.29.21"
# RFC 5280, 5.3.1; 7 is not used
REASONS: Mapping[int | None, str] = MappingProxyType(
    {
        0: "unspecified",
        1: "keyCompromise",
        2: "cACompromise",
        3: "affiliationChanged",
        4: "superseded",
        5: "cessationOfOperation",
        6: "certificateHold",
        8: "removeFromCRL",
        9: "privilegeWithdrawn",
        10: "aACompromise",
    }
)


@dataclass(frozen=True, slots=True)
class Revocation:
    """When a certificate was revoked, and the standard's word for why; empty if it is not told."""

    at: datetime
    reason: str = ""

    @property
    def is_compromise(self) -> bool:
        """Whether the key may be in wrong hands."""
        return self.reason.endswith("Compromise")


@dataclass(frozen=True, slots=True)
class Crl:
    """One list. *has_unknown_critical* ones say less, or other things, than they seem to."""

    der: bytes = field(repr=False)
    tbs: bytes = field(repr=False)
    signature_algorithm: Algorithm
    signature: bytes = field(repr=False)
    issuer: Name
    this_update: datetime
    next_update: datetime | None
    revoked: Mapping[int, Revocation] = field(repr=False)
    has_unknown_critical: bool
    expired_since: datetime | None = None  # those that ended since then are still listed


@lru_cache(maxsize=32)
def parse_crl(data: bytes) -> Crl:
    """Read one DER CertificateList. Raises MalformedData."""
    outer = der.read(data, "crl").expect(der.SEQUENCE, "crl").fields("crl")
    tbs = outer.take(der.SEQUENCE)
    algorithm = parse_algorithm(outer.take())
    signature = outer.take().bits("crl signature")
    outer.finish()

    fields = tbs.fields("tbsCertList")
    fields.optional(der.INTEGER)
    if parse_algorithm(fields.take()) != algorithm:
        raise MalformedData("crl", "inner and outer signature algorithms differ")
    issuer = parse_name(fields.take())
    this_update = fields.take().time("thisUpdate")
    has_next = fields.peek() in (der.UTC_TIME, der.GENERALIZED_TIME)
    next_update = fields.take().time("nextUpdate") if has_next else None
    entries = fields.optional(der.SEQUENCE)
    extensions = fields.optional(der.context(0))
    fields.finish()
    critical = extensions is not None and has_critical(extensions.inner("crlExtensions"))
    revoked = {}
    for entry in entries.fields("revokedCertificates").rest() if entries else ():
        serial, revocation, entry_critical = _entry(entry)
        revoked[serial] = revocation
        critical |= entry_critical
    return Crl(
        data, tbs.raw, algorithm, signature, issuer, this_update, next_update,
        MappingProxyType(revoked), critical,
        time_in(extensions.inner("crlExtensions"), _EXPIRED_ON_CRL) if extensions else None,
    )  # fmt: skip


def _entry(node: der.Node) -> tuple[int, Revocation, bool]:
    fields = node.fields("revokedCertificate")
    serial, at = fields.take().integer("userCertificate"), fields.take().time("revocationDate")
    if not fields.more:
        return serial, Revocation(at), False
    extensions = fields.take(der.SEQUENCE)
    fields.finish()
    return serial, Revocation(at, _reason(extensions)), has_critical(extensions)


def _reason(extensions: der.Node) -> str:
    for extension in extensions.fields("crlEntryExtensions").rest():
        fields = extension.fields("extension")
        if fields.take().oid() == _REASON_CODE:
            fields.optional(der.BOOLEAN)
            return REASONS.get(der.read(fields.take().octets(), "reasonCode").integer(), "")
    return ""


def has_critical(extensions: der.Node) -> bool:
    """Delta and partial lists and indirect entries are marked critical: none is understood."""
    for extension in extensions.fields("extensions").rest():
        fields = extension.fields("extension")
        fields.take().oid()
        critical = fields.optional(der.BOOLEAN)
        if critical is not None and critical.boolean():
            return True
    return False


def time_in(extensions: der.Node, oid: str) -> datetime | None:
    """The time that the extension *oid* holds, if it is there."""
    for extension in extensions.fields("extensions").rest():
        fields = extension.fields("extension")
        if fields.take().oid() == oid:
            fields.optional(der.BOOLEAN)
            return der.read(fields.take().octets(), oid).time(oid)
    return None
