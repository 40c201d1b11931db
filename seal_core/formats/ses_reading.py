"""Reading electronic seals and the signatures made with them.

The three standards are told apart by their shape. Every signed part is kept as the raw slice
of the file; what vendors are known to write otherwise is tolerated and named as a quirk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import partial

from seal_core import der
from seal_core.errors import InvalidSignature, MalformedData
from seal_core.formats.quirks import Quirk
from seal_core.gm import curve, sm3

V1, V4, V5 = 1, 4, 5
_Digests = tuple[tuple[str, bytes], ...]

_CHINA = timezone(timedelta(hours=8))
_LIST_OF_CERTIFICATES = 1  # GB/T 38540-2020, certListType
_LIST_OF_DIGESTS = 2
_MAX_NUMBER = 8  # octets of a version, a type, a size
_RAW_VALUE = 64  # octets of r ‖ s
_MOST_TRIMMED = 4  # zero octets; one in four thousand million values ends in more


@dataclass(frozen=True, slots=True)
class Seal:
    """One SESeal. Which certificates may sign with it: *certificates* or *certificate_digests*."""

    der: bytes
    version: int
    vendor: str
    id: str
    type: int
    name: str
    certificates: tuple[bytes, ...]
    certificate_digests: tuple[tuple[str, bytes], ...]  # (label, digest)
    created_at: datetime
    valid_from: datetime
    valid_to: datetime
    picture_type: str
    picture: bytes = field(repr=False)
    width_mm: int
    height_mm: int
    maker_certificate: bytes  # empty where it could not be read
    algorithm: str
    signed_part: bytes = field(repr=False)  # what the standard has the maker sign
    signed_part_of_others: bytes = field(repr=False)  # what some makers sign instead
    signature: bytes  # DER {r, s}
    signature_octets: bytes  # as they stand in the file: what a time stamp covers
    timestamp: bytes | None
    quirks: tuple[str, ...] = ()

    @property
    def has_signer_list(self) -> bool:
        """False where the list holds nothing a certificate could be compared with."""
        return bool(self.certificates or self.certificate_digests)

    def lists(self, certificate: bytes) -> bool:
        """May *certificate* (DER) sign with this seal? Compared byte by byte, or by digest.

        The label of a digest is free text, so SM3 and SHA-256 are both tried.
        """
        if certificate in self.certificates:
            return True
        ours = sm3.digest(certificate), hashlib.sha256(certificate).digest()
        return any(value in ours for _, value in self.certificate_digests)


@dataclass(frozen=True, slots=True)
class SealSignature:
    """One SES_Signature. *tbs* is what the signer signed, as it stands in the file."""

    der: bytes
    version: int
    seal: Seal
    signed_at: datetime | None  # None where timeInfo holds a time stamp instead
    data_hash: bytes
    property_info: str
    certificate: bytes
    algorithm: str
    tbs: bytes = field(repr=False)
    signature: bytes  # DER {r, s}
    signature_octets: bytes  # as they stand in the file: what a time stamp covers
    timestamp: bytes | None
    quirks: tuple[str, ...] = ()


def parse_seal(data: bytes) -> Seal:
    """Read a SESeal of any version. Raises MalformedData."""
    return _Reader().seal(der.read(data, "SESeal"))


def parse_signature(data: bytes) -> SealSignature:
    """Read a SES_Signature of any version. Raises MalformedData."""
    return _Reader().signature(der.read(data, "SES_Signature"))


class _Reader:
    """Reads one structure and remembers what was odd about it."""

    def __init__(self) -> None:
        self._quirks: dict[str, None] = {}

    def _note(self, quirk: Quirk) -> None:
        self._quirks[quirk.value] = None

    # --- SES_Signature --------------------------------------------------------------

    def signature(self, node: der.Node) -> SealSignature:
        """GM/T 0031-2014 has two fields, the later standards have four or five."""
        parts = _parts(node, "SES_Signature")
        if len(parts) not in (2, 4, 5):
            raise MalformedData("SES_Signature", f"{len(parts)} fields")
        tbs = parts[0].expect(der.SEQUENCE, "TBS_Sign")
        fields = tbs.fields("TBS_Sign")
        version_number = self._number(fields.take(), "version")
        seal = self.seal(self._unwrapped_seal(fields.take()))
        signed_at, timestamp = self._time_info(fields.take())
        data_hash = self._hash(fields.take())
        property_info = self._text(fields.take(), "propertyInfo")
        if len(parts) == 2:
            certificate, algorithm = self._certificate(fields.take()), self._oid(fields.take())
            value = parts[1]
        else:
            self._extensions(fields, tagged=True)
            certificate, algorithm, value = (
                self._certificate(parts[1]),
                self._oid(parts[2]),
                parts[3],
            )
            timestamp = self._timestamp(parts[4:]) or timestamp
        fields.finish()
        if (len(parts) == 2) != (seal.version == V1):
            raise MalformedData("SES_Signature", "signature and seal are of different standards")
        if version_number != seal.version:
            self._note(Quirk.VERSION_NUMBER)
        octets, value_der = self._value(value)
        return SealSignature(
            node.raw, seal.version, seal, signed_at, data_hash, property_info, certificate,
            algorithm, tbs.raw, value_der, octets, timestamp, tuple(self._quirks),
        )  # fmt: skip

    def _unwrapped_seal(self, node: der.Node) -> der.Node:
        if node.tag == der.OCTET_STRING:
            self._note(Quirk.SEAL_WRAPPED)
            return der.read(node.content, "SESeal")
        return node

    def _time_info(self, node: der.Node) -> tuple[datetime | None, bytes | None]:
        """A time, or the time stamp that GM/T 0031-2014 allows in its place."""
        if node.tag in (der.UTC_TIME, der.GENERALIZED_TIME):
            return self._time(node, der.GENERALIZED_TIME, "timeInfo"), None
        content = self._bits(node, "timeInfo")
        if content[:1] == bytes((der.SEQUENCE,)):
            return None, content
        if content[:1] in (bytes((der.UTC_TIME,)), bytes((der.GENERALIZED_TIME,))):
            return self._time(der.read(content, "timeInfo"), content[0], "timeInfo"), None
        self._note(Quirk.TIME_AS_TEXT)
        return self._written_time(content, "timeInfo"), None

    def _timestamp(self, rest: list[der.Node]) -> bytes | None:
        """timeStamp [0] EXPLICIT BIT STRING OPTIONAL."""
        if not rest:
            return None
        node = rest[0].expect(der.context(0), "timeStamp").inner("timeStamp")
        token, trimmed = _untrimmed(self._bits(node, "timeStamp"))
        if trimmed:
            self._note(Quirk.TRIMMED_BITS)
        return token

    # --- SESeal ---------------------------------------------------------------------

    def seal(self, node: der.Node) -> Seal:
        """GM/T 0031-2014 has two fields, GB/T 38540-2020 four, GM/T 0031-2025 four or five."""
        parts = _parts(node, "SESeal")
        if len(parts) not in (2, 4, 5):
            raise MalformedData("SESeal", f"{len(parts)} fields")
        info = parts[0].expect(der.SEQUENCE, "SES_SealInfo")
        old = len(parts) == 2
        signing = self._sign_info(parts[1]) if old else parts[1:4]
        certificate, algorithm, octets, signature = self._maker(signing)
        over_all = der.sequence(info.raw, *(part.raw for part in signing[:2]))
        signed, other = (over_all, info.raw) if old else (info.raw, over_all)

        fields = info.fields("SES_SealInfo")
        header_version, vendor = self._header(fields.take(der.SEQUENCE))
        version = self._version(header_version, len(parts))
        seal_id = self._text(fields.take(), "esID")
        kind, name, certificates, digests, times = self._property(fields.take(der.SEQUENCE), old)
        created_at, valid_from, valid_to = times
        picture_type, picture, width, height = self._picture(fields.take(der.SEQUENCE))
        self._extensions(fields, tagged=False)
        fields.finish()
        return Seal(
            node.raw, version, vendor, seal_id, kind, name, certificates, digests, created_at,
            valid_from, valid_to, picture_type, picture, width, height, certificate, algorithm,
            signed, other, signature, octets, self._timestamp(parts[4:]), tuple(self._quirks),
        )  # fmt: skip

    def _version(self, header_version: int, parts: int) -> int:
        """The shape decides; the header only between V4 and V5, which share one."""
        version = V1 if parts == 2 else V5 if header_version == V5 or parts == 5 else V4
        if header_version != version:
            self._note(Quirk.VERSION_NUMBER)
        return version

    def _sign_info(self, node: der.Node) -> list[der.Node]:
        """SES_SignInfo of GM/T 0031-2014; an unreadable one leaves the seal without maker."""
        try:
            if node.tag in (der.BIT_STRING, der.OCTET_STRING):
                self._note(Quirk.SIGN_INFO_WRAPPED)
                node = der.read(self._bits(node, "SES_SignInfo"), "SES_SignInfo")
            parts = _parts(node, "SES_SignInfo")
            if len(parts) == 3:
                return parts
        except MalformedData:
            pass  # noted below: whoever verifies the seal has nothing to verify with
        self._note(Quirk.SIGN_INFO_UNREADABLE)
        return []

    def _maker(self, signing: list[der.Node]) -> tuple[bytes, str, bytes, bytes]:
        if not signing:
            return b"", "", b"", b""
        certificate, algorithm = self._certificate(signing[0]), self._oid(signing[1])
        return certificate, algorithm, *self._value(signing[2])

    def _header(self, node: der.Node) -> tuple[int, str]:
        """SES_Header: ID "ES", version, Vid."""
        fields = node.fields("SES_Header")
        if self._text(fields.take(), "header ID") != "ES":
            self._note(Quirk.HEADER_ID)
        version, vendor = self._number(fields.take(), "header version"), fields.take()
        fields.finish()
        return version, self._text(vendor, "Vid")

    def _property(
        self, node: der.Node, old: bool
    ) -> tuple[int, str, tuple[bytes, ...], _Digests, tuple[datetime, datetime, datetime]]:
        """SES_ESPropertyInfo: type, name, certificates, three times."""
        fields = node.fields("SES_ESPropertyInfo")
        kind, name = self._number(fields.take(), "type"), self._text(fields.take(), "name")
        list_type = None if old else self._number(fields.take(), "certListType")
        certificates, digests = self._signers(fields.take(), list_type)
        expected = der.UTC_TIME if old else der.GENERALIZED_TIME
        times = (
            self._time(fields.take(), expected, "createDate"),
            self._time(fields.take(), expected, "validStart"),
            self._time(fields.take(), expected, "validEnd"),
        )
        fields.finish()
        return kind, name, certificates, digests, times

    def _signers(self, node: der.Node, list_type: int | None) -> tuple[tuple[bytes, ...], _Digests]:
        """Certificates or their digests, told apart by what they are."""
        certificates: list[bytes] = []
        digests: list[tuple[str, bytes]] = []
        for entry in node.fields("certList").rest():
            if entry.tag == der.OCTET_STRING:
                certificates.append(entry.content)
            elif entry.tag == der.SEQUENCE:
                self._signer_entry(entry, certificates, digests)
            else:
                # GM/T 0031-2014 has a dangling `certID ::= IA5String`, and dms360 uses it
                self._note(Quirk.SIGNER_LIST_DANGLING)
        if list_type is not None:
            told = _LIST_OF_DIGESTS if digests else _LIST_OF_CERTIFICATES
            if list_type != told or node.tag != der.SEQUENCE:
                self._note(Quirk.SIGNER_LIST_TYPE)
        return tuple(certificates), tuple(digests)

    def _signer_entry(
        self, entry: der.Node, certificates: list[bytes], digests: list[tuple[str, bytes]]
    ) -> None:
        parts = _parts(entry, "certList entry")
        if len(parts) == 2 and parts[1].tag in (der.OCTET_STRING, der.BIT_STRING):
            digests.append((self._text(parts[0], "digest type"), self._octets(parts[1])))
        else:
            self._note(Quirk.CERTIFICATE_UNWRAPPED)
            certificates.append(entry.raw)

    def _picture(self, node: der.Node) -> tuple[str, bytes, int, int]:
        """SES_ESPictrueInfo (sic): type, data, width and height in mm."""
        fields = node.fields("SES_ESPictrueInfo")
        kind, data = self._text(fields.take(), "picture type"), fields.take().octets("picture")
        width, height = (self._number(fields.take(), side) for side in ("width", "height"))
        fields.finish()
        return kind, data, width, height

    # --- what both share ------------------------------------------------------------

    def _extensions(self, fields: der.Fields, *, tagged: bool) -> None:
        """ExtensionDatas in any of the wrappings vendors chose; only their shape is looked at."""
        if not fields.more:
            return
        node = fields.take()
        if node.tag == der.context(0):
            if not tagged:
                self._note(Quirk.EXTENSIONS_TAGGED)
            node = node.inner("extDatas")
        elif tagged:
            self._note(Quirk.EXTENSIONS_UNTAGGED)
        if node.tag == der.OCTET_STRING:
            self._note(Quirk.EXTENSIONS_WRAPPED)
            node = der.read(node.content, "extDatas")
        items = _parts(node, "extDatas")
        if items and items[0].tag == der.OID:  # one item without the list around it
            self._note(Quirk.EXTENSIONS_SHAPE)
            items = [node]
        for item in items:
            self._extension(item)

    def _extension(self, item: der.Node) -> None:
        parts = _parts(item, "ExtData") if item.is_constructed else [item]
        tags = [part.tag for part in parts]
        if tags not in ([der.OID, der.OCTET_STRING], [der.OID, der.BOOLEAN, der.OCTET_STRING]):
            self._note(Quirk.EXTENSIONS_SHAPE)
        elif len(parts) == 3 and not any(parts[1].content):
            self._note(Quirk.EXPLICIT_DEFAULT)

    def _certificate(self, node: der.Node) -> bytes:
        if node.tag == der.SEQUENCE:
            self._note(Quirk.CERTIFICATE_UNWRAPPED)
            return node.raw
        return node.octets("cert")

    def _oid(self, node: der.Node) -> str:
        if node.tag == der.SEQUENCE:
            self._note(Quirk.ALGORITHM_WRAPPED)
            node = node.fields("signatureAlgorithm").take()
        return node.oid("signatureAlgorithm")

    def _bits(self, node: der.Node, what: str) -> bytes:
        """Octets of a BIT STRING. Some writers put anything into the unused-bits octet."""
        if node.tag == der.OCTET_STRING:
            self._note(Quirk.OCTETS_FOR_BITS)
            return node.content
        content = node.expect(der.BIT_STRING, what).content
        if not content:
            raise MalformedData(what, "empty BIT STRING")
        if content[0] != 0:
            self._note(Quirk.UNUSED_BITS)
        return content[1:]

    def _hash(self, node: der.Node) -> bytes:
        """dataHash; who takes a BIT STRING for a list of flags leaves away zeros at its end."""
        content = self._bits(node, "dataHash")
        if node.tag == der.BIT_STRING and len(content) < sm3.DIGEST_SIZE:
            self._note(Quirk.TRIMMED_BITS)
            return content.ljust(sm3.DIGEST_SIZE, b"\x00")
        return content

    def _number(self, node: der.Node, what: str) -> int:
        """An INTEGER that cannot be negative, however its zeros are written."""
        content = node.expect(der.INTEGER, what).content
        if not 0 < len(content) <= _MAX_NUMBER:
            raise MalformedData(what, "no number")
        if content[0] & 0x80 or (len(content) > 1 and content[0] == 0 and not content[1] & 0x80):
            self._note(Quirk.UNSIGNED_INTEGER)
        return int.from_bytes(content, "big")

    def _octets(self, node: der.Node) -> bytes:
        return node.content if node.tag == der.OCTET_STRING else self._bits(node, "digest")

    def _value(self, node: der.Node) -> tuple[bytes, bytes]:
        """A signature value as it stands, and as DER {r, s} where it can be read as that."""
        octets = self._bits(node, "signature value")
        normal, quirks = signature_as_der(octets)
        for quirk in quirks:
            self._note(quirk)
        return octets, normal

    def _text(self, node: der.Node, what: str) -> str:
        """Text in whatever type and encoding; the standards say ASCII where they mean codes."""
        readings: tuple[Callable[[], str], ...] = (
            partial(node.text, what),
            partial(_decoded, node.content, "utf-8", what),
            partial(_decoded, node.content, "gb18030", what),
        )
        for number, reading in enumerate(readings):
            try:
                text = reading()
            except MalformedData:
                continue
            if number:
                self._note(Quirk.TEXT_TYPE)
            return text
        raise MalformedData(what, "undecodable characters")

    def _time(self, node: der.Node, expected: int, what: str) -> datetime:
        if node.tag not in (der.UTC_TIME, der.GENERALIZED_TIME):
            raise MalformedData(what, f"tag {node.tag:#04x} is no time")
        if node.tag != expected:
            self._note(Quirk.TIME_TYPE)
        try:
            return node.time(what)
        except MalformedData:
            return self._written_time(node.content, what)

    def _written_time(self, content: bytes, what: str) -> datetime:
        """Times as people write them: ISO 8601, or digits without a zone."""
        text = content.decode("ascii", "replace").strip("\x00 ")
        if text.isdigit() and len(text) == 14:
            text = f"{text[:8]}T{text[8:]}"
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                self._note(Quirk.LOCAL_TIME)
                moment = moment.replace(tzinfo=_CHINA)
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise MalformedData(what, "no time in any known form") from None


def signature_as_der(octets: bytes) -> tuple[bytes, tuple[Quirk, ...]]:
    """An SM2 value as DER {r, s}, and what was odd about it; anything else stays as it is."""
    try:
        curve.decode_signature(octets)
        return octets, ()
    except InvalidSignature:
        pass  # perhaps one of the forms below
    if _RAW_VALUE - _MOST_TRIMMED <= len(octets) <= _RAW_VALUE:
        is_whole = len(octets) == _RAW_VALUE
        raw = octets.ljust(_RAW_VALUE, b"\x00")
        r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        return curve.encode_signature(r, s), (
            (Quirk.RAW_SIGNATURE,) if is_whole else (Quirk.RAW_SIGNATURE, Quirk.TRIMMED_BITS)
        )
    whole, trimmed = _untrimmed(octets)
    try:
        fields = der.read(whole).expect(der.SEQUENCE, "signature").fields("signature")
        numbers = [int.from_bytes(fields.take(der.INTEGER).content, "big") for _ in range(2)]
        fields.finish()
    except MalformedData:
        return octets, ()
    normal = curve.encode_signature(*numbers)
    quirks = [Quirk.TRIMMED_BITS] if trimmed else []
    if normal != whole:
        quirks.append(Quirk.UNSIGNED_INTEGER)
    return normal, tuple(quirks)


def _untrimmed(content: bytes) -> tuple[bytes, bool]:
    """A SEQUENCE with the zeros at its end that its own length misses, and whether it did."""
    missing = 0
    if content[:1] != b"\x30":
        return content, False
    if content[1:2] and content[1] < 0x80:
        missing = 2 + content[1] - len(content)
    elif content[1:2] and 0x80 < content[1] <= 0x84:
        count = content[1] & 0x7F
        missing = 2 + count + int.from_bytes(content[2 : 2 + count], "big") - len(content)
    if 0 < missing <= _MOST_TRIMMED:
        return content + bytes(missing), True
    return content, False


def _parts(node: der.Node, what: str) -> list[der.Node]:
    return list(node.expect(der.SEQUENCE, what).fields(what).rest())


def _decoded(content: bytes, codec: str, what: str) -> str:
    try:
        return content.decode(codec)
    except UnicodeDecodeError:
        raise MalformedData(what, f"not {codec}") from None
