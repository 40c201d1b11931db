"""The seal is as large as on paper and stands where it was wished, on any kind of page."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from seal_core.engines.pdf import PdfEngine
from seal_core.engines.protocol import AtKeyword, AtPattern, AtPoint, OnEveryPage, Place, Seam
from seal_core.errors import UnknownPlace
from tests.support import pdf

ENGINE = PdfEngine()
DPI = 150
TOLERANCE_MM = 0.2
PAGES = {
    "A4": "/MediaBox [0 0 595.28 841.89]",
    "A4 rotated 90": "/MediaBox [0 0 595.28 841.89] /Rotate 90",
    "A4 rotated 180": "/MediaBox [0 0 595.28 841.89] /Rotate 180",
    "A4 rotated 270": "/MediaBox [0 0 595.28 841.89] /Rotate 270",
    "A4 rotated -90": "/MediaBox [0 0 595.28 841.89] /Rotate -90",
    "cropped": "/MediaBox [0 0 700 900] /CropBox [50 30 645.28 871.89]",
    "cropped and rotated": "/MediaBox [-20 -30 700 900] /CropBox [50 30 645 871] /Rotate 90",
    "A5 landscape": "/MediaBox [0 0 595 420]",
    "A2": "/MediaBox [0 0 1191 1684]",
}


def sealed(document: bytes, *places: Place) -> bytes:
    return ENGINE.seal(document, pdf.material(), places, pdf.signer(), pdf.NOON)


def rendered(document: bytes, folder: Path, dpi: int = DPI) -> list[Image.Image]:
    """All pages as poppler shows them, at their crop box."""
    source = folder / "in.pdf"
    source.write_bytes(document)
    subprocess.run(
        ("pdftoppm", "-r", str(dpi), "-cropbox", "-png", source, folder / "page"), check=True
    )
    return [Image.open(path).convert("RGB") for path in sorted(folder.glob("page*.png"))]


def red_box(image: Image.Image) -> tuple[float, ...]:
    """Left, top, width and height of all that is red, in mm."""
    red, green, _ = image.split()
    mask = Image.eval(green, lambda v: 255 if v < 128 else 0)
    bright = Image.eval(red, lambda v: 255 if v > 128 else 0)
    box = Image.composite(mask, Image.new("L", image.size), bright).getbbox()
    assert box is not None
    left, top, right, bottom = (value * 25.4 / DPI for value in box)
    return left, top, right - left, bottom - top


@pytest.mark.poppler
@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_poppler_shows_the_seal_at_its_size_and_place(page: str, tmp_path: Path) -> None:
    """
    42 mm wide and high, 30 mm from the left and 50 mm from the top of the page as shown.
    """
    document = sealed(pdf.simple_pdf([page]), AtPoint(1, 30, 50))

    (image,) = rendered(document, tmp_path)

    # a pixel is 0.17 mm
    assert red_box(image) == pytest.approx((30, 50, 42, 42), abs=TOLERANCE_MM)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_pdfium_shows_the_same(page: str) -> None:
    """
    The second renderer, which browsers use.
    """
    document = sealed(pdf.simple_pdf([page]), AtPoint(1, 30, 50))

    with pdfium.PdfDocument(document) as opened:
        opened.init_forms()  # else signature fields are not drawn
        leaf = opened[0]
        image = leaf.render(scale=DPI / 72).to_pil().convert("RGB")
        leaf.close()

    assert red_box(image) == pytest.approx((30, 50, 42, 42), abs=TOLERANCE_MM)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_sizes_are_those_displayed(rotation: int) -> None:
    """
    Outline tells the size as shown: cropped, turned and in user units.
    """
    entries = f"/MediaBox [0 0 900 900] /CropBox [10 20 10000 308] /Rotate {rotation} /UserUnit 2"

    (size,) = ENGINE.outline(pdf.simple_pdf([entries])).pages

    expected = (890 * 2 / pdf.MM, 288 * 2 / pdf.MM)
    if rotation in {90, 270}:
        expected = expected[::-1]
    assert (size.width_mm, size.height_mm) == pytest.approx(expected)


def test_a_user_unit_makes_the_rectangle_smaller() -> None:
    """
    With /UserUnit 2 a unit is 1/36 inch, so 42 mm are half as many units (poppler ignores it).
    """
    page = "/MediaBox [0 0 595 842] /UserUnit 2"

    (rect,) = pdf.rectangles(sealed(pdf.simple_pdf([page]), AtPoint(1, 10, 20)))

    unit = pdf.MM / 2
    assert rect == pytest.approx((10 * unit, 842 - 62 * unit, 52 * unit, 842 - 20 * unit), abs=1e-3)


def test_sheets_from_a0_to_a5_in_one_document() -> None:
    """
    The same millimetres on each, in the corner that is right for the sheet.
    """
    sheets = [(2384, 3370), (1684, 2384), (1191, 1684), (842, 1191), (595, 842), (420, 595)]
    pages = [f"/MediaBox [0 0 {width} {height}]" for width, height in sheets]

    document = sealed(pdf.simple_pdf(pages), OnEveryPage(9_999, 9_999))

    for (width, height), rect in zip(sheets, pdf.rectangles(document), strict=True):
        size = 42 * pdf.MM
        assert rect == pytest.approx((width - size, 0, width, size), abs=0.01)
        assert height > size


def test_boxes_are_inherited() -> None:
    """
    /MediaBox and /Rotate may stand on any ancestor of the page (ISO 32000-2, 7.7.3.4).
    """
    document = pdf.simple_pdf([""]).replace(
        b"/Type /Pages", b"/Type /Pages /Rotate 90 /MediaBox [0 0 200 100]"
    )
    # the table of offsets is wrong now; the engine repairs unsigned documents
    (size,) = ENGINE.outline(document).pages

    assert (size.width_mm, size.height_mm) == pytest.approx((100 / pdf.MM, 200 / pdf.MM))


def write_clause(canvas: Canvas) -> None:
    """甲方（盖章） in three pieces with gaps, 乙方(盖章) in one, and the same once more."""
    canvas.drawString(100, 700, "甲方")
    canvas.drawString(130, 700, "（盖 ")
    canvas.drawString(160, 700, "章）：")
    canvas.drawString(100, 600, "乙方(盖章)：")
    canvas.drawString(300, 500, "乙方（盖章）：")


def centres(document: bytes) -> list[tuple[float, float]]:
    return [((a + c) / 2, (b + d) / 2) for a, b, c, d in pdf.rectangles(document)]


def test_a_keyword_is_found_across_spans_and_width_variants() -> None:
    """
    Pieces, blanks and full-width brackets make no difference; the seal is centred on the text.
    """
    document = pdf.chinese_pdf(write_clause)

    ((x, y),) = centres(sealed(document, AtKeyword("甲方(盖章)")))

    assert x == pytest.approx(140, abs=8)
    assert y == pytest.approx(704, abs=3)


def test_keywords_are_counted_and_all_may_be_sealed() -> None:
    """
    nth counts from 1, 0 means all, offsets are in mm to the right and down.
    """
    document = pdf.chinese_pdf(write_clause)

    both = centres(sealed(document, AtKeyword("乙方（盖章）", nth=0)))
    second = centres(sealed(document, AtKeyword("乙方（盖章）", nth=2)))
    moved = centres(sealed(document, AtKeyword("乙方（盖章）", nth=2, dx_mm=10, dy_mm=5)))

    assert [round(y, -1) for _, y in both] == [600, 500]
    assert second == [both[1]]
    assert moved[0] == pytest.approx((second[0][0] + 10 * pdf.MM, second[0][1] - 5 * pdf.MM))


def test_a_pattern_is_matched_line_by_line() -> None:
    """
    Brackets of any width are the compatible ones, blanks count nowhere, lines end a match.
    """
    document = pdf.chinese_pdf(write_clause)

    found = centres(sealed(document, AtPattern(re.compile(r"[甲乙]方\(盖章\)"), nth=0)))

    assert found == centres(
        sealed(document, AtKeyword("甲方（盖章）"), AtKeyword("乙方（盖章）", nth=0))
    )
    with pytest.raises(UnknownPlace):
        sealed(document, AtPattern(re.compile("甲方.*乙方")))


@pytest.mark.poppler
@pytest.mark.parametrize("page", ["A4", "A4 rotated 90", "cropped", "cropped and rotated"])
def test_a_keyword_is_sealed_where_it_is_shown(page: str, tmp_path: Path) -> None:
    """
    Turned and cropped pages too: the seal's middle is the middle of the dark text.
    """
    plain = pdf.simple_pdf([PAGES[page]], content=b"BT /F1 20 Tf 300 400 Td (STAMP) Tj ET")
    (image,) = rendered(plain, tmp_path)
    dark = image.convert("L").point(lambda v: 255 if v < 128 else 0).getbbox()
    assert dark is not None
    middle = [(dark[i] + dark[i + 2]) / 2 * 25.4 / DPI for i in (0, 1)]

    (image,) = rendered(sealed(plain, AtKeyword("STAMP")), tmp_path)

    left, top, width, height = red_box(image)
    assert (left + width / 2, top + height / 2) == pytest.approx(middle, abs=1)


@pytest.mark.poppler
def test_slices_of_a_seam_make_up_the_seal(tmp_path: Path) -> None:
    """
    Ten mixed pages in two groups: the slices of a group, side by side, are the whole seal.
    """
    kinds = ["A4", "A4 rotated 90", "A4 rotated 180", "cropped", "A4"] * 2
    document = sealed(pdf.simple_pdf([PAGES[kind] for kind in kinds], content=b""), Seam())

    images = rendered(document, tmp_path)

    slices = [red_box(image) for image in images]
    assert all(w == pytest.approx(42 / 5, abs=TOLERANCE_MM) for _, _, w, _ in slices)
    for group in (images[:5], images[5:]):
        assert _joined_box(group) == pytest.approx((42, 42), abs=0.6)


def _joined_box(pages: list[Image.Image]) -> tuple[float, float]:
    """Cut the last 8.4 mm of every page, lay them side by side, and measure what is red."""
    strip = round(42 / 5 * DPI / 25.4)
    sheet = Image.new("RGB", (strip * len(pages), max(p.height for p in pages)), "white")
    for index, page in enumerate(pages):
        sheet.paste(page.crop((page.width - strip, 0, page.width, page.height)), (index * strip, 0))
    _, _, width, height = red_box(sheet)
    return width, height
