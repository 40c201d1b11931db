"""SignedData: PKCS#7/CMS (RFC 5652) and its Chinese twin (GB/T 35275-2017, GM/T 0010).

Reading accepts both families of OIDs and BER; it hands out what was signed as raw slices.
Writing makes a detached SignedData with signed attributes, signing-certificate-v2 included; the
signer's key decides on the algorithms (formats/suites.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from seal_core import der
from seal_core.errors import MalformedData
from seal_core.formats.certificates import (
    Algorithm,
    Certificate,
    parse_algorithm,
    parse_certificate,
)
from seal_core.formats.quirks import Quirk
from seal_core.formats.suites import Suite, suite_of

PKCS7_DATA = "1.2.840.113549.1.7.1"
PKCS7_SIGNED_DATA = "1.2.840.113549.1.7.2"
GM_DATA = "1.2.156.10197.6.1.4.2.1"  # GB/T 35275-2017, clause 5
GM_SIGNED_DATA = "1.2.156.10197.6.1.4.2.2"
TST_INFO = "1.2.840.113549.1.9.16.1.4"

CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"  # ESS, SHA-1
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"  # RFC 5035
TIME_STAMP_TOKEN = "1.2.840.113549.1.9.16.2.14"  # noqa: S105  (an OID, not a secret)

_OCSP_IN_CRLS = "1.3.6.1.5.5.7.16.2"  # id-ri-ocsp-response (RFC 5940, 2.1)
_REVOCATION_VALUES = "1.2.840.113549.1.9.16.2.24"  # CAdES, unsigned
_REVOCATION_ARCHIVE = "1.2.840.113583.1.1.8"  # Adobe, signed (ISO 32000-2, 12.8.3.3.2)

_SIGNED_DATA_TYPES = frozenset({PKCS7_SIGNED_DATA, GM_SIGNED_DATA})
_DATA = {"pkcs7": PKCS7_DATA, "gm": GM_DATA}


@dataclass(frozen=True, slots=True)
class SignerInfo:
    """One signer. Attributes are kept as (oid, raw values); None means there are none."""

    issuer: bytes  # raw Name; empty where the signer is named by key identifier
    serial: int | None
    key_id: bytes | None
    digest_algorithm: str
    signed_attributes: bytes | None = field(repr=False)  # DER SET OF, as it is signed
    attributes: tuple[tuple[str, tuple[bytes, ...]], ...] = field(repr=False)
    signature_algorithm: Algorithm
    signature: bytes
    unsigned: tuple[tuple[str, tuple[bytes, ...]], ...] = field(repr=False, default=())
    quirks: tuple[str, ...] = ()

    def values(self, oid: str) -> tuple[bytes, ...]:
        """The values of a signed attribute; an attribute given twice is MalformedData."""
        return _only(self.attributes, oid)

    def unsigned_values(self, oid: str) -> tuple[bytes, ...]:
        return _only(self.unsigned, oid)

    def revocations(self) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """Lists and OCSP responses that the signer's attributes keep; junk is none."""
        try:
            values = (
                *self.values(_REVOCATION_ARCHIVE), *self.unsigned_values(_REVOCATION_VALUES)
            )  # fmt: skip
            kept = [_kept_revocations(value) for value in values]
        except MalformedData:
            return (), ()
        return (
            tuple(crl for crls, _ in kept for crl in crls),
            tuple(response for _, responses in kept for response in responses),
        )

    def names(self, certificate: Certificate) -> bool:
        """Is *certificate* the one this signer names?"""
        if self.key_id is not None:
            return self.key_id == certificate.subject_key_id
        if self.serial is None or self.issuer != certificate.issuer_name.der:
            return False
        return _unsigned(self.serial) == _unsigned(certificate.serial)


@dataclass(frozen=True, slots=True)
class SignedData:
    """One SignedData. *content* is None where it is detached."""

    der: bytes
    family: Literal["pkcs7", "gm"]
    content_type: str
    content: bytes | None = field(repr=False)
    certificates: tuple[bytes, ...] = field(repr=False)
    crls: tuple[bytes, ...] = field(repr=False)
    signers: tuple[SignerInfo, ...]
    quirks: tuple[str, ...] = ()
    ocsp: tuple[bytes, ...] = field(repr=False, default=())


def parse_signed_data(data: bytes) -> SignedData:
    """Read a ContentInfo with SignedData. Raises MalformedData."""
    quirks = []
    try:
        outer = der.read(data, "ContentInfo")
        parsed = _parse(outer)
    except MalformedData:
        rewritten = der.definite(data, "ContentInfo")
        if rewritten == data:
            raise
        parsed = _parse(der.read(rewritten, "ContentInfo"))
        quirks.append(Quirk.BER_ENCODING.value)
    family, content_type, content, certificates, (crls, ocsp), signers = parsed
    if family == "gm" and content_type == PKCS7_DATA:
        quirks.append(Quirk.PKCS7_DATA_TYPE.value)
    return SignedData(
        data, family, content_type, content, certificates, crls, signers, tuple(quirks), ocsp
    )


