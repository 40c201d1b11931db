"""DER, read strictly and written exactly (ITU-T X.690, clauses 8 and 10).

The reader hands out slices of the bytes it was given and never re-encodes: what was signed
is what stands in the file, and vendors take liberties that re-encoding would smooth away.
Lengths must be definite and minimal; ``definite`` turns BER (old PKCS#7) into that form first.
All refusals are MalformedData.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from seal_core.errors import MalformedData

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = 0x05
OID = 0x06
ENUMERATED = 0x0A
UTF8_STRING = 0x0C
PRINTABLE_STRING = 0x13
T61_STRING = 0x14
IA5_STRING = 0x16
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
VISIBLE_STRING = 0x1A
UNIVERSAL_STRING = 0x1C
BMP_STRING = 0x1E
SEQUENCE = 0x30
SET = 0x31

_CONSTRUCTED = 0x20
_CODECS = {
    UTF8_STRING: "utf-8",
    PRINTABLE_STRING: "ascii",
    T61_STRING: "latin-1",
    IA5_STRING: "ascii",
    VISIBLE_STRING: "ascii",
    UNIVERSAL_STRING: "utf-32-be",
    BMP_STRING: "utf-16-be",
}
_MAX_DEPTH = 32
_ONE_UTC_DIGITS = 13  # YYMMDDHHMMSSZ
_ONE_GENERALIZED_DIGITS = 15  # YYYYMMDDHHMMSSZ


def context(number: int, *, constructed: bool = True) -> int:
    """The identifier octet of context tag [*number*]."""
    return (0xA0 if constructed else 0x80) | number


# --- reading ------------------------------------------------------------------------


class Node:
    """One element: its identifier octet and where it stands in the bytes."""

    __slots__ = ("_body", "_data", "_end", "_start", "tag")

    def __init__(self, data: bytes, start: int, limit: int) -> None:
        self._data = data
        self._start = start
        try:
            self.tag = data[start]
            length = data[start + 1]
            body = start + 2
            if length & 0x80:
                octets = length & 0x7F
                body += octets
                length = _long_length(data[start + 2 : body], octets)
        except IndexError:
            raise MalformedData("der", "cut short") from None
        if self.tag & 0x1F == 0x1F:
            raise MalformedData("der", "tag numbers above 30 are not used here")
        self._body = body
        self._end = body + length
        if self._end > limit:
            raise MalformedData("der", "length runs past the end")

    @property
    def raw(self) -> bytes:
        """Identifier, length and content, as they stand in the file."""
        return self._data[self._start : self._end]

    @property
    def content(self) -> bytes:
        return self._data[self._body : self._end]

    @property
    def is_constructed(self) -> bool:
        return bool(self.tag & _CONSTRUCTED)

    def expect(self, tag: int, what: str) -> Node:
        """Return the node itself; refuse any other tag."""
        if self.tag != tag:
            raise MalformedData(what, f"tag {self.tag:#04x} where {tag:#04x} belongs")
        return self

    def fields(self, what: str) -> Fields:
        """Read the elements inside, one after the other."""
        if not self.tag & _CONSTRUCTED:
            raise MalformedData(what, f"tag {self.tag:#04x} is primitive")
        return Fields(self._data, self._body, self._end, what)

    def inner(self, what: str) -> Node:
        """The single element inside an EXPLICIT tag."""
        fields = self.fields(what)
        node = fields.take()
        fields.finish()
        return node

    def integer(self, what: str = "integer") -> int:
        content = self.content
        if self.tag not in (INTEGER, ENUMERATED) or not content:
            raise MalformedData(what, "no INTEGER")
        if len(content) > 1 and (content[0], content[1] >> 7) in ((0x00, 0), (0xFF, 1)):
            raise MalformedData(what, "INTEGER is not minimal")
        return int.from_bytes(content, "big", signed=True)

    def boolean(self, what: str = "boolean") -> bool:
        if self.tag != BOOLEAN or self.content not in (b"\x00", b"\xff"):
            raise MalformedData(what, "no DER BOOLEAN")
        return self.content == b"\xff"

    def bits(self, what: str = "bit string") -> bytes:
        """The octets of a BIT STRING that fills whole octets."""
        content = self.content
        if self.tag != BIT_STRING or not content or content[0] != 0:
            raise MalformedData(what, "no BIT STRING of whole octets")
        return content[1:]

    def bit_flags(self, what: str = "bit string") -> frozenset[int]:
        """The numbers of the bits set in a named bit list; bit 0 is the first."""
        content = self.content
        if self.tag != BIT_STRING or not content or content[0] > 7:
            raise MalformedData(what, "no BIT STRING")
        return frozenset(
            8 * octet + bit
            for octet, value in enumerate(content[1:])
            for bit in range(8)
            if value & (0x80 >> bit)
        )

    def octets(self, what: str = "octet string") -> bytes:
        return self.expect(OCTET_STRING, what).content

    def oid(self, what: str = "oid") -> str:
        return _dotted(self.expect(OID, what).content)

    def text(self, what: str = "text") -> str:
        codec = _CODECS.get(self.tag)
        if codec is None:
            raise MalformedData(what, f"tag {self.tag:#04x} is no character string")
        try:
            return self.content.decode(codec)
        except UnicodeDecodeError:
            raise MalformedData(what, "undecodable characters") from None

    def time(self, what: str = "time") -> datetime:
        """UTCTime or GeneralizedTime as an aware datetime in UTC (X.509: always with Z)."""
        if self.tag == UTC_TIME:
            return utc_time(self.content, what)
        return generalized_time(self.expect(GENERALIZED_TIME, what).content, what)


class Fields:
    """The elements of one constructed element, taken in order."""

    __slots__ = ("_data", "_end", "_position", "what")

    def __init__(self, data: bytes, start: int, end: int, what: str) -> None:
        self._data = data
        self._position = start
        self._end = end
        self.what = what

    @property
    def more(self) -> bool:
        return self._position < self._end

    def peek(self) -> int | None:
        """The identifier octet that comes next, None at the end."""
        return self._data[self._position] if self._position < self._end else None

    def take(self, tag: int | None = None) -> Node:
        """The next element; refused where it is missing or of another *tag*."""
        if self._position >= self._end:
            raise MalformedData(self.what, "a field is missing")
        node = Node(self._data, self._position, self._end)
        if tag is not None and node.tag != tag:
            raise MalformedData(self.what, f"tag {node.tag:#04x} where {tag:#04x} belongs")
        self._position = node._end
        return node

    def optional(self, tag: int) -> Node | None:
        return self.take() if self.peek() == tag else None

    def rest(self) -> Iterator[Node]:
        while self._position < self._end:
            yield self.take()

    def finish(self) -> None:
        """Refuse elements that nobody asked for."""
        if self._position != self._end:
            raise MalformedData(self.what, "elements left over")


def read(data: bytes, what: str = "der") -> Node:
    """The one element that *data* consists of; anything behind it is refused."""
    node = Node(data, 0, len(data))
    if node._end != len(data):
        raise MalformedData(what, "bytes left over behind the element")
    return node


def unpadded(data: bytes, what: str = "der") -> bytes:
    """*data* without zero octets behind its one element; BER of unknown length stays whole."""
    if data[1:2] == b"\x80":
        return data
    end = Node(data, 0, len(data))._end
    if any(data[end:]):
        raise MalformedData(what, "bytes left over behind the element")
    return data[:end]


def _long_length(octets: bytes, count: int) -> int:
    if count == 0:
        raise MalformedData("der", "indefinite length")
    if count > 4 or len(octets) != count:
        raise MalformedData("der", "length of the length")
    length = int.from_bytes(octets, "big")
    if length < 0x80 or octets[0] == 0:
        raise MalformedData("der", "length is not minimal")
    return length


@lru_cache(maxsize=512)
def _dotted(content: bytes) -> str:
    if not content or content[-1] & 0x80 or len(content) > 64:
        raise MalformedData("oid")
    arcs, value = [], 0
    for octet in content:
        if value == 0 and octet == 0x80:
            raise MalformedData("oid", "arc is not minimal")
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def utc_time(content: bytes, what: str = "time") -> datetime:
    """``YYMMDDHHMMSSZ``; 50 to 99 are 19xx (RFC 5280, 4.1.2.5.1)."""
    if len(content) != _ONE_UTC_DIGITS:
        raise MalformedData(what, "UTCTime is not YYMMDDHHMMSSZ")
    century = b"19" if content[:1] >= b"5" else b"20"
    return generalized_time(century + content, what)


def generalized_time(content: bytes, what: str = "time") -> datetime:
    """``YYYYMMDDHHMMSS[.f]`` with ``Z`` or ``±HHMM``, as UTC; without a zone it is refused."""
    digits, tail = content[:14], content[14:]
    if len(digits) != 14 or not digits.isdigit():
        raise MalformedData(what, "GeneralizedTime")
    zone = UTC
    micro = 0
    if len(content) != _ONE_GENERALIZED_DIGITS:
        micro, tail = _fraction(tail)
    if tail != b"Z":
        zone = _offset(tail, what)
    try:
        moment = datetime(
            int(digits[:4]), int(digits[4:6]), int(digits[6:8]),
            int(digits[8:10]), int(digits[10:12]), int(digits[12:14]), micro, zone,
        )  # fmt: skip
        return moment if zone is UTC else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise MalformedData(what, "no such moment") from None


def _fraction(tail: bytes) -> tuple[int, bytes]:
    """Microseconds of a decimal fraction at the start of *tail*, and what follows it."""
    if tail[:1] not in (b".", b","):
        return 0, tail
    digits = tail[1:]
    rest = digits.lstrip(b"0123456789")
    digits = digits[: len(digits) - len(rest)]
    return int(digits[:6].ljust(6, b"0")), rest


def _offset(tail: bytes, what: str) -> timezone:
    if len(tail) != 5 or tail[:1] not in (b"+", b"-") or not tail[1:].isdigit():
        raise MalformedData(what, "no zone")
    minutes = 60 * int(tail[1:3]) + int(tail[3:])
    if minutes >= 24 * 60:
        raise MalformedData(what, "no such zone")
    return timezone(timedelta(minutes=minutes if tail[:1] == b"+" else -minutes))


# --- BER ----------------------------------------------------------------------------


def definite(data: bytes, what: str = "ber") -> bytes:
    """Rewrite one BER element with definite, minimal lengths and unbroken OCTET STRINGs.

    Elements that are DER already keep their bytes. Zero octets behind the element are dropped.
    """
    encoded, end = _definite(data, 0, len(data), 0, what)
    if any(data[end:]):
        raise MalformedData(what, "bytes left over behind the element")
    return encoded


def _definite(data: bytes, start: int, limit: int, depth: int, what: str) -> tuple[bytes, int]:
    if depth > _MAX_DEPTH:
        raise MalformedData(what, "nested too deeply")
    if start + 2 > limit:
        raise MalformedData(what, "cut short")
    tag, length, body = data[start], data[start + 1], start + 2
    if tag & 0x1F == 0x1F:
        raise MalformedData(what, "tag numbers above 30 are not used here")
    end: int | None = body + length
    if length == 0x80:
        end = None
        if not tag & _CONSTRUCTED:
            raise MalformedData(what, "primitive of indefinite length")
    elif length & 0x80:
        octets = length & 0x7F
        end = body + octets + int.from_bytes(data[body : body + octets], "big")
        body += octets
    if end is not None and (end > limit or body > limit):
        raise MalformedData(what, "length runs past the end")
    if not tag & _CONSTRUCTED and end is not None:
        return encode(tag, data[body:end]), end
    return _definite_children(data, tag, body, end, limit, depth, what)


def _definite_children(
    data: bytes, tag: int, body: int, end: int | None, limit: int, depth: int, what: str
) -> tuple[bytes, int]:
    parts: list[bytes] = []
    position = body
    while position != end:
        if end is None and data[position : position + 2] == b"\x00\x00":
            position += 2
            break
        part, position = _definite(data, position, limit if end is None else end, depth + 1, what)
        parts.append(part)
    if tag == OCTET_STRING | _CONSTRUCTED:
        merged = b"".join(read(part, what).octets(what) for part in parts)
        return encode(OCTET_STRING, merged), position
    return encode(tag, *parts), position


# --- writing ------------------------------------------------------------------------


def encode(tag: int, *parts: bytes) -> bytes:
    """One element with the joined *parts* as its content."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = (size.bit_length() + 7) // 8
    return bytes((tag, 0x80 | octets)) + size.to_bytes(octets, "big") + content


