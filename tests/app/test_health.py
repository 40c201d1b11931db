"""Alive, ready, measured."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from flask import Flask

from app import health
from app.metrics_folder import metrics_environment


def client_of(**checks: health.Check) -> Flask:
    app = Flask(__name__)
    app.register_blueprint(health.create_blueprint(checks, {"zhangyin_outbox_waiting": lambda: 2}))
    return app


def broken() -> bool:
    raise ConnectionError("redis://:kanarienvogel@host")


def test_alive_asks_nobody() -> None:
    """
    /healthz answers while everything else is down, or a restart would help nobody.
    """
    answer = client_of(sql=broken).test_client().get("/healthz")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_ready_only_if_every_part_is() -> None:
    """
    503 names the parts that fail, and says no more about why than that.
    """
    good = client_of(sql=lambda: True, redis=lambda: True).test_client().get("/readyz")
    bad = client_of(sql=lambda: True, redis=broken, worker=lambda: False).test_client()

    assert (good.status_code, good.json) == (
        200,
        {"status": "ready", "checks": {"sql": True, "redis": True}},
    )
    answer = bad.get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["checks"] == {"sql": True, "redis": False, "worker": False}
    assert "kanarienvogel" not in answer.text


def test_gauges_are_measured_when_asked() -> None:
    """
    Backlogs are read at the moment of the question, in every process alike.
    """
    answer = client_of().test_client().get("/metrics")

    assert "zhangyin_outbox_waiting 2.0" in answer.text
    assert answer.content_type.startswith("text/plain")


def test_figures_of_processes_that_are_gone_are_dropped(tmp_path: Path) -> None:
    """
    The folder does not grow with every restart; files of living processes stay.
    """
    with subprocess.Popen(["true"]) as dead:
        dead.wait()
    folder = tmp_path / "metrics"
    folder.mkdir()
    for name in (f"counter_{dead.pid}.db", f"counter_{os.getpid()}.db", "odd.db"):
        (folder / name).touch()

    environment = metrics_environment(tmp_path)

    assert environment == {"PROMETHEUS_MULTIPROC_DIR": str(folder)}
    assert [path.name for path in folder.iterdir()] == [f"counter_{os.getpid()}.db"]