_Parsed = tuple[
    Literal["pkcs7", "gm"],
    str,
    bytes | None,
    tuple[bytes, ...],
    tuple[tuple[bytes, ...], tuple[bytes, ...]],
    tuple[SignerInfo, ...],
]


def _parse(outer: der.Node) -> _Parsed:
    fields = outer.expect(der.SEQUENCE, "ContentInfo").fields("ContentInfo")
    kind = fields.take().oid("contentType")
    if kind not in _SIGNED_DATA_TYPES:
        raise MalformedData("ContentInfo", f"content {kind} is no SignedData")
    body = fields.take(der.context(0)).inner("content").fields("SignedData")
    fields.finish()
    body.take().integer("version")
    body.take(der.SET)  # digestAlgorithms: a hint for streaming, told again by each signer
    content_type, content = _content(body.take(der.SEQUENCE))
    certificates = _certificates(body.optional(der.context(0)))
    crls = body.optional(der.context(1))
    signers = tuple(_signer(node) for node in body.take(der.SET).fields("signerInfos").rest())
    body.finish()
    revocations = _revocations(crls) if crls else ((), ())
    family: Literal["pkcs7", "gm"] = "gm" if kind == GM_SIGNED_DATA else "pkcs7"
    return family, content_type, content, certificates, revocations, signers


def _content(node: der.Node) -> tuple[str, bytes | None]:
    """EncapsulatedContentInfo; PKCS#7 1.5 allowed any type inside, CMS an OCTET STRING."""
    fields = node.fields("encapContentInfo")
    kind = fields.take().oid("eContentType")
    wrapped = fields.optional(der.context(0))
    fields.finish()
    if wrapped is None:
        return kind, None
    inner = wrapped.inner("eContent")
    return kind, inner.content


def _certificates(node: der.Node | None) -> tuple[bytes, ...]:
    if node is None:
        return ()
    found = node.fields("certificates").rest()
    return tuple(entry.raw for entry in found if entry.tag == der.SEQUENCE)


def _revocations(node: der.Node) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """RevocationInfoChoices (RFC 5652, 10.2.1): lists, and OCSP responses in the form [1]."""
    crls, responses = [], []
    for entry in node.fields("crls").rest():
        if entry.tag != der.context(1):
            crls.append(entry.raw)
            continue
        fields = entry.fields("otherRevocationInfo")
        kind, info = fields.take().oid(), fields.take()
        fields.finish()
        if kind == _OCSP_IN_CRLS:
            responses.append(info.raw)
    return tuple(crls), tuple(responses)


def _kept_revocations(value: bytes) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """RevocationInfoArchival and RevocationValues agree: [0] lists, [1] OCSP responses."""
    fields = der.read(value, "revocations").fields("revocations")
    found = []
    for number in (0, 1):
        tagged = fields.optional(der.context(number))
        entries = tagged.inner("revocations").fields("revocations").rest() if tagged else ()
        found.append(tuple(entry.raw for entry in entries))
    return found[0], found[1]


def _signer(node: der.Node) -> SignerInfo:
    fields = node.expect(der.SEQUENCE, "SignerInfo").fields("SignerInfo")
    fields.take().integer("version")
    issuer, serial, key_id = _signer_name(fields.take())
    digest_algorithm = parse_algorithm(fields.take()).oid
    signed = fields.optional(der.context(0))
    algorithm = parse_algorithm(fields.take())
    signature, quirks = _signature_value(fields.take())
    unsigned = fields.optional(der.context(1))
    fields.finish()
    return SignerInfo(
        issuer, serial, key_id, digest_algorithm,
        _as_set(signed) if signed else None, _attributes(signed),
        algorithm, signature, _attributes(unsigned), quirks,
    )  # fmt: skip


def _signature_value(node: der.Node) -> tuple[bytes, tuple[str, ...]]:
    """An OCTET STRING; some take the BIT STRING of the seal standards."""
    if node.tag != der.BIT_STRING or not node.content:
        return node.octets("signature"), ()
    quirks = (Quirk.BITS_FOR_OCTETS.value,)
    return node.content[1:], (*quirks, Quirk.UNUSED_BITS.value) if node.content[0] else quirks


