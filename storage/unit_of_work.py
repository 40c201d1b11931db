"""One transaction at a time, on SQLite (WAL) or PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from seal_core.ports import Clock, Work
from storage import tables
from storage.columns import PersonalDataKey
from storage.records import SqlAuditLog, SqlInbox, SqlOutbox, SqlRecords, stand_alone

BUSY_SECONDS = 4
"""How long a writer waits for another one; a webhook answers within five (platform rule)."""

Committed = Callable[[list[int]], None]
"""Told the serials of the outbox rows that were committed."""


class _OpenHere(threading.local):
    """Whether this thread has a work open."""

    work = False


class SqlWork(Work):
    """See seal_core.ports.Work.

    A work inside a work of the same thread would wait for itself: on SQLite always, on
    PostgreSQL whenever both touch one record. It is refused at once.
    """

    _here = _OpenHere()

    def __init__(self, engine: sa.Engine, clock: Clock, committed: Committed) -> None:
        self._engine = engine
        self._clock = clock
        self._committed = committed

    def __enter__(self) -> SqlWork:
        if self._here.work:
            raise RuntimeError("a work inside a work")
        self._connection = connection = self._engine.connect()
        try:
            self._transaction = connection.begin()
        except BaseException:
            connection.close()  # the lock was not to be had; give the connection back
            raise
        self._here.work = True
        self.people = SqlRecords(connection, tables.people)
        self.organisations = SqlRecords(connection, tables.organisations)
        self.memberships = SqlRecords(connection, tables.memberships)
        self.invitations = SqlRecords(connection, tables.invitations)
        self.grants = SqlRecords(connection, tables.grants)
        self.agents = SqlRecords(connection, tables.agents)
        self.accounts = SqlRecords(connection, tables.accounts)
        self.applications = SqlRecords(connection, tables.applications)
        self.registrations = SqlRecords(connection, tables.registrations)
        self.drafts = SqlRecords(connection, tables.drafts)
        self.seals = SqlRecords(connection, tables.seals)
        self.id_photos = SqlRecords(connection, tables.id_photos)
        self.sketches = SqlRecords(connection, tables.sketches)
        self.guards = SqlRecords(connection, tables.guards)
        self.user_keys = SqlRecords(connection, tables.user_keys)
        self.seal_keys = SqlRecords(connection, tables.seal_keys)
        self.pickups = SqlRecords(connection, tables.pickups)
        self.entrances = SqlRecords(connection, tables.entrances)
        self.links = SqlRecords(connection, tables.links)
        self.documents = SqlRecords(connection, tables.documents)
        self.orders = SqlRecords(connection, tables.orders)
        self.tasks = SqlRecords(connection, tables.tasks)
        self.verifications = SqlRecords(connection, tables.verifications)
        self.readings = SqlRecords(connection, tables.readings)
        self.extractions = SqlRecords(connection, tables.extractions)
        self.choices = SqlRecords(connection, tables.choices)
        self.notices = SqlRecords(connection, tables.notices)
        self.notifications = SqlRecords(connection, tables.notifications)
        self.staff = SqlRecords(connection, tables.staff)
        self.left_dialogs = SqlRecords(connection, tables.left_dialogs)
        self.feedback = SqlRecords(connection, tables.feedback)
        self.claims = SqlRecords(connection, tables.claims)
        self.disposals = SqlRecords(connection, tables.disposals)
        self.filings = SqlRecords(connection, tables.filings)
        self.preferences = SqlRecords(connection, tables.preferences)
        self.outgoing = SqlRecords(connection, tables.outgoing)
        self.inbox = SqlInbox(connection)
        self.audit = SqlAuditLog(connection)
        self.outbox = SqlOutbox(connection, self._clock())
        return self

    def alone(self, name: str) -> None:
        stand_alone(self._connection, f"alone {name}")

    def commit(self) -> None:
        self.audit.write()
        self._transaction.commit()
        if self.outbox.added:
            self._committed(self.outbox.added)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._here.work = False
        try:
            if self._transaction.is_active:
                self._transaction.rollback()
        finally:
            self._connection.close()


class Database:
    """The engine and how to open work on it."""

    def __init__(
        self, url: str, clock: Clock, personal_data_key: bytes, committed: Committed
    ) -> None:
        PersonalDataKey.use(personal_data_key)
        self.engine = make_engine(url)
        self._clock = clock
        self._committed = committed

    def open_work(self) -> Work:
        return SqlWork(self.engine, self._clock, self._committed)

    def ping(self) -> None:
        """Raises what the driver raises if the database does not answer."""
        with self.engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))


def make_engine(url: str) -> sa.Engine:
    """An engine with what either database needs to keep our promises."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite":
        patience = {"options": f"-c lock_timeout={BUSY_SECONDS}s"}
        return sa.create_engine(parsed, pool_pre_ping=True, connect_args=patience)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = sa.create_engine(parsed, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours, see below
    connection.execute("PRAGMA journal_mode=WAL")
    # FULL: the audit chain must survive a power cut (perf facts, section 6).
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_immediate(connection: sa.Connection) -> None:
    """Take the write lock at once: an upgrade in mid-transaction fails without waiting."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
