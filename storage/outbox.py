"""From committed outbox rows to the queue, and again when Redis forgot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from storage import tables

FORGOTTEN_AFTER = timedelta(seconds=40)
"""A job queued this long ago and not done is queued again, unless its worker shows signs of life.

With the sweeper's pause a job of a dead worker is found within a minute (faults F22).
"""

GIVE_UP_AFTER = 10
"""Attempts until a job is left for an operator (and named by doctor and metrics)."""

Enqueue = Callable[[int, str, str], bool | None]
"""Puts (outbox serial, job name, subject id) into Redis; False if it is still there.

May raise what Redis raises, and ValueError for a job name that nobody knows.
"""

_log = structlog.get_logger(__name__)
_rows = tables.outbox


class OutboxRelay:
    """Moves jobs from SQL to the queue; SQL alone says which are done."""

    def __init__(self, engine: sa.Engine, enqueue: Enqueue, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._enqueue = enqueue
        self._now = clock

    def relay(self, serials: Sequence[int]) -> None:
        """Queue these committed rows now, or leave them to the sweeper.

        Never raises: their work is committed, and no caller could take it back (faults F18).
        """
        try:
            self._queue(sa.select(_rows).where(_rows.c.serial.in_(serials)))
        except Exception:  # noqa: BLE001  # whatever it is, the rows are safe in SQL
            _log.exception("outbox.relay_failed", serials=list(serials))

    def sweep(self) -> int:
        """Queue what was never queued or was forgotten; returns how many rows were looked at."""
        limit = self._now() - FORGOTTEN_AFTER
        never = sa.and_(_rows.c.queued_at.is_(None), _rows.c.created_at < self._settled())
        forgotten = _rows.c.queued_at < limit
        query = (
            sa.select(_rows)
            .where(_rows.c.done_at.is_(None), _rows.c.attempts < GIVE_UP_AFTER)
            .where(sa.or_(never, forgotten))
            .order_by(_rows.c.serial)
            .limit(500)
        )
        return self._queue(query)

    def done(self, serial: int) -> None:
        """The job ran to its end."""
        with self._engine.begin() as connection:
            statement = sa.update(_rows).where(_rows.c.serial == serial)
            connection.execute(statement.values(done_at=self._now()))

    def forget(self, older_than: timedelta) -> int:
        """Drop rows that were done this long ago; returns how many."""
        limit = self._now() - older_than
        with self._engine.begin() as connection:
            return connection.execute(sa.delete(_rows).where(_rows.c.done_at < limit)).rowcount

    def backlog(self) -> tuple[int, int]:
        """Jobs not done yet, and those among them that were given up."""
        open_rows = _rows.c.done_at.is_(None)
        count = sa.select(sa.func.count()).select_from(_rows).where(open_rows)
        with self._engine.connect() as connection:
            waiting = connection.scalar(count) or 0
            given_up = connection.scalar(count.where(_rows.c.attempts >= GIVE_UP_AFTER)) or 0
        return int(waiting), int(given_up)

    def _settled(self) -> datetime:
        """Rows younger than this may still be on their way from their own process."""
        return self._now() - timedelta(seconds=2)

    def _queue(self, query: sa.Select[tuple[object, ...]]) -> int:
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        for row in rows:
            tried = self._try(row.serial, row.job, row.subject_id)
            with self._engine.begin() as connection:
                statement = sa.update(_rows).where(_rows.c.serial == row.serial)
                connection.execute(
                    statement.values(queued_at=self._now(), attempts=_rows.c.attempts + tried)
                )
        return len(rows)

    def _try(self, serial: int, job: str, subject_id: str) -> int:
        """How many attempts this was: none if the job only waits in a long queue."""
        try:
            return 0 if self._enqueue(serial, job, subject_id) is False else 1
        except ValueError:
            # One row that nobody can run must not hold up those behind it.
            _log.exception("outbox.unknown_job", serial=serial, job=job)
            return 1
