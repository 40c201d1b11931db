"""停用, 启用, 注销, 挂失, 续期 and 重新制作: what an owner does with a seal he has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from seal_core.domain.grants import GrantEnd
from seal_core.domain.holders import Ability, Actor, NotFound
from seal_core.domain.identifiers import new_id
from seal_core.domain.provinces import Province
from seal_core.domain.records import News
from seal_core.domain.seals import (
    CancelReason,
    Seal,
    SealEvent,
    SealState,
    WrongSealState,
)
from seal_core.faces import FaceKind
from seal_core.ports import Clock, OpenWork, Work
from seal_core.services.lending import end_grants
from seal_core.services.telling import note, note_system, tell_owners

WORDS_LENGTH = 100
"""Characters of a reason in the owner's own words; the page's field is as long."""


class Wish(StrEnum):
    """What an owner can want done with a seal."""

    SUSPEND = "suspend"
    RESUME = "resume"
    RENEW = "renew"
    REPORT_LOST = "report_lost"
    REMAKE = "remake"
    CANCEL = "cancel"
    WITHDRAW = "withdraw"


PAUSES = {
    SealEvent.SUSPEND: News.SEAL_SUSPENDED,
    SealEvent.RESUME: News.SEAL_RESUMED,
}
ON_THE_WAY = (SealState.READY, SealState.ISSUING)
UNENDED = (
    SealState.PENDING_REVIEW,
    *ON_THE_WAY,
    SealState.ACTIVE,
    SealState.SUSPENDED,
    SealState.EXPIRED,
    SealState.FROZEN,
)
"""States in which something can still be done with a seal or its application."""


class LifeService:
    """Lets those who manage a holder's seals lead them through their lives."""

    def __init__(self, open_work: OpenWork, clock: Clock, province: Province) -> None:
        self._open_work = open_work
        self._now = clock
        self._province = province

    @property
    def _window(self) -> timedelta:
        return timedelta(days=self._province.renewal_days)

    def possible(self, actor: Actor, seal: Seal) -> tuple[Wish, ...]:
        """What the actor can do with *seal* now; 续期 opens in the last weeks of its time."""
        if seal.holder_id != actor.holder_id:
            return ()
        if seal.allows(SealEvent.WITHDRAW):
            return (Wish.WITHDRAW,) if actor.can(Ability.APPLY) else ()
        if not actor.manages:
            return ()
        open_now = {
            Wish.SUSPEND: seal.allows(SealEvent.SUSPEND),
            Wish.RESUME: seal.allows(SealEvent.RESUME),
            Wish.RENEW: seal.is_renewable(self._now(), self._window),
            Wish.REPORT_LOST: seal.allows(SealEvent.FREEZE),
            Wish.REMAKE: seal.state is SealState.FROZEN,
            Wish.CANCEL: seal.allows(SealEvent.CANCEL),
        }
        return tuple(wish for wish, possible in open_now.items() if possible)

    def open_to(self, actor: Actor, wish: Wish) -> list[Seal]:
        """The holder's seals that *wish* is possible for, newest first."""
        with self._open_work() as work:
            seals = work.seals.select(holder_id=actor.holder_id, state=UNENDED)
        return [seal for seal in seals if wish in self.possible(actor, seal)]

    def pause(self, actor: Actor, seal_id: str, event: SealEvent, reason: str) -> Seal:
        """停用 or 启用. Raises NotAllowed, NotFound or WrongSealState."""
        kind, now = PAUSES[event], self._now()
        actor.must_manage()
        with self._open_work() as work:
            seal = _locked(work, actor, [seal_id])[0].after(event)
            work.seals.put(seal)
            note(work, actor, event, seal.id, now, reason=_tidy(reason))
            self._tell(work, actor, kind, [seal])
            work.commit()
        return seal

    def cancel(
        self, actor: Actor, seal_ids: Sequence[str], reason: CancelReason, words: str = ""
    ) -> list[Seal]:
        """注销 for good: nobody's wrapped key opens these seals any more.

        All or none. Raises NotAllowed, NotFound or WrongSealState.
        """
        actor.must_manage()
        with self._open_work() as work:
            locked = _locked(work, actor, seal_ids)
            seals = [_cancelled(work, seal, self._now()) for seal in locked]
            for seal in seals:
                detail = {"reason": reason, "words": _tidy(words)}
                note(work, actor, SealEvent.CANCEL, seal.id, self._now(), **detail)
            self._tell(work, actor, News.SEAL_CANCELLED, seals)
            work.commit()
        return seals

    def withdraw(self, actor: Actor, seal_ids: Sequence[str]) -> list[Seal]:
        """撤回 what no reviewer has decided yet, by whoever may apply.

        Raises NotAllowed, NotFound or WrongSealState.
        """
        actor.must(Ability.APPLY)
        with self._open_work() as work:
            found = _locked(work, actor, seal_ids)
            seals = [seal.after(SealEvent.WITHDRAW) for seal in found]
            for seal in seals:
                work.seals.put(seal)
                note(work, actor, SealEvent.WITHDRAW, seal.id, self._now())
            self._tell(work, actor, News.APPLICATION_WITHDRAWN, seals)
            work.commit()
        return seals

    def report_lost(self, actor: Actor, seal_ids: Sequence[str], words: str = "") -> list[Seal]:
        """挂失: frozen at once and without a PIN, which may be what was lost.

        Raises NotAllowed, NotFound or WrongSealState.
        """
        actor.must_manage()
        with self._open_work() as work:
            found = _locked(work, actor, seal_ids)
            seals = [seal.after(SealEvent.FREEZE) for seal in found]
            for seal in seals:
                work.seals.put(seal)
                note(work, actor, SealEvent.FREEZE, seal.id, self._now(), reason=_tidy(words))
            self._tell(work, actor, News.SEAL_FROZEN, seals)
            work.commit()
        return seals

    def renew(self, actor: Actor, seal_id: str) -> Seal:
        """续期: a seal with the same picture waits for collection; asked again, it is the same.

        The old one serves until the new one is made. Raises NotAllowed, NotFound,
        WrongSealState or RenewalTooEarly.
        """
        actor.must_manage()
        now = self._now()
        with self._open_work() as work:
            old = _locked(work, actor, [seal_id])[0]
            old.must_be_renewable(now, self._window)
            waiting = work.seals.find(replaces=old.id, state=ON_THE_WAY)
            if waiting is not None:
                return waiting
            seal = successor(work, old, now)
            if self._same_face(old, seal):
                seal = replace(seal, picture=old.picture)
            work.seals.put(seal)
            note(work, actor, "seal:apply", seal.id, now, type=seal.type, renews=old.id)
            self._tell(work, actor, News.SEAL_RENEWING, [seal])
            work.commit()
        return seal

    def remake(self, actor: Actor, seal_ids: Sequence[str]) -> list[Seal]:
        """重新制作: frozen seals are cancelled, new ones wait for collection.

        What was sealed before the loss stays good. Raises NotAllowed, NotFound or
        WrongSealState.
        """
        actor.must_manage()
        with self._open_work() as work:
            frozen = _locked(work, actor, seal_ids)
            for seal in frozen:
                if seal.state is not SealState.FROZEN:
                    raise WrongSealState(seal.state, SealEvent.CANCEL)
            made = remade(work, actor, frozen, CancelReason.REMADE, self._now())
            self._tell(work, actor, News.SEAL_REMAKING, made)
            work.commit()
        return made

    def _same_face(self, old: Seal, new: Seal) -> bool:
        """Whether the face still says what is true: drawn anew after 更名, and for name seals of
        an enterprise, whose 法定代表人 may be another one now.
        """
        face = self._province.seal_type(old.type).face
        return old.holder_name == new.holder_name and face != FaceKind.LEGAL_REPRESENTATIVE

    def _tell(self, work: Work, actor: Actor, kind: News, seals: Sequence[Seal]) -> None:
        names = "、".join(seal.name for seal in seals)
        tell_owners(work, actor.holder_id, kind, self._now(), by=actor, seals=names)


