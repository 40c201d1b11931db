"""RSA and ECDSA signatures, for readers that know no SM2: alone, and beside a seal."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.validation.status import SignatureCoverageLevel

from seal_core.engines.pdf import PKCS7, SES_SEAL, UNSEEN, Companion, PdfEngine
from seal_core.engines.protocol import AtPoint, SealMaterial, Seam
from seal_core.errors import SealRefused, WeakAlgorithm
from seal_core.ports import Signer
from tests.support import pdf, wide_world
from tests.support.stock_pyhanko import StockSigner
from verify.report import Kind, Question, Reason, Verdict

HERE = AtPoint(1, 100, 200)
PICTURE = SealMaterial(b"", pdf.seal_picture(), 42, 42)
KINDS = {"rsa": "SHA-256", "p256": "SHA-256", "p384": "SHA-384", "p521": "SHA-512"}


def signed(document: bytes, kind: str = "rsa") -> bytes:
    signer = wide_world.issued(kind).signer
    return PdfEngine().seal(document, PICTURE, (HERE,), signer, pdf.NOON)


def accompanied(document: bytes, *, who: str = pdf.COMPANY, stamped: bool = False) -> bytes:
    """The seal of *who*, and the service's RSA signature after it."""
    companion = Companion(
        wide_world.issued("rsa").signer, wide_world.RsaTimeStamper() if stamped else None
    )
    engine = PdfEngine(companion=companion)
    return engine.seal(document, pdf.material(who), (HERE,), pdf.signer(who), pdf.NOON)


