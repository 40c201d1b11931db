"""The certificate authority: what it issues, what it refuses, and OpenSSL's opinion."""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import crl, csr, x509
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sandbox import ca, sm2
from sandbox.certificates import chinese_name, public_key_info, signature_algorithm
from sandbox.world import World

SUBJECT = chinese_name("合同专用章", "晋阳云帆科技有限公司")


@dataclass(frozen=True)
class Desk:
    """The authority's counter, seen from a customer with an API key."""

    world: World
    http: FlaskClient

    def ask(self, body: bytes, kind: str = "seal", **changes: str) -> TestResponse:
        token = changes.get("token", self.world.accounts.trust.ca_token)
        media_type = changes.get("media_type", "application/pkcs10")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": media_type}
        return self.http.post(f"/ca/certificates?kind={kind}", data=body, headers=headers)


@pytest.fixture
def desk(world: World) -> Desk:
    app = Flask("ca")
    app.register_blueprint(ca.create_blueprint(world))
    return Desk(world, app.test_client())


def request_of(
    key: sm2.KeyPair, subject: x509.Name = SUBJECT, signer: sm2.KeyPair | None = None
) -> bytes:
    info = csr.CertificationRequestInfo(
        {"version": "v1", "subject": subject, "subject_pk_info": public_key_info(key.point)}
    )
    fields = {
        "certification_request_info": info,
        "signature_algorithm": signature_algorithm(),
        "signature": (signer or key).sign(info.dump()),
    }
    return bytes(csr.CertificationRequest(fields).dump())


def told(answer: TestResponse) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.data)
    return found


def openssl(*arguments: str | Path) -> str:
    done = subprocess.run(
        ["openssl", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=20
    )
    return done.stdout + done.stderr


def test_a_request_becomes_a_certificate_with_its_chain(desk: Desk, tmp_path: Path) -> None:
    """The key and the subject of the request are certified for signing; OpenSSL agrees."""
    key = sm2.KeyPair.generate()

    answer = desk.ask(request_of(key))

    assert answer.status_code == 201
    leaf = x509.Certificate.load(base64.b64decode(told(answer)["certificate"]))
    issuing, root = (x509.Certificate.load(base64.b64decode(c)) for c in told(answer)["chain"])
    assert bytes(leaf.public_key["public_key"]) == key.point
    assert leaf.subject.native["common_name"] == "合同专用章"
    assert leaf.key_usage_value.native == {"digital_signature", "non_repudiation"}
    assert leaf.issuer == issuing.subject
    assert issuing.issuer == root.subject
    assert told(answer)["serial"] == f"{leaf.serial_number:x}"
    assert desk.http.get("/ca/root.cer").data == root.dump()

    for name, der in (("leaf", leaf), ("issuing", issuing), ("root", root)):
        (tmp_path / f"{name}.der").write_bytes(der.dump())
        openssl("x509", "-inform", "der", "-in", tmp_path / f"{name}.der", "-out", tmp_path / name)
    # OpenSSL 3.0 gives the SM2 ID only to the certificate at hand, hence link by link
    for child, parent in (("leaf", "issuing"), ("issuing", "root")):
        options = ("-vfyopt", "distid:1234567812345678", "-partial_chain")
        said = openssl("verify", *options, "-CAfile", tmp_path / parent, tmp_path / child)
        assert said.endswith(f"{tmp_path / child}: OK\n")


def test_the_chain_is_offered_as_pem(desk: Desk) -> None:
    """``/ca/chain`` holds the issuing CA and the root, in this order."""
    text = desk.http.get("/ca/chain").text
    assert text.count("BEGIN CERTIFICATE") == 2


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"token": "guess"}, 401, "unauthorized"),
        ({"token": ""}, 401, "unauthorized"),
        ({"media_type": "application/octet-stream"}, 415, "content_type"),
        ({"kind": "ca"}, 400, "kind"),
    ],
)
def test_the_envelope_must_be_right(
    desk: Desk, changes: dict[str, str], status: int, code: str
) -> None:
    """No key, wrong media type, unknown kind: nothing is issued."""
    answer = desk.ask(request_of(sm2.KeyPair.generate()), **changes)
    assert (answer.status_code, told(answer)["error"]) == (status, code)
    assert desk.world.verdicts.illegal()


