"""Repositories over one connection: the ``Records`` port for every mapping."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from seal_core.domain.holders import NotFound
from seal_core.domain.identifiers import new_id
from seal_core.domain.records import (
    OVER_OUR_INTERFACE,
    AuditRecord,
    Happening,
    InboxMessage,
)
from seal_core.ports import Between, Containing, UpTo
from storage import tables
from storage.tables import Mapping

T = TypeVar("T")

FIRST_LINK = bytes(32)
"""The ``previous`` of a chain's first record."""


class SqlRecords(Generic[T]):
    """See seal_core.ports.Records."""

    def __init__(self, connection: sa.Connection, mapping: Mapping[T]) -> None:
        self._connection = connection
        self._mapping = mapping
        self._table = mapping.table

    def get(self, key: str) -> T:
        return self._one(key, lock=False)

    def lock(self, key: str) -> T:
        return self._one(key, lock=True)

    def find(self, **equal: Any) -> T | None:
        found = self.select(limit=1, **equal)
        return found[0] if found else None

    def select(self, *, limit: int = 100, offset: int = 0, **equal: Any) -> list[T]:
        query = sa.select(self._table).where(*self._conditions(equal))
        query = query.order_by(self._table.c.serial.desc()).limit(limit).offset(offset)
        return [self._mapping.from_row(row) for row in self._connection.execute(query)]

    def due(self, moment: str, by: datetime, *, limit: int = 100, **equal: Any) -> list[T]:
        column = self._table.c[moment]
        query = sa.select(self._table).where(column <= by, *self._conditions(equal))
        query = query.order_by(column, self._table.c.serial).limit(limit)
        return [self._mapping.from_row(row) for row in self._connection.execute(query)]

    def count(self, **equal: Any) -> int:
        query = sa.select(sa.func.count()).select_from(self._table)
        return int(self._connection.scalar(query.where(*self._conditions(equal))) or 0)

    def tally(self, *names: str, **equal: Any) -> dict[tuple[Any, ...], int]:
        columns = [self._table.c[name] for name in names]
        query = sa.select(*columns, sa.func.count()).where(*self._conditions(equal))
        rows = self._connection.execute(query.group_by(*columns))
        return {tuple(row[:-1]): int(row[-1]) for row in rows}

    def put(self, record: T) -> None:
        row = self._mapping.to_row(record)
        key = self._mapping.key
        changed = self._connection.execute(
            sa.update(self._table).where(key == row[key.name]).values(row)
        )
        if changed.rowcount == 0:
            self._connection.execute(sa.insert(self._table).values(row))

    def delete(self, key: str) -> None:
        self._connection.execute(sa.delete(self._table).where(self._mapping.key == key))

    def _one(self, key: str, *, lock: bool) -> T:
        query = sa.select(self._table).where(self._mapping.key == key)
        # SQLite ignores FOR UPDATE; there the whole write transaction is exclusive.
        row = self._connection.execute(query.with_for_update() if lock else query).first()
        if row is None:
            raise NotFound(key)
        return self._mapping.from_row(row)

    def _conditions(self, equal: dict[str, Any]) -> list[sa.ColumnElement[bool]]:
        return [_equals(self._table.c[name], value) for name, value in equal.items()]


def _equals(column: sa.Column[Any], value: Any) -> sa.ColumnElement[bool]:
    """One value, None included, a tuple of them, or a range or part."""
    if isinstance(value, UpTo):
        return column <= value.moment
    if value is None:
        return column.is_(None)
    if isinstance(value, Containing):
        return column.contains(value.part, autoescape=True)
    if isinstance(value, Between):
        after = column >= value.first if value.first else sa.true()
        return sa.and_(after, column < value.until if value.until else sa.true())
    if not isinstance(value, tuple):
        return sa.and_(column == value)
    given = tuple(item for item in value if item is not None)
    among = column.in_(given)
    return among if len(given) == len(value) else sa.or_(among, column.is_(None))


def stand_alone(connection: sa.Connection, name: str) -> None:
    """Wait for every other transaction that passed here with *name*, until it ends.

    On SQLite only one transaction writes at a time anyhow.
    """
    if connection.dialect.name == "postgresql":
        key = sa.func.hashtextextended(name, 0)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


