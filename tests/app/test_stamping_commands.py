"""Time stamps from the sandbox's authority, over HTTP, by ``./zhangyin seal`` and ``esl make``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import cli
from sandbox.accounts import Accounts
from sandbox.ca import authority_of
from sandbox.tsa import create_blueprint
from sandbox.world import World as SandboxWorld
from seal_core.formats import ses
from tests.support import pdf
from tests.support.http_side import Asked, FarSide, Told, far_side
from tests.support.ofd import ofd
from tests.support.ofd_checker import problems
from tests.support.pki import World
from verify.report import Report, TimeSource, Verdict
from verify.trust import TrustStore
from verify.verifier import verify

WORLD = World()


@pytest.fixture(scope="module")
def sandbox() -> SandboxWorld:
    return SandboxWorld(Accounts.generate("shanxi", "http://127.0.0.1:9", "http://127.0.0.1:8"))


@pytest.fixture
def authority(sandbox: SandboxWorld) -> Iterator[FarSide]:
    app = Flask("tsa")
    app.register_blueprint(create_blueprint(sandbox))

    def answer(asked: Asked) -> Told:
        media_type = asked.headers["Content-Type"]
        stamp = app.test_client().post("/tsa", data=asked.body, content_type=media_type)
        return Told(bytes(stamp.data), media_type="application/timestamp-reply")

    with far_side(answer) as side:
        yield side


@pytest.fixture
def folder(tmp_path: Path, sandbox: SandboxWorld, monkeypatch: pytest.MonkeyPatch) -> Path:
    for version in (1, 4, 5):
        (tmp_path / f"v{version}.esl").write_bytes(WORLD.seal(version=version))
    for name, who in (("unit", WORLD.sealer), ("maker", WORLD.maker)):
        (tmp_path / f"{name}.key").write_bytes(who.key.to_pkcs8())
        (tmp_path / f"{name}.cer").write_bytes(who.certificate)
    (tmp_path / "face.png").write_bytes(pdf.material().picture)
    (tmp_path / "a.ofd").write_bytes(ofd(2))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def believed(sandbox: SandboxWorld, path: Path) -> Report:
    stamps = authority_of(sandbox)
    anchors = [WORLD.root.certificate, *stamps.chain]
    trust = TrustStore.from_certificates(
        anchors, [WORLD.ca.certificate], [stamps.crl(), stamps.root_crl()]
    )
    return verify(path.read_bytes(), path.name, trust=trust)


def seal(authority: FarSide, *options: str) -> int:
    command = ["seal", "a.ofd", "out.ofd", "--key", "unit.key", "--replace"]
    return cli.run([*command, "--timestamp", f"{authority.base_url}/tsa", *options])


@pytest.mark.parametrize("version", [4, 5])
def test_a_stamped_seal_proves_its_time(
    folder: Path, authority: FarSide, sandbox: SandboxWorld, version: int
) -> None:
    """The second opinion finds the imprint; the judge goes by the authority's time."""
    assert seal(authority, "--seal", f"v{version}.esl", "--place", "1:10,10") == 0

    assert problems((folder / "out.ofd").read_bytes()) == []
    report = believed(sandbox, folder / "out.ofd")
    (signature,) = report.signatures
    assert report.verdict is Verdict.VALID, signature.checks
    assert signature.time_source is TimeSource.TIMESTAMP


def test_a_stamped_signature_without_a_seal(
    folder: Path, authority: FarSide, sandbox: SandboxWorld
) -> None:
    assert seal(authority, "--certificate", "unit.cer") == 0

    assert problems((folder / "out.ofd").read_bytes()) == []
    (signature,) = believed(sandbox, folder / "out.ofd").signatures
    assert (signature.verdict, signature.time_source) == (Verdict.VALID, TimeSource.TIMESTAMP)


def test_the_standard_of_2014_has_no_place_for_it(
    folder: Path, authority: FarSide, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused for this file, with the reason; nothing is written."""
    assert seal(authority, "--seal", "v1.esl", "--place", "1:10,10") == 1
    assert "not sealed (timestamp)" in capsys.readouterr().err
    assert not (folder / "out.ofd").exists()


def test_a_seal_of_2025_is_stamped_when_it_is_made(
    folder: Path, authority: FarSide, sandbox: SandboxWorld
) -> None:
    """Its authority may be unknown to the maker; earlier standards have no place for a stamp."""
    command = [
        "esl",
        "make",
        "made.esl",
        "--id",
        "1",
        "--name",
        "示例章",
        "--certificate",
        "unit.cer",
    ]
    command += ["--picture", "face.png", "--size", "40x40", "--maker-key", "maker.key"]
    command += ["--maker-certificate", "maker.cer", "--timestamp", f"{authority.base_url}/tsa"]
    assert cli.run([*command]) == cli.EXIT_USAGE
    assert cli.run([*command, "--standard", "2025"]) == 0

    parsed = ses.parse_seal((folder / "made.esl").read_bytes())
    assert parsed.timestamp is not None
    assert believed(sandbox, folder / "made.esl").verdict is Verdict.VALID
    assert seal(authority, "--seal", "made.esl", "--place", "seam:right") == 0
    assert problems((folder / "out.ofd").read_bytes()) == []
    assert believed(sandbox, folder / "out.ofd").verdict is Verdict.VALID


def test_an_authority_that_is_away_stamps_nothing(folder: Path) -> None:
    """A wish for a time stamp is not dropped silently."""
    with far_side(lambda _: Told(b"", 500)) as side:
        assert seal(side, "--seal", "v4.esl", "--place", "1:10,10") == 1
    assert not (folder / "out.ofd").exists()
