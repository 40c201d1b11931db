"""Sealing in signature fields that the document brings along."""

from __future__ import annotations

from io import BytesIO

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel

from seal_core.engines.pdf import PdfEngine
from seal_core.engines.protocol import AtField, AtPoint, Place
from seal_core.errors import UnknownPlace
from tests.support import pdf, pyhanko_sm2
from verify.report import Verdict

ENGINE = PdfEngine()
A4 = "/MediaBox [0 0 595.28 841.89]"
LARGE = "/Rect [60 100 260 240]"  # 70.6 mm by 49.4 mm
FIELD = "/Type /Annot /Subtype /Widget /FT /Sig"


def form(*fields: str, page: str = "") -> bytes:
    """One page whose form has *fields*, objects 6 and on, all listed on the page."""
    listed = " ".join(f"{6 + i} 0 R" for i in range(len(fields)))
    return pdf.simple_pdf(
        [f"{A4} {page} /Annots [{listed}]"],
        catalog=f"/AcroForm << /Fields [{listed}] >>",
        extra=[f"<< {entries} >>".encode() for entries in fields],
    )


TWO_PARTIES = form(
    f"{FIELD} /T (A) {LARGE} /P 5 0 R", f"{FIELD} /T (B) /Rect [300 100 500 240] /F 4"
)


def sealed(document: bytes, *places: Place, who: str = pdf.COMPANY) -> bytes:
    return ENGINE.seal(document, pdf.material(who), places, pdf.signer(who), pdf.NOON)


def test_two_parties_seal_in_the_fields_left_for_them() -> None:
    """
    No field is added, each is signed once, and the first seal stays good: for our verifier
    and for stock pyHanko, which sees form filling only.
    """
    assert pyhanko_sm2.SM3
    document = sealed(TWO_PARTIES, AtField("A"))
    document = sealed(document, AtField("B"), who="乙方公司")

    first, second = PdfFileReader(BytesIO(document)).embedded_signatures
    first.compute_integrity_info()

    assert (first.field_name, second.field_name) == ("A", "B")
    assert isinstance(first.diff_result, DiffResult)
    assert first.diff_result.modification_level is ModificationLevel.FORM_FILLING
    assert pdf.verified(document).verdict is Verdict.VALID


def test_one_of_two_fields_may_stay_empty() -> None:
    """
    A field that was there when the seal came is no later painting over the page.
    """
    assert pdf.verified(sealed(TWO_PARTIES, AtField("B"))).verdict is Verdict.VALID


def test_a_seal_may_stand_in_a_field_and_elsewhere() -> None:
    """
    The document's field carries the signature, whatever the order of the wishes.
    """
    document = sealed(TWO_PARTIES, AtPoint(1, 10, 10), AtField("A"))

    (signature,) = PdfFileReader(BytesIO(document)).embedded_signatures

    assert signature.field_name == "A"
    assert pdf.verified(document).verdict is Verdict.VALID


def test_field_and_widget_may_be_two_objects() -> None:
    """
    The value goes to the field, the appearance to its widget; a page that does not name
    itself in the widget is found. After an earlier seal that would look like a change.
    """
    document = pdf.simple_pdf(
        [A4, f"{A4} /Annots [8 0 R]"],
        catalog="/AcroForm << /Fields [7 0 R] >>",
        extra=[
            b"<< /FT /Sig /T (A) /Kids [8 0 R] >>",
            f"<< /Type /Annot /Subtype /Widget /Parent 7 0 R {LARGE} >>".encode(),
        ],
    )

    report = pdf.verified(sealed(document, AtField("A")))

    assert report.verdict is Verdict.VALID
    assert [place.page for place in report.signatures[0].places] == [2]
    with pytest.raises(UnknownPlace):
        sealed(sealed(document, AtPoint(1, 10, 10)), AtField("A"))


@pytest.mark.parametrize("page", ["", "/Rotate 90"])
def test_the_seal_is_true_to_size_in_the_middle_of_the_field(page: str) -> None:
    """
    The field keeps its rectangle; its appearance is as large, and the seal is not stretched.
    """
    document = sealed(form(f"{FIELD} /T (A) {LARGE}", page=page), AtField("A"))

    (signature,) = PdfFileReader(BytesIO(document)).embedded_signatures
    form_object = signature.sig_field["/AP"]["/N"]
    shown = [float(side) for side in list(form_object["/BBox"])[2:]]
    width, height = (140.0, 200.0) if page else (200.0, 140.0)
    size = pdf.material().width_mm * pdf.MM

    assert shown == pytest.approx([width, height], abs=0.01)
    numbers = [float(word) for word in form_object.data.split() if _is_number(word)]
    assert numbers[:6] == pytest.approx(
        [size, 0, 0, size, (width - size) / 2, (height - size) / 2], abs=0.01
    )


def _is_number(word: bytes) -> bool:
    return word.replace(b".", b"").replace(b"-", b"").isdigit()


@pytest.mark.parametrize(
    "field",
    [
        f"{FIELD} /T (Other) {LARGE}",
        f"{FIELD} /T (A) /Rect [60 100 100 140]",
        f"{FIELD} /T (A) /Rect [0 0 0 0]",
        f"{FIELD} /T (A) {LARGE} /Lock << /Type /SigFieldLock /Action /All >>",
        f"{FIELD} /T (A) {LARGE} /SV << /Type /SV /Ff 1 /Filter /Other >>",
        f"/FT /Tx /Subtype /Widget /T (A) {LARGE}",
    ],
    ids=["missing", "too small", "invisible", "lock", "seed value", "text field"],
)
def test_other_fields_are_refused(field: str) -> None:
    """
    No such field, no room for the whole seal, or conditions a seal does not meet.
    """
    with pytest.raises(UnknownPlace):
        sealed(form(field), AtField("A"))


def test_a_signed_field_is_not_signed_again() -> None:
    """
    The first seal would be lost.
    """
    document = sealed(TWO_PARTIES, AtField("A"))

    with pytest.raises(UnknownPlace):
        sealed(document, AtField("A"), who="乙方公司")
