"""Content that waits out of sight is pointed out, whatever else is said of the document."""

from __future__ import annotations

import pytest

from tests.support import attacks_pdf, pdf
from tests.support.attacks_pdf import FORGED, pdf_sealed
from tests.support.attacks_pdf_schemes import A4
from tests.support.pdf_inputs import archival_pdf, linearised_pdf
from tests.support.pdf_update import stream, update
from verify.notices import Notice
from verify.report import Verdict

PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>"
FORM = stream(FORGED, b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]")
LAYER = "/OCProperties << /OCGs [6 0 R] /D << %s >> >>"
GROUP = b"<< /Type /OCG /Name (Layer) >>"

HIDDEN = {
    "content": attacks_pdf.contract(),
    "page": pdf.simple_pdf(extra=(PAGE,)),
    "form": pdf.simple_pdf(extra=(FORM,)),
    "replaced in an update": update(
        pdf.simple_pdf(), {6: stream(FORGED), 5: PAGE.replace(b"4 0 R", b"6 0 R")}
    ),
    "layer off": pdf.simple_pdf(catalog=LAYER % "/OFF [6 0 R]", extra=(GROUP,)),
    "all layers off": pdf.simple_pdf(catalog=LAYER % "/BaseState /OFF", extra=(GROUP,)),
}
PLAIN = {
    "simple": pdf.simple_pdf([A4] * 3),
    "object streams": pdf.stream_xref_pdf(),
    "encrypted": pdf.encrypted_pdf(""),
    "hybrid": pdf.hybrid_pdf(),
    "linearised": linearised_pdf(),
    "archival": archival_pdf(),
    "layer on": pdf.simple_pdf(catalog=LAYER % "/ON [6 0 R]", extra=(GROUP,)),
}


@pytest.mark.parametrize("document", HIDDEN.values(), ids=HIDDEN.keys())
def test_hidden_content_is_pointed_out(document: bytes) -> None:
    """
    Without weight: it was signed as it is, and only a later change could show it.
    """
    report = pdf.verified(pdf_sealed(document))

    assert Notice.HIDDEN_CONTENT in report.warnings
    assert report.verdict is Verdict.VALID


@pytest.mark.parametrize("document", PLAIN.values(), ids=PLAIN.keys())
def test_nothing_is_pointed_out_where_all_is_shown(document: bytes) -> None:
    """
    Not after one seal and not after two.
    """
    for signed in (pdf_sealed(document), pdf_sealed(pdf_sealed(document), "乙方公司")):
        assert Notice.HIDDEN_CONTENT not in pdf.verified(signed).warnings
