"""审计 and 统计: the log read and checked by auditors, and numbers for the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from seal_core.domain.holders import NotFound
from seal_core.domain.records import AuditRecord, StaffMember, StaffRole
from seal_core.domain.sealing import TaskState
from seal_core.domain.seals import SealState
from seal_core.ports import Between, Clock, OpenWork
from seal_core.services.telling import DESK, note_system

BEIJING = ZoneInfo("Asia/Shanghai")
DAYS = 14
"""How far back the daily numbers go."""

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Day:
    """What happened on one day (北京时间)."""

    day: date
    applied: int
    issued: int
    used: int
    verified: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """*seals* counts by type and state; *days* from the oldest to today."""

    seals: Mapping[tuple[str, SealState], int]
    days: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """A page of one holder's audit chain; *broken_at* is the first bad record's number, or 0."""

    holder_id: str
    name: str
    records: list[AuditRecord]
    total: int
    broken_at: int


class OversightService:
    """Reads only; that an auditor looked is itself written down."""

    def __init__(self, open_work: OpenWork, clock: Clock) -> None:
        self._open_work = open_work
        self._now = clock

    def statistics(self, member: StaffMember) -> Statistics:
        """For everybody behind the desk: numbers name nobody."""
        member.must_be(*StaffRole)
        today = self._now().astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
        with self._open_work() as work:
            seals = {
                (str(kind), SealState(state)): count
                for (kind, state), count in work.seals.tally("type", "state").items()
            }
        days = [self._day(today - timedelta(days=back)) for back in range(DAYS - 1, -1, -1)]
        return Statistics(seals, tuple(days))

    def _day(self, start: datetime) -> Day:
        within = Between(start, start + timedelta(days=1))
        with self._open_work() as work:
            return Day(
                start.date(),
                applied=work.seals.count(applied_at=within),
                issued=work.seals.count(valid_from=within),
                used=work.tasks.count(finished_at=within, state=TaskState.DONE),
                verified=work.verifications.count(finished_at=within),
            )

    def chain(self, member: StaffMember, words: str, *, limit: int = 20, offset: int = 0) -> Chain:
        """The chain of the holder with this USCC or id, or of the desk itself, checked whole.

        Raises NotAllowed, or NotFound if there is no such chain.
        """
        member.must_be(StaffRole.AUDITOR)
        holder_id, name = self._holder(words.replace("\0", "").strip())
        with self._open_work() as work:
            last = work.audit.of(holder_id, limit=1)
            if not last and holder_id != DESK:
                raise NotFound(holder_id)
            records = work.audit.of(holder_id, limit=limit, offset=offset)
        total = last[0].sequence if last else 0
        broken = self._first_bad(holder_id, total)
        self._write_down(member, holder_id)
        return Chain(holder_id, name, records, total, broken)

    def _holder(self, words: str) -> tuple[str, str]:
        if words in ("", DESK):
            return DESK, "后台"
        with self._open_work() as work:
            organisation = work.organisations.find(uscc=words.upper())
            organisation = organisation or work.organisations.find(name=words)
            if organisation is not None:
                return organisation.id, organisation.name
            person = work.people.find(id=words)
        return words, person.name if person else words

    def _first_bad(self, holder_id: str, length: int) -> int:
        """Every digest is worked out again, from the newest record to the first."""
        bad, after = 0, None
        for offset in range(0, length, _PAGE):
            with self._open_work() as work:
                page = work.audit.of(holder_id, limit=_PAGE, offset=offset)
            for record in page:
                linked = after is None or (
                    after.previous == record.digest and after.sequence == record.sequence + 1
                )
                if not linked and after is not None:
                    bad = after.sequence
                if record.digest != record.expected_digest():
                    bad = record.sequence
                after = record
        if after is not None and after.sequence != 1:
            bad = after.sequence
        return bad

    def _write_down(self, member: StaffMember, holder_id: str) -> None:
        if holder_id == DESK:
            return
        detail = {"actor": member.id, "channel": "staff"}
        with self._open_work() as work:
            note_system(work, DESK, "audit:read", holder_id, self._now(), **detail)
            work.commit()
