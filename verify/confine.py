"""Verifies strangers' files in a process that can do little and is not missed when it dies.

A keeper process (this module run as a program) imports the verifier once, without the
service's environment, and forks a child for every file. The child may use so much memory,
so much time, write no file and start no process; it answers in JSON, which the caller checks
value by value. A killed or silent child makes the report ``invalid`` with reason ``limits``.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, NoReturn

from verify.checks.status import with_status
from verify.render.as_json import as_json, from_json
from verify.report import Reason, Report
from verify.status import SealStatusSource
from verify.trust import TrustStore
from verify.verifier import refused, sniff, verify

_REPOSITORY = Path(__file__).resolve().parent.parent
_MAX_ANSWER = 16 * 1024 * 1024  # octets of JSON; 10,000 signatures need some 10 MB
_PATIENCE = 10  # seconds the keeper gets beyond the child's wall time
_LENGTH = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost."""

    memory: int = 1536 * 1024 * 1024  # octets of address space; libraries take some 400 MB
    cpu: int = 30  # seconds
    wall: int = 60  # seconds
    size: int = 256 * 1024 * 1024  # octets of the file itself


def verify_confined(
    source: bytes | Path,
    name: str | None = None,
    *,
    at: datetime | None = None,
    trust: TrustStore | None = None,
    status: SealStatusSource | None = None,
    limits: Limits | None = None,
) -> Report:
    """``verifier.verify`` for one file, confined. For many files keep a ConfinedVerifier.

    Raises OSError if *source* is a path that cannot be read; nothing else.
    """
    with ConfinedVerifier(trust, limits) as verifier:
        return verifier.verify(source, name, at=at, status=status)


class ConfinedVerifier:
    """A keeper process with a trust store. Starts it when needed; threads take turns."""

    def __init__(self, trust: TrustStore | None = None, limits: Limits | None = None) -> None:
        self._trust = trust or TrustStore()
        self._limits = limits or Limits()
        self._keeper: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._turn = threading.Lock()

    def verify(
        self,
        source: bytes | Path,
        name: str | None = None,
        *,
        at: datetime | None = None,
        status: SealStatusSource | None = None,
    ) -> Report:
        """The register of seals is asked here, not in the confined process."""
        if at is not None and at.tzinfo is None:
            raise ValueError("at must be aware")
        data = source if isinstance(source, bytes) else self._read(source)
        name = name or (source.name if isinstance(source, Path) else "")
        if len(data) > self._limits.size:
            return refused(data, name, sniff(data[:1024]), Reason.LIMITS, "size")
        with self._turn:
            answer = self._ask(data, name, at)
        try:
            report = from_json(json.loads(answer))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return refused(data, name, sniff(data), Reason.LIMITS)
        return with_status(report, status) if status else report

    def close(self) -> None:
        """End the keeper; a later ``verify`` starts a new one."""
        keeper, self._keeper = self._keeper, None
        if keeper is None:
            return
        keeper.kill()
        for pipe in (keeper.stdin, keeper.stdout):
            if pipe is not None:
                _close_quietly(pipe)
        keeper.wait()

    def __enter__(self) -> ConfinedVerifier:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self, path: Path) -> bytes:
        with path.open("rb") as file:
            return file.read(self._limits.size + 1)

    def _ask(self, data: bytes, name: str, at: datetime | None) -> bytes:
        """The child's answer, or nothing where there is none to be had."""
        header = json.dumps({"name": name, "at": at.isoformat() if at else None}).encode()
        try:
            keeper = self._running()
            assert keeper.stdin is not None
            assert keeper.stdout is not None
            _send(keeper.stdin, header)
            _send(keeper.stdin, data)
            return _receive_by(keeper.stdout.fileno(), self._limits.wall + _PATIENCE, _MAX_ANSWER)
        except (OSError, EOFError):
            self.close()
            return b""

    def _running(self) -> subprocess.Popen[bytes]:
        if self._owner != os.getpid():
            self._keeper = (
                None  # after a fork the keeper is the parent's; two must not talk at once
            )
        if self._keeper is not None and self._keeper.poll() is None:
            return self._keeper
        self.close()
        self._owner = os.getpid()
        # nothing of the service's environment: it holds secrets, and files come from strangers
        environment = {"PYTHONPATH": str(_REPOSITORY), "LANG": "C.UTF-8"}
        self._keeper = subprocess.Popen(
            [sys.executable, "-m", "verify.confine"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # Ctrl-C is the caller's to handle
        )
        assert self._keeper.stdin is not None
        _send(self._keeper.stdin, json.dumps(_settings(self._limits, self._trust)).encode())
        return self._keeper


def _settings(limits: Limits, trust: TrustStore) -> dict[str, object]:
    stores = {name: [b64encode(d).decode() for d in ders] for name, ders in asdict(trust).items()}
    return {"limits": asdict(limits), "trust": stores}


# --- messages: an eight-octet length, then that many octets -----------------------------


def _send(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(_LENGTH.pack(len(message)))
    pipe.write(message)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes:
    """The next message; EOFError at the end of the stream."""
    return _exactly(pipe, *_LENGTH.unpack(_exactly(pipe, _LENGTH.size)))


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) != size:
        raise EOFError
    return data


def _receive_by(descriptor: int, seconds: float, limit: int) -> bytes:
    """A message from a process that may say nothing, or too much; EOFError for both."""
    deadline = time.monotonic() + seconds
    (size,) = _LENGTH.unpack(_read_by(descriptor, deadline, _LENGTH.size))
    if size > limit:
        raise EOFError
    return _read_by(descriptor, deadline, size)


def _read_by(descriptor: int, deadline: float, size: int) -> bytes:
    parts = bytearray()
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while len(parts) < size:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise EOFError
        part = os.read(descriptor, min(size - len(parts), 1 << 16))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def _close_quietly(pipe: IO[bytes]) -> None:
    with suppress(OSError):  # what was still to be written has no reader any more
        pipe.close()


# --- the keeper and its children ---------------------------------------------------------


def keep() -> None:
    """Answer requests from standard input until it ends."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    settings = json.loads(_receive(requests))
    limits = Limits(**settings["limits"])
    trust = TrustStore(
        **{name: tuple(map(b64decode, ders)) for name, ders in settings["trust"].items()}
    )
    while True:
        try:
            header, data = json.loads(_receive(requests)), _receive(requests)
        except EOFError:
            return
        _send(answers, _answer_of_child(header, data, limits, trust))


def _answer_of_child(
    header: dict[str, str | None], data: bytes, limits: Limits, trust: TrustStore
) -> bytes:
    """Fork, wait no longer than the wall time, and take what it says."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _be_the_child(header, data, limits, trust, writing)
    os.close(writing)
    try:
        return _receive_by(reading, limits.wall, _MAX_ANSWER)
    except EOFError:
        return b""
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)  # not yet waited for, so the id is still its own
        os.waitpid(child, 0)


def _be_the_child(
    header: dict[str, str | None], data: bytes, limits: Limits, trust: TrustStore, writing: int
) -> NoReturn:
    """Verify and answer; never returns, so that nothing of the keeper runs twice."""
    try:
        _limit_myself(limits)
        at = header["at"]
        moment = datetime.fromisoformat(at) if at else None
        report = verify(data, str(header["name"]), at=moment, trust=trust)
        with os.fdopen(writing, "wb") as pipe:
            _send(pipe, json.dumps(as_json(report)).encode())
    finally:
        os._exit(0)


def _limit_myself(limits: Limits) -> None:
    for kind, amount in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.cpu),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(kind, (amount, amount))
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)


if __name__ == "__main__":
    keep()
