"""PDF of every kind people send: sealed as they are, and opened by two readers without a word."""

from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from pyhanko.pdf_utils.reader import PdfFileReader

from seal_core.engines.pdf import PdfEngine
from seal_core.engines.protocol import AtPoint, Place
from seal_core.errors import DocumentRefused
from tests.support import pdf, pdf_inputs
from tests.support.rendering import pdfium_pages, poppler_pages
from verify.report import Verdict

ENGINE = PdfEngine()
HERE = AtPoint(1, 30, 150)
THERE = AtPoint(1, 100, 150)


def sealed(document: bytes, place: Place = HERE, who: str = pdf.COMPANY) -> bytes:
    return ENGINE.seal(document, pdf.material(who), [place], pdf.signer(who), pdf.NOON)


KINDS = {
    "classic": pdf.simple_pdf(),
    "linearised": pdf_inputs.linearised_pdf(),
    "hybrid": pdf.hybrid_pdf(),
    "object streams": pdf.stream_xref_pdf(),
    "AES-256, empty user password": pdf.encrypted_pdf(""),
    "PDF/A-2": pdf_inputs.archival_pdf(2),
    "PDF/A-3": pdf_inputs.archival_pdf(3),
    "filled form": pdf.simple_pdf(
        ["/MediaBox [0 0 595 842] /Annots [6 0 R]"],
        catalog="/AcroForm << /Fields [6 0 R] /DA (/F1 0 Tf 0 g) >>",
        extra=[b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (T) /V (x) /Rect [60 60 90 90] >>"],
    ),
    "version 1.3": pdf.simple_pdf().replace(b"%PDF-1.7", b"%PDF-1.3"),
    "octets after the end": pdf.simple_pdf() + b"\r\n\r\n",
}


def reds(image: Image.Image) -> int:
    """Pixels as red as a seal."""
    red, green, _ = image.convert("RGB").split()
    bright = red.point(lambda level: 255 if level > 150 else 0)
    dark = green.point(lambda level: 255 if level < 90 else 0)
    return ImageChops.multiply(bright, dark).histogram()[255]


@pytest.mark.poppler
@pytest.mark.parametrize("document", KINDS.values(), ids=KINDS)
def test_two_seals_open_without_a_warning(document: bytes, tmp_path: Path) -> None:
    """
    Nothing of the input changes; poppler, which warns of whatever it has to repair, is silent;
    both readers show two seals; the verifier finds both valid.
    """
    result = sealed(sealed(document), THERE, "乙方公司")

    assert result.startswith(document)
    assert pdf.verified(result).verdict is Verdict.VALID
    (tmp_path / "sealed.pdf").write_bytes(result)
    told = subprocess.run(
        ("pdfsig", "-nocert", tmp_path / "sealed.pdf"), check=False, capture_output=True
    )
    assert told.stdout.count(b"Signature Type: ETSI.CAdES.detached") == 2
    counts = [
        reds(pages[0]) for pages in (poppler_pages(result, tmp_path, 50), pdfium_pages(result, 50))
    ]
    once = reds(pdfium_pages(sealed(document), 50)[0])
    assert min(counts) > 1.6 * once > 300


BROKEN = {
    "startxref": pdf.simple_pdf().replace(b"startxref\n", b"startxref\n9"),
    "cut off": pdf.simple_pdf()[:-10],
    "table": pdf.simple_pdf().replace(b"0000000015 00000 n", b"0000000099 00000 n"),
    "before the header": b"\n\n" + pdf.simple_pdf(),
}


@pytest.mark.poppler
@pytest.mark.parametrize("document", BROKEN.values(), ids=BROKEN)
def test_damage_is_repaired_where_nothing_is_signed(document: bytes, tmp_path: Path) -> None:
    """
    Written anew with sound cross references: no reader has anything left to repair.
    """
    result = sealed(document)

    assert pdf.verified(result).verdict is Verdict.VALID
    assert reds(poppler_pages(result, tmp_path, 50)[0]) > 300
    assert reds(pdfium_pages(result, 50)[0]) > 300


@pytest.mark.parametrize("damage", [b"startxref\n9", b"startxref\n-"])
def test_damage_in_a_signed_document_is_left_alone(damage: bytes) -> None:
    """
    Whatever its kind: the repaired bytes would not be those that were signed.
    """
    for document in (KINDS["classic"], KINDS["linearised"], KINDS["object streams"]):
        head, _, tail = sealed(document).rpartition(b"startxref\n")
        with pytest.raises(DocumentRefused) as refusal:
            sealed(head + damage + tail, THERE)
        assert refusal.value.reason == "broken_signed"


# --- PDF/A ----------------------------------------------------------------------------


@pytest.mark.parametrize("part", [2, 3])
@pytest.mark.parametrize("intent", ["sRGB", "FOGRA39"])
def test_what_is_pdf_a_stays_pdf_a(part: int, intent: str) -> None:
    """
    The clauses of ISO 19005-2 and -3 a seal could break; there is no veraPDF here to ask.

    The metadata and the output intent are those of the input (6.6.2.1, 6.2.3), every colour is
    calibrated whatever the intent (6.2.4.3), annotations are printed and not hidden (6.3.2), have
    one appearance (6.3.3) and no action (6.5.1), the form asks for no redrawing (6.4.1), nothing
    is encrypted (6.1.3) and the file has an identifier (6.1.3).
    """
    document = pdf_inputs.archival_pdf(part, intent)
    reader = PdfFileReader(BytesIO(sealed(sealed(document), THERE, "乙方公司")))
    before = PdfFileReader(BytesIO(document))

    for key in ("/Metadata", "/OutputIntents"):
        assert reader.root.raw_get(key) == before.root.raw_get(key)
    assert reader.root["/Metadata"].data == before.root["/Metadata"].data
    assert reader.xrefs.get_last_change(reader.root.raw_get("/Metadata").reference) == 0
    annotations = [each.get_object() for each in reader.root["/Pages"]["/Kids"][0]["/Annots"]]
    assert len(annotations) == 2
    for annotation in annotations:
        assert int(annotation["/F"]) & (1 | 2 | 4 | 32 | 256) == 4  # Print, and nothing that hides
        assert set(annotation["/AP"]) == {"/N"}
        assert not {"/A", "/AA"} & set(annotation)
        image = annotation["/AP"]["/N"]["/Resources"]["/XObject"]["/Seal"]
        space = image["/ColorSpace"]
        assert space[0] == "/ICCBased"
        assert (space[1]["/N"], space[1]["/Alternate"]) == (3, "/DeviceRGB")
        assert space[1].data[36:40] == b"acsp"
        assert image["/SMask"]["/ColorSpace"] == "/DeviceGray"
    assert "/NeedAppearances" not in reader.root["/AcroForm"]
    assert "/Encrypt" not in reader.trailer
    assert "/ID" in reader.trailer


def test_elsewhere_colours_stay_simple() -> None:
    """
    No profile where the document promises nothing: half a kilobyte less.
    """
    reader = PdfFileReader(BytesIO(sealed(pdf.simple_pdf())))
    (annotation,) = reader.root["/Pages"]["/Kids"][0]["/Annots"]
    image = annotation.get_object()["/AP"]["/N"]["/Resources"]["/XObject"]["/Seal"]

    assert image["/ColorSpace"] == "/DeviceRGB"
