"""Run the tests with whatever this machine offers, and say what was left out.

PostgreSQL, Chromium and poppler are used where they are installed. Further arguments go to pytest:
./zhangyin test tests/seal_core -k sm2
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator

import click

from app.commands._postgres import find_binaries, private_postgres
from app.config import PREFIX, ROOT
from app.processes import die_with_parent

_POSTGRES = PREFIX + "TEST_POSTGRES"
_CHROMIUM = PREFIX + "TEST_CHROMIUM"
_PYTEST_WRONG_USE = 4
_PYTEST_NOTHING_FOUND = 5


@click.command(
    name="test",
    help=__doc__,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def command(pytest_arguments: tuple[str, ...]) -> int:
    # A shell that starts us in the background has Ctrl-C ignored, for our children too; tests of
    # how things end send it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    left_out: dict[str, str] = {}
    environment = dict(os.environ)
    with contextlib.ExitStack() as stack:
        environment |= _offers(left_out, stack)
        for marker, reason in left_out.items():
            click.echo(f"Left out: tests that need {marker} ({reason}).")
        expression = " and ".join(f"not {marker}" for marker in left_out)
        selection = ["-m", expression] if expression else []
        arguments = [sys.executable, "-m", "pytest", *selection, *pytest_arguments]
        run = subprocess.run(  # noqa: S603  # the developer's own arguments
            arguments,
            cwd=ROOT,
            env=environment,
            check=False,
            preexec_fn=die_with_parent,  # a bare system call
        )
        code = run.returncode
    if left_out:
        click.echo(f"Left out: tests that need {', '.join(left_out)}; the reasons stand above.")
    if code == _PYTEST_NOTHING_FOUND:
        click.echo("No test matches.", err=True)
    return 64 if code == _PYTEST_WRONG_USE else code


def _offers(left_out: dict[str, str], stack: contextlib.ExitStack) -> Iterator[tuple[str, str]]:
    """Yield variables for the tests; note in *left_out* what this machine lacks."""
    if not os.environ.get(_POSTGRES):
        binaries = find_binaries()
        if binaries:
            yield _POSTGRES, stack.enter_context(private_postgres(binaries))
        else:
            left_out["postgres"] = "no PostgreSQL here; apt install postgresql"
    if not os.environ.get(_CHROMIUM):
        browser = shutil.which("chromium") or shutil.which("chromium-browser")
        if browser:
            yield _CHROMIUM, browser
        else:
            left_out["browser"] = "no Chromium here; apt install chromium"
    if not all(shutil.which(tool) for tool in ("pdftoppm", "pdfsig")):
        left_out["poppler"] = "no pdftoppm and pdfsig here; apt install poppler-utils"
    samples = os.environ.get(PREFIX + "SHARED") or ROOT.parent / "shared"
    if not os.path.isdir(os.path.join(samples, "samples")):
        left_out["samples"] = "third-party files are not part of the repository"
