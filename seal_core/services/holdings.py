"""印章列表, 详情, 日志管理, 信息公告: what a holder sees of what he has."""

from __future__ import annotations

from seal_core.domain.holders import Ability, Actor, NotFound
from seal_core.domain.records import AuditRecord, Notice, Notification
from seal_core.domain.seals import ENDED, Seal, SealState
from seal_core.ports import Clock, OpenWork

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

    def log(self, actor: Actor, *, limit: int = 20, offset: int = 0) -> list[AuditRecord]:
        """日志管理, newest first. Raises NotAllowed."""
        actor.must(Ability.READ_RECORDS)
        with self._open_work() as work:
            return work.audit.of(actor.holder_id, limit=limit, offset=offset)

    def inbox(self, actor: Actor, *, limit: int = 20) -> list[Notification]:
        """站内消息: everything the person was ever told, newest first."""
        with self._open_work() as work:
            return work.notifications.select(person_id=actor.person.id, limit=limit)

    def notices(self) -> list[Notice]:
        with self._open_work() as work:
            return work.notices.select()

    def notice(self, notice_id: str) -> Notice:
        """Raises NotFound."""
        with self._open_work() as work:
            return work.notices.get(notice_id)
