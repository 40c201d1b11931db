"""Workers on a real Redis: what they run, what they refuse, and what happens when they die."""

from __future__ import annotations

import pickle
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from redis import Redis
from rq import Callback, Queue
from rq.job import JobStatus
from rq.serializers import JSONSerializer

from app.config import ROOT
from app.processes import ProcessGroup, Program, says
from app.redis_server import RedisSupervisor
from jobs.listed import ListedJob, bare_traceback
from jobs.queue import (
    TRUSTED,
    UNTRUSTED,
    JobKind,
    RqQueue,
    job_id_of,
    queue_of,
    queue_served,
    worker_seen,
)

NAMES = ("note", "wait", "die_once", "fail")
BOTH = pytest.mark.parametrize("kind", [TRUSTED, UNTRUSTED])


class Place:
    """A Redis, a folder the jobs write to, and as many workers as a test wants."""

    def __init__(self, server: RedisSupervisor, group: ProcessGroup, folder: Path) -> None:
        self.server = server
        self.group = group
        self.folder = folder
        self.figures = folder.parent / "figures"
        self.figures.mkdir()
        self.redis = Redis.from_url(server.url, retry=None)

    def queue(self, kind: str) -> RqQueue:
        return RqQueue(self.redis, dict.fromkeys(NAMES, JobKind(kind, timeout_seconds=30)))

    def work(self, kind: str, name: str = "worker") -> int:
        script = Path(__file__).with_name("small_worker.py")
        command = (sys.executable, script, self.server.url, kind, self.folder)
        environment = {"PYTHONPATH": str(ROOT), "PROMETHEUS_MULTIPROC_DIR": str(self.figures)}
        self.group.start(Program(name, command, environment, says("started")))
        self.group.wait_ready()
        return self.group.pid(name)

    def lines(self, subject: str) -> list[str]:
        path = self.folder / subject
        return path.read_text().splitlines() if path.exists() else []

    def status(self, name: str, task: str) -> JobStatus | None:
        job_id = job_id_of(name, task)
        if not ListedJob.exists(job_id, self.redis):
            return None
        return ListedJob.fetch(job_id, self.redis, JSONSerializer).get_status()

    def workers_are_forgotten(self) -> None:
        """What happens when the signs of life of the dead run out (30 s)."""
        for key in self.redis.keys("zhangyin:worker:*"):
            self.redis.delete(key)


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "out").mkdir()
    with (
        RedisSupervisor(tmp_path) as server,
        ProcessGroup(tmp_path / "logs", grace=5) as group,
    ):
        here = Place(server, group, tmp_path / "out")
        yield here
        here.redis.close()


@BOTH
def test_a_listed_job_runs_with_its_ids(place: Place, kind: str) -> None:
    """
    A name and ids in, the function called once; the worker shows itself for /readyz, and what is
    left in Redis goes away within a minute.
    """
    assert not queue_served(place.redis, kind)
    place.work(kind)

    place.queue(kind).put(7, "note", "s1")

    until(lambda: place.lines("s1") == ["7"])
    assert queue_served(place.redis, kind)
    until(lambda: place.status("note", "7") is JobStatus.FINISHED)
    assert 0 < place.redis.ttl(f"rq:job:{job_id_of('note', '7')}") <= 60


@BOTH
def test_whatever_is_not_on_the_list_is_refused(place: Place, kind: str) -> None:
    """
    Whoever can write to Redis still cannot make a worker call other functions: not as the job,
    not as a callback, not with other arguments, not by pickle. The worker goes on.
    """

    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (place.folder / "pwned",))

    raw = Queue(kind, connection=place.redis, serializer=JSONSerializer)
    evil = f"touch {place.folder}/pwned"
    callback = Callback("subprocess.getoutput")
    refused = [
        raw.enqueue("subprocess.getoutput", evil),
        raw.enqueue("os.system", evil, on_failure=callback, on_success=callback),
        raw.enqueue("note", 5, {"a": 1}),
        raw.enqueue("note", args=("1", "s2"), kwargs={"x": "y"}),
    ]
    bomb = raw.enqueue("note", "1", "bomb")
    place.redis.hset(bomb.key, "data", pickle.dumps(("note", None, (Bomb(),), {})))
    place.work(kind)

    place.queue(kind).put(1, "note", "after")

    until(lambda: place.lines("after") == ["1"])
    assert [job.get_status() for job in refused] == [JobStatus.FAILED] * len(refused)
    assert sorted(path.name for path in place.folder.iterdir()) in (["after"], ["after", "ticks"])