def test_proof_of_possession(desk: Desk) -> None:
    """A request signed by another key than the one it names is refused."""
    stolen = request_of(sm2.KeyPair.generate(), signer=sm2.KeyPair.generate())
    assert told(desk.ask(stolen))["error"] == "possession"


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", "malformed"), (b"\x30\x03\x02\x01\x00", "malformed"), (b"\x00" * 9000, "too_large")],
)
def test_what_is_no_request(desk: Desk, body: bytes, code: str) -> None:
    """Rubbish is refused with a code, not with a server error."""
    assert told(desk.ask(body))["error"] == code


def test_trailing_octets_are_refused(desk: Desk) -> None:
    """A request followed by anything is not DER."""
    assert told(desk.ask(request_of(sm2.KeyPair.generate()) + b"\x00"))["error"] == "malformed"


@pytest.mark.parametrize(
    "parts",
    [
        {"country_name": "US", "organization_name": "甲", "common_name": "乙"},
        {"organization_name": "甲", "common_name": "乙"},
        {"country_name": "CN", "common_name": "乙"},
        {"country_name": "CN", "organization_name": "甲"},
        {"country_name": "CN", "organization_name": "甲", "common_name": "乙" * 65},
        {"country_name": "CN", "organization_name": "甲", "common_name": "乙\n丙"},
        {"country_name": "CN", "organization_name": "甲", "common_name": "乙", "title": "总"},
    ],
    ids=["country", "no country", "no O", "no CN", "long", "control character", "title"],
)
def test_subject_rules(desk: Desk, parts: dict[str, str]) -> None:
    """A subject the authority would not vouch for is refused."""
    answer = desk.ask(request_of(sm2.KeyPair.generate(), x509.Name.build(parts)))
    assert (answer.status_code, told(answer)["error"]) == (400, "subject")


def test_a_person_needs_no_organisation(desk: Desk) -> None:
    """Natural persons are certified by name alone, but only as persons."""
    wish = request_of(sm2.KeyPair.generate(), chinese_name("白露"))
    assert desk.ask(wish, kind="person").status_code == 201


def test_one_key_belongs_to_one_subject(desk: Desk) -> None:
    """The same key may be certified again for its owner, never for somebody else."""
    key = sm2.KeyPair.generate()
    assert desk.ask(request_of(key)).status_code == 201
    assert desk.ask(request_of(key)).status_code == 201
    other = request_of(key, chinese_name("合同专用章", "吕梁山谷杂粮贸易有限公司"))
    assert desk.ask(other).status_code == 409


def test_revoked_certificates_are_on_the_list(desk: Desk, tmp_path: Path) -> None:
    """The world's lever revokes; the CRL is signed by the issuing CA and numbers go up."""
    empty = crl.CertificateList.load(desk.http.get("/ca/crl").data)
    assert not empty["tbs_cert_list"]["revoked_certificates"].native
    serial = told(desk.ask(request_of(sm2.KeyPair.generate())))["serial"]

    wish = {"serial": serial, "reason": "key_compromise"}
    assert desk.http.post("/world/ca/revoke", json=wish).status_code == 200

    der = desk.http.get("/ca/crl").data
    listed = crl.CertificateList.load(der)
    entry = listed["tbs_cert_list"]["revoked_certificates"][0]
    assert f"{entry['user_certificate'].native:x}" == serial
    assert entry.crl_reason_value.native == "key_compromise"
    assert listed.crl_number_value.native > empty.crl_number_value.native
    issuing = ca.authority_of(desk.world).issuing
    assert sm2.verify(
        bytes(issuing.public_key["public_key"]),
        listed["tbs_cert_list"].dump(),
        listed["signature"].native,
    )
    (tmp_path / "crl").write_bytes(der)
    said = openssl("crl", "-inform", "der", "-in", tmp_path / "crl", "-noout", "-text")
    assert "Key Compromise" in said


def test_only_issued_certificates_can_be_revoked(desk: Desk) -> None:
    """Unknown serial numbers and reasons are named as such."""
    post = desk.http.post
    assert post("/world/ca/revoke", json={"serial": "ff"}).status_code == 404
    assert post("/world/ca/revoke", json={"serial": "xyz"}).status_code == 400


def test_the_root_has_a_list_too(desk: Desk) -> None:
    """A verifier that insists on revocation data finds some for the issuing CA."""
    listed = crl.CertificateList.load(desk.http.get("/ca/root.crl").data)
    assert listed.issuer == ca.authority_of(desk.world).root.subject
