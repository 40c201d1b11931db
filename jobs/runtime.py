"""Our own RQ worker: settings that were measured, and what RQ leaves open closed.

One queue per worker (with two, RQ loses a job whose worker dies at the wrong moment), the
application loaded before the first job (a fork that imports is 30 times slower), short waits so
that a dead worker is noticed in seconds, and no scheduler process: the ticker releases retries.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FrameType
from typing import Any, NoReturn
from uuid import uuid4

import structlog
from prometheus_client import Counter, Histogram
from redis import Redis
from redis.exceptions import RedisError
from rq import SimpleWorker, Worker
from rq.exceptions import InvalidJobOperation
from rq.job import Job
from rq.serializers import JSONSerializer

from jobs.listed import JobFunction, ListedJob, bare_traceback
from jobs.queue import RESULT_TTL_SECONDS, TRUSTED, UNTRUSTED, mark_seen, queue_of
from jobs.ticker import Periodic, Ticker

# An idle worker waits worker_ttl - 15 s for a job, then shows itself and cleans up.
_WORKER_TTL_SECONDS = 25
_MAINTENANCE_SECONDS = 5
_MONITORING_SECONDS = 10
_SIGN_OF_LIFE_SECONDS = 5.0
_AFTER_FAULT_SECONDS = 1.0

_JOBS = Counter("zhangyin_jobs", "Jobs run, by what became of them.", ["job", "outcome"])
_SECONDS = Histogram(
    "zhangyin_job_seconds",
    "Time a job took.",
    ["job"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)

_log = structlog.get_logger(__name__)


class _Ours:
    """What both kinds of worker add to RQ's."""

    connection: Redis
    name: str
    queues: list[Any]
    _shutdown_requested_date: object

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """RQ's own sign of life, and ours, which /readyz and the queue look at."""
        super().heartbeat(timeout, pipeline)  # type: ignore[misc]
        mark_seen(self.connection, self.queues[0].name, self.name)

    def execute_job(self, job: Job, queue: Any) -> None:
        """Run the job as RQ does, and count it: here, because a fork's figures end with it."""
        began = time.monotonic()
        super().execute_job(job, queue)  # type: ignore[misc]
        # a job off the list must not make a label of its own
        name = job.func_name if job.func_name in ListedJob.functions else "refused"
        _SECONDS.labels(name).observe(time.monotonic() - began)
        _JOBS.labels(name, _outcome(job)).inc()

    def handle_job_failure(
        self, job: Job, queue: Any, started_job_registry: Any = None, exc_string: str = ""
    ) -> None:
        """Keep where it failed, not what the exception said: messages may hold data."""
        super().handle_job_failure(  # type: ignore[misc]
            job, queue, started_job_registry, bare_traceback(exc_string)
        )

    @property
    def was_asked_to_stop(self) -> bool:
        """True after SIGTERM or SIGINT; False if work ended by a fault."""
        return self._shutdown_requested_date is not None


class TrustedWorker(_Ours, SimpleWorker):  # type: ignore[misc]
    """Runs jobs in its own process, one after the other."""


class UntrustedWorker(_Ours, Worker):  # type: ignore[misc]
    """Runs each job in a fork, which ends with it."""

    in_child: Callable[[], None] | None = None

    def main_work_horse(self, job: Job, queue: Any) -> None:
        """In the fork: prepare it, then run the job; never returns."""
        if self.in_child:
            self.in_child()
        super().main_work_horse(job, queue)


def _outcome(job: Job) -> str:
    """finished, failed, or scheduled for another try."""
    try:
        return str(job.get_status().value)
    except InvalidJobOperation:
        return "gone"  # deleted while it ran