class SqlInbox(SqlRecords[InboxMessage]):
    """See seal_core.ports.Inbox."""

    def __init__(self, connection: sa.Connection) -> None:
        super().__init__(connection, tables.inbox)

    def accept(self, message: InboxMessage, dedupe_key: str) -> bool:
        values = self._mapping.to_row(message) | {"dedupe_key": dedupe_key}
        on_postgres = self._connection.dialect.name == "postgresql"
        insert = postgresql.insert if on_postgres else sqlite.insert
        statement: Any = insert(self._table).values(values)
        unseen = statement.on_conflict_do_nothing(index_elements=["dedupe_key"])
        # Not rowcount: it says nothing about an INSERT that fetches its key (PostgreSQL).
        return self._connection.scalar(unseen.returning(self._table.c.serial)) is not None

    def answer_to(self, dedupe_key: str) -> str:
        query = sa.select(self._table.c.answer).where(self._table.c.dedupe_key == dedupe_key)
        return str(self._connection.scalar(query) or "")

    def pushed_since(self, account_id: str, since: datetime) -> bool:
        query = sa.select(self._table.c.serial).where(
            self._table.c.account_id == account_id,
            self._table.c.received_at >= since,
            self._table.c.dedupe_key.not_like(f"{OVER_OUR_INTERFACE}%"),
        )
        return self._connection.scalar(query.limit(1)) is not None

    def waiting(self, account_id: str) -> list[InboxMessage]:
        query = sa.select(self._table).where(
            self._table.c.account_id == account_id, self._table.c.handled_at.is_(None)
        )
        rows = self._connection.execute(query.order_by(self._table.c.serial))
        return [self._mapping.from_row(row) for row in rows]


class SqlAuditLog:
    """See seal_core.ports.AuditLog. One SM3 chain per holder.

    The links are forged when the work is committed: the lock on a chain is then the last one
    taken and held for an instant, so that no two transactions wait for each other in a ring.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._records = SqlRecords(connection, tables.audit)
        self._waiting: list[tuple[Happening, datetime]] = []

    def append(self, happening: Happening, at: datetime) -> None:
        self._waiting.append((happening, at))

    def write(self) -> None:
        """Forge what was appended, chain by chain in one order for everybody."""
        waiting, self._waiting = self._waiting, []
        for holder_id in sorted({happening.holder_id for happening, _ in waiting}):
            stand_alone(self._connection, f"audit {holder_id}")
        for happening, at in waiting:
            self._link(happening, at)

    def _link(self, happening: Happening, at: datetime) -> None:
        last = self._records.find(holder_id=happening.holder_id)
        record = AuditRecord(
            id=new_id(),
            holder_id=happening.holder_id,
            sequence=last.sequence + 1 if last else 1,
            # A clock set back must not make the chain run backwards (faults F26).
            at=max(at, last.at) if last else at,
            event=str(happening.event),
            subject_id=happening.subject_id,
            actor_id=happening.actor_id,
            channel=happening.channel,
            detail={name: str(value) for name, value in happening.detail.items()},
            previous=last.digest if last else FIRST_LINK,
            digest=b"",
        )
        row = tables.audit.to_row(record) | {"digest": record.expected_digest()}
        self._connection.execute(sa.insert(tables.audit.table).values(row))

    def of(
        self, holder_id: str, *, limit: int = 100, offset: int = 0, **equal: Any
    ) -> list[AuditRecord]:
        return self._records.select(holder_id=holder_id, limit=limit, offset=offset, **equal)

    def count(self, holder_id: str, **equal: Any) -> int:
        return self._records.count(holder_id=holder_id, **equal)

    def about(self, holder_id: str, subject_id: str, events: tuple[str, ...]) -> list[AuditRecord]:
        equal: dict[str, Any] = {"holder_id": holder_id, "subject_id": subject_id, "event": events}
        return list(reversed(self._records.select(limit=1000, **equal)))

    def last(self, holder_id: str, subject_id: str, event: str) -> AuditRecord | None:
        return self._records.find(holder_id=holder_id, subject_id=subject_id, event=event)


class SqlOutbox:
    """See seal_core.ports.Outbox."""

    def __init__(self, connection: sa.Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now
        self.added: list[int] = []

    def add(self, job: str, subject_id: str) -> None:
        values = {"job": job, "subject_id": subject_id, "created_at": self._now, "attempts": 0}
        result = self._connection.execute(sa.insert(tables.outbox).values(values))
        assert result.inserted_primary_key is not None
        self.added.append(int(result.inserted_primary_key[0]))
