"""What a load balancer and an operator ask: alive, ready, and how much of what.

A proxy in front passes /healthz and /readyz to its own checks and /metrics to Prometheus, none of
them to the world.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from flask import Blueprint, Response, jsonify

from app.metrics import Gauges, exposition

Check = Callable[[], bool]
"""True if the part works now. May raise; has to end within a second or two by itself."""

_log = structlog.get_logger(__name__)


def create_blueprint(checks: Mapping[str, Check], gauges: Gauges | None = None) -> Blueprint:
    """Answer /healthz, /readyz by *checks* (``sql``, ``redis``, ``worker``), and /metrics."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def alive() -> Response:
        return _uncached(jsonify(status="alive"))

    @blueprint.get("/readyz")
    def ready() -> tuple[Response, int]:
        found = {name: _passes(name, check) for name, check in checks.items()}
        good = all(found.values())
        answer = jsonify(status="ready" if good else "not ready", checks=found)
        return _uncached(answer), 200 if good else 503

    @blueprint.get("/metrics")
    def metrics() -> Response:
        return _uncached(exposition(gauges or {}))

    return blueprint


def _passes(name: str, check: Check) -> bool:
    try:
        return check()
    except Exception as exc:  # noqa: BLE001  # whatever it is, the part does not work
        _log.warning("health.failed", part=name, error=type(exc).__name__)
        return False


def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
