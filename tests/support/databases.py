"""Real databases for tests: a SQLite file, and a schema of its own on a PostgreSQL server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from seal_core.ports import OpenWork
from storage.unit_of_work import Database

SERVER = os.environ.get("ZHANGYIN_TEST_POSTGRES", "")
POSTGRES = pytest.mark.skipif(not SERVER, reason="ZHANGYIN_TEST_POSTGRES is not set")

PERSONAL_DATA_KEY = bytes(range(16))
MORNING = datetime(2026, 5, 4, 1, 2, 3, 456789, tzinfo=UTC)


@dataclass
class FakeClock:
    """A clock that a test sets."""

    now: datetime = MORNING

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Store:
    """An open database, its clock, and the outbox serials it said were committed."""

    database: Database
    clock: FakeClock
    committed: list[int] = field(default_factory=list)

    @property
    def open_work(self) -> OpenWork:
        return self.database.open_work


@contextmanager
def open_store(url: str, clock: FakeClock | None = None) -> Iterator[Store]:
    committed: list[int] = []
    clock = clock or FakeClock()
    database = Database(url, clock, PERSONAL_DATA_KEY, committed.extend)
    try:
        yield Store(database, clock, committed)
    finally:
        database.engine.dispose()


@contextmanager
def fresh_postgres() -> Iterator[str]:
    """A new database on the test server, dropped afterwards."""
    name = f"test_{uuid4().hex}"
    server = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        try:
            yield server.url.set(database=name).render_as_string(hide_password=False)
        finally:
            with server.connect() as connection:
                connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        server.dispose()
