"""Forms of signatures met in PDF beside our own: told for what they are, weak ones never valid."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.x509.oid import NameOID

from seal_core import der
from seal_core.formats import cms, ses
from seal_core.formats.certificates import parse_certificate
from tests.support import attacks_pdf, pdf
from tests.support.pdf_inputs import linearised_pdf
from tests.support.pki import Identity
from tests.support.stock_pyhanko import StockSigner
from tests.support.workshops import RSA, SM2, STOCK, Workshop, rsa_signer
from verify.report import Kind, Question, Reason, Report, Verdict

WHO = "RSA 单位"
SHA1_CMS = ("1.3.14.3.2.26", "1.2.840.113549.1.1.1")


def reason(report: Report, question: Question) -> Reason | None:
    (signature,) = report.signatures
    check = signature.check(question)
    assert check is not None
    return check.reason


def eddsa_signer() -> StockSigner:
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ed25519 单位")])
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), 7)
        .not_valid_before(pdf.NOON - timedelta(days=1))
        .not_valid_after(pdf.NOON + timedelta(days=9))
        .add_extension(
            x509.KeyUsage(True, True, False, False, False, False, False, False, False), True
        )
    )
    made = builder.sign(key, None).public_bytes(serialization.Encoding.DER)
    return StockSigner(key, made)


def test_ed25519_is_judged() -> None:
    """
    Sound as it is, broken when the document or the value changes.
    """
    signer = eddsa_signer()
    document = signer.sign(pdf.simple_pdf(), pdf.NOON, digest="sha512")

    assert pdf.verified(document, signer.certificate).verdict is Verdict.VALID
    for attack in (attacks_pdf.flip_in_text, attacks_pdf.flip_in_signature_value):
        forged = pdf.verified(attack(document), signer.certificate)
        assert forged.verdict is Verdict.INVALID


def test_rsa_pss_is_judged() -> None:
    document = rsa_signer(WHO).sign(pdf.simple_pdf(), pdf.NOON, pss=True)

    assert pdf.verified(document, *RSA.anchors).verdict is Verdict.VALID
    assert pdf.verified(attacks_pdf.flip_in_text(document), *RSA.anchors).verdict is Verdict.INVALID


# --- weak by their form ------------------------------------------------------------------


def x509_rsa_sha1(certificate: bytes, *, of: bytes = b"") -> bytes:
    """adbe.x509.rsa_sha1: a PKCS#1 value as an OCTET STRING, the certificate in /Cert."""
    key = rsa_signer(WHO).key
    assert isinstance(key, rsa.RSAPrivateKey)
    return pdf.embedded(
        pdf.simple_pdf(), "/Adobe.PPKLite", "/adbe.x509.rsa_sha1",
        lambda protected, _: der.octet_string(
            key.sign(of or protected, padding.PKCS1v15(), hashes.SHA1())
        ),
        certificate=certificate,
    )  # fmt: skip


def test_x509_rsa_sha1_is_read_and_never_valid() -> None:
    """
    Who signed is told, and that SHA-1 proves nothing; a wrong value is a wrong value.
    """
    certificate = rsa_signer(WHO).certificate
    report = pdf.verified(x509_rsa_sha1(certificate), *RSA.anchors)
    wrong = pdf.verified(x509_rsa_sha1(certificate, of=b"another"), *RSA.anchors)

    assert report.verdict is wrong.verdict is Verdict.INVALID
    assert report.signatures[0].signer is not None
    assert report.signatures[0].signer.common_name == WHO
    assert reason(report, Question.STRUCTURE) is None
    assert reason(report, Question.DIGEST) is Reason.WEAK_DIGEST
    assert reason(report, Question.SIGNATURE_VALUE) is Reason.ALGORITHM_WEAK
    assert reason(wrong, Question.SIGNATURE_VALUE) is Reason.SIGNATURE_MISMATCH


@pytest.mark.parametrize("certificate", [b"", b"no certificate"], ids=["none", "junk"])
def test_x509_rsa_sha1_without_its_certificate(certificate: bytes) -> None:
    report = pdf.verified(x509_rsa_sha1(certificate), *RSA.anchors)

    assert report.verdict is Verdict.INVALID
    assert reason(report, Question.SIGNATURE_VALUE) is Reason.NO_CERTIFICATE


