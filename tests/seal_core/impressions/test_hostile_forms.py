"""Forms made to hurt: every one costs little and ends in a finding or a refusal."""

from __future__ import annotations

import io
import resource
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from seal_core.errors import DocumentRefused
from seal_core.impressions import FindingCode, Outline, Wanted
from seal_core.impressions.pages import MAX_PAGES
from seal_core.impressions.reading import read_form

WANTED = (Wanted("statutory_name", Outline.ROUND, 40, 40),)


def image_page(columns: int, rows: int) -> bytes:
    """A page whose picture claims *columns* × *rows* pixels."""
    data = zlib.compress(b"\x00" * 1000)
    drawing = b"q 595 0 0 842 0 0 cm /I Do Q"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</XObject<</I 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawing), drawing),
        b"<</Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8"
        b"/ColorSpace/DeviceRGB/Filter/FlateDecode/Length %d>>stream\n%s\nendstream"
        % (columns, rows, len(data), data),
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n"
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start


def drawn(pages: int, size: tuple[float, float] = (595, 842)) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size, invariant=1)
    for _ in range(pages):
        canvas.setStrokeColorRGB(0.8, 0.1, 0.1)
        canvas.rect(100, 100, 300, 20)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@pytest.mark.parametrize("side", [60_000, 12_000])
def test_an_image_larger_than_any_scan_is_not_decoded(side: int) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reading = read_form(image_page(side, side), WANTED)
    assert reading.impressions == ()
    assert FindingCode.PAGE_TOO_LARGE in {f.code for f in reading.findings}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB


def test_of_two_hundred_pages_the_first_are_read() -> None:
    reading = read_form(drawn(200, (420, 300)), WANTED)
    assert (FindingCode.TOO_MANY_PAGES, str(MAX_PAGES)) in {
        (f.code, f.detail) for f in reading.findings
    }


def test_a_page_as_large_as_a_house_is_not_drawn() -> None:
    reading = read_form(drawn(1, (14_400, 14_400)), WANTED)
    assert [f.code for f in reading.findings] == [
        FindingCode.PAGE_TOO_LARGE,
        FindingCode.TOO_FEW,
    ]


@pytest.mark.parametrize("size", [(1, 1), (3, 842), (842, 3)])
def test_a_page_hardly_there_has_no_seals(size: tuple[float, float]) -> None:
    assert read_form(drawn(1, size), WANTED).impressions == ()


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"PK\x03\x04", drawn(1)[:400]])
def test_what_is_no_pdf_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentRefused):
        read_form(data, WANTED)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 3000), st.binary(min_size=1, max_size=12))
def test_damage_ends_in_a_reading_or_a_refusal(at: int, junk: bytes) -> None:
    data = image_page(40, 40)
    try:
        reading = read_form(data[:at] + junk + data[at + len(junk) :], WANTED)
    except DocumentRefused:
        return
    assert reading.impressions == ()


def test_the_web_does_not_load_opencv() -> None:
    """
    Wishes, words and the printed form need no OpenCV: it would cost each web process 0.7 s.
    """
    program = (
        "import sys, seal_core.impressions, seal_core.impressions.form_layout, app.papers;"
        "sys.exit('cv2' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[3]
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0