def run_worker(
    connect: Callable[[], Redis],
    queue: str,
    functions: Mapping[str, JobFunction],
    periodic: Sequence[Periodic] = (),
    in_child: Callable[[], None] | None = None,
) -> None:
    """Work on *queue* until SIGTERM or SIGINT; the job in hand is finished first.

    Everything the jobs need has to be imported by now. *periodic* is for trusted workers alone:
    it runs in a thread, and a process with signing threads must not fork. *in_child* is called
    in each fork of an untrusted worker before its job. When Redis goes away the worker waits for
    it and starts again.
    """
    if periodic and queue != TRUSTED:
        raise ValueError("periodic work belongs to a trusted worker")
    ListedJob.functions = dict(functions)
    while True:
        _until_work_begins()
        with _redis_faults_logged():
            if _work_once(connect, queue, periodic, in_child):
                return
        _until_work_begins()
        time.sleep(_AFTER_FAULT_SECONDS)


def _work_once(
    connect: Callable[[], Redis],
    queue: str,
    periodic: Sequence[Periodic],
    in_child: Callable[[], None] | None,
) -> bool:
    """Work until asked to stop (True) or until a fault (False)."""
    worker = _make_worker(connect(), queue, in_child)
    helpers: list[Ticker | _SignOfLife] = []
    if queue == TRUSTED:
        helpers.append(_SignOfLife(connect(), queue, worker.name))
        release = Periodic("release_retries", 0.5, _release(connect()))
        helpers.append(Ticker(connect(), (release, *periodic)))
    for helper in helpers:
        helper.start()
    try:
        with _redis_faults_logged():
            worker.work()
    finally:
        for helper in helpers:
            helper.stop()
    return worker.was_asked_to_stop


def _make_worker(
    connection: Redis, queue: str, in_child: Callable[[], None] | None
) -> TrustedWorker | UntrustedWorker:
    worker_class = TrustedWorker if queue == TRUSTED else UntrustedWorker
    worker = worker_class(
        [queue_of(connection, queue)],
        name=f"{queue}-{uuid4().hex}",
        connection=connection,
        job_class=ListedJob,
        serializer=JSONSerializer,
        default_result_ttl=RESULT_TTL_SECONDS,
        worker_ttl=_WORKER_TTL_SECONDS,
        maintenance_interval=_MAINTENANCE_SECONDS,
        job_monitoring_interval=_MONITORING_SECONDS,
        log_job_description=False,
    )
    worker.log_result_lifespan = False
    if isinstance(worker, UntrustedWorker):
        worker.in_child = in_child
    return worker


def _release(connection: Redis) -> Callable[[], None]:
    """Retries whose time has come go back to their queues."""

    def release() -> None:
        for name in (TRUSTED, UNTRUSTED):
            queue = queue_of(connection, name)
            registry = queue.scheduled_job_registry
            for job_id in registry.get_jobs_to_schedule(int(time.time())):
                job = queue.fetch_job(job_id)
                with connection.pipeline() as pipeline:
                    registry.remove(job_id, pipeline=pipeline)
                    if job is not None:
                        queue._enqueue_job(job, pipeline=pipeline)
                    pipeline.execute()

    return release


class _SignOfLife:
    """A trusted worker is busy with its job; a thread shows meanwhile that it lives."""

    def __init__(self, connection: Redis, queue: str, worker: str) -> None:
        self._connection = connection
        self._queue = queue
        self._worker = worker
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="sign-of-life", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=_SIGN_OF_LIFE_SECONDS)

    def _loop(self) -> None:
        while not self._stop.is_set():
            with _redis_faults_logged():
                mark_seen(self._connection, self._queue, self._worker)
            self._stop.wait(_SIGN_OF_LIFE_SECONDS)


@contextlib.contextmanager
def _redis_faults_logged() -> Iterator[None]:
    try:
        yield
    except RedisError as exc:
        _log.warning("worker.redis", error=type(exc).__name__)


def _until_work_begins() -> None:
    """RQ handles signals while it works; before and between, ending at once is right."""
    if threading.current_thread() is threading.main_thread():
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, _end)


def _end(_signum: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