def remade(
    work: Work, actor: Actor, seals: Sequence[Seal], reason: CancelReason, now: datetime
) -> list[Seal]:
    """Cancel *seals* of one holder, which the caller has locked; new ones wait in their places."""
    made: list[Seal] = []
    by = {"actor": actor.person.id, "channel": actor.channel}
    for seal in seals:
        _cancelled(work, seal, now)
        note_system(work, seal.holder_id, SealEvent.CANCEL, seal.id, now, reason=reason, **by)
        fresh = successor(work, seal, now, made[0].application_id if made else "")
        if fresh.holder_name == seal.holder_name and not _frozen_by_registry(work, seal):
            fresh = replace(fresh, picture=seal.picture)
        work.seals.put(fresh)
        detail = {"type": fresh.type, "remakes": seal.id, **by}
        note_system(work, seal.holder_id, "seal:apply", fresh.id, now, **detail)
        made.append(fresh)
    return made


def _frozen_by_registry(work: Work, seal: Seal) -> bool:
    """Whether what the face says is not true any more."""
    frozen = work.audit.last(seal.holder_id, seal.id, SealEvent.FREEZE)
    return frozen is not None and frozen.detail.get("reason", "").startswith("registry_")


def successor(work: Work, old: Seal, now: datetime, application_id: str = "") -> Seal:
    """A 待领取 seal of the same type and size for the same holder, under his present name.

    Belongs to the application named, or to a new one with the old one's answers.
    """
    application = work.applications.get(old.application_id)
    owner = work.organisations.find(id=old.holder_id)
    name = owner.name if owner else old.holder_name
    if not application_id:
        application_id = new_id()
        work.applications.put(
            replace(application, id=application_id, holder_name=name, submitted_at=now)
        )
    return replace(
        old,
        id=new_id(),
        application_id=application_id,
        holder_name=name,
        collector_id="",
        name=old.name.replace(old.holder_name, name, 1),
        state=SealState.READY,
        opinion="",
        applied_at=now,
        reviewed_at=now,
        collected_at=None,
        valid_from=None,
        valid_to=None,
        certificate=b"",
        chain=(),
        ses=b"",
        picture=b"",
        replaces=old.id,
        reminded=0,
    )


def forget_keys(work: Work, seal_id: str, now: datetime) -> None:
    """Delete every wrap of the seal's key: it can never sign again, on nobody's grant."""
    end_grants(work, GrantEnd.SEAL_GONE, now, seal_id=seal_id)
    for key in work.seal_keys.select(seal_id=seal_id, limit=10_000):
        work.seal_keys.delete(key.id)


def _cancelled(work: Work, seal: Seal, now: datetime) -> Seal:
    seal = seal.after(SealEvent.CANCEL)
    work.seals.put(seal)
    forget_keys(work, seal.id, now)
    return seal


def _locked(work: Work, actor: Actor, seal_ids: Sequence[str]) -> list[Seal]:
    """The actor's seals, locked in one order for everybody. Raises NotFound."""
    if not seal_ids:
        raise NotFound("seals")
    locked = {seal_id: work.seals.lock(seal_id) for seal_id in sorted(set(seal_ids))}
    for seal in locked.values():
        if seal.holder_id != actor.holder_id:
            raise NotFound(seal.id)
    return [locked[seal_id] for seal_id in dict.fromkeys(seal_ids)]


def _tidy(words: str) -> str:
    return words.replace("\0", "").strip()[:WORDS_LENGTH]  # PostgreSQL keeps no NUL
