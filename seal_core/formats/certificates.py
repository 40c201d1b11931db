"""X.509 certificates (RFC 5280, GM/T 0015-2023) and requests for them (PKCS#10).

Reads SM2, RSA and EC certificates into plain values and keeps the raw slices that are signed.
Judges nothing: chains, periods and usages are for ``verify``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Protocol, TypedDict

from seal_core import der
from seal_core.errors import InvalidKey, MalformedData
from seal_core.gm import curve
from seal_core.gm.sm2 import PublicKey

SM2_WITH_SM3 = "1.2.156.10197.1.501"  # GM/T 0006
EC_PUBLIC_KEY = "1.2.840.10045.2.1"
RSA_ENCRYPTION = "1.2.840.113549.1.1.1"

_NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.42": "GN",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}
_KEY_USAGES = (  # RFC 5280, 4.2.1.3, in bit order
    "digital_signature",
    "non_repudiation",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
_SUBJECT_KEY_ID = "2.5.29.14"
_KEY_USAGE = "2.5.29.15"
_BASIC_CONSTRAINTS = "2.5.29.19"
_CRL_POINTS = "2.5.29.31"
_AUTHORITY_KEY_ID = "2.5.29.35"
_EXTENDED_KEY_USAGE = "2.5.29.37"
_AUTHORITY_INFO = "1.3.6.1.5.5.7.1.1"
_OCSP = "1.3.6.1.5.5.7.48.1"
# understood, or harmless to whoever only checks signatures: names, policies, EKU
_TOLERATED_CRITICAL = frozenset(
    {_SUBJECT_KEY_ID, _KEY_USAGE, _BASIC_CONSTRAINTS, _CRL_POINTS, _AUTHORITY_KEY_ID}
    | {_EXTENDED_KEY_USAGE, _AUTHORITY_INFO, "2.5.29.17", "2.5.29.18", "2.5.29.32"}
)


@dataclass(frozen=True, slots=True)
class Algorithm:
    """AlgorithmIdentifier; *parameters* as raw DER, empty if absent."""

    oid: str
    parameters: bytes = b""


@dataclass(frozen=True, slots=True)
class Name:
    """A distinguished name: raw for comparing, text for people."""

    der: bytes
    text: str  # like RFC 4514: most specific first
    common_name: str = ""
    organization: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate. *public_point* is given for SM2 keys only."""

    der: bytes
    tbs: bytes
    signature_algorithm: Algorithm
    signature: bytes
    serial: int
    subject_name: Name
    issuer_name: Name
    not_before: datetime
    not_after: datetime
    public_key_info: bytes
    public_key_algorithm: Algorithm
    public_point: bytes | None
    key_usage: frozenset[str] | None = None
    extended_key_usage: frozenset[str] | None = None
    is_ca: bool = False
    path_length: int | None = None
    subject_key_id: bytes | None = None
    authority_key_id: bytes | None = None
    publishes_revocation: bool = False
    unknown_critical: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        return self.subject_name.text

    @property
    def common_name(self) -> str:
        return self.subject_name.common_name

    @property
    def organization(self) -> str:
        return self.subject_name.organization

    @property
    def issuer(self) -> str:
        return self.issuer_name.text

    @property
    def issuer_common_name(self) -> str:
        return self.issuer_name.common_name

    @property
    def is_self_issued(self) -> bool:
        return self.subject_name.der == self.issuer_name.der


class RequestKey(Protocol):
    """A key that can ask for a certificate: ``sm2.PrivateKey`` or one in an HSM."""

    @property
    def public_key(self) -> PublicKey: ...

    def sign(self, message: bytes) -> bytes: ...


# --- reading ------------------------------------------------------------------------


class _Extensions(TypedDict, total=False):
    """The understood extensions, as arguments of Certificate."""

    key_usage: frozenset[str]
    extended_key_usage: frozenset[str]
    is_ca: bool
    path_length: int | None
    subject_key_id: bytes
    authority_key_id: bytes | None
    publishes_revocation: bool
    unknown_critical: tuple[str, ...]


