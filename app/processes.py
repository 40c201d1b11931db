"""Children of a command: started together, watched, and gone when the command is gone.

Each child leads its own session, so Ctrl-C reaches the command alone, which then stops them in
order. A command that is killed outright cannot do that; for this case the kernel sends SIGTERM to
the children (PR_SET_PDEATHSIG). Processes that fork further call ``die_with_parent`` in the fork.
"""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, NoReturn, Self
from urllib.parse import urlsplit

from app.errors import ProcessFault

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LIBC = ctypes.CDLL(None, use_errno=True)
_STOPPING = (signal.SIGTERM, signal.SIGHUP)
_POLL_SECONDS = 0.05
_TAIL_BYTES = 4000


class Stopped(SystemExit):
    """The command was asked to end by SIGTERM or SIGHUP; the code is the shell's 128 + signal."""


Ready = Callable[[Path], bool]


def die_with_parent(signum: int = signal.SIGTERM, parent: int | None = None) -> None:
    """Ask the kernel to send *signum* to this process when the thread that made it ends.

    With *parent*, a parent that is gone already counts too. Does nothing outside Linux.
    """
    if sys.platform != "linux":
        return
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), signum)


def free_port() -> int:
    """A TCP port of loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(url: str) -> Ready:
    """Ready when *url* (http on this host) answers with a status below 400."""
    parts = urlsplit(url)

    def ready(_log: Path) -> bool:
        connection = http.client.HTTPConnection(parts.netloc, timeout=5)
        with (
            contextlib.closing(connection),
            contextlib.suppress(OSError, http.client.HTTPException),
        ):
            connection.request("GET", parts.path or "/")
            return connection.getresponse().status < 400
        return False

    return ready


def says(pattern: str) -> Ready:
    """Ready when the log has a match for *pattern*."""
    wanted = re.compile(pattern)

    def ready(log: Path) -> bool:
        return bool(wanted.search(log.read_text(encoding="utf-8", errors="replace")))

    return ready


@dataclass(frozen=True, slots=True)
class Program:
    """What to start. The whole environment is given: nothing leaks in by accident."""

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str] | None = None
    ready: Ready | None = None
    pass_fds: tuple[int, ...] = ()
    user: str | None = None


@dataclass(slots=True)
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    log: Path
    ready: bool = field(default=False)

    def fault(self, what: str) -> ProcessFault:
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - _TAIL_BYTES))
            tail = file.read().decode("utf-8", "replace")
        return ProcessFault(self.program.name, what, tail.strip())


class ProcessGroup:
    """Children that live inside one ``with`` block, their output in files of *logs*.

    On leaving the block, by whatever way Python can see (an exception, Ctrl-C, SIGTERM, SIGHUP),
    all get SIGTERM, and SIGKILL after *grace* seconds, together with what they forked.
    """

    def __init__(self, logs: Path, grace: float = 10.0) -> None:
        self._logs = logs
        self._grace = grace
        self._children: list[_Child] = []
        self._handlers: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        if threading.current_thread() is threading.main_thread():
            self._handlers = {each: signal.signal(each, _leave) for each in _STOPPING}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with _undisturbed():
            self.stop()
        for each, handler in self._handlers.items():
            signal.signal(each, handler)

    def start(self, program: Program) -> None:
        """Start *program*; returns at once. Its output is appended to NAME.log.

        To be called from a thread that outlives the children: they end when it does.
        """
        log = self._logs / f"{program.name}.log"
        me = os.getpid()
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603  # commands come from our own code
                [str(part) for part in program.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if program.environment is None else dict(program.environment),
                start_new_session=True,
                pass_fds=program.pass_fds,
                user=program.user,
                # prctl is a bare system call: safe between fork and exec; and it runs after the
                # change of user, which would undo it
                preexec_fn=lambda: die_with_parent(parent=me),  # noqa: PLW1509
            )
        self._children.append(_Child(program, process, log))

    def wait_ready(self, timeout: float = 30.0) -> None:
        """Return when every child is ready; ProcessFault if one ends or the time passes."""
        deadline = time.monotonic() + timeout
        while waiting := [child for child in self._children if not self._is_ready(child)]:
            self.check()
            if time.monotonic() > deadline:
                raise waiting[0].fault(f"not ready after {timeout:.0f} s")
            time.sleep(_POLL_SECONDS)

    def check(self) -> None:
        """Raise ProcessFault if a child has ended by itself."""
        for child in self._children:
            if (code := child.process.poll()) is not None:
                raise child.fault(f"ended with {_exit_words(code)}")

    def watch(self) -> NoReturn:
        """Block until a child ends by itself (ProcessFault) or the block is left by a signal."""
        while True:
            self.check()
            time.sleep(0.2)

    def pid(self, name: str) -> int:
        """Process id of the child *name*."""
        return next(c.process.pid for c in self._children if c.program.name == name)

    def stop(self) -> None:
        """End all children, the last started first; none is left when this returns."""
        for child in reversed(self._children):
            _signal_session(child, signal.SIGTERM)
        deadline = time.monotonic() + self._grace
        for child in self._children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, deadline - time.monotonic()))
        for child in self._children:
            _signal_session(child, signal.SIGKILL)  # also what a child left behind in its session
            child.process.wait()
        self._children.clear()

    @staticmethod
    def _is_ready(child: _Child) -> bool:
        if not child.ready:
            child.ready = child.program.ready is None or child.program.ready(child.log)
        return child.ready


def _signal_session(child: _Child, signum: signal.Signals) -> None:
    # The group outlives its leader while a member lives, so its number is not given to others.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.process.pid, signum)


def _exit_words(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _leave(signum: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped(128 + signum)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Ignore signals while children are being stopped: that takes a bounded time."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {each: signal.signal(each, signal.SIG_IGN) for each in (*_STOPPING, signal.SIGINT)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
