"""RSA and EC signatures, as PDF signers abroad make them, under the same judge."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from seal_core import der
from seal_core.formats import cms
from seal_core.formats.certificates import parse_certificate
from seal_core.formats.quirks import Quirk
from tests.support.pki import NOT_AFTER, NOT_BEFORE, SIGNED_AT
from verify.evidence import Evidence
from verify.judge import Court, judge
from verify.report import Question, Reason, SignatureReport, Verdict, passed
from verify.trust import TrustStore

NOW = datetime(2027, 1, 1, tzinfo=UTC)
DOCUMENT = b"protected bytes"
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
KEYS: dict[str, Key] = {
    "rsa": rsa.generate_private_key(65537, 2048),
    "short rsa": rsa.generate_private_key(65537, 1024),
    "p256": ec.generate_private_key(ec.SECP256R1()),
    "p384": ec.generate_private_key(ec.SECP384R1()),
}


def self_signed(key: Key) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Someone")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, NOT_BEFORE, NOT_AFTER)
    return builder.sign(key, hashes.SHA256())


CERTIFICATES = {name: self_signed(key) for name, key in KEYS.items()}


def der_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def signed_by(name: str, digest: hashes.SHA256 | hashes.SHA512, *, pss: bool = False) -> bytes:
    scheme = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH) if pss else None
    builder = pkcs7.PKCS7SignatureBuilder().set_data(DOCUMENT)
    builder = builder.add_signer(CERTIFICATES[name], KEYS[name], digest, rsa_padding=scheme)
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    return builder.sign(serialization.Encoding.DER, options)


def judged(container: bytes, name: str, document: bytes = DOCUMENT) -> SignatureReport:
    trust = TrustStore.from_certificates([der_of(CERTIFICATES[name])])
    given = Evidence(
        container, (document,), claimed_at=SIGNED_AT, checks=(passed(Question.COVERAGE),)
    )
    return judge(given, 1, Court(trust, NOW))


def hand_made(name: str, digest: str, algorithm: str, value: bytes) -> bytes:
    """A SignedData without attributes, for what no library writes any more."""
    certificate = parse_certificate(der_of(CERTIFICATES[name]))
    digest_algorithm = der.sequence(der.oid(digest), der.null())
    info = der.sequence(
        der.integer(1),
        der.sequence(certificate.issuer_name.der, der.integer(certificate.serial)),
        digest_algorithm,
        der.sequence(der.oid(algorithm), der.null()),
        der.octet_string(value),
    )
    body = der.sequence(
        der.integer(1),
        der.set_of(digest_algorithm),
        der.sequence(der.oid(cms.PKCS7_DATA)),
        der.encode(der.context(0), certificate.der),
        der.set_of(info),
    )
    return der.sequence(der.oid(cms.PKCS7_SIGNED_DATA), der.explicit(0, body))


@pytest.mark.parametrize(
    ("name", "pss"), [("rsa", False), ("rsa", True), ("p256", False), ("p384", False)]
)
def test_sound_foreign_signatures_are_valid(name: str, pss: bool) -> None:
    """PKCS#1 v1.5, PSS and ECDSA; over other bytes they are not."""
    for digest in (hashes.SHA256(), hashes.SHA512()):
        container = signed_by(name, digest, pss=pss)

        assert judged(container, name).verdict is Verdict.VALID
        assert judged(container, name, b"other bytes").verdict is Verdict.INVALID


def test_ber_is_no_hindrance() -> None:
    """Lengths left open, as old writers do; the value still holds."""
    loose = b"\x30\x80" + der.read(signed_by("rsa", hashes.SHA256())).content + bytes(2)

    report = judged(loose + bytes(100), "rsa")

    assert report.verdict is Verdict.VALID
    assert Quirk.BER_ENCODING in report.quirks


def test_a_short_key_proves_nothing() -> None:
    report = judged(signed_by("short rsa", hashes.SHA256()), "short rsa")
    check = report.check(Question.SIGNATURE_VALUE)

    assert check is not None
    assert (check.verdict, check.reason) == (Verdict.INVALID, Reason.ALGORITHM_WEAK)


@pytest.mark.parametrize(
    ("digest", "name"), [("1.3.14.3.2.26", "sha1"), ("1.2.840.113549.2.5", "md5")]
)
def test_weak_digests_prove_nothing(digest: str, name: str) -> None:
    """The mathematics may hold; collisions are cheap."""
    algorithm: hashes.HashAlgorithm = hashes.SHA1() if name == "sha1" else hashes.MD5()
    key = KEYS["rsa"]
    assert isinstance(key, rsa.RSAPrivateKey)
    value = key.sign(DOCUMENT, padding.PKCS1v15(), algorithm)

    report = judged(hand_made("rsa", digest, "1.2.840.113549.1.1.1", value), "rsa")

    for question, reason in (
        (Question.DIGEST, Reason.WEAK_DIGEST),
        (Question.SIGNATURE_VALUE, Reason.ALGORITHM_WEAK),
    ):
        check = report.check(question)
        assert check is not None
        assert (check.verdict, check.reason) == (Verdict.INVALID, reason)


@pytest.mark.parametrize(
    ("algorithm", "reason"),
    [
        ("1.2.156.10197.1.501", Reason.ALGORITHM_MISMATCH),  # SM2 named over an RSA key
        ("1.2.840.10045.4.3.2", Reason.ALGORITHM_MISMATCH),  # ECDSA named over an RSA key
        ("1.2.840.113549.1.1.13", Reason.ALGORITHM_MISMATCH),  # SHA-512 beside SHA-256
        ("1.2.840.113549.1.1.11", Reason.SIGNATURE_MISMATCH),
    ],
)
def test_names_must_fit_the_key(algorithm: str, reason: Reason) -> None:
    sha256 = "2.16.840.1.101.3.4.2.1"

    report = judged(hand_made("rsa", sha256, algorithm, hashlib.sha256(b"").digest()), "rsa")

    check = report.check(Question.SIGNATURE_VALUE)
    assert check is not None
    assert (check.verdict, check.reason) == (Verdict.INVALID, reason)


def test_an_unknown_digest_is_doubt() -> None:
    report = judged(hand_made("rsa", "1.2.3", "1.2.840.113549.1.1.1", b""), "rsa")

    assert report.verdict is Verdict.INDETERMINATE
