"""A web process for the tests, made of the parts every web process has."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

from flask import Flask

from app import health, logs, metrics
from app.processes import die_with_parent

die_with_parent(signal.SIGKILL)
logs.configure()

application = Flask(__name__)
metrics.instrument(application)
application.register_blueprint(
    health.create_blueprint(
        {"sql": lambda: True, "redis": lambda: 1 / 1 == 1},
        {"zhangyin_backlog": lambda: 3.0},
    )
)


@application.get("/pid/<word>")
def pid(word: str) -> str:
    """Who answers."""
    return f"{word} {os.getpid()}"


@application.get("/slow")
def slow() -> Iterator[bytes]:
    """A request that is in hand for a while."""
    time.sleep(1)
    return iter([b"finished"])


@application.post("/die")
def die() -> str:
    """A process that crashes."""
    os.kill(os.getpid(), signal.SIGKILL)
    return ""