def _unsigned(serial: int) -> int:
    """A serial number whose leading zero was forgotten, as it was meant."""
    return serial if serial >= 0 else serial + (1 << 8 * (serial.bit_length() // 8 + 1))


def _signer_name(node: der.Node) -> tuple[bytes, int | None, bytes | None]:
    if node.tag == der.context(0, constructed=False):
        return b"", None, node.content
    fields = node.expect(der.SEQUENCE, "issuerAndSerialNumber").fields("issuerAndSerialNumber")
    issuer, serial = fields.take(der.SEQUENCE).raw, fields.take().integer("serialNumber")
    fields.finish()
    return issuer, serial, None


def _as_set(node: der.Node) -> bytes:
    """The [0] IMPLICIT attributes with the tag they are signed with (RFC 5652, 5.4)."""
    return bytes((der.SET,)) + node.raw[1:]


def _attributes(node: der.Node | None) -> tuple[tuple[str, tuple[bytes, ...]], ...]:
    if node is None:
        return ()
    found = []
    for attribute in node.fields("attributes").rest():
        fields = attribute.expect(der.SEQUENCE, "attribute").fields("attribute")
        oid = fields.take().oid("attribute type")
        values = tuple(value.raw for value in fields.take(der.SET).fields("attribute").rest())
        fields.finish()
        found.append((oid, values))
    return tuple(found)


def _only(attributes: tuple[tuple[str, tuple[bytes, ...]], ...], oid: str) -> tuple[bytes, ...]:
    found = [values for name, values in attributes if name == oid]
    if len(found) > 1:
        raise MalformedData("attributes", f"{oid} twice")
    return found[0] if found else ()


# --- writing ------------------------------------------------------------------------


class Signer(Protocol):
    """As in ``ports``; the formats know no ports."""

    @property
    def certificate(self) -> bytes: ...

    @property
    def chain(self) -> tuple[bytes, ...]: ...

    def sign(self, message: bytes) -> bytes: ...


class TimeStamper(Protocol):
    def stamp(self, message: bytes) -> bytes: ...


def build_signed_data(
    *,
    digest: bytes,
    signer: Signer,
    at: datetime | None = None,
    timestamper: TimeStamper | None = None,
    family: Literal["pkcs7", "gm"] = "pkcs7",
) -> bytes:
    """A detached SignedData by *signer* over content whose *digest*, in his key's suite, is given.

    Signed attributes: content type, message digest, signing-certificate-v2, and the signing
    time if *at* is given (PAdES wants it outside, in /M). A time stamp goes over the value.
    """
    attributes = signed_attributes(_DATA[family], digest, signer.certificate, at)
    value = signer.sign(attributes)
    stamp = timestamper.stamp(value) if timestamper else b""
    return assemble(attributes, value, (signer.certificate, *signer.chain), family, stamp)


def assemble(
    attributes: bytes,
    value: bytes,
    certificates: Sequence[bytes],
    family: Literal["pkcs7", "gm"] = "pkcs7",
    timestamp: bytes = b"",
) -> bytes:
    """The SignedData of a *value* made elsewhere over *attributes*; the signer's own
    certificate stands first, *timestamp* is a TimeStampToken or nothing."""
    certificate, suite = parse_certificate(certificates[0]), suite_of(certificates[0])
    stamp = der.set_of(attribute(TIME_STAMP_TOKEN, timestamp)) if timestamp else b""
    info = der.sequence(
        der.integer(1),
        der.sequence(certificate.issuer_name.der, der.integer(certificate.serial)),
        suite.digest_algorithm,
        _implicit(0, attributes),
        suite.signature_algorithm,
        der.octet_string(value),
        _implicit(1, stamp) if stamp else b"",
    )
    return _content_info(family, suite, certificates, info)


def signed_attributes(
    content_type: str,
    digest: bytes,
    certificate: bytes,
    at: datetime | None,
    extra: Sequence[bytes] = (),
) -> bytes:
    """The DER SET OF attributes that is signed; *extra* are whole attributes of the caller's."""
    suite = suite_of(certificate)
    if len(digest) != suite.digest_size:
        raise ValueError(f"digest is no {suite.digest} digest")
    attributes = [
        attribute(CONTENT_TYPE, der.oid(content_type)),
        attribute(MESSAGE_DIGEST, der.octet_string(digest)),
        attribute(SIGNING_CERTIFICATE_V2, _signing_certificate_v2(certificate, suite)),
    ]
    if at is not None:
        attributes.append(attribute(SIGNING_TIME, der.x509_time(at)))
    return der.set_of(*attributes, *extra)


def _signing_certificate_v2(certificate: bytes, suite: Suite) -> bytes:
    """SigningCertificateV2 with one ESSCertIDv2 (RFC 5035, 3), where SHA-256 goes without saying:
    a default is never written (X.690, 11.5)."""
    algorithm = b"" if suite.digest == "sha256" else suite.digest_algorithm
    essential = der.sequence(algorithm, der.octet_string(suite.hash(certificate)))
    return der.sequence(der.sequence(essential))


def attribute(oid: str, value: bytes) -> bytes:
    """An Attribute with one value."""
    return der.sequence(der.oid(oid), der.set_of(value))


def _implicit(number: int, element: bytes) -> bytes:
    return bytes((der.context(number),)) + element[1:]


def _content_info(
    family: Literal["pkcs7", "gm"], suite: Suite, certificates: Sequence[bytes], info: bytes
) -> bytes:
    body = der.sequence(
        der.integer(1),
        der.set_of(suite.digest_algorithm),
        der.sequence(der.oid(_DATA[family])),
        _implicit(0, der.set_of(*certificates)),
        der.set_of(info),
    )
    kind = GM_SIGNED_DATA if family == "gm" else PKCS7_SIGNED_DATA
    return der.sequence(der.oid(kind), der.explicit(0, body))
