"""PDF files that are small, or within every limit, and dear to read."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable

from tests.support import attacks_pdf, pdf
from tests.support.pdf_update import last_startxref, newest, number_of, size_of, stream, update

MIB = 1024 * 1024
A4 = b"/MediaBox [0 0 595 842]"


def _deflated(size: int, layers: int = 1) -> bytes:
    """Zeros of *size* octets, deflated once or several times."""
    packer = zlib.compressobj(1)
    data = b"".join(packer.compress(bytes(MIB)) for _ in range(size // MIB)) + packer.flush()
    for _ in range(layers - 1):
        data = zlib.compress(data, 9)
    return data


def _flate(size: int, entries: bytes, layers: int = 1) -> bytes:
    filters = b"/Filter [%s]" % (b"/FlateDecode " * layers)
    return stream(_deflated(size, layers), filters + entries)


def _sealed() -> bytes:
    return attacks_pdf.victim()


def seal_that_explodes() -> bytes:
    """The SESeal of the signature is 300 MB of zeros."""
    sealed = _sealed()
    seal = int(re.findall(rb"/ZY_SES (\d+) 0 R", sealed)[-1])
    return update(sealed, {seal: _flate(300 * MIB, b"")})


def store_that_explodes() -> bytes:
    """200 certificates for later judges, each 100 MB of zeros, deflated twice."""
    sealed = _sealed()
    number = size_of(sealed)
    bomb = _flate(100 * MIB, b"", 2)
    certificates = b" ".join(b"%d 0 R" % (number + 1 + n) for n in range(200))
    catalog = newest(sealed, 1)[:-2] + b" /DSS %d 0 R >>" % number
    objects = {1: catalog, number: b"<< /Certs [%s] >>" % certificates}
    return update(sealed, objects | {number + 1 + n: bomb for n in range(200)})


def object_stream_that_explodes() -> bytes:
    """The catalog is in an object stream of 300 MB."""
    head = b"%PDF-1.7\n"
    first = b"1 0 obj\n%s\nendobj\n" % _flate(300 * MIB, b"/Type /ObjStm /N 1 /First 4 ")
    at = len(head + first)
    rows = bytes((1, 0, 0, 9, 0)) + bytes((2, 0, 0, 1, 0)) + b"\x01" + at.to_bytes(3, "big") + b"\0"
    table = stream(rows, b"/Type /XRef /W [1 3 1] /Index [1 3] /Size 4 /Root 2 0 R")
    return head + first + b"3 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table, at)


def table_that_explodes() -> bytes:
    """A cross-reference stream of 300 MB."""
    head = b"%PDF-1.7\n"
    entries = b"/Type /XRef /W [1 3 1] /Size 200000000 /Root 2 0 R"
    table = _flate(300 * MIB, entries)
    return head + b"3 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table, len(head))


def deep_page_tree() -> bytes:
    """20 000 branches, one below the other, behind a seal."""
    sealed = _sealed()
    number, depth = size_of(sealed), 20_000
    branch = b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>"
    objects = {number + n: branch % (number + n + 1) for n in range(depth)}
    return update(sealed, objects | {2: branch % number, number + depth: newest(sealed, 5)})


def page_tree_in_a_circle() -> bytes:
    sealed = _sealed()
    return update(sealed, {2: b"<< /Type /Pages /Count 1 /Kids [2 0 R] >>"})


def wide_page_tree_in_circles() -> bytes:
    """Every branch has all branches as kids: paths without end."""
    sealed = _sealed()
    number, count = size_of(sealed), 40
    kids = b" ".join(b"%d 0 R" % (number + n) for n in range(count))
    branch = b"<< /Type /Pages /Count 99 /Kids [%s] >>" % kids
    return update(sealed, {2: branch} | {number + n: branch for n in range(count)})


def hundred_thousand_pages() -> bytes:
    """Without a signature."""
    kids = b"5 0 R " * 100_000
    document = pdf.simple_pdf()
    return update(document, {2: b"<< /Type /Pages /Count 100000 /Kids [%s] >>" % kids})


def hundred_thousand_pages_behind_a_seal() -> bytes:
    sealed = _sealed()
    number, count = size_of(sealed), 100_000
    page = b"<< /Type /Page /Parent 2 0 R %s >>" % A4
    kids = b" ".join(b"%d 0 R" % (number + n) for n in range(count))
    tree = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (count, kids)
    return update(sealed, {2: tree} | {number + n: page for n in range(count)})


def revisions(count: int) -> bytes:
    """So many empty updates behind a seal."""
    sealed = _sealed()
    size, before, at = size_of(sealed), last_startxref(sealed), len(sealed)
    parts = [sealed]
    for _ in range(count):
        part = b"xref\n0 0\ntrailer\n<</Size %d/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
            size, before, at,
        )  # fmt: skip
        parts.append(part)
        before, at = at, at + len(part)
    return b"".join(parts)


def hundred_thousand_revisions() -> bytes:
    return revisions(100_000)


def as_many_revisions_as_may_be() -> bytes:
    return revisions(490)


def changes_in_every_revision() -> bytes:
    """150 times the page's content, replaced."""
    document = _sealed()
    for number in range(150):
        document = update(document, {4: stream(b"%% %d" % number)})
    return document


