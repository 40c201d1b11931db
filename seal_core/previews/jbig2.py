"""JBIG2 pictures (ITU-T T.88), decoded by PDFium: it is the decoder every browser trusts.

PDF embeds the same segments without the file's header and without the segments that end a
page and a file (ISO 32000-1, 7.4.7), so such a picture is shown as the only thing on the
page of a PDF made for it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from PIL import Image

from seal_core.errors import MalformedData
from seal_core.previews.budget import Budget
from seal_core.previews.pdfium import PdfiumFault, render

MAX_SIDE = 12_000  # pixels; A4 at 600 dpi has 7 016
_MAGIC = b"\x97JB2\r\n\x1a\n"
_PAGE_INFORMATION, _END_OF_PAGE, _END_OF_FILE = 48, 49, 51  # T.88, 7.3
_UNKNOWN_LENGTH = 0xFFFFFFFF
_POINTS_PER_PIXEL = 0.24  # any; the page is drawn back at one pixel a pixel


@dataclass(frozen=True, slots=True)
class _Segment:
    kind: int
    head: bytes
    body: bytes


def is_jbig2(data: bytes) -> bool:
    """Whether it is a JBIG2 file."""
    return data.startswith(_MAGIC)


def decode(data: bytes, budget: Budget) -> Image.Image:
    """The first page of a JBIG2 file, RGB. Raises MalformedData or PreviewRefused."""
    try:
        segments = _segments(data)
        information = next(s.body for s in segments if s.kind == _PAGE_INFORMATION)
        width, height = struct.unpack_from(">2L", information)
    except (struct.error, IndexError, StopIteration) as exc:
        raise MalformedData("jbig2", "cut short") from exc
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise MalformedData("jbig2", f"{width} by {height} pixels")
    budget.spend_pixels(width * height)
    kept = (s for s in segments if s.kind not in (_END_OF_PAGE, _END_OF_FILE))
    stream = b"".join(segment.head + segment.body for segment in kept)
    try:
        return render(_pdf(stream, width, height), 1, (width, height)).convert("RGB")
    except PdfiumFault as exc:
        raise MalformedData("jbig2", str(exc)) from exc


def _segments(data: bytes) -> list[_Segment]:
    """The segments in the order of a sequential file (T.88, Annex D)."""
    flags = data[8]
    at = 9 if flags & 2 else 13  # bit 1: the number of pages is not told
    found: list[tuple[int, bytes, int]] = []  # kind, head, length of the body
    segments: list[_Segment] = []
    while at < len(data) and len(segments) + len(found) < 10_000:
        head_end, kind, length = _head(data, at)
        head = data[at:head_end]
        at = head_end
        if flags & 1:  # sequential: head and body in turn
            if length == _UNKNOWN_LENGTH:
                raise MalformedData("jbig2", "a segment of unknown length")
            segments.append(_Segment(kind, head, data[at : at + length]))
            at += length
        else:
            found.append((kind, head, length))
            if kind == _END_OF_FILE:
                break
    for kind, head, length in found:
        segments.append(_Segment(kind, head, data[at : at + length]))
        at += length
    return segments


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """Where the segment's head ends, its kind, and its body's length (7.2)."""
    number, flags, referred = struct.unpack_from(">LBB", data, at)
    count = referred >> 5
    at += 6
    if count == 7:  # the long form: a count of 29 bits and retention bits
        count = struct.unpack_from(">L", data, at - 1)[0] & 0x1FFFFFFF
        at += 3 + (count + 8) // 8
    at += count * (1 if number <= 256 else 2 if number <= 65536 else 4)
    at += 4 if flags & 0x40 else 1
    length = struct.unpack_from(">L", data, at)[0]
    return at + 4, flags & 0x3F, length


def _pdf(stream: bytes, width: int, height: int) -> bytes:
    """One page with one picture on it. PDFium mends the missing cross-reference table."""
    page = f"{width * _POINTS_PER_PIXEL:.2f} {height * _POINTS_PER_PIXEL:.2f}"
    across, up = page.split()
    content = f"{across} 0 0 {up} 0 0 cm /I Do".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %s]/Contents 4 0 R"
        b"/Resources<</XObject<</I 5 0 R>>>>>>" % page.encode(),
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 1"
        b"/ColorSpace/DeviceGray/Filter/JBIG2Decode/Length %d>>stream\n%s\nendstream"
        % (width, height, len(stream), stream),
    ]
    numbered = (b"%d 0 obj%s endobj\n" % pair for pair in enumerate(objects, 1))
    return b"%PDF-1.4\n" + b"".join(numbered) + b"trailer<</Root 1 0 R>>\n%%EOF"
