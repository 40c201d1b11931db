"""Certificates are read strictly; requests are what a CA expects."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from seal_core import der
from seal_core.errors import MalformedData
from seal_core.formats.certificates import build_request, parse_certificate
from seal_core.gm.sm2 import PrivateKey, PublicKey
from tests.support.pki import CRL_POINT, NOT_AFTER, NOT_BEFORE, Authority


def test_facts_of_an_sm2_certificate() -> None:
    root = Authority.root('根,与"逗号')
    person = root.issue("张三", extra=[CRL_POINT])

    facts = person.parsed

    assert facts.subject == "CN=张三,O=测试机构,C=CN"
    assert facts.common_name == "张三"
    assert facts.organization == "测试机构"
    assert facts.issuer == 'CN=根\\,与\\"逗号,O=测试机构,C=CN'
    assert (facts.not_before, facts.not_after) == (NOT_BEFORE, NOT_AFTER)
    assert facts.public_point == person.key.public_key.point
    assert facts.key_usage == frozenset({"digital_signature", "non_repudiation"})
    assert facts.publishes_revocation
    assert not facts.is_ca
    assert root.parsed.is_ca
    assert root.parsed.is_self_issued
    PublicKey.from_point(root.key.public_key.point).verify(facts.signature, facts.tbs)


@pytest.mark.parametrize("algorithm", ["rsa", "ec"])
def test_foreign_keys_are_readable(algorithm: str) -> None:
    """RSA and P-256 certificates parse; they have no SM2 point."""
    key = (
        rsa.generate_private_key(65537, 2048)
        if algorithm == "rsa"
        else ec.generate_private_key(ec.SECP256R1())
    )
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Someone")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 5, NOT_BEFORE, NOT_AFTER)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )

    facts = parse_certificate(certificate)

    assert facts.public_point is None
    assert facts.common_name == "Someone"


def test_cut_anywhere_is_malformed() -> None:
    certificate = Authority.root().certificate
    for end in range(len(certificate)):
        with pytest.raises(MalformedData):
            parse_certificate(certificate[:end])


def test_two_names_for_the_signature_algorithm_are_refused() -> None:
    """RFC 5280, 4.1.1.2: the inner one is signed, the outer one is used; they must agree."""
    certificate = Authority.root().certificate
    fields = der.read(certificate).fields("certificate")
    tbs, _, value = fields.take().raw, fields.take(), fields.take().raw
    other = der.sequence(der.oid("1.2.840.10045.4.3.2"))

    with pytest.raises(MalformedData):
        parse_certificate(der.sequence(tbs, other, value))


def test_an_sm2_key_off_the_curve_is_malformed() -> None:
    root = Authority.root()
    point = root.key.public_key.point
    wrong = point[:-1] + bytes([point[-1] ^ 1])

    with pytest.raises(MalformedData):
        parse_certificate(root.certificate.replace(point, wrong))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")
def test_openssl_accepts_our_request(tmp_path: Path) -> None:
    """A second opinion on structure and on the self-signature."""
    path = tmp_path / "request.der"
    path.write_bytes(build_request(PrivateKey.generate(), "某公司", "某机构"))

    command = f"openssl req -inform DER -in {path} -noout -verify -subject -nameopt utf8"
    judged = subprocess.run(
        [*command.split(), "-vfyopt", "distid:1234567812345678"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert "verify OK" in judged.stderr + judged.stdout
    assert "某公司" in judged.stdout
