"""The QR code beside a seal: read by another's reader from a rendered page, and in nobody's way."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pypdfium2 as pdfium
import pytest
import zxingcpp
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel

from seal_core.engines.pdf import PdfEngine
from seal_core.engines.pdf_codes import rows_of, side_of
from seal_core.engines.protocol import AtPoint, OnEveryPage, Place, Seam
from tests.support import pdf, pyhanko_sm2
from tests.support.rendering import pdfium_pages, poppler_pages
from verify.report import Verdict

LINK = "https://seal.example.gov.cn/verify/"
DPI = 150
SIDE = side_of(rows_of(LINK))
PAGES = {
    "A4": "/MediaBox [0 0 595.28 841.89]",
    "turned": "/MediaBox [0 0 595.28 841.89] /Rotate 90",
    "upside down": "/MediaBox [0 0 595.28 841.89] /Rotate 180",
    "cropped": "/MediaBox [0 0 700 900] /CropBox [50 30 645.28 871.89]",
    "unit": "/MediaBox [0 0 300 420] /UserUnit 2",
}


def sealed(document: bytes, *places: Place, who: str = pdf.COMPANY) -> bytes:
    material = replace(pdf.material(who), link=LINK)
    return PdfEngine().seal(document, material, places, pdf.signer(who), pdf.NOON)


def codes(image: Image.Image, unit: int = 1) -> list[tuple[float, float, float, float]]:
    """Left, top, width and height in mm of every code on the page that reads LINK.

    PDFium draws as if *unit* were 1.
    """
    found, mm = [], unit * 25.4 / DPI
    for code in zxingcpp.read_barcodes(image):
        assert code.text == LINK
        corners = [getattr(code.position, n) for n in ("top_left", "bottom_right")]
        (left, top), (right, bottom) = ((c.x * mm, c.y * mm) for c in corners)
        found.append((left, top, right - left, bottom - top))
    return found


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_it_is_read_and_true_to_size_on_any_page(page: str) -> None:
    """
    Modules of half a millimetre: the code has its size in mm whatever the page's boxes, turn and
    unit; it stands right of the seal, at its foot.
    """
    (image,) = pdfium_pages(sealed(pdf.simple_pdf([page]), AtPoint(1, 30, 90)), DPI)

    ((left, top, width, height),) = codes(image, 2 if "UserUnit" in page else 1)

    ink = SIDE - 8 * 0.5
    assert (width, height) == pytest.approx((ink, ink), abs=0.4)
    assert (left, top) == pytest.approx((30 + 42 + 2 + 2, 90 + 42 - SIDE + 2), abs=0.4)


@pytest.mark.poppler
def test_poppler_shows_it_too(tmp_path: Path) -> None:
    document = sealed(pdf.simple_pdf(), AtPoint(1, 30, 90))
    (image,) = poppler_pages(document, tmp_path, DPI)

    assert len(codes(image)) == 1


def test_it_gives_way_to_what_is_drawn() -> None:
    """
    Text on the right moves it to the left; no room on any side leaves it out; a line as thin as
    a hair counts as text does. The seal itself stands where it was wished.
    """
    right = b"BT /F1 10 Tf 220 430 Td (this clause stands to the right of the seal) Tj ET"
    hair = b"0.3 w 0 0 m 595 842 l S " + b"".join(
        b"0 %d m 595 %d l S " % (y, y) for y in range(300, 700, 40)
    )
    for content, count, left in ((right, 1, 70 - 2 - SIDE + 2), (hair, 0, 0)):
        document = sealed(pdf.simple_pdf(content=content), AtPoint(1, 70, 110))
        (image,) = pdfium_pages(document, DPI)
        found = codes(image)
        assert len(found) == count
        assert [x for x, *_ in found] == pytest.approx([left] * count, abs=0.4)
        (place,) = pdf.verified(document).signatures[0].places
        assert (place.x_mm, place.y_mm, place.w_mm) == pytest.approx((70, 110, 42), abs=0.01)


def test_it_stays_inside_the_page_and_off_other_seals() -> None:
    """
    At the right edge it goes left; between two seals of one signature it goes below.
    """
    (image,) = pdfium_pages(sealed(pdf.simple_pdf(), AtPoint(1, 165, 90)), DPI)
    assert codes(image)[0][0] == pytest.approx(165 - 2 - SIDE + 2, abs=0.4)

    places = AtPoint(1, 55, 90), AtPoint(1, 5, 90), AtPoint(1, 105, 90)
    (image,) = pdfium_pages(sealed(pdf.simple_pdf(), *places), DPI)
    assert codes(image)[0][1] == pytest.approx(90 + 42 + 2 + 2, abs=0.4)


def test_there_is_one_for_a_signature_and_none_for_slices() -> None:
    """
    On every page the first only; a seam alone has no whole seal to stand beside.
    """
    pages = [PAGES["A4"]] * 4
    every = pdfium_pages(sealed(pdf.simple_pdf(pages), OnEveryPage(20, 20)), DPI)
    seam = pdfium_pages(sealed(pdf.simple_pdf(pages), Seam()), DPI)

    assert [len(codes(image)) for image in every] == [1, 0, 0, 0]
    assert [len(codes(image)) for image in seam] == [0] * 4


def test_earlier_signatures_survive_and_it_is_no_place_of_the_seal() -> None:
    """
    For stock pyHanko form filling only; our report tells of two seals in two places.
    """
    assert pyhanko_sm2.SM3
    document = sealed(pdf.simple_pdf(), AtPoint(1, 20, 20))
    document = sealed(document, AtPoint(1, 100, 200), who="乙方公司")

    first = PdfFileReader(BytesIO(document)).embedded_signatures[0]
    first.compute_integrity_info()
    report = pdf.verified(document)
    (image,) = pdfium_pages(document, DPI)

    assert isinstance(first.diff_result, DiffResult)
    assert first.diff_result.modification_level is ModificationLevel.FORM_FILLING
    assert report.verdict is Verdict.VALID
    assert [len(s.places) for s in report.signatures] == [1, 1]
    assert len(codes(image)) == 2


def test_it_is_drawn_not_pictured() -> None:
    """
    Rectangles, so that it is sharp on any printer: no further image.
    """
    with pdfium.PdfDocument(sealed(pdf.simple_pdf(), AtPoint(1, 30, 90))) as opened:
        opened.init_forms()
        leaf = opened[0]
        image = leaf.render(scale=8).to_pil().convert("L")
        leaf.close()
    plain = PdfEngine().seal(
        pdf.simple_pdf(), pdf.material(), [AtPoint(1, 30, 90)], pdf.signer(), pdf.NOON
    )

    assert sealed(pdf.simple_pdf(), AtPoint(1, 30, 90)).count(b"/Image") == plain.count(b"/Image")
    assert image.size[0] > 4000
