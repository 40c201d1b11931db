"""Appends hand-made revisions to a PDF, the way an attacker with a text editor would."""

from __future__ import annotations

import re
from collections.abc import Mapping

TRAILER = re.compile(rb"/Size (\d+)")


def size_of(document: bytes) -> int:
    """The first object number not in use."""
    return int(TRAILER.findall(document)[-1])


def root_of(document: bytes) -> int:
    return int(re.findall(rb"/Root (\d+) 0 R", document)[-1])


def last_startxref(document: bytes) -> int:
    return int(re.findall(rb"startxref\s+(\d+)", document)[-1])


def newest(document: bytes, number: int) -> bytes:
    """The body of the newest version of an object."""
    found = re.findall(rb"(?<!\d)%d 0 obj\s*(.*?)\s*endobj" % number, document, re.DOTALL)
    body: bytes = found[-1]
    return body


def number_of(document: bytes, mark: bytes) -> int:
    """The number of the newest object whose body has *mark*."""
    head = document.rindex(mark)
    return int(re.findall(rb"(?<!\d)(\d+) 0 obj", document[:head])[-1])


def update(
    document: bytes, objects: Mapping[int, bytes], root: int = 0, trailer: bytes = b""
) -> bytes:
    """One more revision with *objects* added or replaced, correct in every table."""
    body, offsets = _bodies(document, objects)
    return document + body + _table(document, offsets, len(document + body), root, trailer)


def update_without_table(document: bytes, objects: Mapping[int, bytes], tail: bytes) -> bytes:
    """Objects behind the end and whatever *tail* follows them; tolerant readers pick them up."""
    body, _ = _bodies(document, objects)
    return document + body + tail


def relink(document: bytes, offsets: Mapping[int, int]) -> bytes:
    """One more revision that gives existing bytes new object numbers and adds nothing."""
    return document + _table(document, offsets, len(document), 0, b"")


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(content), content)


def _bodies(document: bytes, objects: Mapping[int, bytes]) -> tuple[bytes, dict[int, int]]:
    out, offsets = bytearray(), {}
    for number, body in objects.items():
        offsets[number] = len(document) + len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    return bytes(out), offsets


def _table(
    document: bytes, offsets: Mapping[int, int], start: int, root: int, trailer: bytes
) -> bytes:
    rows = b"".join(b"%d 1\n%010d 00000 n \n" % item for item in sorted(offsets.items()))
    size = max([size_of(document), *(number + 1 for number in offsets)])
    return b"xref\n%strailer\n<< /Size %d /Root %d 0 R /Prev %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        rows,
        size,
        root or root_of(document),
        last_startxref(document),
        trailer,
        start,
    )