@lru_cache(maxsize=512)
def parse_certificate(data: bytes) -> Certificate:
    """Read one DER certificate. Raises MalformedData."""
    outer = der.read(data, "certificate").expect(der.SEQUENCE, "certificate").fields("certificate")
    tbs = outer.take(der.SEQUENCE)
    algorithm = parse_algorithm(outer.take())
    signature = outer.take().bits("certificate signature")
    outer.finish()

    fields = tbs.fields("tbsCertificate")
    version = _version(fields)
    serial = fields.take().integer("serial number")
    if parse_algorithm(fields.take()) != algorithm:  # RFC 5280, 4.1.1.2
        raise MalformedData("certificate", "inner and outer signature algorithms differ")
    issuer = parse_name(fields.take())
    not_before, not_after = _validity(fields.take(der.SEQUENCE))
    subject = parse_name(fields.take())
    key_info = fields.take(der.SEQUENCE)
    key_algorithm, point = _public_key(key_info)
    extensions = _extensions(fields, version)
    return Certificate(
        data, tbs.raw, algorithm, signature, serial, subject, issuer, not_before, not_after,
        key_info.raw, key_algorithm, point, **extensions,
    )  # fmt: skip


def parse_algorithm(node: der.Node) -> Algorithm:
    fields = node.expect(der.SEQUENCE, "algorithm").fields("algorithm")
    oid = fields.take().oid("algorithm")
    parameters = fields.take().raw if fields.more else b""
    fields.finish()
    return Algorithm(oid, b"" if parameters == der.null() else parameters)


@lru_cache(maxsize=512)
def _name(raw: bytes) -> Name:
    parts: list[str] = []
    found: dict[str, str] = {}
    for relative in der.read(raw, "name").fields("name").rest():
        pairs = []
        for attribute in relative.expect(der.SET, "name").fields("name").rest():
            fields = attribute.fields("name attribute")
            oid, value = fields.take().oid(), _name_text(fields.take())
            fields.finish()
            found[oid] = value
            pairs.append(f"{_NAMES.get(oid, oid)}={_escaped(value)}")
        parts.append("+".join(pairs))
    text = ",".join(reversed(parts))
    return Name(raw, text, found.get("2.5.4.3", ""), found.get("2.5.4.10", ""))


def parse_name(node: der.Node) -> Name:
    return _name(node.expect(der.SEQUENCE, "name").raw)


def _name_text(node: der.Node) -> str:
    """The text, forgiving GBK and UTF-8 in types that hold neither, as old CAs wrote them."""
    for codec in ("utf-8", "gb18030"):
        if node.tag in (der.BMP_STRING, der.UNIVERSAL_STRING):
            break
        try:
            return node.content.decode(codec)
        except UnicodeDecodeError:
            continue
    return node.text("name")


def _escaped(value: str) -> str:
    return "".join("\\" + c if c in ',+"\\<>;=' else c for c in value)


def _version(fields: der.Fields) -> int:
    tagged = fields.optional(der.context(0))
    return tagged.inner("version").integer("version") if tagged else 0


def _validity(node: der.Node) -> tuple[datetime, datetime]:
    fields = node.fields("validity")
    period = fields.take().time("notBefore"), fields.take().time("notAfter")
    fields.finish()
    return period


def _public_key(info: der.Node) -> tuple[Algorithm, bytes | None]:
    fields = info.fields("subjectPublicKeyInfo")
    algorithm = parse_algorithm(fields.take())
    bits = fields.take().bits("public key")
    fields.finish()
    if algorithm.oid != EC_PUBLIC_KEY or algorithm.parameters != der.oid(curve.OID):
        return algorithm, None
    try:
        return algorithm, curve.check_point(bits)
    except InvalidKey as exc:
        raise MalformedData("public key", str(exc)) from None


