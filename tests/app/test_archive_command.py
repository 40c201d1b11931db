"""./zhangyin archive: proof for years, added to files and renewed when it is due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import cli
from seal_core.engines.pdf import UNSEEN, PdfEngine
from seal_core.engines.pdf_archive import protected_until
from tests.support import pdf, wide_world
from tests.support.http_side import Asked, FarSide, Told, far_side
from verify.report import Kind, Verdict
from verify.trust import TrustStore
from verify.verifier import verify


@pytest.fixture
def authority() -> Iterator[FarSide]:
    """A time-stamp authority on the network, whose clock is right."""

    def answer(asked: Asked) -> Told:
        body = wide_world.RsaTimeStamper(datetime.now(UTC)).answer(asked.body)
        return Told(body, media_type="application/timestamp-reply")

    with far_side(answer) as side:
        yield side


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Signed and other files, and a trust folder with fresh lists."""
    now = datetime.now(UTC)
    signer = wide_world.issued("p256").signer
    signed = PdfEngine().seal(
        pdf.simple_pdf(), UNSEEN, (), signer, now, wide_world.RsaTimeStamper(now)
    )
    (tmp_path / "a.pdf").write_bytes(signed)
    (tmp_path / "plain.pdf").write_bytes(pdf.simple_pdf())
    (tmp_path / "a.ofd").write_bytes(b"PK\x03\x04")
    trust = tmp_path / "trust"
    trust.mkdir()
    for number, house in enumerate((wide_world.authority(), wide_world.time_authority())):
        (trust / f"{number}.cer").write_bytes(house.root_der)
        (trust / f"{number}.crl").write_bytes(house.crl(now))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def archive(side: FarSide, *arguments: str) -> int:
    where = ["--trust", "trust", "--timestamp", side.base_url, "--timestamp-digest", "sha256"]
    return cli.run(["archive", *arguments, *where])


def test_a_file_gets_its_proof_and_keeps_it_until_it_is_due(
    folder: Path, authority: FarSide, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Three years on and after, valid by the roots alone. Run again nothing is due; told to look
    far ahead, it stamps anew.
    """
    assert archive(authority, "a.pdf", "kept.pdf") == 0
    assert archive(authority, "kept.pdf", "again.pdf") == 0
    assert "left alone" in capsys.readouterr().out
    assert not (folder / "again.pdf").exists()
    assert archive(authority, "kept.pdf", "again.pdf", "--ahead", "2000") == 0

    kept, again = ((folder / name).read_bytes() for name in ("kept.pdf", "again.pdf"))
    assert kept.startswith((folder / "a.pdf").read_bytes())
    assert again.startswith(kept)
    assert protected_until(kept) is not None
    trust = TrustStore.from_certificates(wide_world.roots())
    report = verify(again, "again.pdf", at=datetime.now(UTC) + timedelta(days=3652), trust=trust)
    assert report.verdict is Verdict.VALID
    assert [s.kind for s in report.signatures] == [Kind.SIGNATURE] + [Kind.TIMESTAMP] * 2


def test_one_file_that_cannot_be_archived_fails_alone(
    folder: Path, authority: FarSide, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Nothing signed in it, no PDF, not there: named, and the others done. No input is written over.
    """
    before = (folder / "a.pdf").read_bytes()

    assert archive(authority, "a.pdf", "plain.pdf", "a.ofd", "gone.pdf", "out") == 1

    assert [path.name for path in (folder / "out").iterdir()] == ["a.pdf"]
    told = capsys.readouterr().err
    for refusal in ("plain.pdf: not archived (unsigned)", "a.ofd: not archived (not_a_document)"):
        assert refusal in told
    assert "gone.pdf: not archived (file)" in told
    assert archive(authority, "a.pdf", "a.pdf") == 1
    assert (folder / "a.pdf").read_bytes() == before


def test_a_stamp_nobody_here_trusts_proves_nothing(folder: Path, authority: FarSide) -> None:
    (folder / "trust" / "1.cer").unlink()

    assert archive(authority, "a.pdf", "out.pdf") == 1
    assert not (folder / "out.pdf").exists()
