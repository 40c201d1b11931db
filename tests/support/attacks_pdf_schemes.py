"""Attacks that begin before the signature, or go on after it with a second one.

Those on a finished document are in ``attacks_pdf``. Each function here is given a workshop,
has documents signed there as it needs them, and returns the forgery.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.support import attacks_pdf, pdf
from tests.support.attacks_pdf import (
    BOX,
    FORGED,
    PAGE,
    eaa_stamp_with_appearance,
    eaa_text_over_the_contract,
    gap_of,
    isa_replaced_content,
    removed_form,
    ssa_borrowed_value,
    ssa_empty_field,
    with_annotation,
)
from tests.support.pdf_update import newest, relink, stream, update
from tests.support.workshops import Workshop

NOBODY, SECOND = "不存在的公司", "乙方公司"
A4 = "/MediaBox [0 0 595.28 841.89]"

Scheme = Callable[[Workshop], bytes]


def victim(at: Workshop) -> bytes:
    """A contract page with one seal; object 6 is in the file and shown nowhere."""
    return at.sealed(attacks_pdf.contract())


# --- out of the byte range ------------------------------------------------------------


def signed_in_part(at: Workshop) -> bytes:
    """A true signature that leaves out the end of the file, where the tables stand."""
    return at.regardless(pdf.simple_pdf(), left_out=300)


# --- two signatures ------------------------------------------------------------------


def removed_and_sealed_again(at: Workshop) -> bytes:
    return at.sealed(removed_form(victim(at)), NOBODY)


def ssa_borrowed_value_sealed_again(at: Workshop) -> bytes:
    """And an honest second seal covers it."""
    return at.sealed(ssa_borrowed_value(victim(at)), SECOND)


def ssa_empty_field_sealed_again(at: Workshop) -> bytes:
    return at.sealed(ssa_empty_field(victim(at)), SECOND)


def swapped_byte_ranges(at: Workshop) -> bytes:
    both = at.sealed(victim(at), SECOND)
    first, second = re.findall(rb"/ByteRange (\[[^]]*\] *)", both)
    width = max(len(first), len(second))
    both = both.replace(first, b"@" * len(first), 1).replace(
        second, first.ljust(width)[: len(second)], 1
    )
    return both.replace(b"@" * len(first), second.ljust(width)[: len(first)], 1)


def contents_of_another_document(at: Workshop) -> bytes:
    """A true signature of the same signer, taken from another document."""
    document = victim(at)
    other = at.sealed(pdf.simple_pdf(content=FORGED))
    start, end = gap_of(document)
    donor_start, donor_end = gap_of(other)
    return (
        document[:start]
        + other[donor_start:donor_end].ljust(end - start)[: end - start]
        + document[end:]
    )


def changed_between_two_seals(at: Workshop) -> bytes:
    return at.sealed(isa_replaced_content(victim(at)), SECOND)


# --- shadow attacks: what is to be shown was signed, but out of sight -------------------


def shadow_hide(at: Workshop) -> bytes:
    """A picture that covers the text is signed, then emptied."""
    cover = stream(b"1 g 0 600 595 242 re f", b"/Subtype /Form /BBox [0 0 595 842]")
    document = pdf.simple_pdf(content=FORGED + b" /C Do", xobject=6, extra=(cover,))
    sealed = at.sealed(document)
    return update(sealed, {6: stream(b"", b"/Subtype /Form /BBox [0 0 595 842]")})


def shadow_hide_by_reference(at: Workshop) -> bytes:
    """The same, by cutting the reference to the cover."""
    cover = stream(b"1 g 0 600 595 242 re f", b"/Subtype /Form /BBox [0 0 595 842]")
    document = pdf.simple_pdf(content=FORGED + b" /C Do", xobject=6, extra=(cover,))
    sealed = at.sealed(document)
    return update(sealed, {PAGE: newest(sealed, PAGE).replace(b"/C 6 0 R", b"")})


def shadow_replace_field_overlay(at: Workshop) -> bytes:
    """A form's text is signed, then another text is filled in."""
    field = (
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (Amount) /V (10) /P 5 0 R %s "
        b"/DA (/F1 12 Tf) >>" % BOX
    )
    document = pdf.simple_pdf(
        ["/MediaBox [0 0 595.28 841.89] /Annots [6 0 R]"],
        catalog="/AcroForm << /Fields [6 0 R] >>",
        extra=(field,),
    )
    sealed = at.sealed(document)
    return update(sealed, {6: newest(sealed, 6).replace(b"(10)", b"(1000000)")})


