"""Putting jobs into Redis: by name, with ids, once per task as far as Redis can tell.

SQL decides what is done. This side only avoids needless doubles; when in doubt it queues again,
because jobs are safe to run twice and a forgotten one helps nobody.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from redis import Redis
from rq import Queue, Retry
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from jobs.listed import ListedJob

TRUSTED = "trusted"
"""Work on our own data; run in the worker process itself (0.6 ms a job against 9 forked)."""
UNTRUSTED = "untrusted"
"""Work on files of strangers; every job in a process of its own."""

# A finished job costs 6 KB of Redis; RQ's defaults keep failed ones for a year.
RESULT_TTL_SECONDS = 60
FAILURE_TTL_SECONDS = 7 * 24 * 3600
RETRY_SECONDS = (1, 2, 5, 15, 60)
# Taking a job off the list and starting it takes milliseconds; later than this it is lost.
_HANDOVER_SECONDS = 10.0
SEEN_SECONDS = 30
"""A worker that gave no sign for so long counts as gone."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """Where jobs of a name run, and how long one may take."""

    queue: str = TRUSTED
    timeout_seconds: int = 120


class RqQueue:
    """The queues of this service. Holds no state of its own."""

    def __init__(self, connection: Redis, kinds: Mapping[str, JobKind]) -> None:
        self._connection = connection
        self._kinds = dict(kinds)

    def put(self, serial: int, name: str, subject_id: str) -> bool:
        """Queue what the outbox row *serial* asks for; the job gets serial and subject.

        False, as for `enqueue`, if it already waits or runs.
        """
        return self.enqueue(name, str(serial), subject_id, task=str(serial))

    def enqueue(self, name: str, *ids: str, task: str = "") -> bool:
        """Queue the job *name*; False if this task already waits or runs.

        *task* tells jobs of one name apart; without it the ids do. Raises ValueError for a name
        that is not on the list, and lets Redis' errors escape: SQL still knows the task.
        """
        kind = self._kinds.get(name)
        if kind is None:
            raise ValueError(f"no such job: {name}")
        queue = queue_of(self._connection, kind.queue)
        job_id = job_id_of(name, task or "-".join(ids))
        for _ in range(2):
            try:
                self._add(queue, kind, job_id, name, ids)
                return True
            except DuplicateJobError:
                if self._lives(queue, job_id):
                    return False
        return False  # somebody else queued it between our two tries

    def _add(
        self, queue: Queue, kind: JobKind, job_id: str, name: str, ids: tuple[str, ...]
    ) -> None:
        queue.enqueue_call(
            name,
            args=ids,
            job_id=job_id,
            unique=True,
            timeout=kind.timeout_seconds,
            result_ttl=RESULT_TTL_SECONDS,
            failure_ttl=FAILURE_TTL_SECONDS,
            retry=Retry(max=len(RETRY_SECONDS), interval=list(RETRY_SECONDS)),
            description=name,
        )

    def _lives(self, queue: Queue, job_id: str) -> bool:
        """Whether the job still waits or runs; one that does not is cleared away."""
        try:
            job = ListedJob.fetch(job_id, self._connection, JSONSerializer)
        except NoSuchJobError:
            return False
        if _is_alive(self._connection, queue, job):
            return True
        job.delete()
        queue.intermediate_queue.remove(job_id)
        return False


def queue_of(connection: Redis, name: str) -> Queue:
    """The RQ queue *name* with our job class and serializer."""
    return Queue(name, connection=connection, job_class=ListedJob, serializer=JSONSerializer)


def job_id_of(name: str, task: str) -> str:
    """RQ allows letters, digits, underscores and dashes."""
    return re.sub(r"[^\w-]", "_", f"{name}-{task}", flags=re.ASCII)


def _is_alive(connection: Redis, queue: Queue, job: Job) -> bool:
    match job.get_status(refresh=False):
        case JobStatus.QUEUED:
            since = job.enqueued_at or datetime.now(UTC)
            young = (datetime.now(UTC) - since).total_seconds() < _HANDOVER_SECONDS
            return young or queue.get_job_position(job.id) is not None
        case JobStatus.STARTED:
            return worker_seen(connection, job.worker_name or "")
        case JobStatus.SCHEDULED:
            return job.id in queue.scheduled_job_registry
        case _:
            return False


# --- signs of life ------------------------------------------------------------------


def mark_seen(connection: Redis, queue: str, worker: str) -> None:
    """Note that *worker* of *queue* is alive now."""
    with connection.pipeline(transaction=False) as pipeline:
        pipeline.set(f"zhangyin:worker:{worker}", queue, ex=SEEN_SECONDS)
        pipeline.set(f"zhangyin:seen:{queue}", str(time.time()), ex=SEEN_SECONDS)
        pipeline.execute()


def worker_seen(connection: Redis, worker: str) -> bool:
    """Whether this worker gave a sign of life within SEEN_SECONDS."""
    return bool(connection.exists(f"zhangyin:worker:{worker}"))


def queue_served(connection: Redis, queue: str) -> bool:
    """Whether any worker of *queue* gave a sign of life within SEEN_SECONDS; for /readyz."""
    return bool(connection.exists(f"zhangyin:seen:{queue}"))
