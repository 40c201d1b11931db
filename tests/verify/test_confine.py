"""Strangers' files are looked at in a process that may die without harm."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from verify.confine import ConfinedVerifier, Limits, verify_confined
from verify.report import Reason, Report, Verdict
from verify.verifier import verify

AT = datetime(2026, 6, 1, tzinfo=UTC)


def only_reason(report: Report) -> Reason | None:
    (check,) = report.checks
    return check.reason


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7\nbroken", b"PK\x03\x04broken"])
def test_the_confined_report_is_the_report(data: bytes) -> None:
    """Junk is invalid, never unsigned and never a crash; the cage changes nothing."""
    assert verify_confined(data, "file", at=AT) == verify(data, "file", at=AT)
    assert verify(data, "file", at=AT).verdict is Verdict.INVALID


def test_files_are_read_by_path(tmp_path: Path) -> None:
    path = tmp_path / "合同.ofd"
    path.write_bytes(b"x")

    assert verify_confined(path).file == "合同.ofd"
    with pytest.raises(OSError):
        verify_confined(tmp_path / "missing")


def test_a_large_file_is_not_even_looked_at() -> None:
    report = verify_confined(b"x" * 11, limits=Limits(size=10))

    assert (report.verdict, only_reason(report)) == (Verdict.INVALID, Reason.LIMITS)


@pytest.mark.parametrize("limits", [Limits(memory=1), Limits(wall=0)], ids=["no memory", "no time"])
def test_a_child_that_dies_is_reported(limits: Limits) -> None:
    """And the keeper lives on to say so again."""
    with ConfinedVerifier(limits=limits) as verifier:
        for _ in range(2):
            report = verifier.verify(b"%PDF-1.7" + bytes(50_000_000))
            assert (report.verdict, only_reason(report)) == (Verdict.INVALID, Reason.LIMITS)


def test_a_dead_keeper_is_replaced() -> None:
    with ConfinedVerifier() as verifier:
        verifier.verify(b"1")
        assert verifier._keeper is not None
        verifier._keeper.kill()
        verifier._keeper.wait()

        assert only_reason(verifier.verify(b"2")) is Reason.NOT_A_DOCUMENT


def test_threads_take_turns() -> None:
    """Every caller gets the report of its own file."""
    with ConfinedVerifier() as verifier, ThreadPoolExecutor(4) as pool:
        names = [f"file-{number}" for number in range(12)]
        reports = list(pool.map(lambda name: verifier.verify(name.encode(), name), names))

    assert [report.file for report in reports] == names
    assert [report.size for report in reports] == [len(name) for name in names]


def test_closing_leaves_no_process() -> None:
    verifier = ConfinedVerifier()
    verifier.verify(b"1")
    assert verifier._keeper is not None
    keeper = verifier._keeper.pid

    verifier.close()

    with pytest.raises(ProcessLookupError):
        os.kill(keeper, 0)


def test_the_keeper_ends_with_its_caller() -> None:
    """A caller that vanishes without a word leaves no keeper behind."""
    script = (
        "import os\n"
        "from verify.confine import ConfinedVerifier\n"
        "v = ConfinedVerifier(); v.verify(b'1'); print(v._keeper.pid, flush=True); os._exit(0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    keeper = Path(f"/proc/{int(done.stdout)}/stat")
    deadline = time.monotonic() + 20
    while keeper.exists() and _state(keeper) != "Z":  # Z: ended, waiting for init
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _state(stat: Path) -> str:
    try:
        return stat.read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"
