"""经办人代领、法定代表人负责管理: taking over a seal that somebody else collected."""

from __future__ import annotations

from dataclasses import replace

from seal_core.domain.grants import GrantEnd
from seal_core.domain.holders import Ability, Actor, NotFound
from seal_core.domain.records import News
from seal_core.domain.seals import Seal, SealState
from seal_core.errors import SealError
from seal_core.ports import Clock, OpenWork
from seal_core.services.lending import end_grants
from seal_core.services.telling import note, tell

HELD = (SealState.ACTIVE, SealState.SUSPENDED, SealState.EXPIRED)


class NoKeyToTakeOver(SealError):
    """The seal's key was wrapped to its collector alone: only 重新制作 gives one's own."""

    code = "seal.no_key"


class CustodyService:
    """Lets the 法定代表人 hold what was collected for the enterprise.

    When a seal is made its key is wrapped to him as well, if he has a user key by then; taking
    over deletes everybody else's wrap, so that from then on he alone uses and lends it.
    """

    def __init__(self, open_work: OpenWork, clock: Clock) -> None:
        self._open_work = open_work
        self._now = clock

    def in_others_hands(self, actor: Actor) -> list[Seal]:
        """The enterprise's seals that another collected; empty for whoever cannot take over."""
        if actor.organisation is None or not actor.can(Ability.APPOINT):
            return []
        with self._open_work() as work:
            seals = work.seals.select(holder_id=actor.holder_id, state=HELD)
        return [seal for seal in seals if seal.collector_id != actor.person.id]

    def take_over(self, actor: Actor, seal_id: str) -> Seal:
        """接管. Raises NotAllowed, NotFound or NoKeyToTakeOver."""
        actor.must(Ability.APPOINT)
        now = self._now()
        with self._open_work() as work:
            work.alone(f"grants {seal_id}")
            seal = work.seals.lock(seal_id)
            mine = seal.collector_id == actor.person.id
            if seal.holder_id != actor.holder_id or seal.state not in HELD or mine:
                raise NotFound(seal_id)
            keys = work.seal_keys.select(seal_id=seal.id, limit=1000)
            if actor.person.id not in {key.person_id for key in keys}:
                raise NoKeyToTakeOver(seal.id)
            end_grants(work, GrantEnd.TAKEN_OVER, now, by=actor.person.id, seal_id=seal.id)
            for key in keys:
                if key.person_id != actor.person.id:
                    work.seal_keys.delete(key.id)
            former, seal = seal.collector_id, replace(seal, collector_id=actor.person.id)
            work.seals.put(seal)
            note(work, actor, "seal:take_over", seal.id, now, former=former)
            told = {"seals": seal.name, "holder": actor.holder_name}
            tell(work, former, News.TAKEN_OVER_FROM_YOU, now, **told)
            work.commit()
        return seal
