"""PDF as they come from scanners, offices and web sites: linearised, in streams, for archives."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from tests.support import pdf

XMP = b"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>%d</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


# Page offsets (F.4.1: one page of at least three objects), then shared objects (F.4.2).
HINTS = struct.pack(">IIHIHIHIHHHHH", 3, 0, 0, 600, 0, 0, 0, 0, 0, 0, 0, 0, 1)
HINTS += struct.pack(">IIIIHIH", 5, 0, 1, 1, 0, 0, 0)


def linearised_pdf() -> bytes:
    """For fast web view (ISO 32000-2, annex F): the last table of objects comes first."""
    head = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    content = b"BT /F1 14 Tf 72 700 Td (Fast) Tj ET"
    rest = {
        1: b"<< /Type /Pages /Count 1 /Kids [5 0 R] >>",
        2: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    first = {
        4: b"<< /Type /Catalog /Pages 1 0 R >>",
        7: b"<< /Length %d /S 36 >>\nstream\n%s\nendstream" % (len(HINTS), HINTS),
        5: b"<< /Type /Page /Parent 1 0 R /MediaBox [0 0 595.28 841.89] /Contents 6 0 R "
        b"/Resources << /Font << /F1 2 0 R >> >> >>",
        6: b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    }
    numbers = {"L": 0, "H": 0, "h": 0, "E": 0, "T": 0, "Prev": 0}
    data = b""
    for _ in range(2):  # widths are fixed, so the second time all offsets are right
        data = _lay(head, rest, first, numbers)
    return data


def _lay(
    head: bytes, rest: Mapping[int, bytes], first: Mapping[int, bytes], numbers: dict[str, int]
) -> bytes:
    out, offsets = bytearray(head), {3: len(head)}
    out += (
        b"3 0 obj\n<< /Linearized 1 /L %(L)010d /H [%(H)010d %(h)010d] /O 5 /E %(E)010d /N 1 "
        b"/T %(T)010d >>\nendobj\n" % {k.encode(): v for k, v in numbers.items()}
    )
    begin = len(out)
    out += b"xref\n3 5\n"
    table = len(out)
    out += bytes(20) * 5
    out += (
        b"trailer\n<< /Size 8 /Root 4 0 R /Prev %010d >>\nstartxref\n0\n%%%%EOF\n" % numbers["Prev"]
    )
    for number, body in first.items():
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        if number == 7:
            numbers |= {"H": offsets[7], "h": len(out) - offsets[7]}
    numbers["E"] = len(out)
    for number, body in rest.items():
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    numbers["Prev"] = len(out)
    out += b"xref\n0 3\n"
    numbers["T"] = len(out) - 1
    out += b"0000000000 65535 f \n"
    out += b"".join(b"%010d 00000 n \n" % offsets[n] for n in (1, 2))
    out += b"trailer\n<< /Size 3 >>\nstartxref\n%d\n%%%%EOF\n" % begin
    out[table : table + 100] = b"".join(b"%010d 00000 n \n" % offsets[n] for n in range(3, 8))
    numbers["L"] = len(out)
    return bytes(out)


def archival_pdf(part: int = 2, intent: str = "sRGB", extra: Sequence[bytes] = ()) -> bytes:
    """What says of itself that it is PDF/A-*part*; *intent* names its colours."""
    xmp = XMP % part
    content = b"0 0 1 rg 72 700 40 40 re f"
    return pdf.simple_pdf(
        content=content,
        catalog="/Metadata 6 0 R /OutputIntents [7 0 R] /MarkInfo << /Marked false >>",
        extra=[
            b"<< /Type /Metadata /Subtype /XML /Length %d >>\nstream\n%s\nendstream"
            % (len(xmp), xmp),
            b"<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (%s) >>"
            % intent.encode(),
            *extra,
        ],
    )
