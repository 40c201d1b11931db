"""An operator's or the service's RSA or ECDSA key, from whatever file it comes in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from app import cli
from app.config import Settings
from app.diagnosis import Level, examine
from app.errors import ConfigurationError
from app.pades_key import read_pades_key
from app.wiring import Wiring
from seal_core.engines.protocol import AtPoint
from seal_core.errors import DecryptionFailed, InvalidKey, SealError, WeakAlgorithm
from seal_core.formats.algorithms import verify
from seal_core.formats.certificates import Algorithm, parse_certificate
from tests.support import pdf, wide_world
from verify.report import Verdict

PEM = serialization.Encoding.PEM
PASSWORD = "秘密 4711"
RSA_ALGORITHM = Algorithm("1.2.840.113549.1.1.1")
ECDSA_ALGORITHM = Algorithm("1.2.840.10045.2.1")


def pkcs12_of(who: wide_world.Issued, password: str = "") -> bytes:
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        encryption = serialization.BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(
        b"name", who.key, who.certificate, [who.issuer], encryption
    )


def key_pem(who: wide_world.Issued, password: str = "") -> bytes:
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        encryption = serialization.BestAvailableEncryption(password.encode())
    return who.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, encryption)


def chain_pem(who: wide_world.Issued) -> bytes:
    return who.issuer.public_bytes(PEM) + who.certificate.public_bytes(PEM)


def never() -> str:
    raise AssertionError("asked for a password nobody set")


@pytest.mark.parametrize("kind", ["rsa", "p256", "p384"])
@pytest.mark.parametrize("password", ["", PASSWORD], ids=["plain", "encrypted"])
@pytest.mark.parametrize("form", ["pkcs12", "pem", "pem and certificates", "der"])
def test_every_form_gives_the_same_signer(
    kind: str, password: str, form: str, tmp_path: Path
) -> None:
    """
    The chain is the issuers alone, nearest first, whatever the order in the file; nothing is
    asked for where nothing is encrypted.
    """
    who, beside = wide_world.issued(kind), None
    file = tmp_path / "key"
    match form:
        case "pkcs12":
            file.write_bytes(pkcs12_of(who, password))
        case "pem":
            file.write_bytes(key_pem(who, password) + chain_pem(who))
        case _:
            beside = tmp_path / "certificates.pem"
            beside.write_bytes(chain_pem(who))
            written = key_pem(who, password)
            if form == "der":
                key = serialization.load_pem_private_key(
                    written, password.encode() if password else None
                )
                written = key.private_bytes(
                    serialization.Encoding.DER,
                    serialization.PrivateFormat.PKCS8,
                    serialization.BestAvailableEncryption(password.encode())
                    if password
                    else serialization.NoEncryption(),
                )
            file.write_bytes(written)

    signer = read_pades_key(file, beside, (lambda: PASSWORD) if password else never)

    assert (signer.certificate, signer.chain) == (who.signer.certificate, who.signer.chain)
    digest = {"p384": "sha384"}.get(kind, "sha256")
    algorithm = RSA_ALGORITHM if kind == "rsa" else ECDSA_ALGORITHM
    certificate = parse_certificate(signer.certificate)
    verify(certificate, algorithm, signer.sign(b"message"), (b"message",), digest)


@pytest.mark.parametrize("form", ["pkcs12", "pem"])
def test_a_wrong_password_is_told_as_such(form: str, tmp_path: Path) -> None:
    who = wide_world.issued("p256")
    write = pkcs12_of if form == "pkcs12" else key_pem
    (tmp_path / "key").write_bytes(write(who, PASSWORD))

    with pytest.raises(DecryptionFailed) as refusal:
        read_pades_key(tmp_path / "key", None, lambda: "wrong")
    assert "wrong password" in str(refusal.value)


def test_what_is_no_key_for_signing_is_refused(tmp_path: Path) -> None:
    """
    Another's certificate, no certificate, another kind of key, too short a key, no key at all.
    """
    who, other = wide_world.issued("p256"), wide_world.issued("p384")
    short = wide_world.authority().issue("Short", rsa.generate_private_key(65537, 1024))
    edwards = ed25519.Ed25519PrivateKey.generate().private_bytes(
        PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    cases: list[tuple[bytes, type[SealError]]] = [
        (key_pem(who), InvalidKey),
        (key_pem(who) + chain_pem(other), InvalidKey),
        (edwards + chain_pem(who), InvalidKey),
        (key_pem(short) + chain_pem(short), WeakAlgorithm),
        (chain_pem(who), InvalidKey),
        (b"", InvalidKey),
        (b"\x30\x05\x02\x01\x03\x30\x00", DecryptionFailed),
    ]
    for written, refusal in cases:
        (tmp_path / "key").write_bytes(written)
        with pytest.raises(refusal):
            read_pades_key(tmp_path / "key", None, lambda: PASSWORD)


# --- the service's own ----------------------------------------------------------------


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The service has a key under a password, and trusts its root."""
    file = tmp_path / "pades.p12"
    file.write_bytes(pkcs12_of(wide_world.issued("rsa"), PASSWORD))
    monkeypatch.setenv("ZHANGYIN_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("ZHANGYIN_PADES__KEY", str(file))
    monkeypatch.setenv("ZHANGYIN_PADES__PASSWORD", PASSWORD)
    return file


def test_the_service_seals_in_the_form_that_was_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    GB/T 35275 or GM.sm2seal, and a filter's name of one's own.
    """
    monkeypatch.setenv("ZHANGYIN_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("ZHANGYIN_PDF__PROFILE", "ses")
    monkeypatch.setenv("ZHANGYIN_PDF__FILTER", "DJ.GMPkiLite")
    document = sealed_by_service(worker=True)

    assert b"/Filter /DJ.GMPkiLite" in document
    assert pdf.verified(document).signatures[0].standard == "GB/T 38540-2020"
    monkeypatch.setenv("ZHANGYIN_PDF__FILTER", "no name/")
    with pytest.raises(ConfigurationError):
        Settings.load()


def sealed_by_service(*, worker: bool) -> bytes:
    wiring = Wiring(Settings.load(), redis_url="redis://127.0.0.1:1", opens_envelopes=worker)
    engine = wiring.engines["application/pdf"]
    here = AtPoint(1, 100, 200)
    return engine.seal(pdf.simple_pdf(), pdf.material(), [here], pdf.signer(), pdf.NOON)


@pytest.mark.usefixtures("key_file")
def test_workers_sign_what_was_sealed_once_more() -> None:
    """
    By setting; readers without SM2 find the service's signature valid.
    """
    document = sealed_by_service(worker=True)

    (stock,) = wide_world.stock_verdicts(document).values()
    assert stock.bottom_line
    report = pdf.verified(document, *wide_world.roots())
    assert report.verdict is Verdict.VALID
    assert len(report.signatures) == 2


def test_web_hosts_do_without_the_key(key_file: Path) -> None:
    """
    They sign nothing, so they need not be able to read it.
    """
    key_file.unlink()

    assert wide_world.stock_verdicts(sealed_by_service(worker=False)) == {}


def test_a_key_that_cannot_be_used_stops_a_worker_and_tells_no_password(
    key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Rather than handing out documents without the signature that was asked for.
    """
    monkeypatch.setenv("ZHANGYIN_PADES__PASSWORD", "wrong" + PASSWORD)
    with pytest.raises(ConfigurationError) as wrong:
        sealed_by_service(worker=True)
    monkeypatch.delenv("ZHANGYIN_PADES__PASSWORD")
    with pytest.raises(ConfigurationError, match="PADES__PASSWORD is missing"):
        sealed_by_service(worker=True)
    key_file.unlink()
    with pytest.raises(ConfigurationError, match="No such file"):
        sealed_by_service(worker=True)
    assert PASSWORD not in str(wrong.value)


def test_the_doctor_looks_at_the_key(
    key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Whose it is and until when; that its root is not trusted here; that it cannot be opened.
    """
    monkeypatch.setenv("ZHANGYIN_CA__URL", "https://ca.example")
    roots = tmp_path / "roots"
    roots.mkdir()
    monkeypatch.setenv("ZHANGYIN_CA__ROOTS", str(roots))

    def finding() -> tuple[Level, str]:
        found = next(each for each in examine() if each.subject == "PAdES key")
        return found.level, found.detail

    assert finding()[0] is Level.WARN
    (roots / "root.cer").write_bytes(wide_world.authority().root_der)
    level, detail = finding()
    assert level is Level.OK
    assert detail.startswith(wide_world.COMMON)
    key_file.write_bytes(b"nothing")
    assert finding()[0] is Level.FAIL


# --- the command ----------------------------------------------------------------------


def test_the_command_signs_pdf_without_a_seal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Unseen, or with a picture at its size; half a wish is wrong use, and OFD is not for it.
    """
    monkeypatch.chdir(tmp_path)
    who = wide_world.issued("p256")
    Path("key.p12").write_bytes(pkcs12_of(who, PASSWORD))
    Path("password").write_text(PASSWORD + "\n", encoding="utf-8")
    Path("face.png").write_bytes(pdf.seal_picture())
    Path("a.pdf").write_bytes(pdf.simple_pdf())
    Path("a.ofd").write_bytes(b"PK\x03\x04")
    key = ["--pades", "key.p12", "--pades-password-file", "password"]
    shown = ["--place", "1:100,200", "--picture", "face.png", "--size", "42x30"]

    assert cli.run(["seal", "a.pdf", "unseen.pdf", *key]) == 0
    assert cli.run(["seal", "unseen.pdf", "shown.pdf", *key, *shown]) == 0
    assert cli.run(["seal", "a.ofd", "out.ofd", *key]) == 1
    for wrong in (shown, key[:1], [*key, *shown[:2]], [*key, *shown[:4], "--size", "0"]):
        assert cli.run(["seal", "a.pdf", "no.pdf", *wrong]) == cli.EXIT_USAGE
    assert PASSWORD not in "".join(capsys.readouterr())

    stock = wide_world.stock_verdicts(Path("shown.pdf").read_bytes(), at=datetime.now(UTC))
    assert [each.bottom_line for each in stock.values()] == [True, True]
    assert not Path("no.pdf").exists()
