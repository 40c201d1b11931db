"""``serve`` and ``worker`` as an operator starts them, on one host without any setting."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.config import ROOT, Settings
from app.demonstration import demonstration_secrets
from app.processes import free_port
from tests.support import pki

# What has to be set before anybody is served; nobody listens there.
WORLD = {
    "IDENTITY__ISSUER": "http://127.0.0.1:9/province",
    "IDENTITY__CLIENT_ID": "zhangyin",
    "IDENTITY__CLIENT_SECRET": "invented",
    "FACE__BASE": "http://127.0.0.1:9/face",
    "FACE__KEY": "zhangyin",
    "FACE__SECRET": "invented",
    "FACE__KEYS_URL": "http://127.0.0.1:9/keys",
    "REGISTRY__BASE": "http://127.0.0.1:9/registry",
    "REGISTRY__KEY": "zhangyin",
    "REGISTRY__SECRET": "invented",
    "CA__URL": "http://127.0.0.1:9/ca",
}

MAKER = {"certificate": "maker.cer", "key": "maker.key"}


def until(condition: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", path)
        return connection.getresponse().status
    return 0


def processes_of(folder: Path) -> list[int]:
    """Everything that was started with this state folder, however deep below."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if str(folder).encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return [pid for pid in found if pid != os.getpid()]


def keys_in(folder: Path) -> Path:
    """A settings file with demonstration keys and a seal maker."""
    maker = pki.Authority.root().issue("制章单位")
    (folder / "maker.cer").write_bytes(maker.certificate)
    (folder / "maker.key").write_bytes(maker.key.to_pkcs8())
    paths = {f"maker_{part}": folder / name for part, name in MAKER.items()}
    secrets = demonstration_secrets(folder).model_copy(update=paths)
    Settings.load(state_dir=folder, secrets=secrets).save(folder / "settings.json")
    return folder / "settings.json"


@contextlib.contextmanager
def start(state: Path, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """A command with settings of its own, killed with the test at the latest."""
    given = {f"ZHANGYIN_{name}": value for name, value in (WORLD | settings).items()}
    mine = {"ZHANGYIN_STATE_DIR": str(state), "PYTHONPATH": str(ROOT)}
    mine["ZHANGYIN_CONFIG"] = str(keys_in(state))
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", *arguments],
        env=os.environ | given | mine,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as command:
        try:
            yield command
        finally:
            command.kill()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_ready_once_both_run_and_nobody_left_afterwards(
    tmp_path: Path, end: signal.Signals
) -> None:
    """
    Started apart, they share one embedded Redis. /readyz turns good when a worker of each queue
    shows itself; stopped or killed outright, neither leaves a process behind.
    """
    port = free_port()
    with start(tmp_path, "serve", "--port", str(port)) as serve:
        until(lambda: status(port, "/healthz") == 200)
        assert status(port, "/readyz") == 503
        with start(tmp_path, "worker") as worker:
            until(lambda: status(port, "/readyz") == 200)
            assert len(processes_of(tmp_path)) > 5

            for command in (worker, serve):
                command.send_signal(end)
            codes = [command.wait(timeout=90) for command in (worker, serve)]

    assert codes == ([0, 0] if end is signal.SIGTERM else [-signal.SIGKILL] * 2)
    until(lambda: not processes_of(tmp_path), 20)


@pytest.mark.parametrize(
    ("province", "group"), [("shanxi", "IDENTITY"), ("jiangxi", "FACE"), ("jiangxi", "REGISTRY")]
)
def test_what_is_missing_is_told_before_anything_starts(
    tmp_path: Path, province: str, group: str
) -> None:
    """
    No web process that crashes again and again: one line that names the setting, exit code 78.
    Face check and register are needed where the province decides by them, and only there.
    """
    missing = {name: "" for name in WORLD if name.startswith(group)} | {"PROVINCE": province}
    with start(tmp_path, "serve", "--port", str(free_port()), **missing) as serve:
        _, err = serve.communicate(timeout=90)

    assert serve.returncode == 78
    assert f"ZHANGYIN_{group}__… is missing" in err
    assert "Traceback" not in err