def test_callbacks_of_a_listed_job_are_ignored(place: Place) -> None:
    """
    A callback would turn a job that succeeded into one that runs again; ours have none.
    """
    raw = Queue(TRUSTED, connection=place.redis, serializer=JSONSerializer)
    job = raw.enqueue("note", "1", "s", on_success=Callback("subprocess.getoutput"))
    place.work(TRUSTED)

    until(lambda: job.get_status() is JobStatus.FINISHED)
    assert place.lines("s") == ["1"]


def test_a_killed_fork_is_tried_again(place: Place) -> None:
    """
    kill -9 of the process that does the job: the worker sees it at once and retries.
    """
    place.work(UNTRUSTED)
    place.queue(UNTRUSTED).put(1, "die_once", "s")
    # the release of retries is periodic work of a trusted worker
    place.work(TRUSTED, "trusted")

    until(lambda: place.lines("s") == ["1"])


@BOTH
def test_the_job_of_a_killed_worker_is_queued_again(place: Place, kind: str) -> None:
    """
    kill -9 of the worker in the middle of a job: nothing of it lives on, and once its signs of
    life have run out, the sweeper's next call queues the job anew; another worker does it.
    """
    place.group.start(Program("idle", (sys.executable, "-c", "import time; time.sleep(60)")))
    queue = place.queue(kind)
    worker = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("small_worker.py"), place.server.url, kind,
         place.folder],
        env={"PYTHONPATH": str(ROOT)}, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    queue.put(1, "wait", "s")
    until((place.folder / "s.pid").exists)
    until((place.folder / "s.pid").read_text)
    assert queue.enqueue("wait", "1", "s", task="1") is False  # it runs: no double

    worker.kill()
    worker.wait()

    pid = (place.folder / "s.pid").read_text()
    until(lambda: not Path(f"/proc/{pid}").exists())
    assert queue.enqueue("wait", "1", "s", task="1") is False  # it may still show itself
    place.workers_are_forgotten()
    assert queue.enqueue("wait", "1", "s", task="1") is True
    (place.folder / "s.go").touch()
    place.work(kind)
    until(lambda: place.lines("s") == ["1"])


