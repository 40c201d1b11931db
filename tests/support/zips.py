"""ZIP files with liberties that zipfile does not allow itself."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field


@dataclass
class RawEntry:
    """One entry; what is None or empty is written as the standard asks."""

    name: bytes
    content: bytes = b"x"
    method: int = 8
    flags: int = 0
    local_name: bytes | None = None
    told_size: int | None = None
    local_packed: int | None = None
    crc: int | None = None
    gap_before: bytes = b""
    extra: bytes = b""


@dataclass
class RawZip:
    """A hand-made archive."""

    entries: list[RawEntry] = field(default_factory=list)
    before: bytes = b""
    before_directory: bytes = b""
    comment: bytes = b""
    after: bytes = b""
    count: int | None = None

    def build(self) -> bytes:
        body = bytearray()
        directory = bytearray()
        for entry in self.entries:
            body += entry.gap_before
            local, central = _headers(entry, len(body))
            body += local
            directory += central
        body += self.before_directory
        count = len(self.entries) if self.count is None else self.count
        end = struct.pack(
            "<4s4H2LH",
            b"PK\x05\x06",
            0,
            0,
            count & 0xFFFF,
            count & 0xFFFF,
            len(directory),
            len(body),
            len(self.comment),
        )
        return self.before + bytes(body + directory) + end + self.comment + self.after


def raw_zip(*entries: RawEntry, **wishes: bytes) -> bytes:
    """The archive of these entries."""
    return RawZip([*entries], **wishes).build()  # type: ignore[arg-type]


def _headers(entry: RawEntry, offset: int) -> tuple[bytes, bytes]:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = entry.content
    if entry.method == 8:
        packed = deflater.compress(entry.content) + deflater.flush()
    crc = zlib.crc32(entry.content) if entry.crc is None else entry.crc
    size = len(entry.content) if entry.told_size is None else entry.told_size
    local_packed = len(packed) if entry.local_packed is None else entry.local_packed
    local_name = entry.name if entry.local_name is None else entry.local_name
    common = (entry.flags, entry.method, 0, 0x21, crc)
    local = struct.pack(
        "<4s5H3L2H",
        b"PK\x03\x04",
        20,
        *common,
        local_packed,
        size,
        len(local_name),
        0,
    )
    central = struct.pack(
        "<4s6H3L5H2L",
        b"PK\x01\x02",
        20,
        20,
        *common,
        len(packed),
        size,
        len(entry.name),
        len(entry.extra),
        0,
        0,
        0,
        0,
        offset,
    )
    return local + local_name + packed, central + entry.name + entry.extra