def _extensions(fields: der.Fields, version: int) -> _Extensions:
    known: _Extensions = {}
    for tag in (der.context(1, constructed=False), der.context(2, constructed=False)):
        fields.optional(tag)  # unique identifiers, long out of use
    tagged = fields.optional(der.context(3))
    fields.finish()
    if tagged is None:
        return known
    if version != 2:
        raise MalformedData("certificate", "extensions need version 3")
    seen: set[str] = set()
    unknown = []
    for extension in tagged.inner("extensions").fields("extensions").rest():
        oid, critical, value = _extension(extension)
        if oid in seen:
            raise MalformedData("certificate", f"extension {oid} twice")
        seen.add(oid)
        _understand(known, oid, value)
        if critical and oid not in _TOLERATED_CRITICAL:
            unknown.append(oid)
    known["unknown_critical"] = tuple(unknown)
    return known


def _extension(node: der.Node) -> tuple[str, bool, bytes]:
    fields = node.expect(der.SEQUENCE, "extension").fields("extension")
    oid = fields.take().oid()
    critical = fields.optional(der.BOOLEAN)
    value = fields.take().octets("extension")
    fields.finish()
    return oid, critical is not None and critical.boolean(), value


def _understand(known: _Extensions, oid: str, value: bytes) -> None:
    if oid == _KEY_USAGE:
        flags = der.read(value, "keyUsage").bit_flags("keyUsage")
        known["key_usage"] = frozenset(_KEY_USAGES[i] for i in flags if i < len(_KEY_USAGES))
    elif oid == _BASIC_CONSTRAINTS:
        fields = der.read(value, "basicConstraints").fields("basicConstraints")
        ca, length = fields.optional(der.BOOLEAN), fields.optional(der.INTEGER)
        known["is_ca"] = ca is not None and ca.boolean()
        known["path_length"] = length.integer() if length else None
    elif oid == _EXTENDED_KEY_USAGE:
        purposes = der.read(value, "extKeyUsage").fields("extKeyUsage").rest()
        known["extended_key_usage"] = frozenset(purpose.oid() for purpose in purposes)
    elif oid == _SUBJECT_KEY_ID:
        known["subject_key_id"] = der.read(value, "subjectKeyIdentifier").octets()
    elif oid == _AUTHORITY_KEY_ID:
        fields = der.read(value, "authorityKeyIdentifier").fields("authorityKeyIdentifier")
        key_id = fields.optional(der.context(0, constructed=False))
        known["authority_key_id"] = key_id.content if key_id else None
    elif oid == _CRL_POINTS or (oid == _AUTHORITY_INFO and der.oid(_OCSP) in value):
        known["publishes_revocation"] = True


# --- writing ------------------------------------------------------------------------


def sm2_algorithm() -> bytes:
    """AlgorithmIdentifier of SM2 with SM3; parameters absent (GM/T 0015-2023)."""
    return der.sequence(der.oid(SM2_WITH_SM3))


def sm2_public_key_info(point: bytes) -> bytes:
    """SubjectPublicKeyInfo of an SM2 key (GM/T 0009-2023)."""
    algorithm = der.sequence(der.oid(EC_PUBLIC_KEY), der.oid(curve.OID))
    return der.sequence(algorithm, der.bit_string(curve.check_point(point)))


def build_name(common_name: str, organization: str = "", country: str = "CN") -> bytes:
    """Name with country, organization and common name, the least specific first."""
    attributes = [("2.5.4.6", der.printable_string(country))] if country else []
    if organization:
        attributes.append(("2.5.4.10", der.utf8_string(organization)))
    attributes.append(("2.5.4.3", der.utf8_string(common_name)))
    return der.sequence(
        *(der.set_of(der.sequence(der.oid(oid), value)) for oid, value in attributes)
    )


def build_request(
    key: RequestKey, common_name: str, organization: str = "", country: str = "CN"
) -> bytes:
    """A PKCS#10 request (RFC 2986) signed with SM2 and SM3."""
    info = der.sequence(
        der.integer(0),
        build_name(common_name, organization, country),
        sm2_public_key_info(key.public_key.point),
        der.encode(der.context(0)),  # attributes: none
    )
    return der.sequence(info, sm2_algorithm(), der.bit_string(key.sign(info)))
