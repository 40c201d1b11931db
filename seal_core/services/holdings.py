"""印章列表, 详情, 日志管理, 信息公告: what a holder sees of what he has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from seal_core.domain.holders import Ability, Actor, NotFound
from seal_core.domain.records import AuditRecord, Notice, Notification
from seal_core.domain.seals import ENDED, Seal, SealState
from seal_core.ports import Between, Clock, OpenWork

IN_HAND = (
    SealState.READY,
    SealState.ISSUING,
    SealState.ACTIVE,
    SealState.SUSPENDED,
    SealState.EXPIRED,
    SealState.FROZEN,
    SealState.RENEWED,
    SealState.CANCELLED,
    SealState.VOID,
)
"""States in which a seal stands in 印章列表."""


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which records of 日志管理 are wanted; what is empty or None asks for nothing."""

    events: tuple[str, ...] = ()
    subject_id: str = ""
    first: datetime | None = None
    until: datetime | None = None

    @property
    def conditions(self) -> dict[str, Any]:
        """As `Records.select` takes them."""
        found: dict[str, Any] = {"at": Between(self.first, self.until)}
        if self.events:
            found["event"] = self.events
        if self.subject_id:
            found["subject_id"] = self.subject_id
        return found


EVERYTHING = LogFilter()


class HoldingsService:
    """Reads a holder's records."""

    def __init__(self, open_work: OpenWork, clock: Clock) -> None:
        self._open_work = open_work
        self._now = clock

    def seals(self, actor: Actor) -> list[Seal]:
        with self._open_work() as work:
            return work.seals.select(holder_id=actor.holder_id, state=IN_HAND)

    def living(self, actor: Actor) -> list[Seal]:
        """As `seals`, without those that have ended for good."""
        return [seal for seal in self.seals(actor) if seal.state not in ENDED]

    def seal(self, actor: Actor, seal_id: str) -> Seal:
        """Raises NotFound for anybody else's."""
        with self._open_work() as work:
            seal = work.seals.get(seal_id)
        if seal.holder_id != actor.holder_id:
            raise NotFound(seal_id)
        return seal

    def log(
        self, actor: Actor, wanted: LogFilter = EVERYTHING, *, limit: int = 20, offset: int = 0
    ) -> list[AuditRecord]:
        """日志管理, newest first. Raises NotAllowed."""
        actor.must(Ability.READ_RECORDS)
        with self._open_work() as work:
            equal = wanted.conditions
            return work.audit.of(actor.holder_id, limit=limit, offset=offset, **equal)

    def log_count(self, actor: Actor, wanted: LogFilter = EVERYTHING) -> int:
        with self._open_work() as work:
            return work.audit.count(actor.holder_id, **wanted.conditions)

    def who(self, records: Iterable[AuditRecord]) -> dict[str, str]:
        """The names of the people who acted, by id; staff and the service itself have none."""
        ids = {record.actor_id for record in records}
        with self._open_work() as work:
            found = {each: work.people.find(id=each) for each in ids}
        return {each: person.name for each, person in found.items() if person is not None}

    def inbox(self, actor: Actor, *, limit: int = 20) -> list[Notification]:
        """站内消息: everything the person was ever told, newest first."""
        with self._open_work() as work:
            return work.notifications.select(person_id=actor.person.id, limit=limit)

    def notices(self) -> list[Notice]:
        with self._open_work() as work:
            return work.notices.select(withdrawn_at=None)

    def notice(self, notice_id: str) -> Notice:
        """Raises NotFound, for a withdrawn one too."""
        with self._open_work() as work:
            notice = work.notices.get(notice_id)
        if notice.withdrawn_at is not None:
            raise NotFound(notice_id)
        return notice
