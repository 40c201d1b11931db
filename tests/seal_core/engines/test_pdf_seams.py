"""骑缝章 as two readers draw it: laid side by side, the slices are the seal; and whole stories."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from pyhanko.pdf_utils.reader import PdfFileReader

from seal_core.engines.pdf import Companion, PdfEngine
from seal_core.engines.pdf_archive import add_document_timestamp
from seal_core.engines.placement import MIN_SLICE_MM
from seal_core.engines.protocol import AtPoint, Place, Seam
from seal_core.formats.algorithms import SM3
from tests.support import pdf, wide_world
from tests.support.rendering import pdfium_pages, poppler_pages
from tests.support.stock_pyhanko import StockSigner
from verify.report import Kind, Verdict

ENGINE = PdfEngine()
DPI = 150
PX = DPI / 25.4
SEAL_MM = 42.0
A4 = "/MediaBox [0 0 595.28 841.89]"
LANDSCAPE = "/MediaBox [0 0 841.89 595.28]"
TURNED = "/MediaBox [0 0 595.28 841.89] /Rotate 90"
A3 = "/MediaBox [0 0 841.89 1190.55]"
CROPPED = "/MediaBox [0 0 700 900] /CropBox [50 30 645.28 871.89]"

Draw = Callable[[bytes, Path], list[Image.Image]]


def by_pdfium(document: bytes, folder: Path) -> list[Image.Image]:
    del folder
    return pdfium_pages(document, DPI)


def by_poppler(document: bytes, folder: Path) -> list[Image.Image]:
    return poppler_pages(document, folder, DPI)


READERS = [by_pdfium, pytest.param(by_poppler, marks=pytest.mark.poppler)]


def sealed(document: bytes, *places: Place, who: str = pdf.COMPANY) -> bytes:
    return ENGINE.seal(document, pdf.material(who), places, pdf.signer(who), pdf.NOON)


def blank(*pages: str) -> bytes:
    return pdf.simple_pdf(pages, content=b"")


def ink(image: Image.Image) -> Image.Image:
    """White on black where the seal is red."""
    red, green, _ = image.convert("RGB").split()
    bright = red.point(lambda level: 255 if level > 128 else 0)
    dark = green.point(lambda level: 255 if level < 128 else 0)
    return ImageChops.multiply(bright, dark)


def whole_seal(draw: Draw, folder: Path) -> Image.Image:
    """The seal as this reader draws it in one piece."""
    (page,) = draw(sealed(blank(A4), AtPoint(1, 20, 20)), folder)
    side = round(SEAL_MM * PX)
    begin = round(20 * PX)
    return ink(page).crop((begin, begin, begin + side, begin + side))


def reassembled(pages: list[Image.Image], strips: list[tuple[float, float, float]]) -> Image.Image:
    """The strips of the pages side by side: of each (left, top, width) in mm, SEAL_MM high."""
    side = round(SEAL_MM * PX)
    sheet, at = Image.new("L", (side, side)), 0.0
    for page, (left, top, width) in zip(pages, strips, strict=True):
        strip = ink(page).crop(
            (round(left * PX), round(top * PX), round((left + width) * PX), round(top * PX) + side)
        )
        sheet.paste(strip, (round(at * PX), 0))
        at += width
    return sheet


def likeness(first: Image.Image, second: Image.Image) -> float:
    """Common ink by all ink, the best of shifts by a pixel: renderers round each page alone."""
    best = 0.0
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            moved = ImageChops.offset(second, dx, dy)
            common = ImageChops.multiply(first, moved).histogram()[255]
            everything = ImageChops.lighter(first, moved).histogram()[255]
            best = max(best, common / everything)
    return best


@pytest.mark.parametrize("draw", READERS)
@pytest.mark.parametrize(
    ("pages", "seam", "earlier"),
    [
        ([A4] * 5, Seam(), False),
        ([A4] * 5, Seam(), True),
        ([A4] * 5, Seam("left", 0.25), False),
        ([A4, LANDSCAPE, TURNED, A3, CROPPED], Seam(offset=0.4), False),
        ([A4, LANDSCAPE, TURNED, A3, CROPPED], Seam("left", 0.4), True),
    ],
    ids=["right", "after a seal", "left", "mixed sheets", "mixed sheets, left, after a seal"],
)
def test_slices_reassemble_to_the_seal(
    pages: list[str], seam: Seam, earlier: bool, draw: Draw, tmp_path: Path
) -> None:
    """
    At 150 dpi, cut from the edges of the drawn pages and pasted together: the seal as the same
    reader draws it in one piece. Each slice, the first and the last as well, is 8.4 mm wide.
    """
    document = blank(*pages)
    if earlier:
        document = sealed(document, AtPoint(1, 60, 10), who="乙方公司")
    document = sealed(document, seam)
    drawn = draw(document, tmp_path)

    width = SEAL_MM / len(pages)
    report = pdf.verified(document)
    assert report.verdict is Verdict.VALID
    places = report.signatures[-1].places
    assert [place.page for place in places] == [1, 2, 3, 4, 5]
    strips = [(place.x_mm, place.y_mm, place.w_mm) for place in places]
    assert all(strip[2] == pytest.approx(width, abs=0.02) for strip in strips)
    order = slice(None, None, -1) if seam.edge == "left" else slice(None)
    seal = reassembled(drawn[order], strips[order])
    assert likeness(whole_seal(draw, tmp_path), seal) > 0.85


@pytest.mark.poppler
def test_two_readers_draw_the_same_seal(tmp_path: Path) -> None:
    """
    Poppler and PDFium at 150 dpi, pixel by pixel.
    """
    first, second = (whole_seal(draw, tmp_path) for draw in (by_pdfium, by_poppler))

    assert likeness(first, second) > 0.9


def test_likeness_tells_a_seal_put_together_wrongly(tmp_path: Path) -> None:
    """
    The measure itself: two slices exchanged are not the seal any more.
    """
    drawn = by_pdfium(sealed(blank(*[A4] * 5), Seam()), tmp_path)
    left, top = 210 - SEAL_MM / 5, 297 / 2 - SEAL_MM / 2
    strips = [(left, top, SEAL_MM / 5)] * 5

    right = likeness(whole_seal(by_pdfium, tmp_path), reassembled(drawn, strips))
    drawn[1], drawn[3] = drawn[3], drawn[1]
    wrong = likeness(whole_seal(by_pdfium, tmp_path), reassembled(drawn, strips))

    assert right > 0.85 > 0.7 > wrong


def test_hundreds_of_pages_are_sealed_in_groups() -> None:
    """
    303 pages: every page bears a slice of at least 5 mm, each group makes up the whole seal, and
    no group is larger than another by more than a page.
    """
    report = pdf.verified(sealed(blank(*[A4] * 303), Seam()))

    places = report.signatures[0].places
    assert [place.page for place in places] == list(range(1, 304))
    assert min(place.w_mm for place in places) >= MIN_SLICE_MM
    groups = [1]
    for before, after in pairwise(places):
        if abs(before.w_mm - after.w_mm) < 0.01 and groups[-1] * before.w_mm < SEAL_MM - 0.5:
            groups[-1] += 1
        else:
            groups.append(1)
    assert {7, 8} >= set(groups)
    assert sum(groups) == 303
    assert report.verdict is Verdict.VALID


def test_duplex_seams_stand_on_the_fronts() -> None:
    """
    Printed on both sides, only odd pages show an edge: they make up the seal among themselves.
    """
    report = pdf.verified(sealed(blank(*[A4] * 9), Seam(pages="odd")))

    places = report.signatures[0].places
    assert [place.page for place in places] == [1, 3, 5, 7, 9]
    assert sum(place.w_mm for place in places) == pytest.approx(SEAL_MM, abs=0.05)


# --- the whole story ------------------------------------------------------------------


@pytest.mark.poppler
def test_seal_seal_seam_and_time_stamp(tmp_path: Path) -> None:
    """
    A foreign ECDSA signature, two seals, a seam with an RSA companion, a document time stamp: at
    the end everything is valid for everybody who can say so. Ours for all six, stock pyHanko and
    pdfsig for ECDSA and RSA, OpenSSL for the three SM2 values and their digests.
    """
    buyer = wide_world.issued("p256", "Foreign Buyer")
    document = StockSigner(buyer.key, buyer.signer.certificate, buyer.signer.chain).sign(
        blank(*[A4] * 4), pdf.NOON
    )
    document = sealed(document, AtPoint(4, 120, 200))
    document = sealed(document, AtPoint(4, 30, 200), who="乙方公司")
    companion = Companion(wide_world.issued("rsa").signer, wide_world.RsaTimeStamper())
    document = PdfEngine(companion=companion).seal(
        document, pdf.material("丙方公司"), [Seam()], pdf.signer("丙方公司"), pdf.NOON
    )
    document = add_document_timestamp(document, pdf.TestTimeStamper())

    report = pdf.verified(document, *wide_world.roots())
    assert report.verdict is Verdict.VALID
    assert [s.kind for s in report.signatures] == [
        Kind.SIGNATURE, Kind.SEAL, Kind.SEAL, Kind.SEAL, Kind.SIGNATURE, Kind.TIMESTAMP,
    ]  # fmt: skip
    stock = wide_world.stock_verdicts(document)
    assert [each.bottom_line for each in stock.values()] == [True, True]
    told = wide_world.pdfsig(document, tmp_path)
    assert told.count("Signature is Valid.") == told.count("Certificate is Trusted.") == 2
    assert _sm2_values_openssl_agrees_with(document, tmp_path) == 3
    poppler_pages(document, tmp_path, 30)  # says nothing


def _sm2_values_openssl_agrees_with(document: bytes, folder: Path) -> int:
    """SM2 over the signed attributes, and the SM3 in them over the byte range, both by OpenSSL."""
    agreed = set()
    source = folder / "document.pdf"
    source.write_bytes(document)
    with source.open("rb") as stream:
        for signature in PdfFileReader(stream).embedded_regular_signatures:
            info = signature.signer_info
            if info["digest_algorithm"]["algorithm"].dotted != SM3:
                continue
            _, a, b, c = signature.byte_range
            (folder / "range").write_bytes(document[:a] + document[b : b + c])
            attributes = info["signed_attrs"]
            digest = next(x for x in attributes if x["type"].native == "message_digest")
            told = _openssl(folder, "dgst", "-sm3", "-binary", "range")
            assert told == digest["values"][0].native
            serial = info["sid"].chosen["serial_number"].native
            certificates = signature.signed_data["certificates"]
            own = next(c for c in certificates if c.chosen.serial_number == serial)
            (folder / "message").write_bytes(attributes.untag().dump())
            (folder / "value").write_bytes(info["signature"].native)
            (folder / "certificate").write_bytes(own.dump())
            key = ("x509", "-inform", "DER", "-in", "certificate", "-noout", "-pubkey")
            (folder / "key").write_bytes(_openssl(folder, *key))
            verdict = _openssl(
                folder, "dgst", "-sm3", "-verify", "key", "-sigopt", "distid:1234567812345678",
                "-signature", "value", "message",
            )  # fmt: skip
            assert verdict == b"Verified OK\n"
            agreed.add(b)  # the fields of a seam share one value
    return len(agreed)


def _openssl(folder: Path, *arguments: str) -> bytes:
    return subprocess.run(
        ("openssl", *arguments), cwd=folder, check=True, capture_output=True
    ).stdout
