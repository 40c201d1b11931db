"""The PostgreSQL of the tests: works, and goes with its command."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.commands._postgres import find_binaries, private_postgres
from app.config import ROOT

BINARIES = find_binaries()
pytestmark = pytest.mark.skipif(BINARIES is None, reason="no PostgreSQL here")
OWNER = """
import time
from app.commands._postgres import find_binaries, private_postgres
with private_postgres(find_binaries()) as url:
    print(url, flush=True)
    time.sleep(60)
"""


def servers_in(folder: str) -> int:
    """Processes that were started with this folder."""
    found = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += folder in path.read_text(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def test_it_answers_and_leaves_nothing() -> None:
    """
    An empty UTF-8 database while the block lasts; no process and no folder afterwards.
    """
    assert BINARIES is not None
    with private_postgres(BINARIES) as url:
        folder = url.partition("host=")[2]
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            assert connection.scalar(sa.text("show server_encoding")) == "UTF8"
        engine.dispose()
    assert servers_in(folder) == 0
    assert not Path(folder).exists()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_it_goes_with_the_command(signum: signal.Signals) -> None:
    """
    A stopped or killed test run leaves no server behind.
    """
    command = [sys.executable, "-c", OWNER]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL
    ) as owner:
        assert owner.stdout is not None
        folder = owner.stdout.readline().strip().partition("host=")[2]
        assert servers_in(folder) > 0
        os.kill(owner.pid, signum)
        owner.wait()
    deadline = time.monotonic() + 10
    while servers_in(folder):
        assert time.monotonic() < deadline, "a server stayed behind"
        time.sleep(0.05)
    shutil.rmtree(folder, ignore_errors=True)  # which nobody could do after kill -9
