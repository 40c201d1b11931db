"""./zhangyin verify: words or JSON, an exit code to rely on, and no file overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app import cli
from tests.support import attacks_pdf, pdf


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Documents of every kind; the command runs in their folder."""
    sealed = attacks_pdf.victim()
    (tmp_path / "sealed.pdf").write_bytes(sealed)
    (tmp_path / "changed.pdf").write_bytes(attacks_pdf.flip_in_text(sealed))
    (tmp_path / "plain.pdf").write_bytes(pdf.simple_pdf())
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["plain.pdf"], 3),
        (["sealed.pdf"], 2),  # nobody is trusted without --trust
        (["changed.pdf"], 1),
        (["broken.pdf"], 1),
        (["plain.pdf", "sealed.pdf"], 2),
        (["plain.pdf", "changed.pdf", "sealed.pdf"], 1),
    ],
)
@pytest.mark.usefixtures("folder")
def test_the_worst_file_decides_the_exit_code(names: list[str], code: int) -> None:
    """
    1 any invalid, 2 any not settled and none invalid, 3 any unsigned and none of these.
    """
    assert cli.run(["verify", *names]) == code


@pytest.mark.usefixtures("folder")
def test_words_by_default_one_json_object_per_line_on_request(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """
    Words are for people, lines for programs; the order is that of the files.
    """
    cli.run(["verify", "plain.pdf"])
    assert "未签章" in capsys.readouterr().out

    cli.run(["verify", "--json", "plain.pdf", "changed.pdf"])
    reports = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["file"], each["verdict"]) for each in reports] == [
        ("plain.pdf", "unsigned"),
        ("changed.pdf", "invalid"),
    ]


@pytest.mark.parametrize("words", [["--json=out.json"], ["--json", "out.json"]])
def test_json_can_go_to_a_file(
    folder: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """
    The file gets the same lines, and nothing is printed.
    """
    assert cli.run(["verify", "plain.pdf", *words]) == 3

    assert json.loads((folder / "out.json").read_text())["verdict"] == "unsigned"
    assert capsys.readouterr().out == ""


def test_a_document_after_json_is_examined_not_overwritten(folder: Path) -> None:
    """
    ``--json contract.pdf`` must never take the contract for the place to write to.
    """
    before = (folder / "sealed.pdf").read_bytes()

    assert cli.run(["verify", "--json", "sealed.pdf"]) == 2
    assert (folder / "sealed.pdf").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ([], "Missing argument"),
        (["none.pdf"], "does not exist"),
        (["."], "is a directory"),
        (["plain.pdf", "--at", "tomorrow"], "is no time like"),
        (["plain.pdf", "--trust", "none"], "does not exist"),
        (["plain.pdf", "--trust", "junk"], "--trust junk"),
        (["plain.pdf", "--frobnicate"], "No such option"),
    ],
)
def test_wrong_use_is_not_mistaken_for_a_verdict(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], hint: str
) -> None:
    """
    64, because 1, 2 and 3 say something about a document.
    """
    (folder / "junk").mkdir()
    (folder / "junk" / "root.cer").write_bytes(b"no certificate")

    assert cli.run(["verify", *arguments]) == 64
    assert hint in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_the_present_can_be_moved(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Judged as of a day before the seal was put, its claimed time lies in the future. A time
    without a zone is Beijing time.
    """

    def signing_time(at: str) -> str:
        cli.run(["verify", "--json", "--at", at, "sealed.pdf"])
        (signature,) = json.loads(capsys.readouterr().out)["signatures"]
        checks = {check["question"]: check["verdict"] for check in signature["checks"]}
        return str(checks["signing_time"])

    assert signing_time("2026-11-19T12:00:00") == "invalid"
    assert signing_time("2026-11-20T12:30:00") == signing_time("2026-11-20T04:30:00+00:00")
    assert signing_time("2026-11-20T12:30:00") != "invalid"


def test_a_trusted_root_makes_it_valid(folder: Path) -> None:
    """
    With the authority's certificates and revocation list in a folder, the sealed file is valid
    and the exit code 0; the changed one stays invalid.
    """
    trust = folder / "trust"
    trust.mkdir()
    for number, certificate in enumerate(pdf.authority().chain):
        (trust / f"{number}.cer").write_bytes(certificate)
    (trust / "list.crl").write_bytes(pdf.authority().crl())
    judged = ["verify", "--trust", "trust", "--at", "2026-11-20T12:10:00"]

    assert cli.run([*judged, "sealed.pdf"]) == 0
    assert cli.run([*judged, "sealed.pdf", "changed.pdf"]) == 1
