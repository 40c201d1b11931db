"""What a load balancer and an operator see of the running service."""

from __future__ import annotations

import re

import pytest
import requests

from sandbox.stories.telling import Telling
from tests.support.processes import wait_until
from tests.support.towns import Town


def test_alive_and_ready(jiangxi: Town) -> None:
    """All parts are named; nobody may cache the answer."""
    living = requests.get(f"{jiangxi.url}/healthz", timeout=10)
    ready = requests.get(f"{jiangxi.url}/readyz", timeout=10)

    assert (living.status_code, ready.status_code) == (200, 200)
    assert ready.json() == {
        "status": "ready",
        "checks": {"sql": True, "redis": True, "worker": True},
    }
    assert ready.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("queue", ["trusted", "untrusted"])
def test_unready_once_no_worker_shows_itself(jiangxi: Town, queue: str) -> None:
    """Thirty seconds without a sign of life, which this test lets pass at once."""
    jiangxi.redis.delete(f"zhangyin:seen:{queue}")

    ready = requests.get(f"{jiangxi.url}/readyz", timeout=10)

    jiangxi.redis.set(f"zhangyin:seen:{queue}", "1", ex=30)  # the worker would, within 10 s
    assert ready.status_code == 503
    assert ready.json()["checks"] == {"sql": True, "redis": True, "worker": False}


def test_metrics_count_jobs_and_requests(jiangxi: Town, jiangxi_told: Telling) -> None:
    """In Prometheus' words, over all processes, without anybody's name or number."""
    assert jiangxi_told.steps

    def metrics() -> str:
        return requests.get(f"{jiangxi.url}/metrics", timeout=10).text

    # Pictures of the story's documents may still be drawn; then nothing waits any more.
    wait_until(lambda: "zhangyin_jobs_waiting 0" in metrics(), "every job is done")
    text = metrics()

    jobs = re.search(r'zhangyin_jobs_total\{job="seal_document",outcome="finished"\} (\d+)', text)
    assert jobs is not None
    assert int(jobs[1]) >= 2
    assert "zhangyin_jobs_waiting 0" in text
    person = jiangxi.citizens["xiong", "wechat"].person
    assert not any(secret in text for secret in (person.name, person.id_number, person.mobile))
