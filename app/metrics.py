"""Figures for Prometheus, added up over all processes of this host.

prometheus_client decides on import whether it counts for one process or for many, so the folder
has to be in the environment before (``metrics_folder.metrics_environment``).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from app.metrics_folder import FOLDER_VARIABLE

Gauges = Mapping[str, Callable[[], float]]
"""Names and how to measure them at the moment of asking: backlogs, queue lengths."""

REQUESTS = Counter("zhangyin_requests", "Answered requests.", ["method", "route", "status"])
SECONDS = Histogram(
    "zhangyin_request_seconds",
    "Time to answer; platforms give up after five seconds.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)


def instrument(app: Flask) -> None:
    """Count and time every request of *app* by route, never by address: addresses hold ids."""

    @app.before_request
    def begin() -> None:
        g.zhangyin_began = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        REQUESTS.labels(request.method, route, str(response.status_code)).inc()
        if began := g.pop("zhangyin_began", None):
            SECONDS.labels(route).observe(time.perf_counter() - began)
        return response


def exposition(gauges: Gauges) -> Response:
    """Everything counted so far and what *gauges* measure now, as Prometheus reads it."""
    registry = REGISTRY
    if os.environ.get(FOLDER_VARIABLE):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    now = CollectorRegistry()
    now.register(_Measured(gauges))
    return Response(generate_latest(registry) + generate_latest(now), mimetype=CONTENT_TYPE_LATEST)


class _Measured(Collector):
    def __init__(self, gauges: Gauges) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, measure in self._gauges.items():
            yield GaugeMetricFamily(name, name.replace("_", " "), value=measure())