@pytest.mark.poppler
@pytest.mark.parametrize(("kind", "digest"), KINDS.items(), ids=KINDS)
def test_readers_of_the_wide_world_find_it_valid(kind: str, digest: str, tmp_path: Path) -> None:
    """
    Stock pyHanko and poppler, who trust its root, and our own verifier: three opinions.
    """
    document = signed(pdf.simple_pdf(), kind)

    (stock,) = wide_world.stock_verdicts(document).values()
    told = wide_world.pdfsig(document, tmp_path)

    assert stock.bottom_line
    assert stock.coverage is SignatureCoverageLevel.ENTIRE_FILE
    assert f"Signing Hash Algorithm: {digest}" in told
    assert "Signature Validation: Signature is Valid." in told
    assert "Certificate Validation: Certificate is Trusted." in told
    assert "- Total document signed" in told
    report = pdf.verified(document, *wide_world.roots())
    assert report.verdict is Verdict.VALID
    assert [(s.kind, s.standard) for s in report.signatures] == [(Kind.SIGNATURE, "PAdES-B-B")]
    assert [(p.w_mm, p.h_mm) for p in report.signatures[0].places] == [(42, 42)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_octet_is_noticed(kind: str) -> None:
    document = signed(pdf.simple_pdf(), kind).replace(b"(Contract)", b"(Contrast)")

    (stock,) = wide_world.stock_verdicts(document).values()
    report = pdf.verified(document, *wide_world.roots())

    assert not stock.intact
    assert report.signatures[0].check(Question.DIGEST).verdict is Verdict.INVALID  # type: ignore[union-attr]


@pytest.mark.poppler
def test_seal_and_rsa_stand_in_one_file(tmp_path: Path) -> None:
    """
    The seal is seen once; the RSA signature covers the whole file, seal and all. Readers without
    SM2 find it valid, ours finds both.
    """
    document = accompanied(pdf.simple_pdf(), stamped=True)

    (stock,) = wide_world.stock_verdicts(document).values()
    told = wide_world.pdfsig(document, tmp_path)
    report = pdf.verified(document, *wide_world.roots())

    assert stock.bottom_line
    assert stock.coverage is SignatureCoverageLevel.ENTIRE_FILE
    assert stock.timestamp_validity is not None
    assert stock.timestamp_validity.trusted
    assert told.count("Signature is Valid.") == told.count("Certificate is Trusted.") == 1
    assert report.verdict is Verdict.VALID
    assert [(s.kind, s.standard, len(s.places)) for s in report.signatures] == [
        (Kind.SEAL, "PAdES-B-B", 1),
        (Kind.SIGNATURE, "PAdES-B-T", 0),
    ]


@pytest.mark.poppler
def test_earlier_signatures_of_both_kinds_survive(tmp_path: Path) -> None:
    """
    A stranger's ECDSA signature, a seal with companion, a seam with companion: each stays valid
    for stock pyHanko and poppler, everything for ours. (The companions differ, because poppler
    22.12 calls any certificate it meets a second time in one file an "unknown issue".)
    """
    foreign = wide_world.issued("p256", "Foreign Buyer")
    document = StockSigner(foreign.key, foreign.signer.certificate, foreign.signer.chain).sign(
        pdf.simple_pdf(["/MediaBox [0 0 595 842]"] * 3), pdf.NOON
    )
    document = accompanied(document)
    companion = Companion(wide_world.issued("rsa", "Another Service").signer)
    document = PdfEngine(companion=companion).seal(
        document, pdf.material("乙方公司"), (Seam(),), pdf.signer("乙方公司"), pdf.NOON
    )

    stock = wide_world.stock_verdicts(document)
    told = wide_world.pdfsig(document, tmp_path)
    report = pdf.verified(document, *wide_world.roots())

    assert len(stock) == 3
    assert all(each.bottom_line for each in stock.values())
    levels = [
        each.diff_result.modification_level
        for each in stock.values()
        if isinstance(each.diff_result, DiffResult)
    ]
    assert levels[:2] == [ModificationLevel.FORM_FILLING] * 2
    assert told.count("Signature is Valid.") == told.count("Certificate is Trusted.") == 3
    assert report.verdict is Verdict.VALID
    assert len(report.signatures) == 5


@pytest.mark.parametrize("profile", [PKCS7, SES_SEAL], ids=["pkcs7", "ses"])
def test_a_companion_is_pades_whatever_the_seal_s_form(profile: object) -> None:
    """
    Names of Chinese readers stay with the seal.
    """
    companion = Companion(wide_world.issued("p256").signer)
    engine = PdfEngine(profile, companion)  # type: ignore[arg-type]
    document = engine.seal(pdf.simple_pdf(), pdf.material(), (HERE,), pdf.signer(), pdf.NOON)

    report = pdf.verified(document, *wide_world.roots())

    assert report.verdict is Verdict.VALID
    assert report.signatures[1].standard == "PAdES-B-B"


def test_a_key_in_other_hands_signs_rsa_in_two_steps() -> None:
    """
    prepare and complete do not ask what kind of key it is.
    """
    who = wide_world.issued("rsa").signer
    certificates = (who.certificate, *who.chain)
    prepared = PdfEngine().prepare(pdf.simple_pdf(), UNSEEN, (), certificates, pdf.NOON)

    document = prepared.complete(who.sign(prepared.to_be_signed))

    (stock,) = wide_world.stock_verdicts(document).values()
    assert stock.bottom_line


def test_nobody_s_root_is_nobody_s_trust() -> None:
    """
    Without the root the companion is no forgery, but the whole is not called valid.
    """
    report = pdf.verified(accompanied(pdf.simple_pdf()))

    assert report.verdict is Verdict.INDETERMINATE
    assert report.signatures[0].verdict is Verdict.VALID
    chain = report.signatures[1].check(Question.SIGNER_CHAIN)
    assert chain is not None
    assert chain.reason is Reason.UNKNOWN_ISSUER


def test_what_must_not_sign_does_not() -> None:
    """
    An SM2 key without its seal, a certificate that has ended, 1024 bits.
    """
    short = wide_world.authority().issue("Short", rsa.generate_private_key(65537, 1024)).signer
    late = pdf.NOON + timedelta(days=4 * 365)

    def attempt(signer: Signer, at: object = pdf.NOON) -> None:
        PdfEngine().seal(pdf.simple_pdf(), UNSEEN, (), signer, at)  # type: ignore[arg-type]

    with pytest.raises(SealRefused, match="seal_missing"):
        attempt(pdf.signer())
    with pytest.raises(SealRefused, match="certificate_period"):
        attempt(wide_world.issued("rsa").signer, late)
    with pytest.raises(WeakAlgorithm):
        attempt(short)
