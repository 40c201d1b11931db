"""Seals that outlive their certificates: validation data and time stamps, added step by step."""

from __future__ import annotations

from datetime import timedelta

from seal_core.engines.pdf import PdfEngine
from seal_core.engines.pdf_archive import add_document_timestamp, add_validation_data
from seal_core.engines.protocol import AtPoint
from tests.support import attacks_pdf, pdf
from verify.report import Kind, Question, Reason, Report, Verdict
from verify.trust import TrustStore
from verify.verifier import verify


def sealed() -> bytes:
    return PdfEngine().seal(
        pdf.simple_pdf(), pdf.material(), (AtPoint(1, 30, 50),), pdf.signer(), pdf.NOON,
        pdf.TestTimeStamper(),
    )  # fmt: skip


def archived(document: bytes) -> bytes:
    """With all that is needed to judge it, under a time stamp."""
    ca = pdf.authority()
    kept = add_validation_data(document, ca.chain, [ca.crl(), ca.root_crl()])
    return add_document_timestamp(kept, pdf.TestTimeStamper())


def judged_by_the_root_alone(document: bytes, years: int = 0) -> Report:
    """By somebody who has the root certificate and nothing else."""
    trust = TrustStore.from_certificates([pdf.authority().root.dump()])
    at = pdf.NOON + timedelta(hours=1, days=366 * years)
    return verify(document, "archive.pdf", at=at, trust=trust)


def test_the_document_brings_its_own_proof() -> None:
    """
    Without lists revocation is unknown; with those in the document the root is enough.
    """
    before = judged_by_the_root_alone(sealed())
    after = judged_by_the_root_alone(archived(sealed()))

    assert before.verdict is Verdict.INDETERMINATE
    assert after.verdict is Verdict.VALID
    assert [s.kind for s in after.signatures] == [Kind.SEAL, Kind.TIMESTAMP]
    assert after.signatures[0].check(Question.COVERAGE) is not None


def test_it_is_valid_when_the_signer_s_certificate_has_ended() -> None:
    """
    Ten years on, long after the certificate's three years.
    """
    report = judged_by_the_root_alone(archived(sealed()), years=10)

    assert report.verdict is Verdict.VALID


def test_earlier_seals_and_stamps_stay_valid_through_renewals() -> None:
    """
    Archive, seal again, archive again: everything covers what it covered.
    """
    document = attacks_pdf.pdf_sealed(archived(sealed()), "乙方公司")
    report = judged_by_the_root_alone(archived(archived(document)))

    assert report.verdict is Verdict.VALID
    assert len(report.signatures) == 5
    coverage = [s.check(Question.COVERAGE) for s in report.signatures]
    assert [c.reason for c in coverage if c] == [Reason.SIGNED_AGAIN] * 4 + [None]


def test_nothing_is_kept_twice() -> None:
    """
    The same certificates and lists again: the document stays as it is.
    """
    ca = pdf.authority()
    lists = [ca.crl(), ca.root_crl()]
    once = add_validation_data(sealed(), ca.chain, lists)

    assert add_validation_data(once, ca.chain, lists) == once


def test_a_list_nobody_signed_does_not_help() -> None:
    """
    Lists in a document are believed because of their signature, not because they are there.
    """
    strange = pdf.strange_authority()
    garbage = (b"", b"\x30\x00", b"no list")
    kept = add_validation_data(sealed(), [*strange.chain, b"?"], [strange.crl(), *garbage])

    assert judged_by_the_root_alone(kept).verdict is Verdict.INDETERMINATE