def shadow_hide_and_replace(at: Workshop) -> bytes:
    """Two pages under one number are signed; the table then points to the other one."""
    hidden = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 7 0 R >>"
    document = pdf.simple_pdf(extra=(hidden, stream(FORGED)))
    document = document.replace(b"6 0 obj\n", b"5 0 obj\n", 1)  # out of every table
    document = re.sub(
        rb"xref\n0 \d+\n.*?trailer", _table_without_6(document), document, flags=re.DOTALL
    )
    sealed = at.sealed(document)
    return relink(sealed, {PAGE: _second_offset(sealed, b"5 0 obj\n")})


def _table_without_6(document: bytes) -> bytes:
    rows = [b"0000000000 65535 f \n"]
    for number in range(1, 8):
        at = document.index(b"\n%d 0 obj\n" % number) + 1 if number != 6 else 0
        rows.append(b"%010d 00000 n \n" % at if at else b"0000000000 00001 f \n")
    return b"xref\n0 8\n" + b"".join(rows) + b"trailer"


def _second_offset(document: bytes, mark: bytes) -> int:
    return document.index(mark, document.index(mark) + 1)


def dangling_reference_filled(at: Workshop) -> bytes:
    """The page shows object 90, which does not exist until after the signature."""
    page = "/MediaBox [0 0 595.28 841.89] /Annots [90 0 R]"
    sealed = at.sealed(pdf.simple_pdf([page]))
    annotation = b"<< /Type /Annot /Subtype /FreeText /Contents (paid) /DA (/F1 9 Tf) %s >>" % BOX
    return update(sealed, {90: annotation})


# --- certification: DocMDP allows nothing (1), forms and signatures (2), annotations (3) --


def certified(at: Workshop, permission: int) -> bytes:
    """A sealed document whose signature also certifies what may follow."""
    return at.regardless(pdf.simple_pdf(), permission)


def certified_1_then_annotated(at: Workshop) -> bytes:
    return eaa_text_over_the_contract(certified(at, 1))


def certified_2_then_annotated(at: Workshop) -> bytes:
    return eaa_text_over_the_contract(certified(at, 2))


def certified_3_then_annotated(at: Workshop) -> bytes:
    """ISO 32000 lets annotations pass; a seal does not stand for what is written over it."""
    return eaa_text_over_the_contract(certified(at, 3))


def certified_3_then_stamped(at: Workshop) -> bytes:
    return eaa_stamp_with_appearance(certified(at, 3))


def certified_3_then_redacted(at: Workshop) -> bytes:
    """A mark for redaction whose look hides the text already."""
    return with_annotation(certified(at, 3), b"/Subtype /Redact /IC [1 1 1] /OverlayText (paid)")


def certified_3_then_annotated_and_sealed(at: Workshop) -> bytes:
    """An honest second signature covers the annotation."""
    return at.regardless(certified_3_then_annotated(at))


def certified_2_then_field_painted(at: Workshop) -> bytes:
    return ssa_empty_field(certified(at, 2))


def certified_3_then_field_painted(at: Workshop) -> bytes:
    return ssa_empty_field(certified(at, 3))


def certified_2_then_signed_over(at: Workshop) -> bytes:
    """P=2 allows signing in a field that is there, not a new field over the text."""
    return at.regardless(certified(at, 2))


def certified_1_then_signed(at: Workshop) -> bytes:
    return at.regardless(certified(at, 1))


def locked_then_signed(at: Workshop) -> bytes:
    """The first signer locked all fields; somebody adds one and signs it."""
    return at.regardless(at.regardless(pdf.simple_pdf(), lock="/All"))


SCHEMES: tuple[Scheme, ...] = (
    signed_in_part, removed_and_sealed_again, ssa_borrowed_value_sealed_again,
    ssa_empty_field_sealed_again, swapped_byte_ranges, contents_of_another_document,
    changed_between_two_seals,
    shadow_hide, shadow_hide_by_reference, shadow_replace_field_overlay, shadow_hide_and_replace,
    dangling_reference_filled,
    certified_1_then_annotated, certified_2_then_annotated, certified_3_then_annotated,
    certified_3_then_stamped, certified_3_then_redacted, certified_3_then_annotated_and_sealed,
    certified_2_then_field_painted, certified_3_then_field_painted,
    certified_2_then_signed_over, certified_1_then_signed, locked_then_signed,
)  # fmt: skip


def forgeries(at: Workshop) -> dict[str, bytes]:
    """Every attack of both modules on documents of this workshop, by name."""
    sealed = victim(at)
    done = {attack.__name__: attack(sealed) for attack in attacks_pdf.ATTACKS}
    return done | {scheme.__name__: scheme(at) for scheme in SCHEMES}
