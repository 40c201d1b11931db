"""Every published class of attack on signed PDFs, made anew on our own documents.

Names follow the papers: universal signature forgery (USF), incremental saving (ISA), signature
wrapping (SWA), shadow attacks (hide, replace, hide-and-replace), evil annotation and sneaky
signature attacks (EAA, SSA), attacks on certification. Each function here takes the sealed
``contract`` of any workshop and returns the forgery; those that need more than a finished
document are in ``attacks_pdf_schemes``.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.support import pdf
from tests.support.pdf_update import (
    last_startxref,
    newest,
    number_of,
    root_of,
    size_of,
    stream,
    update,
    update_without_table,
)
from tests.support.workshops import SM2

PAGE, CONTENT, FONT = 5, 4, 3
FORGED = b"BT /F1 14 Tf 72 700 Td (Pay one million) Tj ET"
BOX = b"/Rect [60 690 300 720]"

Attack = Callable[[bytes], bytes]


def contract() -> bytes:
    """One page, not yet signed; object 6 is in the file and shown nowhere."""
    return pdf.simple_pdf(extra=(stream(FORGED),))


def victim() -> bytes:
    """The contract with one SM2 seal."""
    return pdf_sealed(contract())


def pdf_sealed(document: bytes, who: str = pdf.COMPANY) -> bytes:
    return SM2.sealed(document, who)


# --- bytes ---------------------------------------------------------------------------


def flip_in_text(document: bytes) -> bytes:
    return document.replace(b"(Contract)", b"(Kontract)", 1)


def flip_in_seal(document: bytes) -> bytes:
    at = document.rindex(b"/Width") + 8
    return document[:at] + bytes([document[at] ^ 1]) + document[at + 1 :]


def flip_in_signature_value(document: bytes) -> bytes:
    start = gap_of(document)[1]
    end = document.rindex(b"00000000", 0, start)
    at = len(document[:end].rstrip(b"0")) - 8
    return document[:at] + (b"0" if document[at : at + 1] != b"0" else b"1") + document[at + 1 :]


def flip_in_claimed_time(document: bytes) -> bytes:
    return document.replace(b"(D\\07220261120", b"(D\\07220161120", 1)


def flip_in_form_entry(document: bytes) -> bytes:
    """The catalog no longer names the form: no reader finds the signature."""
    return document.replace(b"/AcroForm", b"/BcroForm")


def junk_tail(document: bytes) -> bytes:
    return document + b"x" * 180


def bytes_in_front(document: bytes) -> bytes:
    return b"\n" + document


def cut_tail(document: bytes) -> bytes:
    return document[: document.rindex(b"%%EOF")]


# --- universal signature forgery -----------------------------------------------------


def usf_no_contents(document: bytes) -> bytes:
    return document.replace(b"/Contents <", b"/Kontents <", 1)


def usf_empty_contents(document: bytes) -> bytes:
    start, end = gap_of(document)
    return document[: start + 1] + b"0" * (end - start - 2) + document[end - 1 :]


def usf_null_contents(document: bytes) -> bytes:
    start, end = gap_of(document)
    return document[:start] + b"null".ljust(end - start) + document[end:]


def usf_no_byte_range(document: bytes) -> bytes:
    return document.replace(b"/ByteRange", b"/ByteRanga", 1)


def usf_null_byte_range(document: bytes) -> bytes:
    return _with_byte_range(document, b"null")


def usf_negative_byte_range(document: bytes) -> bytes:
    return _with_byte_range(document, b"[0 -1 -1 -1]")


def usf_empty_byte_range(document: bytes) -> bytes:
    return _with_byte_range(document, b"[]")


def usf_zero_byte_range(document: bytes) -> bytes:
    return _with_byte_range(document, b"[0 0 0 0]")


def usf_short_byte_range(document: bytes) -> bytes:
    return _with_byte_range(document, b"[0 %d]" % gap_of(document)[0])


def usf_words_in_byte_range(document: bytes) -> bytes:
    return _with_byte_range(document, b"[/a (b) null <00>]")


def usf_huge_byte_range(document: bytes) -> bytes:
    start, end = gap_of(document)
    return _with_byte_range(document, b"[0 %d %d 99999999]" % (start, end))


# --- incremental saving --------------------------------------------------------------


def isa_replaced_content(document: bytes) -> bytes:
    return update(document, {CONTENT: stream(FORGED)})


def isa_added_content(document: bytes) -> bytes:
    number = size_of(document)
    page = newest(document, PAGE).replace(b"4 0 R", b"[4 0 R %d 0 R]" % number, 1)
    return update(document, {PAGE: page, number: stream(FORGED)})


def isa_replaced_font(document: bytes) -> bytes:
    return update(document, {FONT: b"<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>"})


def isa_other_page_box(document: bytes) -> bytes:
    page = newest(document, PAGE).replace(b"595.28 841.89", b"595.28 400", 1)
    return update(document, {PAGE: page})


def isa_more_pages(document: bytes) -> bytes:
    number = size_of(document)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 6 0 R >>"
    tree = (
        newest(document, 2)
        .replace(b"/Count 1", b"/Count 2")
        .replace(b"5 0 R", b"5 0 R %d 0 R" % number)
    )
    return update(document, {2: tree, number: page})


def isa_other_catalog(document: bytes) -> bytes:
    number = size_of(document)
    catalog = newest(document, root_of(document)).replace(b"2 0 R", b"%d 0 R" % (number + 1), 1)
    tree = b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % (number + 2)
    page = b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Contents 6 0 R >>" % (
        number + 1
    )
    return update(document, {number: catalog, number + 1: tree, number + 2: page}, root=number)


def isa_without_table(document: bytes) -> bytes:
    return update_without_table(document, {CONTENT: stream(FORGED)}, b"")


def isa_trailer_without_table(document: bytes) -> bytes:
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\n" % size_of(document)
    return update_without_table(document, {CONTENT: stream(FORGED)}, tail)


def isa_old_startxref(document: bytes) -> bytes:
    tail = b"startxref\n%d\n%%%%EOF\n" % last_startxref(document)
    return update_without_table(document, {CONTENT: stream(FORGED)}, tail)


def isa_startxref_into_the_void(document: bytes) -> bytes:
    return update_without_table(document, {CONTENT: stream(FORGED)}, b"startxref\n0\n%%EOF\n")


def isa_dirty_tail(document: bytes) -> bytes:
    """Behind a harmless update (a title) stand objects of no table, and the true startxref.

    Readers that rebuild the table show them; this one passes pyHanko's difference analysis.
    """
    titled = with_title(document)
    tail = b"startxref\n%d\n%%%%EOF\n" % last_startxref(titled)
    return update_without_table(titled, {CONTENT: stream(FORGED)}, b"%" * 64 + b"\n" + tail)


def isa_dirty_tail_without_end(document: bytes) -> bytes:
    titled = with_title(document)
    return update_without_table(titled, {CONTENT: stream(FORGED)}, b"")


def with_title(document: bytes) -> bytes:
    """No attack: a new document information dictionary, shown on no page."""
    number = size_of(document)
    return update(document, {number: b"<< /Title (Contract) >>"}, trailer=b"/Info %d 0 R" % number)


def isa_copied_signature(document: bytes) -> bytes:
    """The old signature dictionary once more in the new revision."""
    number = number_of(document, b"/ByteRange")
    return update(document, {CONTENT: stream(FORGED), number: newest(document, number)})


def isa_two_revisions(document: bytes) -> bytes:
    """Changed and changed back: the last state is the signed one."""
    original = newest(document, CONTENT)
    return update(update(document, {CONTENT: stream(FORGED)}), {CONTENT: original})


# --- signature wrapping --------------------------------------------------------------


def swa_moved_tail(document: bytes) -> bytes:
    """The dictionary ends inside the gap with a /ByteRange of its own; the signed tail moves.

    Where the signed startxref points there is now a table of the attacker's, and both signed
    parts are untouched: the digest still matches.
    """
    start, end = gap_of(document)
    table_at = last_startxref(document)
    tail = document[end:]
    forged_at = table_at + len(document) - table_at + 100
    forged = b"4 0 obj\n" + stream(FORGED) + b"\nendobj\n"
    moved = forged_at + len(forged)
    value = document[start : end - 1].rstrip(b"0")
    value += b"0" * (len(value) % 2 == 0) + b">"
    entries = b" /ByteRange [0 %d %d %d] /Type /Sig /SubFilter /ETSI.CAdES.detached >>\nendobj\n"
    head = document[:start] + value + entries % (start, moved, len(tail))

    def shifted(row: re.Match[bytes]) -> bytes:
        offset = int(row.group(1))
        return b"%010d 00000 n" % (offset + moved - end if offset > end else offset)

    table = re.sub(rb"(\d{10}) 00000 n", shifted, document[table_at:])
    table = table.replace(b"trailer", b"4 1\n%010d 00000 n \ntrailer" % forged_at, 1)
    return (head.ljust(table_at) + table).ljust(forged_at) + forged + tail


def swa_object_in_gap(document: bytes) -> bytes:
    """Zeros behind the signature give way to an object inside the gap; no byte moves."""
    _, end = gap_of(document)
    forged = b">/X 0 >>\nendobj\n4 0 obj\n<<>>"
    return document[: end - len(forged)] + forged + document[end:]


def swa_comment_in_gap(document: bytes) -> bytes:
    _, end = gap_of(document)
    return document[: end - 20] + b">" + b" " * 18 + b"%" + document[end:]


# --- forms, annotations, removal -----------------------------------------------------


def eaa_text_over_the_contract(document: bytes) -> bytes:
    return with_annotation(document, b"/Subtype /FreeText /DA (/F1 12 Tf) /Contents (paid)")


def eaa_stamp_with_appearance(document: bytes) -> bytes:
    number = size_of(document)
    form = stream(b"1 g 0 0 240 30 re f", b"/Subtype /Form /BBox [0 0 240 30]")
    annotation = b"/Subtype /Stamp /F 4 /AP << /N %d 0 R >>" % (number + 1)
    return with_annotation(document, annotation, {number + 1: form})


def replaced_appearance(document: bytes) -> bytes:
    number = number_of(document, b"/Subtype /Form")
    form = stream(FORGED, b"/Subtype /Form /BBox [0 0 240 30]")
    return update(document, {number: form})


def moved_seal(document: bytes) -> bytes:
    number = number_of(document, b"/FT /Sig")
    widget = re.sub(rb"/Rect \[.*?\]", b"/Rect [0 0 119 119]", newest(document, number))
    return update(document, {number: widget})


def hidden_seal(document: bytes) -> bytes:
    number = number_of(document, b"/FT /Sig")
    return update(document, {number: newest(document, number).replace(b"/F 132", b"/F 2")})


def seal_taken_off_the_page(document: bytes) -> bytes:
    page = re.sub(rb"/Annots \[.*?\]", b"/Annots []", newest(document, PAGE))
    return update(document, {PAGE: page})


def removed_form(document: bytes) -> bytes:
    catalog = re.sub(rb"/AcroForm \d+ 0 R", b"", newest(document, 1))
    return update(document, {1: catalog})


def removed_field(document: bytes) -> bytes:
    number = number_of(document, b"/Fields")
    form = re.sub(rb"/Fields \[.*?\]", b"/Fields []", newest(document, number))
    return update(document, {number: form})


def removed_value(document: bytes) -> bytes:
    number = number_of(document, b"/FT /Sig")
    return update(document, {number: re.sub(rb"/V \d+ 0 R", b"", newest(document, number))})


def spoofed_reason(document: bytes) -> bytes:
    """The signature dictionary again, with words added."""
    number = number_of(document, b"/ByteRange")
    body = newest(document, number).replace(b"/Type /Sig", b"/Type /Sig /Reason (approved)", 1)
    return update(document, {number: body})


def ssa_empty_field(document: bytes) -> bytes:
    """A visible signature field nobody signed, painted over the text."""
    return _with_field(document, b"/FT /Sig /T (Second)")


def ssa_borrowed_value(document: bytes) -> bytes:
    """The same, but it shows off the value of the real signature."""
    value = number_of(document, b"/ByteRange")
    return _with_field(document, b"/FT /Sig /T (Second) /V %d 0 R" % value)


def ssa_garbage_value(document: bytes) -> bytes:
    value = b"<< /Type /Sig /Filter /Adobe.PPKLite /ByteRange [0 1 2 3] /Contents <00> >>"
    return _with_field(document, b"/FT /Sig /T (Second) /V 90 0 R", {90: value})


def text_field_over_the_contract(document: bytes) -> bytes:
    return _with_field(document, b"/FT /Tx /T (Amount) /V (1000000)")


def seal_of_another(document: bytes) -> bytes:
    """The dictionary names another SESeal in a later revision."""
    number = size_of(document)
    signature = number_of(document, b"/ByteRange")
    body = re.sub(rb"/ZY_SES \d+ 0 R", b"/ZY_SES %d 0 R" % number, newest(document, signature))
    return update(document, {number: stream(b"0\x03\x02\x01\x05"), signature: body})


ATTACKS: tuple[Attack, ...] = (
    flip_in_text, flip_in_seal, flip_in_signature_value, flip_in_claimed_time, flip_in_form_entry,
    junk_tail, bytes_in_front, cut_tail, usf_no_contents, usf_empty_contents, usf_null_contents,
    usf_no_byte_range, usf_null_byte_range, usf_negative_byte_range, usf_empty_byte_range,
    usf_zero_byte_range, usf_short_byte_range, usf_words_in_byte_range, usf_huge_byte_range,
    isa_replaced_content, isa_added_content, isa_replaced_font, isa_other_page_box,
    isa_more_pages, isa_other_catalog, isa_without_table, isa_trailer_without_table,
    isa_old_startxref, isa_dirty_tail, isa_dirty_tail_without_end, isa_startxref_into_the_void,
    isa_copied_signature, isa_two_revisions, swa_moved_tail, swa_object_in_gap,
    swa_comment_in_gap, eaa_text_over_the_contract, eaa_stamp_with_appearance,
    replaced_appearance, moved_seal, hidden_seal, seal_taken_off_the_page, removed_form,
    removed_field, removed_value, spoofed_reason, ssa_empty_field, ssa_borrowed_value,
    ssa_garbage_value, text_field_over_the_contract, seal_of_another,
)  # fmt: skip


def gap_of(document: bytes) -> tuple[int, int]:
    """The newest /Contents in hexadecimal, with < and >."""
    start = document.rindex(b"/Contents <") + len(b"/Contents ")
    return start, document.index(b">", start) + 1


def _with_byte_range(document: bytes, value: bytes) -> bytes:
    found = list(re.finditer(rb"/ByteRange (\[[^]]*\] *)", document))[-1]
    return document[: found.start(1)] + value.ljust(len(found.group(1))) + document[found.end(1) :]


def with_annotation(document: bytes, entries: bytes, more: dict[int, bytes] | None = None) -> bytes:
    number = size_of(document)
    annotation = b"<< /Type /Annot %s %s >>" % (BOX, entries)
    page = newest(document, PAGE).replace(b"/Annots [", b"/Annots [ %d 0 R " % number, 1)
    return update(document, {PAGE: page, number: annotation, **(more or {})})


def _with_field(document: bytes, entries: bytes, more: dict[int, bytes] | None = None) -> bytes:
    """A widget over the text, listed on the page and in the form."""
    number = size_of(document)
    look = stream(FORGED, b"/Subtype /Form /BBox [0 0 240 30]")
    widget = b"<< /Type /Annot /Subtype /Widget %s %s /F 4 /P 5 0 R /AP << /N %d 0 R >> >>" % (
        BOX,
        entries,
        number + 1,
    )
    form = number_of(document, b"/Fields")
    return update(
        document,
        {
            PAGE: newest(document, PAGE).replace(b"/Annots [", b"/Annots [ %d 0 R " % number, 1),
            form: re.sub(
                rb"/Fields \[(.*?)\]", rb"/Fields [\1 %d 0 R]" % number, newest(document, form)
            ),
            number: widget,
            number + 1: look,
            **(more or {}),
        },
    )
