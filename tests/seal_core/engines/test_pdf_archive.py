"""Seals that outlive their certificates: validation data and time stamps, added step by step."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO

from pyhanko.pdf_utils.reader import PdfFileReader

from seal_core.engines.pdf import UNSEEN, Companion, PdfEngine
from seal_core.engines.pdf_archive import (
    add_document_timestamp,
    add_validation_data,
    archive,
    protected_until,
)
from seal_core.engines.pdf_evidence import Proof
from seal_core.engines.protocol import AtPoint
from tests.support import attacks_pdf, pdf, wide_world
from tests.support.pki import Authority
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


# --- with RSA, and for ten years ------------------------------------------------------


def day(number: int) -> datetime:
    return pdf.NOON + timedelta(days=number)


def renewed(document: bytes, number: int, years: int = 3) -> bytes:
    """As archived on a later day: fresh lists of both houses, and a stamp of that time."""
    houses = wide_world.authority(), wide_world.time_authority()
    proof = Proof(wide_world.roots(), tuple(house.crl(day(number)) for house in houses))
    return archive(document, proof, wide_world.RsaTimeStamper(day(number), years))


def rsa_signed() -> bytes:
    signer, stamper = wide_world.issued("rsa").signer, wide_world.RsaTimeStamper()
    return PdfEngine().seal(pdf.simple_pdf(), UNSEEN, (), signer, pdf.NOON, stamper)


def judged_on(document: bytes, number: int) -> Report:
    trust = TrustStore.from_certificates(wide_world.roots())
    return verify(document, "archive.pdf", at=day(number), trust=trust)


def test_rsa_documents_are_valid_ten_years_on_for_stock_pyhanko_as_well() -> None:
    """
    Signed in 2026, archived the day after and again in 2036: offline, with two roots and what is
    in the document. Without the renewal pyHanko finds no proof that it existed in time.
    """
    once = renewed(rsa_signed(), 1, years=11)
    twice = renewed(once, 3660, years=11)

    assert wide_world.stock_long_term_verdict(once, day(2)) == "AdESPassed.OK"
    assert wide_world.stock_long_term_verdict(twice, day(3661)) == "AdESPassed.OK"
    assert "NO_POE" in wide_world.stock_long_term_verdict(once, day(3661))
    assert judged_on(twice, 3661).verdict is Verdict.VALID


def test_a_chain_of_renewals_holds_for_ten_years() -> None:
    """
    Stamps of three years each, renewed before they end. Each tells how long it holds.
    """
    document = rsa_signed()
    assert protected_until(document) is None

    for number in (1, 1000, 2000, 3000, 3650):
        document = renewed(document, number)
        assert protected_until(document) == day(number - 1 + 3 * 365)

    report = judged_on(document, 3660)
    assert report.verdict is Verdict.VALID
    assert [s.kind for s in report.signatures] == [Kind.SIGNATURE] + [Kind.TIMESTAMP] * 5


def test_seal_and_companion_are_archived_together() -> None:
    """
    SM2 and RSA in one file: the proof of both goes in, and nothing that concerns neither.
    """
    companion = Companion(wide_world.issued("rsa").signer, wide_world.RsaTimeStamper())
    document = PdfEngine(companion=companion).seal(
        pdf.simple_pdf(), pdf.material(), (AtPoint(1, 30, 50),), pdf.signer(), pdf.NOON,
        pdf.TestTimeStamper(),
    )  # fmt: skip
    ca, strange = pdf.authority(), Authority.root("别处的CA")
    proof = Proof(
        (*ca.chain, strange.certificate, *wide_world.roots()),
        (ca.crl(), ca.root_crl(), strange.crl(), wide_world.authority().crl()),
    )

    kept = archive(document, proof, pdf.TestTimeStamper())

    store = PdfFileReader(BytesIO(kept)).root["/DSS"]
    certificates = {stream.get_object().data for stream in store["/Certs"]}
    assert {*ca.chain, *wide_world.roots(), pdf.signer("制章单位").certificate} <= certificates
    assert strange.certificate not in certificates
    assert len(store["/CRLs"]) == 3
    trust = TrustStore.from_certificates([ca.root.dump(), *wide_world.roots()])
    at = pdf.NOON + timedelta(days=366 * 4)
    report = verify(kept, "archive.pdf", at=at, trust=trust)
    assert report.verdict is Verdict.VALID
    assert len(report.signatures) == 3


def test_a_list_of_the_time_after_says_nothing() -> None:
    """
    A list younger than the certificate's end need not name it any more, and is not kept.
    """
    document = rsa_signed()
    late = wide_world.authority().crl(day(1500))
    kept = archive(document, Proof((), (late,)), wide_world.RsaTimeStamper(day(1500)))

    assert "/CRLs" not in PdfFileReader(BytesIO(kept)).root["/DSS"]


def test_a_signature_after_the_stamp_is_not_protected_by_it() -> None:
    """
    Sealed again, the document is due again.
    """
    document = archived(sealed())
    assert protected_until(document) is not None

    assert protected_until(attacks_pdf.pdf_sealed(document, "乙方公司")) is None
