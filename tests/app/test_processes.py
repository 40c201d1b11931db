"""Children start together, are seen when they fail, and never stay behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.config import ROOT
from app.errors import ProcessFault
from app.processes import ProcessGroup, Program, answers, free_port, says

SLEEPER = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)")
# Deaf to SIGTERM, with a grandchild in the same session.
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, subprocess, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "p = subprocess.Popen(['sleep', '600']); print('up', p.pid, flush=True); time.sleep(600)",
)
COMMAND = """
import sys, time
from pathlib import Path
from app.processes import ProcessGroup, Program, says
with ProcessGroup(Path(sys.argv[1]), grace=5) as group:
    for name in ("one", "two"):
        group.start(Program(name, {sleeper!r}, ready=says("up")))
    group.wait_ready()
    print(group.pid("one"), group.pid("two"), flush=True)
    group.watch()
"""


def alive(pid: int) -> bool:
    """Running, zombies not counted."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(*pids: int, within: float = 5) -> bool:
    deadline = time.monotonic() + within
    while any(map(alive, pids)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_children_run_until_the_block_ends(tmp_path: Path) -> None:
    """
    Ready means said so; after the block nobody is left, and the output is on file.
    """
    with ProcessGroup(tmp_path) as group:
        group.start(Program("sleeper", SLEEPER, ready=says("^up")))
        group.wait_ready()
        pid = group.pid("sleeper")
        assert alive(pid)

    assert gone(pid, within=0)
    assert (tmp_path / "sleeper.log").read_text() == "up\n"


def test_an_error_inside_the_block_ends_the_children_too(tmp_path: Path) -> None:
    """
    Whatever goes wrong in the command, its children do not survive it.
    """

    pids = []

    def story() -> None:
        with ProcessGroup(tmp_path) as group:
            group.start(Program("sleeper", SLEEPER))
            pids.append(group.pid("sleeper"))
            raise LookupError

    with pytest.raises(LookupError):
        story()
    assert gone(*pids, within=0)


def test_a_deaf_child_and_its_children_are_killed_after_the_grace(tmp_path: Path) -> None:
    """
    SIGTERM first; whoever ignores it is killed with everything in its session.
    """
    with ProcessGroup(tmp_path, grace=0.3) as group:
        group.start(Program("deaf", STUBBORN, ready=says(r"up \d+")))
        group.wait_ready()
        pid = group.pid("deaf")
        grandchild = int((tmp_path / "deaf.log").read_text().split()[1])
        assert alive(grandchild)

    assert gone(pid, grandchild, within=1)


def test_a_grandchild_does_not_outlive_a_child_that_went_well(tmp_path: Path) -> None:
    """
    A server that ends properly but forgets a helper process: the helper is killed as well.
    """
    forgetful = (
        sys.executable, "-c",
        "import subprocess, time; p = subprocess.Popen(['sleep', '600']);"
        "print('up', p.pid, flush=True); time.sleep(600)",
    )  # fmt: skip
    with ProcessGroup(tmp_path) as group:
        group.start(Program("forgetful", forgetful, ready=says(r"up \d+")))
        group.wait_ready()
        grandchild = int((tmp_path / "forgetful.log").read_text().split()[1])

    assert gone(grandchild, within=1)


def test_a_child_that_ends_by_itself_is_told_with_its_last_words(tmp_path: Path) -> None:
    """
    A start that fails names the child, how it ended and the end of its log.
    """
    dying = (sys.executable, "-c", "import sys; sys.exit('no such database')")
    with ProcessGroup(tmp_path) as group:
        group.start(Program("web", dying, ready=says("never")))
        with pytest.raises(ProcessFault) as caught:
            group.wait_ready()

    assert (caught.value.name, caught.value.what) == ("web", "ended with exit code 1")
    assert "no such database" in caught.value.detail


def test_one_crash_ends_the_watch(tmp_path: Path) -> None:
    """
    A killed child is noticed, and the others go down with the group.
    """
    with ProcessGroup(tmp_path) as group:
        group.start(Program("one", SLEEPER))
        group.start(Program("two", SLEEPER))
        other = group.pid("two")
        os.kill(group.pid("one"), signal.SIGKILL)
        with pytest.raises(ProcessFault, match="signal SIGKILL"):
            group.watch()
    assert gone(other, within=0)


def test_waiting_for_an_answer_over_http(tmp_path: Path) -> None:
    """
    Ready means an answer below 400, not an open port; and patience ends.
    """
    port = free_port()
    serve = (sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1")
    with ProcessGroup(tmp_path) as group:
        group.start(Program("files", serve, ready=answers(f"http://127.0.0.1:{port}/")))
        group.wait_ready()
        group.start(Program("late", SLEEPER, ready=answers(f"http://127.0.0.1:{port}/nothing")))
        with pytest.raises(ProcessFault, match="late: not ready"):
            group.wait_ready(timeout=0.5)


@pytest.mark.parametrize(
    ("stop", "code"),
    [
        (lambda command: command.send_signal(signal.SIGINT), 1),
        (lambda command: command.terminate(), 143),
        (lambda command: command.send_signal(signal.SIGHUP), 129),
        (lambda command: command.kill(), -9),
    ],
    ids=["ctrl-c", "sigterm", "hangup", "kill -9"],
)
def test_nobody_survives_the_command(
    tmp_path: Path, stop: Callable[[subprocess.Popen[str]], None], code: int
) -> None:
    """
    However the command is ended, even by kill -9, its children go too.
    """
    script = COMMAND.format(sleeper=SLEEPER)
    command = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    with command:
        assert command.stdout is not None
        children = [int(word) for word in command.stdout.readline().split()]
        assert len(children) == 2
        assert all(map(alive, children))

        stop(command)

        assert gone(*children)
        exit_code = command.wait(timeout=60)
    if code == 1:  # an uncaught KeyboardInterrupt re-raises the signal
        assert exit_code in (1, -signal.SIGINT)
    else:
        assert exit_code == code
