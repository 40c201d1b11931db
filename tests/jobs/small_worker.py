"""A worker process for the tests: python small_worker.py REDIS_URL QUEUE FOLDER."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from redis import Redis

from app import logs
from app.processes import die_with_parent
from jobs.runtime import run_worker
from jobs.ticker import Periodic

URL, QUEUE, FOLDER = sys.argv[1], sys.argv[2], Path(sys.argv[3])


def note(serial: str, subject: str) -> None:
    """Leave a line."""
    with (FOLDER / subject).open("a") as file:
        file.write(f"{serial}\n")


def wait(serial: str, subject: str) -> None:
    """Leave the process id, wait to be released, leave a line."""
    (FOLDER / f"{subject}.pid").write_text(str(os.getpid()))
    while not (FOLDER / f"{subject}.go").exists():
        time.sleep(0.02)
    note(serial, subject)


def die_once(serial: str, subject: str) -> None:
    """Be killed in the middle the first time."""
    if not (FOLDER / f"{subject}.tried").exists():
        (FOLDER / f"{subject}.tried").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    note(serial, subject)


def fail(serial: str, subject: str) -> None:
    """Fail with something in the message that must not be kept."""
    note(serial, subject)
    raise LookupError(f"kanarienvogel\n  File kanarienvogel {subject}")


def forked() -> None:
    """In each fork of an untrusted worker."""
    die_with_parent(signal.SIGKILL)


if __name__ == "__main__":
    logs.configure()
    tick = Periodic("tick", 0.2, lambda: note(str(os.getpid()), "ticks"))
    run_worker(
        lambda: Redis.from_url(URL),
        QUEUE,
        {each.__name__: each for each in (note, wait, die_once, fail)},
        [tick] if QUEUE == "trusted" else [],
        in_child=forked,
    )
