"""ZIP archives read from memory by their central directory, in one way only.

A signed package must mean the same to everybody. What one reader would see and another
would not (two entries of one name, a local header that disagrees with the directory,
entries hidden between others) is refused here, and so is what would burst a reader.
Layout: PKWARE APPNOTE 6.3.9.
"""

from __future__ import annotations

import re
import struct
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from seal_core.errors import PackageRefused

MAX_ENTRIES = 20_000  # a page needs two at most: 10 000 pages
MAX_TOTAL = 512 * 1024 * 1024  # bytes after inflating: hashed in under 10 s, never held at once
MAX_PART = 128 * 1024 * 1024  # bytes of one entry that is held in memory
MAX_RATIO = 200  # inflated to packed, once the archive inflates beyond RATIO_FROM
RATIO_FROM = 32 * 1024 * 1024

STORED, DEFLATED = 0, 8
_DESCRIPTOR, _UTF8 = 0x0008, 0x0800
# APPNOTE.TXT 4.4.4: encryption (bits 0, 6, 13) and patches (bit 5), which other readers refuse.
_ENCRYPTED, _PATCHED = 0x0001 | 0x0040 | 0x2000, 0x0020
_NEWEST = 63  # 4.4.3.2: the highest version of the format an entry may need

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s4B4H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_LOCATOR64 = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCAL_MAGIC, _CENTRAL_MAGIC, _END_MAGIC = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_MAX_COMMENT = 0xFFFF
_CHUNK = 256 * 1024
# Control characters; empty, "." and ".." segments (so also a leading slash); drive letters.
_UNSAFE = re.compile(r"[\x00-\x1f]|(?:^|/)\.{0,2}(?:/|$)|^[^/]*:")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the archive; offsets are positions in the whole byte string."""

    name: str
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    start: int
    central: bytes
    descriptor: bool

    @property
    def end(self) -> int:
        """Where the packed bytes end."""
        return self.start + self.packed


@dataclass(frozen=True, slots=True)
class _Directory:
    start: int
    size: int
    count: int
    base: int  # bytes in front of the archive that its offsets do not know of
    tail: int  # first byte after the archive


class ZipArchive:
    """A ZIP file in memory. Nothing is ever written outside memory.

    Raises PackageRefused on opening for names that leave the package, occur twice or differ
    only in case, for hidden or overlapping entries, encryption and sizes beyond the limits;
    on reading for an entry whose bytes do not fit its size or CRC.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.quirks: set[str] = set()
        directory = _find_directory(data)
        self.entries: dict[str, Entry] = {}
        self._other_readings: list[str] = []
        listed = [*self._read_directory(directory)]
        _refuse_bursting(listed, len(data))
        self._check_layout(listed, directory)
        for entry in listed:
            self._admit(entry)
        self._refuse_case_variants()

    def read(self, name: str) -> bytes:
        """The entry's bytes, inflated. Raises KeyError or PackageRefused."""
        entry = self.entries[name]
        if entry.size > MAX_PART:
            raise PackageRefused("too_large", name)
        if entry.method == STORED:
            content = self._data[entry.start : entry.end]
        else:
            content = _inflate(memoryview(self._data)[entry.start : entry.end], entry)
        if zlib.crc32(content) != entry.crc:
            raise PackageRefused("damaged_entry", name)
        return content

    def chunks(self, name: str) -> Iterator[bytes | memoryview]:
        """The entry's bytes piece by piece, for hashing what is too large to hold."""
        entry = self.entries[name]
        crc = size = 0
        for piece in self._pieces(entry):
            crc, size = zlib.crc32(piece, crc), size + len(piece)
            if size > entry.size:
                raise PackageRefused("damaged_entry", name)
            yield piece
        if size != entry.size or crc != entry.crc:
            raise PackageRefused("damaged_entry", name)

    def packed_bytes(self, name: str) -> memoryview:
        """The entry's bytes as they lie in the archive."""
        entry = self.entries[name]
        return memoryview(self._data)[entry.start : entry.end]

    def holds(self, name: str, packed: memoryview) -> bool:
        """Whether the entry's bytes lie in the archive exactly as *packed*."""
        entry = self.entries.get(name)
        if entry is None or entry.packed != len(packed):
            return False
        return self._data.startswith(packed, entry.start)

    def rewritten(self, changes: Mapping[str, bytes], at: datetime) -> bytes:
        """The archive with *changes* added or put in place of entries of the same name.

        Every other entry keeps its packed bytes as they are.
        """
        kept = [e for e in self.entries.values() if e.name not in changes]
        return _write(self._data, kept, changes, at)

    def _pieces(self, entry: Entry) -> Iterator[bytes | memoryview]:
        packed = memoryview(self._data)[entry.start : entry.end]
        if entry.method == STORED:
            for at in range(0, len(packed), _CHUNK):
                yield packed[at : at + _CHUNK]
            return
        try:
            yield from _inflated(packed)
        except zlib.error as exc:
            raise PackageRefused("damaged_entry", entry.name) from exc

    def _read_directory(self, directory: _Directory) -> Iterator[Entry]:
        at, end = directory.start, directory.start + directory.size
        for _ in range(directory.count):
            entry, at = self._read_central(at, end, directory.base)
            yield entry
        if at != end:
            raise PackageRefused("directory", "entries and their count disagree")

    def _read_central(self, at: int, end: int, base: int) -> tuple[Entry, int]:
        data = self._data
        if at + _CENTRAL.size > end or data[at : at + 4] != _CENTRAL_MAGIC:
            raise PackageRefused("directory", "a record is cut or damaged")
        record = _CENTRAL.unpack_from(data, at)
        flags, method = record[5], record[6]
        crc, packed, size, name_length, extra_length, comment_length = record[9:15]
        offset = record[18]
        name_at = at + _CENTRAL.size
        extra_at = name_at + name_length
        after = extra_at + extra_length + comment_length
        if after > end:
            raise PackageRefused("directory", "a record is cut")
        raw_name = data[name_at:extra_at]
        extra = data[extra_at : extra_at + extra_length]
        if 0xFFFFFFFF in (packed, size, offset):
            size, packed, offset = _sizes64(extra, size, packed, offset)
        name = self._decode_name(raw_name, flags)
        if _other_name(extra, name):
            raise PackageRefused("two_readings", "a second name in the extra field")
        if flags & _ENCRYPTED:
            raise PackageRefused("encrypted", name)
        if flags & _PATCHED or record[3] > _NEWEST or method not in (STORED, DEFLATED):
            raise PackageRefused("compression", f"method {method}, version {record[3]}")
        if method == STORED and packed != size:
            raise PackageRefused("damaged_entry", name)
        start = self._check_local(offset + base, raw_name, method, packed, flags)
        central = data[at:after]
        entry = Entry(
            name,
            method,
            crc,
            packed,
            size,
            offset + base,
            start,
            central,
            bool(flags & _DESCRIPTOR),
        )
        return entry, after

    def _check_local(self, at: int, raw_name: bytes, method: int, packed: int, flags: int) -> int:
        """Where the packed bytes start. A local header with another name or method is refused."""
        data = self._data
        if at < 0 or at + _LOCAL.size > len(data) or data[at : at + 4] != _LOCAL_MAGIC:
            raise PackageRefused("directory", "an entry lies outside the archive")
        record = _LOCAL.unpack_from(data, at)
        name_length: int = record[9]
        extra_length: int = record[10]
        name_at = at + _LOCAL.size
        if data[name_at : name_at + name_length] != raw_name or record[3] != method:
            raise PackageRefused("two_readings", "local header and directory disagree")
        told = record[7]
        if told not in (packed, 0xFFFFFFFF) and not (flags & _DESCRIPTOR and told == 0):
            if method == STORED:
                raise PackageRefused("two_readings", "local size and directory disagree")
            self.quirks.add("zip_local_header")  # Suwell writes such; inflating ends by itself
        return name_at + name_length + extra_length

    def _decode_name(self, raw: bytes, flags: int) -> str:
        if flags & _UTF8 or raw.isascii():
            readings = _readings(raw, "utf-8")
        else:
            readings = _readings(raw, "utf-8", "gb18030")
            self.quirks.add("zip_name_encoding")
            self._other_readings += readings[1:]
        if not readings:
            raise PackageRefused("unsafe_name", "undecodable")
        name = readings[0]
        if "\\" in name:
            self.quirks.add("zip_backslash")
            name = name.replace("\\", "/")
        _refuse_unsafe(name)
        return name

    def _admit(self, entry: Entry) -> None:
        if entry.name.endswith("/"):
            if entry.size:
                raise PackageRefused("two_readings", "a folder with content")
            return
        if entry.name in self.entries:
            raise PackageRefused("duplicate_name", entry.name)
        self.entries[entry.name] = entry

    def _refuse_case_variants(self) -> None:
        # Readers on Windows and macOS ask like this: what they would find must be clear.
        folded = {fold(name) for name in self.entries}
        if len(folded) != len(self.entries):
            raise PackageRefused("case_variants")
        if any(fold(name) in folded for name in self._other_readings):
            raise PackageRefused("two_readings", "a name in two encodings")

    def _check_layout(self, listed: list[Entry], directory: _Directory) -> None:
        """Nothing that looks like an entry may lie where the directory does not list one."""
        at, quirk, descriptor = 0, "zip_bytes_before", False
        for entry in sorted(listed, key=lambda e: e.offset):
            self._check_gap(at, entry.offset, quirk, descriptor)
            at, quirk, descriptor = entry.end, "zip_bytes_between", entry.descriptor
        self._check_gap(at, directory.start, quirk, descriptor)
        self._check_gap(directory.tail, len(self._data), "zip_bytes_after", descriptor=False)

    def _check_gap(self, at: int, until: int, quirk: str, descriptor: bool) -> None:
        if until < at:
            raise PackageRefused("overlapping_entries")
        length = until - at
        if not length or (descriptor and length in (12, 16, 20, 24)):
            return
        for magic in (_LOCAL_MAGIC, _CENTRAL_MAGIC, _END_MAGIC):
            if self._data.find(magic, at, until) >= 0:
                raise PackageRefused("hidden_entry")
        self.quirks.add(quirk)


