"""The outbox: nothing committed is forgotten, whatever Redis does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from storage.outbox import FORGOTTEN_AFTER, GIVE_UP_AFTER, OutboxRelay
from tests.support.databases import Store


@dataclass
class FakeQueue:
    """What Redis would hold; *trouble* is raised instead of taking a job."""

    jobs: list[tuple[int, str, str]] = field(default_factory=list)
    trouble: Exception | None = None
    still_there: bool = False

    def put(self, serial: int, job: str, subject_id: str) -> bool:
        if self.trouble is not None:
            raise self.trouble
        if self.still_there:
            return False
        self.jobs.append((serial, job, subject_id))
        return True


@pytest.fixture
def queue() -> FakeQueue:
    return FakeQueue()


@pytest.fixture
def relay(store: Store, queue: FakeQueue) -> OutboxRelay:
    return OutboxRelay(store.database.engine, queue.put, store.clock)


@pytest.fixture
def ask(store: Store) -> Callable[..., int]:
    """Commit the wish for a job; its serial."""

    def add(job: str = "seal_document", subject_id: str = "task") -> int:
        with store.open_work() as work:
            work.outbox.add(job, subject_id)
            work.commit()
        return store.committed[-1]

    return add


def test_only_what_is_committed_is_told(store: Store, ask: Callable[..., int]) -> None:
    """
    A worker must not look for a task that is not there yet, or never will be.
    """
    with store.open_work() as work:
        work.outbox.add("seal_document", "task")
        assert store.committed == []
    assert store.committed == []
    assert [ask(), ask()] == store.committed


def test_a_row_is_queued_once_and_done(
    store: Store, relay: OutboxRelay, queue: FakeQueue, ask: Callable[..., int]
) -> None:
    """
    What was relayed is left alone by the sweeper, what is done for ever.
    """
    serial = ask()
    relay.relay([serial])
    relay.relay([])
    assert queue.jobs == [(serial, "seal_document", "task")]
    assert relay.sweep() == 0
    assert relay.backlog() == (1, 0)
    relay.done(serial)
    store.clock.advance(days=1)
    assert relay.sweep() == 0
    assert relay.backlog() == (0, 0)


def test_redis_away_costs_nobody_anything(
    store: Store, relay: OutboxRelay, queue: FakeQueue, ask: Callable[..., int]
) -> None:
    """
    The work is committed, so relay() does not raise; the sweeper queues all of it later, once
    (faults F18).
    """
    queue.trouble = ConnectionError("redis://:secret@host is away")
    serials = [ask(subject_id=str(n)) for n in range(20)]
    relay.relay(serials)
    assert queue.jobs == []
    assert relay.sweep() == 0, "too young: it may be on its way from its own process"
    store.clock.advance(seconds=3)
    with pytest.raises(ConnectionError):
        relay.sweep()
    queue.trouble = None
    assert relay.sweep() == 20
    assert relay.sweep() == 0
    assert [serial for serial, _, _ in queue.jobs] == serials


def test_what_redis_forgot_is_queued_again(
    store: Store, relay: OutboxRelay, queue: FakeQueue, ask: Callable[..., int]
) -> None:
    """
    A job that is not done in time is queued again, a limited number of times (faults F19).
    """
    serial = ask()
    relay.relay([serial])
    for _ in range(GIVE_UP_AFTER + 3):
        store.clock.advance(seconds=FORGOTTEN_AFTER.seconds + 1)
        relay.sweep()
    assert len(queue.jobs) == GIVE_UP_AFTER
    assert relay.backlog() == (1, 1)


def test_waiting_in_a_long_queue_is_no_attempt(
    store: Store, relay: OutboxRelay, queue: FakeQueue, ask: Callable[..., int]
) -> None:
    """
    An hour without a worker gives no job up: the queue still holds it.
    """
    relay.relay([ask()])
    queue.still_there = True
    for _ in range(60):
        store.clock.advance(seconds=FORGOTTEN_AFTER.seconds + 1)
        assert relay.sweep() == 1
    assert relay.backlog() == (1, 0)


def test_a_job_nobody_knows_holds_up_nobody(
    store: Store, relay: OutboxRelay, ask: Callable[..., int]
) -> None:
    """
    After a deployment an old row may name a job that is gone; the rows behind it still run.
    """
    ask("gone")
    good = ask()
    queued: list[int] = []

    def put(serial: int, job: str, _: str) -> bool:
        if job == "gone":
            raise ValueError(job)
        queued.append(serial)
        return True

    relay = OutboxRelay(store.database.engine, put, store.clock)
    store.clock.advance(seconds=3)
    relay.sweep()
    assert queued == [good]


def test_done_rows_are_dropped_in_time(
    store: Store, relay: OutboxRelay, ask: Callable[..., int]
) -> None:
    """
    The table does not grow for ever; open rows stay however old they are.
    """
    done, _ = ask(), ask()
    relay.done(done)
    store.clock.advance(days=2)
    assert relay.forget(timedelta(days=3)) == 0
    assert relay.forget(timedelta(days=1)) == 1
    assert relay.backlog() == (1, 0)
