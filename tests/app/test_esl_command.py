"""./zhangyin esl: seals in files come in, are looked at, made, and taken out of the service."""

from __future__ import annotations

import json
import shutil
import subprocess
from base64 import encodebytes
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import cli
from seal_core.domain.seals import Seal, SealState
from seal_core.formats import ses
from storage.schema import upgrade
from storage.unit_of_work import Database
from tests.support import pdf
from tests.support.ofd import ofd
from tests.support.ofd_checker import problems
from tests.support.pki import NOT_AFTER, NOT_BEFORE, World
from verify.report import Verdict
from verify.trust import TrustStore
from verify.verifier import verify

OPENSSL = shutil.which("openssl")


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture
def folder(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a maker has: his key and certificate, a picture, whom the seal is for."""
    (tmp_path / "maker.key").write_bytes(world.maker.key.to_pkcs8())
    (tmp_path / "maker.cer").write_bytes(world.maker.certificate)
    (tmp_path / "unit.cer").write_bytes(world.sealer.certificate)
    (tmp_path / "unit.key").write_bytes(world.sealer.key.to_pkcs8())
    (tmp_path / "face.png").write_bytes(pdf.material().picture)
    (tmp_path / "a.ofd").write_bytes(ofd(2))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*more: str, output: str = "made.esl", picture: str = "face.png") -> int:
    command = ["esl", "make", output, "--id", "14010000000077", "--name", "示例公章"]
    command += ["--certificate", "unit.cer", "--picture", picture, "--size", "42x42"]
    command += ["--maker-key", "maker.key", "--maker-certificate", "maker.cer"]
    return cli.run([*command, *more])


def seal(esl: str, output: str) -> int:
    command = ["seal", "a.ofd", output, "--seal", esl, "--key", "unit.key"]
    return cli.run([*command, "--certificate", "unit.cer", "--place", "1:100,200"])


@pytest.mark.parametrize("standard", ["2014", "2020", "2025"])
def test_a_seal_made_here_seals_documents(folder: Path, world: World, standard: str) -> None:
    """Of each standard: strict, accepted by the judge, and by the second opinion once used."""
    assert make("--standard", standard) == 0

    made = (folder / "made.esl").read_bytes()
    parsed = ses.parse_seal(made)
    assert ses.STANDARDS[parsed.version].endswith(standard)
    assert parsed.quirks == ()
    assert parsed.valid_to == NOT_AFTER
    trust = TrustStore.from_certificates([world.root.certificate], [world.ca.certificate])
    assert verify(made, "made.esl", trust=trust).verdict is Verdict.VALID
    assert seal("made.esl", "out.ofd") == 0
    assert problems((folder / "out.ofd").read_bytes()) == []


@pytest.mark.skipif(OPENSSL is None, reason="needs the openssl command")
def test_openssl_agrees_with_the_makers_signature(folder: Path, world: World) -> None:
    """SM2 with the usual identity over the exact octets of SES_SealInfo."""
    assert make() == 0
    parsed = ses.parse_seal((folder / "made.esl").read_bytes())
    (folder / "signed").write_bytes(parsed.signed_part)
    (folder / "value").write_bytes(parsed.signature)
    (folder / "maker.pub").write_bytes(world.maker.parsed.public_key_info)
    command = [str(OPENSSL), "dgst", "-sm3", "-keyform", "DER", "-verify", "maker.pub"]
    command += ["-sigopt", "distid:1234567812345678", "-signature", "value", "signed"]
    answer = subprocess.run(command, capture_output=True, check=False, cwd=folder)

    assert answer.stdout.strip() == b"Verified OK", answer


def test_a_list_of_digests_and_a_period(folder: Path) -> None:
    """Who may sign stands there as SM3; sealing then needs the certificate beside the key."""
    assert make("--digests", "--to", "2029-01-01") == 0

    parsed = ses.parse_seal((folder / "made.esl").read_bytes())
    assert parsed.certificates == ()
    assert len(parsed.certificate_digests) == 1
    assert parsed.valid_to == datetime(2028, 12, 31, 16, tzinfo=UTC)
    assert seal("made.esl", "out.ofd") == 0


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="42mm" height="42mm"><g/></svg>'


@pytest.mark.parametrize(("name", "data"), [("svg", SVG), ("ofd", ofd())])
def test_other_pictures(folder: Path, name: str, data: bytes) -> None:
    """The type is told by the bytes."""
    (folder / "face").write_bytes(data)
    assert make(picture="face") == 0
    assert ses.parse_seal((folder / "made.esl").read_bytes()).picture_type == name


def test_what_cannot_be_made_is_wrong_use(folder: Path) -> None:
    """A key without its certificate, a picture that runs scripts, a period that is over, a digest
    list in 2014, text where ASCII belongs; nothing is written, and no earlier file is lost."""
    (folder / "bad.svg").write_bytes(SVG.replace(b"<g/>", b"<script/>"))

    assert make("--maker-certificate", "unit.cer") == cli.EXIT_USAGE
    assert make(picture="bad.svg") == cli.EXIT_USAGE
    assert make(picture="unit.cer") == cli.EXIT_USAGE
    assert make("--to", "2020-01-01") == cli.EXIT_USAGE
    assert make("--standard", "2014", "--digests") == cli.EXIT_USAGE
    assert make("--id", "编号") == cli.EXIT_USAGE
    assert make("--size", "0x40") == cli.EXIT_USAGE
    assert not (folder / "made.esl").exists()

    assert make() == 0
    before = (folder / "made.esl").read_bytes()
    assert make() == cli.EXIT_USAGE
    assert (folder / "made.esl").read_bytes() == before
    assert make("--replace") == 0


def test_a_maker_the_roots_do_not_know_makes_nothing(folder: Path, world: World) -> None:
    """Under --trust the judge has the last word."""
    (folder / "trust").mkdir()
    (folder / "trust" / "root.cer").write_bytes(world.stranger.chain[0])
    assert make("--trust", "trust") == 1
    assert not (folder / "made.esl").exists()

    (folder / "trust" / "root.cer").write_bytes(world.root.certificate)
    (folder / "maker.cer").write_bytes(pem(world.maker.certificate) + pem(world.ca.certificate))
    assert make("--trust", "trust") == 0


def pem(certificate: bytes) -> bytes:
    head, tail = b"-----BEGIN CERTIFICATE-----\n", b"-----END CERTIFICATE-----\n"
    return head + encodebytes(certificate) + tail


def test_seals_come_in_der_and_base64(
    folder: Path, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """As makers hand them out; what is none is named, and the others are shown all the same."""
    (folder / "der.esl").write_bytes(world.seal())
    (folder / "text.esl").write_bytes(encodebytes(world.seal(version=1)))
    (folder / "none.esl").write_bytes(b"\x30\x03\x02\x01\x05")

    assert cli.run(["esl", "show", "der.esl", "none.esl", "text.esl"]) == 1
    shown = capsys.readouterr()
    first, second = map(json.loads, shown.out.splitlines())
    assert first["standard"] == "GB/T 38540-2020"
    assert second["standard"] == "GM/T 0031-2014"
    assert first["name"] == "测试单位甲合同专用章"
    assert "CN=测试单位甲," in first["signers"][0]
    assert "CN=测试制章者," in first["maker"]
    assert "none.esl: no seal" in shown.err
    assert seal("text.esl", "out.ofd") == 0


def test_the_picture_can_be_taken_out(folder: Path, world: World) -> None:
    (folder / "a.esl").write_bytes(world.seal())

    assert cli.run(["esl", "show", "a.esl", "--picture", "out.png"]) == 0
    assert (folder / "out.png").read_bytes() == ses.parse_seal(world.seal()).picture
    assert cli.run(["esl", "show", "a.esl", "a.esl", "--picture", "b.png"]) == cli.EXIT_USAGE


def issued(world: World, **changes: object) -> Seal:
    """A seal as the service keeps it."""
    facts: dict[str, object] = {
        "id": "14010000000001", "application_id": "a1", "holder_id": "h1", "holder_name": "单位甲",
        "collector_id": "p1", "type": "contract", "name": "测试单位甲合同专用章", "form": "phone",
        "width_mm": 40.0, "height_mm": 40.0, "state": SealState.CANCELLED, "code": "1401000000777",
        "opinion": "", "applied_at": NOT_BEFORE, "reviewed_at": None, "collected_at": None,
        "valid_from": NOT_BEFORE, "valid_to": NOT_BEFORE + timedelta(days=400), "certificate": b"",
        "chain": (), "ses": world.seal(valid_to=NOT_BEFORE + timedelta(days=400)), "picture": b"",
    }  # fmt: skip
    return Seal(**(facts | changes))  # type: ignore[arg-type]


def test_seals_of_the_service_are_taken_out(
    folder: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By number or code, also one that has ended, as it was made; what was never issued, or was
    damaged in the store, does not leave."""
    monkeypatch.setenv("ZHANGYIN_STATE_DIR", str(folder / "state"))
    (folder / "state").mkdir()
    url = f"sqlite:///{folder / 'state' / 'zhangyin.db'}"
    database = Database(url, lambda: datetime.now(UTC), bytes(16), lambda _: None)
    upgrade(database.engine)
    good = issued(world)
    broken = good.ses.replace(b"\x89PNG", b"\x89PNH")
    with database.open_work() as work:
        for seal_record in (
            good,
            issued(world, id="2", code="2", ses=b""),
            issued(world, id="3", code="3", ses=broken),
        ):
            work.seals.put(seal_record)
        work.commit()

    assert cli.run(["esl", "export", "14010000000001", "id.esl"]) == 0
    assert cli.run(["esl", "export", "1401000000777", "code.esl"]) == 0
    assert (folder / "id.esl").read_bytes() == (folder / "code.esl").read_bytes() == good.ses
    for number in ("2", "3", "4"):
        assert cli.run(["esl", "export", number, "no.esl"]) == 1
    assert not (folder / "no.esl").exists()