def fold(name: str) -> str:
    """What file systems without regard to case and composition take for the same name."""
    return name.casefold() if name.isascii() else unicodedata.normalize("NFC", name).casefold()


def _find_directory(data: bytes) -> _Directory:
    at = data.rfind(_END_MAGIC, max(0, len(data) - _END.size - _MAX_COMMENT))
    if at < 0:
        at = data.rfind(_END_MAGIC)
    if at < 0 or at + _END.size > len(data):
        raise PackageRefused("not_a_zip")
    _, _, _, _, count, size, offset, comment = _END.unpack_from(data, at)
    tail = at + _END.size + comment
    if tail > len(data):
        raise PackageRefused("directory", "the comment is cut")
    end = at
    if count == 0xFFFF or 0xFFFFFFFF in (size, offset):
        count, size, offset, end = _read_end64(data, at)
    start = end - size
    if count > MAX_ENTRIES:
        raise PackageRefused("too_many_entries", str(count))
    if start < offset:
        raise PackageRefused("directory", "lies outside the archive")
    # The comment is looked through like the bytes after the archive.
    return _Directory(start, size, count, start - offset, at + _END.size)


def _read_end64(data: bytes, end_at: int) -> tuple[int, int, int, int]:
    locator_at = end_at - _LOCATOR64.size
    if locator_at < 0 or data[locator_at : locator_at + 4] != b"PK\x06\x07":
        raise PackageRefused("directory", "ZIP64 locator is missing")
    end64_at = locator_at - _END64.size
    if end64_at < 0 or data[end64_at : end64_at + 4] != b"PK\x06\x06":
        raise PackageRefused("directory", "ZIP64 record is missing")
    record = _END64.unpack_from(data, end64_at)
    return record[7], record[8], record[9], end64_at


