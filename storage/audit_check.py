"""Reading the whole audit log again: every chain, every link, the first bad record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from seal_core.domain.records import AuditRecord
from storage import tables
from storage.records import FIRST_LINK

_BATCH = 2000
_table = tables.audit.table


class Fault(StrEnum):
    """What is wrong with a record."""

    MISSING = "missing"  # a number was skipped: a record before this one is gone
    BROKEN_LINK = "broken_link"  # it does not follow the record before it
    CHANGED = "changed"  # its content is not what was written
    TURNED_BACK = "turned_back"  # it is older than the record before it
    CUT_OFF = "cut_off"  # the chain ends before a head that was known
    REWRITTEN = "rewritten"  # the chain is sound, but is not the one whose head was known


@dataclass(frozen=True, slots=True)
class BadRecord:
    """Where a chain breaks first."""

    holder_id: str
    sequence: int
    record_id: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class Head:
    """How far a chain went once: kept off this machine, it betrays a log that was rolled back."""

    sequence: int
    digest: bytes


def check(engine: sa.Engine, known: Mapping[str, Head] | None = None) -> BadRecord | None:
    """The first bad record of the log, or None if all chains are whole (faults F56).

    A chain alone cannot show that its end was cut off, nor that all of it was written anew;
    *known* heads, by holder, do.
    """
    unseen = dict(known or {})
    before: AuditRecord | None = None
    for row in _rows(engine):
        holder_id, sequence = row["holder_id"], row["sequence"]
        if before is not None and before.holder_id != holder_id:
            before = None
        record = _restore(row)
        fault = Fault.CHANGED if record is None else _fault(record, before)
        if fault is None and _contradicts(unseen, holder_id, sequence, bytes(row["digest"])):
            fault = Fault.REWRITTEN
        if fault is not None:
            return BadRecord(holder_id, sequence, row["id"], fault)
        before = record
    for holder_id, head in sorted(unseen.items()):
        return BadRecord(holder_id, head.sequence, "", Fault.CUT_OFF)
    return None


def heads(engine: sa.Engine) -> dict[str, Head]:
    """The newest link of every chain, to be kept somewhere else and given to `check` later."""
    newest = sa.select(_table.c.holder_id, sa.func.max(_table.c.sequence).label("sequence"))
    last = newest.group_by(_table.c.holder_id).subquery()
    same = sa.and_(_table.c.holder_id == last.c.holder_id, _table.c.sequence == last.c.sequence)
    query = sa.select(_table.c.holder_id, _table.c.sequence, _table.c.digest).join(last, same)
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    return {row.holder_id: Head(row.sequence, bytes(row.digest)) for row in rows}


def _fault(record: AuditRecord, before: AuditRecord | None) -> Fault | None:
    """What is wrong with *record* as the one that follows *before*."""
    if record.sequence != (before.sequence + 1 if before else 1):
        return Fault.MISSING
    if record.previous != (before.digest if before else FIRST_LINK):
        return Fault.BROKEN_LINK
    if record.digest != record.expected_digest():
        return Fault.CHANGED
    if before is not None and record.at < before.at:
        return Fault.TURNED_BACK
    return None


def _contradicts(unseen: dict[str, Head], holder_id: str, sequence: int, digest: bytes) -> bool:
    """Whether the record stands where another one stood when the chain's head was noted."""
    head = unseen.get(holder_id)
    if head is None or head.sequence != sequence:
        return False
    del unseen[holder_id]
    return head.digest != digest


def _rows(engine: sa.Engine) -> Iterator[dict[str, Any]]:
    """All rows, chain by chain. Short transactions: a long one would hold SQLite's only lock."""
    columns = [_as_stored(column) for column in _table.columns if column.name != "serial"]
    place = sa.tuple_(_table.c.holder_id, _table.c.sequence)
    query = sa.select(*columns).order_by(_table.c.holder_id, _table.c.sequence).limit(_BATCH)
    batch: Sequence[sa.RowMapping] = ()
    while not batch or len(batch) == _BATCH:
        after = place > sa.tuple_(batch[-1]["holder_id"], batch[-1]["sequence"]) if batch else None
        with engine.connect() as connection:
            page = query if after is None else query.where(after)
            batch = connection.execute(page).mappings().all()
        if not batch:
            return
        yield from ({str(name): row[name] for name in row} for row in batch)


def _as_stored(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """Text as it lies there: what cannot be read is a changed record, not an error of ours."""
    if column.name in ("at", "detail"):
        return sa.type_coerce(column, sa.Text).label(column.name)
    return column


def _restore(row: dict[str, Any]) -> AuditRecord | None:
    """The record as it was written, or None if it cannot be one any more."""
    try:
        at, detail = datetime.fromisoformat(row["at"]), json.loads(row["detail"])
        record = AuditRecord(**(row | {"at": at, "detail": detail}))
        record.expected_digest()
    except (ValueError, TypeError, AttributeError):
        return None
    return record
