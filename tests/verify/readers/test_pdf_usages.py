"""A cheap look at who refers to whom gives what pyHanko's own walk gives."""

from __future__ import annotations

import pytest
from pyhanko.pdf_utils.reader import HistoricalResolver

from seal_core.formats.pdf_bytes import open_pdf
from tests.support import attacks_pdf, pdf
from tests.support.attacks_pdf_schemes import A4, forgeries
from tests.support.pdf_update import stream, update
from tests.support.workshops import SM2, STOCK
from verify.readers.pdf_usages import JudgedReader

PAGE = "/Contents 4 0 R /MediaBox [0 0 595 842]"
# Ways to hide a reference from a look at the bytes; object 6 is the one referred to.
HIDDEN = {
    "no space": b"[5 0 R6 0 R]",
    "many spaces": b"[6  \n\t 0  R]",
    "behind a comment": b"[% stream\n 6 0 R]",
    "behind a string": b"[(endobj) 6 0 R]",
    "behind a name": b"[/stream 6 0 R]",
    "no key": b"[/Parent 6 0 R]",
    "in a dictionary of an array": b"[<< /Parent 5 0 R >> 6 0 R]",
    "two keys": b"<< /A << /Parent 5 0 R >> /Parent 6 0 R /B [/Parent 6 0 R] >>",
    "escaped key": b"<< /P#61rent 6 0 R /X 6 0 R >>",
    "another key": b"<< /ParentTree 6 0 R >>",
    "stream": b"<< /X 6 0 R /Length 9 >>\nstream\n(7 0 R)  \nendstream",
    "number first": b"[1.5 6 0 R true6 0 R null6 0 R]",
    "leading zeros": b"[0006 000 R]",
}


def assert_same(document: bytes) -> None:
    """Every reference of every revision, asked of both."""
    judged = open_pdf(document, JudgedReader)
    assert isinstance(judged, JudgedReader)
    for number in range(judged.xrefs.total_revisions):
        stock = HistoricalResolver(judged, number)
        stock._load_reverse_xref_cache()
        ours = judged.get_historical_resolver(number)
        for known in range(judged.xrefs.total_revisions):
            for ref in judged.xrefs.explicit_refs_in_revision(known):
                assert ours._get_usages_of_ref(ref) == stock._get_usages_of_ref(ref), ref


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN.keys())
def test_no_reference_hides(hidden: bytes) -> None:
    """
    However it is written: what pyHanko finds is found.
    """
    document = pdf.simple_pdf([f"{A4} /X 7 0 R"], extra=(b"<< /Here true >>", hidden))

    assert_same(document)
    assert_same(update(document, {6: stream(b"")}))


@pytest.mark.parametrize(
    "document",
    [
        pdf.stream_xref_pdf(),
        pdf.hybrid_pdf(),
        pdf.encrypted_pdf(""),
        attacks_pdf.pdf_sealed(pdf.simple_pdf([A4] * 5)),
        STOCK.sealed(STOCK.sealed(pdf.stream_xref_pdf(), "A"), "B"),
    ],
    ids=["object streams", "hybrid", "encrypted", "five pages", "stock"],
)
def test_documents_of_every_make(document: bytes) -> None:
    assert_same(document)


def test_forgeries_are_seen_the_same_way() -> None:
    """
    All that open at all.
    """
    for name, forged in forgeries(SM2).items():
        if name not in {"bytes_in_front", "cut_tail", "isa_startxref_into_the_void"}:
            assert_same(forged)