def _extra_field(extra: bytes, header: int) -> bytes | None:
    at = 0
    while at + 4 <= len(extra):
        found, length = struct.unpack_from("<HH", extra, at)
        if found == header:
            return extra[at + 4 : at + 4 + length]
        at += 4 + length
    return None


def _sizes64(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """The sizes of a ZIP64 extra field, which holds only those that do not fit."""
    body = _extra_field(extra, 0x0001) or b""
    values = iter(struct.unpack(f"<{len(body) // 8}Q", body[: len(body) // 8 * 8]))
    taken = [next(values, v) if v == 0xFFFFFFFF else v for v in (size, packed, offset)]
    return taken[0], taken[1], taken[2]


def _other_name(extra: bytes, name: str) -> bool:
    """Whether an Info-ZIP Unicode path (version, CRC, UTF-8 name) tells another name."""
    told = _extra_field(extra, 0x7075)
    return told is not None and told[5:].replace(b"\\", b"/") != name.encode()


def _readings(raw: bytes, *encodings: str) -> list[str]:
    """What the name may mean, likeliest first.

    Names without the UTF-8 flag are UTF-8 or, from Chinese systems, GBK. Short GBK names can
    be well-formed UTF-8 by chance, but then without any character beyond U+07FF.
    """
    found: list[str] = []
    for encoding in encodings:
        try:
            found.append(raw.decode(encoding))
        except UnicodeDecodeError:
            continue
    return sorted(found, key=lambda name: max(name, default="") < "\u0800")


def _refuse_unsafe(name: str) -> None:
    if _UNSAFE.search(name.removesuffix("/")):
        raise PackageRefused("unsafe_name", ascii(name[:80]))


def _refuse_bursting(entries: Iterable[Entry], file_size: int) -> None:
    total = sum(entry.size for entry in entries)
    if total > MAX_TOTAL:
        raise PackageRefused("too_large", f"{total} bytes inflated")
    if total > RATIO_FROM and total > MAX_RATIO * file_size:
        raise PackageRefused("too_large", "inflates beyond measure")


def _inflated(packed: memoryview) -> Iterator[bytes]:
    """Inflate piece by piece; fed in pieces as well, for zlib copies what it leaves over."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for at in range(0, len(packed), _CHUNK):
        rest: bytes | memoryview = packed[at : at + _CHUNK]
        while rest and not inflater.eof:
            yield inflater.decompress(rest, _CHUNK)
            rest = inflater.unconsumed_tail
    while not inflater.eof and (piece := inflater.decompress(b"", _CHUNK)):
        yield piece


def _inflate(packed: memoryview, entry: Entry) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = inflater.decompress(packed, entry.size + 1)
    except zlib.error as exc:
        raise PackageRefused("damaged_entry", entry.name) from exc
    if len(content) != entry.size:
        raise PackageRefused("damaged_entry", entry.name)
    return content


def _write(data: bytes, kept: Iterable[Entry], changes: Mapping[str, bytes], at: datetime) -> bytes:
    pieces: list[bytes | memoryview] = []
    directory: list[bytes] = []
    position = 0
    source = memoryview(data)
    for entry in kept:
        local, central = _headers_kept(data, entry, position)
        pieces += (local, source[entry.start : entry.end])
        directory.append(central)
        position += len(local) + entry.packed
    for name, content in changes.items():
        local, packed, central = _headers_new(name, content, position, at)
        pieces += (local, packed)
        directory.append(central)
        position += len(local) + len(packed)
    size = sum(map(len, directory))
    count = len(directory)
    end = _END.pack(_END_MAGIC, 0, 0, count, count, size, position, 0)
    return b"".join((*pieces, *directory, end))


def _headers_kept(data: bytes, entry: Entry, position: int) -> tuple[bytes, bytes]:
    """Headers as they were, with the true sizes in both and no data descriptor."""
    central = bytearray(_CENTRAL.size)
    record = list(_CENTRAL.unpack_from(entry.central))
    raw_name = entry.central[_CENTRAL.size : _CENTRAL.size + record[12]]
    record[5] &= ~_DESCRIPTOR
    record[10], record[11], record[13], record[14], record[18] = (
        entry.packed,
        entry.size,
        0,
        0,
        position,
    )
    _CENTRAL.pack_into(central, 0, *record)
    version, date = record[3], record[7:9]
    local = _LOCAL.pack(
        _LOCAL_MAGIC,
        version,
        record[5],
        entry.method,
        *date,
        entry.crc,
        entry.packed,
        entry.size,
        len(raw_name),
        0,
    )
    return local + raw_name, bytes(central) + raw_name


def _headers_new(
    name: str, content: bytes, position: int, at: datetime
) -> tuple[bytes, bytes, bytes]:
    deflater = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = deflater.compress(content) + deflater.flush()
    method = DEFLATED
    if len(packed) >= len(content):
        packed, method = content, STORED
    raw_name = name.encode()
    flags = 0 if raw_name.isascii() else _UTF8
    time = at.hour << 11 | at.minute << 5 | at.second // 2
    date = (min(max(at.year, 1980), 2107) - 1980) << 9 | at.month << 5 | at.day
    sizes = (zlib.crc32(content), len(packed), len(content), len(raw_name), 0)
    local = _LOCAL.pack(_LOCAL_MAGIC, 20, flags, method, time, date, *sizes)
    central = _CENTRAL.pack(
        _CENTRAL_MAGIC, 20, 0, 20, 0, flags, method, time, date, *sizes, 0, 0, 0, 0, position
    )
    return local + raw_name, packed, central + raw_name