def sequence(*parts: bytes) -> bytes:
    return encode(SEQUENCE, *parts)


def set_of(*parts: bytes) -> bytes:
    """SET OF in DER order (X.690, 11.6)."""
    return encode(SET, *sorted(parts))


def integer(value: int) -> bytes:
    size = (value + (value < 0)).bit_length() // 8 + 1
    return encode(INTEGER, value.to_bytes(size, "big", signed=True))


def boolean(value: bool) -> bytes:
    return b"\x01\x01\xff" if value else b"\x01\x01\x00"


def octet_string(value: bytes) -> bytes:
    return encode(OCTET_STRING, value)


def bit_string(value: bytes) -> bytes:
    return encode(BIT_STRING, b"\x00", value)


def utf8_string(value: str) -> bytes:
    return encode(UTF8_STRING, value.encode())


def ia5_string(value: str) -> bytes:
    """Raises ValueError for characters outside ASCII."""
    return encode(IA5_STRING, value.encode("ascii"))


def printable_string(value: str) -> bytes:
    return encode(PRINTABLE_STRING, value.encode("ascii"))


def null() -> bytes:
    return b"\x05\x00"


@lru_cache(maxsize=256)
def oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    return encode(OID, *map(_base128, (40 * first + second, *rest)))


def _base128(arc: int) -> bytes:
    octets = [arc & 0x7F]
    while arc := arc >> 7:
        octets.append(arc & 0x7F | 0x80)
    return bytes(reversed(octets))


def generalized(moment: datetime) -> bytes:
    """GeneralizedTime in whole seconds, UTC."""
    return encode(GENERALIZED_TIME, _utc(moment).strftime("%Y%m%d%H%M%SZ").encode())


def utc(moment: datetime) -> bytes:
    """UTCTime in whole seconds; for years 1950 to 2049."""
    moment = _utc(moment)
    if not 1950 <= moment.year < 2050:
        raise ValueError(f"UTCTime cannot tell the year {moment.year}")
    return encode(UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode())


def x509_time(moment: datetime) -> bytes:
    """UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280, 4.1.2.5)."""
    return utc(moment) if _utc(moment).year < 2050 else generalized(moment)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("naive datetime")
    return moment.astimezone(UTC)


def explicit(number: int, element: bytes) -> bytes:
    """[number] EXPLICIT *element*."""
    return encode(context(number), element)