def pkcs7_sha1(protected: bytes, _: bytes) -> bytes:
    """adbe.pkcs7.sha1: the content is SHA-1 of the range, the value is over the content."""
    who = rsa_signer(WHO)
    assert isinstance(who.key, rsa.RSAPrivateKey)
    content = hashlib.sha1(protected, usedforsecurity=False).digest()
    certificate = parse_certificate(who.certificate)
    digest_algorithm = der.sequence(der.oid(SHA1_CMS[0]), der.null())
    info = der.sequence(
        der.integer(1),
        der.sequence(certificate.issuer_name.der, der.integer(certificate.serial)),
        digest_algorithm,
        der.sequence(der.oid(SHA1_CMS[1]), der.null()),
        der.octet_string(who.key.sign(content, padding.PKCS1v15(), hashes.SHA1())),
    )
    body = der.sequence(
        der.integer(1),
        der.set_of(digest_algorithm),
        der.sequence(der.oid(cms.PKCS7_DATA), der.explicit(0, der.octet_string(content))),
        der.encode(der.context(0), who.certificate),
        der.set_of(info),
    )
    return der.sequence(der.oid(cms.PKCS7_SIGNED_DATA), der.explicit(0, body))


def test_pkcs7_sha1_is_read_and_never_valid() -> None:
    document = pdf.embedded(pdf.simple_pdf(), "/Adobe.PPKLite", "/adbe.pkcs7.sha1", pkcs7_sha1)
    report = pdf.verified(document, *RSA.anchors)

    assert report.verdict is Verdict.INVALID
    assert reason(report, Question.DIGEST) is Reason.WEAK_DIGEST
    assert reason(report, Question.SIGNATURE_VALUE) is Reason.ALGORITHM_WEAK
    assert reason(report, Question.COVERAGE) is None


# --- seals, whatever the name ------------------------------------------------------------


@pytest.mark.parametrize("version", ses.STANDARDS)
@pytest.mark.parametrize(
    "subfilter", ["/GM.sm2seal", "/adbe.pkcs7.detached", "/adbe.x509.rsa_sha1", "/ETSI.RFC3161"]
)
def test_seals_of_every_standard_under_any_name(version: int, subfilter: str) -> None:
    """
    GM/T 0031-2014, GB/T 38540-2020 and GM/T 0031-2025 are told by their bytes.
    """
    who = pdf.signer()
    identity = Identity(who.key, who.certificate, who.chain)

    def value(_: bytes, digest: bytes) -> bytes:
        return ses.build_signature(
            seal=pdf.material(version=version).seal, data_hash=digest, property_info="",
            signer=identity, at=pdf.NOON, version=version,
        )  # fmt: skip

    document = pdf.embedded(pdf.simple_pdf(), "/Nobody.Knows", subfilter, value)
    report = pdf.verified(document)

    assert report.verdict is Verdict.VALID
    assert report.signatures[0].kind is Kind.SEAL
    assert report.signatures[0].standard == ses.STANDARDS[version]
    assert pdf.verified(attacks_pdf.flip_in_text(document)).verdict is Verdict.INVALID


# --- documents ---------------------------------------------------------------------------


@pytest.mark.parametrize("at", [SM2, RSA, STOCK], ids=["sm2", "rsa", "stock"])
def test_linearised_documents(at: Workshop) -> None:
    """
    Their first table stands in front; sealed twice both hold, changed in between neither does.
    """
    once = at.sealed(linearised_pdf())
    twice = at.sealed(once, "乙方公司")

    assert pdf.verified(once, *at.anchors).verdict is Verdict.VALID
    assert pdf.verified(twice, *at.anchors).verdict is Verdict.VALID
    assert pdf.verified(attacks_pdf.junk_tail(once), *at.anchors).verdict is Verdict.INVALID
    assert len(pdf.verified(twice, *at.anchors).revisions) == 1