@BOTH
def test_sigterm_finishes_the_job_in_hand_and_leaves_the_rest(place: Place, kind: str) -> None:
    """
    A deployment stops workers any time: the current job ends well, the others stay queued.
    """
    queue = place.queue(kind)
    script = Path(__file__).with_name("small_worker.py")
    with subprocess.Popen(
        [sys.executable, script, place.server.url, kind, place.folder],
        env={"PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    ) as worker:
        queue.put(1, "wait", "first")
        queue.put(2, "note", "second")
        until((place.folder / "first.pid").exists)

        worker.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        (place.folder / "first.go").touch()

        assert worker.wait(timeout=15) == 0
    assert place.lines("first") == ["1"]
    assert place.lines("second") == []
    assert place.status("note", "2") is JobStatus.QUEUED


def test_an_idle_worker_ends_at_once_on_sigterm(place: Place) -> None:
    """
    Nobody waits for a job that is not there.
    """
    script = Path(__file__).with_name("small_worker.py")
    with subprocess.Popen(
        [sys.executable, script, place.server.url, UNTRUSTED, place.folder],
        env={"PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    ) as worker:
        until(lambda: queue_served(place.redis, UNTRUSTED))
        worker.terminate()
        assert worker.wait(timeout=5) == 0


def test_workers_wait_for_a_redis_that_comes_back(tmp_path: Path) -> None:
    """
    Redis killed and started again: the worker is still there and takes the next job.
    """
    (tmp_path / "out").mkdir()
    with ProcessGroup(tmp_path / "logs", grace=5) as group:
        with RedisSupervisor(tmp_path) as server:
            place = Place(server, group, tmp_path / "out")
            place.work(TRUSTED)
        time.sleep(0.5)
        with RedisSupervisor(tmp_path) as server:
            place.queue(TRUSTED).put(1, "note", "s")
            until(lambda: place.lines("s") == ["1"], 20)
        place.redis.close()


def test_a_failing_job_is_tried_again_after_a_second(place: Place) -> None:
    """
    Every job has retries with growing pauses.
    """
    place.work(TRUSTED)
    place.queue(TRUSTED).put(1, "fail", "s")

    until(lambda: place.status("fail", "1") is JobStatus.SCHEDULED)
    until(lambda: len(place.lines("s")) == 2)


def test_a_failed_job_keeps_no_message_in_redis(place: Place) -> None:
    """
    Exceptions may carry what a person typed. Redis keeps failed jobs for days: the place and the
    type stay, the words do not.
    """
    place.work(TRUSTED)
    job = queue_of(place.redis, TRUSTED).enqueue("fail", "1", "s")
    until(lambda: job.get_status() is JobStatus.FAILED)

    result = job.latest_result()
    assert result is not None
    kept = result.exc_string or ""
    assert "small_worker.py" in kept
    assert "LookupError" in kept
    assert "kanarienvogel" not in kept


def test_one_task_waits_or_runs_once_and_may_come_again_when_done(place: Place) -> None:
    """
    Queuing what already waits adds nothing; a finished or failed job does not block its successor.
    """
    queue = place.queue(TRUSTED)

    assert queue.enqueue("note", "1", "s", task="1") is True
    assert queue.enqueue("note", "1", "s", task="1") is False
    assert queue.enqueue("note", "2", "s", task="2") is True
    place.work(TRUSTED)
    until(lambda: sorted(place.lines("s")) == ["1", "2"])
    until(lambda: place.status("note", "1") is JobStatus.FINISHED)
    assert queue.enqueue("note", "1", "s", task="1") is True
    until(lambda: len(place.lines("s")) == 3)


def test_a_job_that_redis_lost_is_queued_again(place: Place) -> None:
    """
    RQ can lose a job between the list and its start: it says "queued" and is on no list.
    """
    queue = place.queue(TRUSTED)
    queue.put(1, "note", "s")
    rq = queue_of(place.redis, TRUSTED)
    rq.remove(job_id_of("note", "1"))
    assert queue.enqueue("note", "1", "s", task="1") is False  # perhaps just being handed over

    long_ago = b"2020-01-01T00:00:00.000000Z"
    place.redis.hset(f"rq:job:{job_id_of('note', '1')}", "enqueued_at", long_ago)
    assert queue.enqueue("note", "1", "s", task="1") is True
    assert rq.job_ids == [job_id_of("note", "1")]


def test_names_that_are_not_listed_are_not_queued(place: Place) -> None:
    """
    A typing mistake is found where it is made, not in a worker at night.
    """
    with pytest.raises(ValueError, match="no such job: nte"):
        place.queue(TRUSTED).enqueue("nte", "1")
    assert place.redis.keys("*") == []


def test_periodic_work_is_done_by_one_worker_and_taken_over_by_another(place: Place) -> None:
    """
    Two workers, one of them ticks; when it ends the other one does.
    """
    first = place.work(TRUSTED, "first")
    until(lambda: len(place.lines("ticks")) > 3)
    second = place.work(TRUSTED, "second")
    until(lambda: worker_count(place) == 2)
    time.sleep(0.6)
    assert set(place.lines("ticks")) == {str(first)}

    with subprocess.Popen(["kill", "-TERM", str(first)]) as kill:
        kill.wait()

    until(lambda: str(second) in place.lines("ticks"), 12)


def worker_count(place: Place) -> int:
    keys = place.redis.keys("zhangyin:worker:*")
    names = [str(key, "ascii").rpartition(":")[2] for key in keys if isinstance(key, bytes)]
    return sum(worker_seen(place.redis, name) for name in names)


@BOTH
def test_jobs_are_counted_by_name_and_outcome(place: Place, kind: str) -> None:
    """
    In the worker, not in its forks: one file of figures per worker, however many jobs.
    """
    place.work(kind)
    for serial in range(3):
        place.queue(kind).put(serial, "note", "s")
    place.queue(kind).put(9, "fail", "f")
    queue_of(place.redis, kind).enqueue("os.getpid")

    def figures() -> str:
        registry = CollectorRegistry()
        MultiProcessCollector(registry, str(place.figures))  # type: ignore[no-untyped-call]
        return generate_latest(registry).decode()

    until(lambda: 'zhangyin_jobs_total{job="refused",outcome="failed"} 1.0' in figures())
    assert 'zhangyin_jobs_total{job="note",outcome="finished"} 3.0' in figures()
    assert 'zhangyin_jobs_total{job="fail",outcome="scheduled"} 1.0' in figures()
    assert len(list(place.figures.glob("counter_*.db"))) == 1


def test_places_stay_and_messages_go() -> None:
    """
    The shape of what is kept of an exception.
    """
    text = (
        "Traceback (most recent call last):\n"
        '  File "/x/jobs/a.py", line 3, in run\n    raise Wrong(pin)\n'
        "seal_core.errors.WrongPin: 123456 was wrong\nPIN 123456\n\n"
        "During handling of the above exception, another exception occurred:\n"
        "KeyboardInterrupt\n"
    )
    kept = bare_traceback(text)
    assert kept.splitlines() == [
        '  File "/x/jobs/a.py", line 3, in run',
        "seal_core.errors.WrongPin",
        "KeyboardInterrupt",
    ]
    assert not re.search(r"\d{6}", kept)
