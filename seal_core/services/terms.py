"""What time does to seals: 到期, the reminders before it, and 逾期未领取."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from seal_core.domain.provinces import Province
from seal_core.domain.records import News
from seal_core.domain.seals import CancelReason, Seal, SealEvent, SealState
from seal_core.ports import Clock, OpenWork, Work
from seal_core.services.telling import note_system, tell_owners

IN_USE = (SealState.ACTIVE, SealState.SUSPENDED)
AT_ONCE = 200
"""Seals looked at in one go; the next round takes the rest."""


class TermService:
    """Run now and then by one worker; every piece may run twice or stop half-way."""

    def __init__(self, open_work: OpenWork, clock: Clock, province: Province) -> None:
        self._open_work = open_work
        self._now = clock
        self._province = province

    def run(self) -> None:
        """Everything that is due."""
        self._expire()
        self._remind_of_end()
        if self._province.collect_days:
            self._drop_uncollected()
            self._remind_of_collection()

    def _expire(self) -> None:
        now = self._now()
        with self._open_work() as work:
            late = work.seals.due("valid_to", now, state=IN_USE, limit=AT_ONCE)
        for group in _by_holder(late):
            with self._open_work() as work:
                seals = [s for s in _again(work, group) if s.allows(SealEvent.EXPIRE)]
                for seal in seals:
                    work.seals.put(seal.after(SealEvent.EXPIRE))
                    note_system(work, seal.holder_id, SealEvent.EXPIRE, seal.id, now)
                self._tell(work, News.SEAL_EXPIRED, seals)
                work.commit()

    def _remind_of_end(self) -> None:
        """Once for each of the province's days, and only for the last of those that passed."""
        now = self._now()
        for days, earlier in self._reminders():
            with self._open_work() as work:
                by = now + timedelta(days=days)
                due = work.seals.due(
                    "valid_to", by, state=SealState.ACTIVE, reminded=earlier, limit=AT_ONCE
                )
            self._remind(due, News.SEAL_ENDS_SOON, SealState.ACTIVE, days)

    def _drop_uncollected(self) -> None:
        """逾期未领取的列明并注销: the owner is told which, and can apply again."""
        now = self._now()
        by = now - timedelta(days=self._province.collect_days)
        with self._open_work() as work:
            late = work.seals.due("reviewed_at", by, state=SealState.READY, limit=AT_ONCE)
        for group in _by_holder(late):
            with self._open_work() as work:
                seals = [s for s in _again(work, group) if s.state is SealState.READY]
                for seal in seals:
                    work.seals.put(seal.after(SealEvent.CANCEL))
                    detail = {"reason": CancelReason.UNCOLLECTED}
                    note_system(work, seal.holder_id, SealEvent.CANCEL, seal.id, now, **detail)
                self._tell(work, News.COLLECTION_ENDED, seals)
                work.commit()

    def _remind_of_collection(self) -> None:
        now = self._now()
        for days, earlier in self._reminders():
            by = now - timedelta(days=self._province.collect_days - days)
            with self._open_work() as work:
                due = work.seals.due(
                    "reviewed_at", by, state=SealState.READY, reminded=earlier, limit=AT_ONCE
                )
            self._remind(due, News.COLLECTION_ENDS_SOON, SealState.READY, days)

    def _reminders(self) -> list[tuple[int, tuple[int, ...]]]:
        """Days before the end, the nearest first, with the marks of those reminded earlier."""
        days = self._province.reminder_days
        return [(each, (0, *(d for d in days if d > each))) for each in reversed(days)]

    def _remind(self, due: Sequence[Seal], kind: News, state: SealState, days: int) -> None:
        for group in _by_holder(due):
            with self._open_work() as work:
                seals = [s for s in _again(work, group) if s.state is state and _unheard(s, days)]
                for seal in seals:
                    work.seals.put(replace(seal, reminded=days))
                self._tell(work, kind, seals, days=str(days))
                work.commit()

    def _tell(self, work: Work, kind: News, seals: Sequence[Seal], days: str = "") -> None:
        if seals:
            names = "、".join(seal.name for seal in seals)
            tell_owners(work, seals[0].holder_id, kind, self._now(), seals=names, days=days)


def collect_by(seal: Seal, province: Province) -> datetime | None:
    """Until when an uncollected seal waits; None for ever."""
    if seal.state is not SealState.READY or not province.collect_days or seal.reviewed_at is None:
        return None
    return seal.reviewed_at + timedelta(days=province.collect_days)


def _unheard(seal: Seal, days: int) -> bool:
    return seal.reminded == 0 or seal.reminded > days


def _by_holder(seals: Sequence[Seal]) -> list[list[Seal]]:
    """One message a holder, however many of his seals are meant."""
    groups: dict[str, list[Seal]] = {}
    for seal in seals:
        groups.setdefault(seal.holder_id, []).append(seal)
    return list(groups.values())


def _again(work: Work, seals: Sequence[Seal]) -> list[Seal]:
    """The same seals as they are now, locked in one order for everybody."""
    return [work.seals.lock(seal_id) for seal_id in sorted(seal.id for seal in seals)]
