"""Forms made part of the page: they look as before, and nobody can fill them any more."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from pyhanko.pdf_utils.reader import PdfFileReader
from reportlab.pdfgen.canvas import Canvas

from seal_core.engines.pdf import PdfEngine
from seal_core.engines.protocol import AtField, AtPoint
from seal_core.errors import DocumentRefused
from tests.support import pdf
from tests.support.rendering import pdfium_pages, poppler_pages
from verify.report import Verdict

ENGINE = PdfEngine()
A4 = "/MediaBox [0 0 595.28 841.89]"
FIELD = "/Type /Annot /Subtype /Widget"


def filled_form() -> bytes:
    """Texts, a ticked and an empty box, a choice; on two pages, with a link beside them."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=pdf.A4_POINTS, invariant=1)
    form = canvas.acroForm
    for number in (1, 2):
        canvas.drawString(72, 780, f"Application, page {number}")
        form.textfield(name=f"name{number}", value="Zhang Wei", x=72, y=700, width=200, height=24)
        form.checkbox(name=f"yes{number}", checked=True, x=72, y=650, size=20)
        form.checkbox(name=f"no{number}", checked=False, x=120, y=650, size=20)
        form.choice(
            name=f"city{number}", value="Taiyuan", options=["Taiyuan", "Nanchang"],
            x=72, y=600, width=120, height=24,
        )  # fmt: skip
        canvas.linkURL("https://seal.example", (72, 500, 200, 520))
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def by_hand(*fields: str, page: str = "", form: str = "", extra: tuple[bytes, ...] = ()) -> bytes:
    """One page with *fields* (objects 6 and on), then *extra* objects."""
    listed = " ".join(f"{6 + index} 0 R" for index in range(len(fields)))
    return pdf.simple_pdf(
        [f"{A4} {page} /Annots [{listed}]"],
        catalog=f"/AcroForm << /Fields [{listed}] {form} >>",
        extra=[*(f"<< {entries} >>".encode() for entries in fields), *extra],
    )


def form_object(entries: str, content: bytes) -> bytes:
    return f"<< {entries} /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream"


def same(first: Image.Image, second: Image.Image) -> bool:
    """Equal but for a rounded edge here and there."""
    difference = ImageChops.difference(first, second).convert("L")
    return sum(difference.histogram()[64:]) < 40


@pytest.mark.poppler
def test_it_looks_as_before_in_two_readers(tmp_path: Path) -> None:
    """
    Pixel by pixel, in poppler and PDFium, on every page; no field is left, the link is.
    """
    document = filled_form()
    flat = ENGINE.flatten(document)

    assert flat.startswith(document)
    for before, after in (
        (poppler_pages(document, tmp_path, 100), poppler_pages(flat, tmp_path, 100)),
        (pdfium_pages(document, 100), pdfium_pages(flat, 100)),
    ):
        assert len(after) == 2
        assert all(map(same, before, after))
    reader = PdfFileReader(BytesIO(flat))
    assert "/AcroForm" not in reader.root
    pages = [kid.get_object() for kid in reader.root["/Pages"]["/Kids"]]
    assert [[a.get_object()["/Subtype"] for a in page["/Annots"]] for page in pages] == [
        ["/Link"],
        ["/Link"],
    ]


def test_it_is_sealed_afterwards() -> None:
    """
    One more revision before the seal; the result is valid.
    """
    flat = ENGINE.flatten(filled_form())
    sealed = ENGINE.seal(flat, pdf.material(), [AtPoint(1, 120, 200)], pdf.signer(), pdf.NOON)

    assert pdf.verified(sealed).verdict is Verdict.VALID


def test_fields_for_signatures_stay() -> None:
    """
    The seal may still go where a field was left for it.
    """
    look = form_object("/Subtype /Form /BBox [0 0 10 10]", b"0 0 10 10 re f")
    document = by_hand(
        f"{FIELD} /FT /Sig /T (S) /Rect [60 100 260 240]",
        f"{FIELD} /FT /Tx /T (T) /V (x) /Rect [60 300 70 310] /AP << /N 8 0 R >>",
        extra=(look,),
    )

    flat = ENGINE.flatten(document)
    sealed = ENGINE.seal(flat, pdf.material(), [AtField("S")], pdf.signer(), pdf.NOON)

    assert len(PdfFileReader(BytesIO(flat)).root["/AcroForm"]["/Fields"]) == 1
    assert pdf.verified(sealed).verdict is Verdict.VALID


@pytest.mark.parametrize("page", ["", "/Rotate 90", "/Contents [4 0 R 4 0 R]"])
def test_any_appearance_lands_where_readers_show_it(page: str) -> None:
    """
    Scaled, turned by a /Matrix, away from the origin, without /Subtype, after contents that
    leave their state behind: as before.
    """
    looks = (
        form_object("/BBox [10 10 30 20] /Matrix [0 1 -1 0 5 7]", b"1 0 0 rg 10 10 15 5 re f"),
        form_object("/Subtype /Form /BBox [0 0 8 8]", b"0 0 1 rg 0 0 8 4 re f"),
    )
    document = by_hand(
        f"{FIELD} /FT /Tx /T (A) /V (x) /Rect [60 300 160 420] /AP << /N 8 0 R >>",
        f"{FIELD} /FT /Btn /T (B) /Rect [260 300 300 380] /AS /On"
        " /AP << /N << /On 9 0 R /Off 8 0 R >> >>",
        page=page,
        extra=looks,
    )
    document = document.replace(b"72 700 Td (Contract) Tj ET", b"72 700 Td ET 2 0 0 2 9 9 cm")

    (before,), (after,) = pdfium_pages(document, 72), pdfium_pages(ENGINE.flatten(document), 72)

    assert before.convert("L").getextrema() != (255, 255)
    assert same(before, after)


def test_hidden_fields_stay_hidden() -> None:
    look = form_object("/Subtype /Form /BBox [0 0 10 10]", b"0 0 10 10 re f")
    document = by_hand(
        f"{FIELD} /F 2 /FT /Tx /T (T) /V (x) /Rect [60 300 160 400] /AP << /N 7 0 R >>",
        extra=(look,),
    )

    (before,), (after,) = pdfium_pages(document, 72), pdfium_pages(ENGINE.flatten(document), 72)
    assert same(before, after)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (by_hand(f"{FIELD} /FT /Tx /T (T) /V (lost) /Rect [60 300 160 400]"), "form_not_drawn"),
        (
            by_hand(
                f"{FIELD} /FT /Tx /T (T) /V (new) /Rect [60 300 160 400] /AP << /N 7 0 R >>",
                form="/NeedAppearances true",
                extra=(form_object("/Subtype /Form /BBox [0 0 10 10]", b""),),
            ),
            "form_not_drawn",
        ),
        (pdf.sealed_regardless(filled_form()), "form_signed"),
        (by_hand(form="/XFA ()"), "form_with_scripts"),
    ],
    ids=["no appearance", "stale appearance", "signed", "xfa"],
)
def test_nothing_is_lost_or_broken(document: bytes, reason: str) -> None:
    """
    A value nobody drew, one that was drawn before it changed, a signature: refused.
    """
    with pytest.raises(DocumentRefused) as refusal:
        ENGINE.flatten(document)
    assert refusal.value.reason == reason


def test_a_document_without_a_form_has_nothing_to_flatten() -> None:
    """
    Sealed as any other.
    """
    flat = ENGINE.flatten(pdf.simple_pdf())
    assert ENGINE.outline(flat).signatures == 0