def tables_in_a_circle() -> bytes:
    """/Prev leads back to where it came from."""
    sealed = _sealed()
    at = len(sealed)
    tail = b"xref\n0 0\ntrailer\n<< /Size %d /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
    return sealed + tail % (size_of(sealed), at, at)


def huge_contents() -> bytes:
    """A signature of 30 MB in hexadecimal."""
    sealed = _sealed()
    number = number_of(sealed, b"/ByteRange")
    return update(sealed, {number: _with_contents(newest(sealed, number), b"0" * (30 * MIB))})


def huge_der() -> bytes:
    """A signature of 8 MB: a SET of a million empty SETs, said to be a CMS."""
    sets = b"\x31\x00" * 4_000_000
    content = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" + sets
    value = b"\x30\x84" + len(content).to_bytes(4, "big") + content
    sealed = _sealed()
    number = number_of(sealed, b"/ByteRange")
    return update(sealed, {number: _with_contents(newest(sealed, number), value)})


def _with_contents(dictionary: bytes, value: bytes) -> bytes:
    return re.sub(rb"/Contents <[^>]*>", b"/Contents <%s>" % value.hex().encode(), dictionary)


def nested_arrays() -> bytes:
    """The fields of the form are 100 000 arrays, one in the other."""
    sealed = _sealed()
    number = number_of(sealed, b"/Fields")
    deep = b"[" * 100_000 + b"]" * 100_000
    return update(sealed, {number: b"<< /Fields %s >>" % deep})


def fields_in_a_circle() -> bytes:
    sealed = _sealed()
    number = number_of(sealed, b"/FT /Sig")
    field = newest(sealed, number)[:-2] + b" /Kids [%d 0 R] >>" % number
    return update(sealed, {number: field})


def very_many_fields() -> bytes:
    """50 000 fields show one signature."""
    sealed = _sealed()
    form, first = number_of(sealed, b"/Fields"), size_of(sealed)
    field = newest(sealed, number_of(sealed, b"/FT /Sig"))
    fields = b" ".join(b"%d 0 R" % (first + n) for n in range(50_000))
    objects = {form: b"<< /SigFlags 3 /Fields [%s] >>" % fields}
    return update(sealed, objects | {first + n: field for n in range(50_000)})


def object_that_is_itself() -> bytes:
    """Object 2, the page tree, is a reference to object 2."""
    return update(_sealed(), {2: b"2 0 R"})


def length_in_a_circle() -> bytes:
    """A stream's length is the stream."""
    body = b"<< /Length 4 0 R >>\nstream\nBT ET\nendstream"
    return update(_sealed(), {4: body})


def links_between_all_pages() -> bytes:
    """150 pages, each with links to all others, signed; then a change."""
    count = 150
    link = b"<< /Subtype /Link /Rect [0 0 9 9] /Dest [%d 0 R /Fit] >>"
    links = b" ".join(link % (5 + n) for n in range(count))
    pages = [f"/MediaBox [0 0 595.28 841.89] /Annots {5 + count} 0 R"] * count
    document = pdf.simple_pdf(pages, extra=(b"[%s]" % links,))
    return update(attacks_pdf.pdf_sealed(document), {4: stream(b"")})


BOMBS: tuple[Callable[[], bytes], ...] = (
    seal_that_explodes, store_that_explodes, object_stream_that_explodes, table_that_explodes,
    deep_page_tree, page_tree_in_a_circle, wide_page_tree_in_circles, hundred_thousand_pages,
    hundred_thousand_pages_behind_a_seal, hundred_thousand_revisions, as_many_revisions_as_may_be,
    changes_in_every_revision, tables_in_a_circle, huge_contents, huge_der, nested_arrays,
    fields_in_a_circle, very_many_fields, object_that_is_itself, length_in_a_circle,
    links_between_all_pages,
)  # fmt: skip
