"""The command line: fast, plain, and with a helpful line for wrong use."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from app import cli
from app.config import ROOT


def test_help_lists_every_command_without_importing_any(capsys: pytest.CaptureFixture[str]) -> None:
    """
    The list comes from the files, so a new command appears by itself, and --help stays fast.
    """
    assert cli.run(["--help"]) == 0

    out = capsys.readouterr().out
    for path in (ROOT / "app" / "commands").glob("[!_]*.py"):
        assert f"\n  {path.stem} " in out
    code = "import sys, app.cli; app.cli.run(['--help']); print(sorted(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for heavy in ("pydantic", "flask", "sqlalchemy", "rich", "app.commands"):
        assert f"'{heavy}'" not in run.stdout


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["tets"], "Did you mean “test”?"),
        (["doktor"], "Did you mean “doctor”?"),
        (["doctor", "--frobnicate"], "No such option"),
        (["serve", "--port", "0"], "not in the range"),
        (["worker", "--trusted", "0", "--untrusted", "0"], "Nothing to do"),
        (["quux"], "There is no command “quux”."),
        (["--jsn"], "No such option"),
        ([], "Commands:"),
    ],
)
def test_wrong_use_exits_64_with_a_helpful_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], hint: str
) -> None:
    """
    64 is EX_USAGE; 2 means "indeterminate" to those who call verify.
    """
    assert cli.run(arguments) == 64
    assert hint in capsys.readouterr().err


def test_wrong_settings_exit_78_and_name_the_setting(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A refused setting is told in one line each, without its value.
    """
    monkeypatch.setenv("ZHANGYIN_WEB__PORT", "kanarienvogel")

    assert cli.run(["serve"]) == 78

    err = capsys.readouterr().err
    assert "ZHANGYIN_WEB__PORT:" in err
    assert "kanarienvogel" not in err


def test_the_test_command_hands_its_arguments_to_pytest() -> None:
    """
    ``./zhangyin test -k nothing`` selects nothing and says so; unknown options are wrong use.
    """
    environment = os.environ | {"ZHANGYIN_TEST_POSTGRES": "given", "PYTHONPATH": str(ROOT)}

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "app.cli", "test", *arguments]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, cwd="/", check=False
        )

    nothing = call("tests/app/test_cli.py", "-k", "no_such_test_anywhere")
    assert nothing.returncode == 5
    assert "No test matches." in nothing.stderr
    assert call("--no-such-option").returncode == 64


def test_the_offers_of_this_machine_are_named_or_used(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """
    With nothing installed, everything left out is named with the way to get it.
    """
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("ZHANGYIN_TEST_POSTGRES", raising=False)
    monkeypatch.delenv("ZHANGYIN_TEST_CHROMIUM", raising=False)
    monkeypatch.setattr("app.commands.test.find_binaries", lambda: None)
    monkeypatch.setenv("ZHANGYIN_SHARED", "/nowhere")

    assert cli.run(["test", "--version"]) == 0

    out = capfd.readouterr().out
    for package in ("apt install postgresql", "apt install chromium", "apt install poppler-utils"):
        assert package in out
    assert out.count("Left out: tests that need") == 5
