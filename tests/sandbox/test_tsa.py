"""The time-stamp authority: RFC 3161 answers, granted and rejected."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from asn1crypto import core, tsp
from flask import Flask
from flask.testing import FlaskClient

from sandbox import ca, sm2, tsa
from sandbox.world import World


@dataclass(frozen=True)
class Desk:
    world: World
    http: FlaskClient

    def ask(self, body: bytes, media_type: str = tsa.QUERY_TYPE) -> bytes:
        return bytes(self.http.post("/tsa", data=body, content_type=media_type).data)


@pytest.fixture
def desk(world: World) -> Desk:
    app = Flask("tsa")
    app.register_blueprint(tsa.create_blueprint(world))
    return Desk(world, app.test_client())


def query(**changes: object) -> bytes:
    imprint = {
        "hash_algorithm": {"algorithm": changes.pop("algorithm", sm2.SM3_OID)},
        "hashed_message": changes.pop("digest", sm2.sm3(b"seal")),
    }
    fields = {"version": "v1", "message_imprint": imprint, "nonce": 4711, "cert_req": True}
    return bytes(tsp.TimeStampReq(fields | changes).dump())


def test_a_stamp_says_what_and_when_and_is_signed(desk: Desk, tmp_path: Path) -> None:
    """The token carries imprint, nonce and time, names its certificate and verifies with SM2."""
    before = desk.world.clock.now().replace(microsecond=0)

    answer = tsp.TimeStampResp.load(desk.ask(query()))

    assert answer["status"]["status"].native == "granted"
    signed = answer["time_stamp_token"]["content"]
    info = signed["encap_content_info"]["content"].parsed
    assert info["message_imprint"]["hashed_message"].native == sm2.sm3(b"seal")
    assert info["nonce"].native == 4711
    assert info["policy"].dotted == tsa.POLICY
    assert before <= info["gen_time"].native <= desk.world.clock.now()

    signer = signed["signer_infos"][0]
    certificate = tsa.authority_for(desk.world).issuer.certificate
    assert certificate.dump() in {c.chosen.dump() for c in signed["certificates"]}
    values = {a["type"].native: a["values"][0] for a in signer["signed_attrs"]}
    content = signed["encap_content_info"]["content"].contents
    assert values["message_digest"].native == sm2.sm3(content)
    named = values["signing_certificate_v2"]["certs"][0]
    assert named["hash_algorithm"]["algorithm"].dotted == sm2.SM3_OID
    assert named["cert_hash"].native == sm2.sm3(certificate.dump())
    assert certificate.extended_key_usage_value.native == ["time_stamping"]
    point = bytes(certificate.public_key["public_key"])
    message = signer["signed_attrs"].untag().dump()
    assert sm2.verify(point, message, signer["signature"].native)
    assert _openssl_verifies(tmp_path, certificate.public_key.dump(), message, signer)


def _openssl_verifies(folder: Path, key: bytes, message: bytes, signer: core.Sequence) -> bool:
    # `openssl ts -verify` of 3.0 cannot be told the SM2 ID, so the signature is checked alone
    (folder / "key").write_bytes(key)
    (folder / "message").write_bytes(message)
    (folder / "signature").write_bytes(signer["signature"].native)
    arguments = "pkeyutl -verify -rawin -digest sm3 -pkeyopt distid:1234567812345678 -pubin"
    files = "-keyform DER -inkey key -in message -sigfile signature"
    command = ["openssl", *arguments.split(), *files.split()]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=20)
    return b"Signature Verified Successfully" in done.stdout


def test_openssl_reads_the_answer(desk: Desk, tmp_path: Path) -> None:
    """OpenSSL asks with SM3 and understands what it gets."""
    (tmp_path / "data").write_bytes(b"seal")
    ask = ["openssl", "ts", "-query", "-data", "data", "-sm3", "-cert", "-out", "q"]
    subprocess.run(ask, cwd=tmp_path, check=True, capture_output=True, timeout=20)
    (tmp_path / "r").write_bytes(desk.ask((tmp_path / "q").read_bytes()))
    read = ["openssl", "ts", "-reply", "-in", "r", "-text"]
    done = subprocess.run(read, cwd=tmp_path, check=True, capture_output=True, timeout=20)
    assert b"Status: Granted." in done.stdout
    assert b"Hash Algorithm: sm3" in done.stdout


def test_certificates_come_only_on_demand(desk: Desk) -> None:
    """Without certReq the token stays small."""
    answer = tsp.TimeStampResp.load(desk.ask(query(cert_req=False)))
    assert not answer["time_stamp_token"]["content"]["certificates"].native


def test_the_authority_is_certified_by_the_same_ca(desk: Desk) -> None:
    """One root for certificates and times."""
    issued = tsa.authority_for(desk.world).issuer.certificate
    assert issued.issuer == ca.authority_of(desk.world).issuing.subject


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (query(algorithm="2.16.840.1.101.3.4.2.1"), "bad_alg"),
        (query(digest=b"\x00" * 31), "bad_data_format"),
        (query(req_policy="1.2.3"), "unaccepted_policy"),
        (query(extensions=[{"extn_id": "1.2.3", "extn_value": b""}]), "unaccepted_extensions"),
        (b"", "bad_data_format"),
        (query() + b"\x00", "bad_data_format"),
    ],
    ids=["SHA-256", "31 octets", "policy", "extension", "empty", "trailing octet"],
)
def test_rejections_carry_a_reason(desk: Desk, body: bytes, failure: str) -> None:
    """What is not stamped is answered with status 2 and a PKIFailureInfo."""
    status = tsp.PKIStatusInfo.load(core.Sequence.load(desk.ask(body)).contents)
    assert status["status"].native == "rejection"
    assert status["fail_info"].native == {failure}
    assert desk.world.verdicts.illegal()[0].code == failure


def test_other_media_types_are_rejected(desk: Desk) -> None:
    """RFC 3161, 3.4: a query travels as application/timestamp-query."""
    answer = desk.ask(query(), media_type="application/octet-stream")
    status = tsp.PKIStatusInfo.load(core.Sequence.load(answer).contents)
    assert status["fail_info"].native == {"bad_request"}
