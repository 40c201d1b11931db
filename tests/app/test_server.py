"""The web processes under granian: several, counted together, replaced, and gone at the end."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.config import ROOT
from app.metrics_folder import metrics_environment
from app.processes import ProcessGroup, Program, answers, free_port

SERVE = (
    "import sys; from app import logs; from app.config import Web; from app.server import serve;"
    "logs.configure(); serve(Web(port=int(sys.argv[1]), workers=2), 'small_site:application')"
)


class Site:
    """The running server and a plain HTTP client."""

    def __init__(self, group: ProcessGroup, port: int, log: Path) -> None:
        self.group = group
        self.port = port
        self.log = log

    def ask(self, path: str, method: str = "GET") -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request(method, path)
            return connection.getresponse().read().decode()

    def pids(self) -> set[int]:
        """The web processes, as seen by new connections."""
        seen: set[int] = set()
        for _ in range(60):
            with contextlib.suppress(OSError, http.client.HTTPException):
                seen.add(int(self.ask("/pid/x").split()[1]))
        return seen


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def gone(pids: set[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    port = free_port()
    environment = metrics_environment(tmp_path) | {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}:{Path(__file__).parent}",
    }
    command = (sys.executable, "-c", SERVE, str(port))
    with ProcessGroup(tmp_path) as group:
        ready = answers(f"http://127.0.0.1:{port}/healthz")
        group.start(Program("web", command, environment, ready))
        group.wait_ready()
        yield Site(group, port, tmp_path / "web.log")


def test_figures_of_all_processes_are_added_up(site: Site) -> None:
    """
    Two processes answer; /metrics tells the sum, by route and not by address, and what is
    measured at that moment.
    """
    until(lambda: len(site.pids()) == 2)
    before = requests_counted(site)
    for number in range(10):
        site.ask(f"/pid/secret-{number}")

    text = site.ask("/metrics")
    assert requests_counted(site) == before + 10
    assert "zhangyin_backlog 3.0" in text
    assert "zhangyin_request_seconds_bucket" in text
    assert "secret-" not in text


def requests_counted(site: Site) -> float:
    wanted = 'route="/pid/<word>"'
    lines = site.ask("/metrics").splitlines()
    found = [
        line for line in lines if line.startswith("zhangyin_requests_total") and wanted in line
    ]
    return sum(float(line.split()[-1]) for line in found)


def test_sigterm_answers_what_is_in_hand_and_leaves_nobody(site: Site) -> None:
    """
    A deployment in the middle of a request: the answer still arrives, then all are gone.
    """
    pids = site.pids()
    answer: list[str] = []
    asking = threading.Thread(target=lambda: answer.append(site.ask("/slow")))
    asking.start()
    time.sleep(0.3)

    os.kill(site.group.pid("web"), signal.SIGTERM)

    asking.join(10)
    assert answer == ["finished"]
    until(lambda: gone(pids))


def test_a_web_process_that_crashes_is_replaced(site: Site) -> None:
    """
    One request may kill its process; the service goes on and gets a new one.
    """
    before = site.pids()
    with contextlib.suppress(OSError, http.client.HTTPException):
        site.ask("/die", "POST")

    until(lambda: site.pids() - before, 20)
    assert "alive" in site.ask("/healthz")


def test_web_processes_do_not_outlive_a_killed_server(site: Site) -> None:
    """
    kill -9 of the server: its processes go as well, and the port is free.
    """
    pids = site.pids()
    os.kill(site.group.pid("web"), signal.SIGKILL)
    until(lambda: gone(pids))


def test_the_servers_own_lines_are_json_like_all_others(site: Site) -> None:
    """
    What granian says goes through our log, in the server and in its processes.
    """
    until(lambda: len(site.pids()) == 2)
    os.kill(site.group.pid("web"), signal.SIGTERM)
    until(lambda: "Shutting down" in site.log.read_text())

    lines = [json.loads(line) for line in site.log.read_text().splitlines()]
    assert {"_granian"} <= {line["logger"] for line in lines}
    assert sum(line["event"].startswith("Started worker-") for line in lines) == 2
