"""What a grant does inside other work: it carries an order, is spent, given back, ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from seal_core.domain.grants import Grant, GrantEnd, GrantNotUsable, GrantState
from seal_core.domain.holders import Actor, Role
from seal_core.domain.keys import KeyUnavailable
from seal_core.domain.records import News
from seal_core.domain.sealing import OrderState, SealingOrder
from seal_core.domain.seals import Seal
from seal_core.ports import Work
from seal_core.services.telling import SYSTEM, note_system, tell


@dataclass(frozen=True, slots=True)
class UsedBy:
    """Who used a seal; *grantor* lent it to him, empty for whom it belongs to."""

    person_id: str
    person: str
    grantor: str


NOT_ENDED = (GrantState.PENDING, GrantState.ACTIVE)
SILENT = frozenset({GrantEnd.DROPPED, GrantEnd.REPLACED})
"""Ends that nobody needs to hear of: nothing was lost, or something newer took its place."""


def needs_grant(actor: Actor, seal: Seal) -> bool:
    """Whether the seal is somebody else's to use: it was collected by another.

    The 法定代表人 answers for every seal of the enterprise and needs nobody's leave.
    """
    if actor.organisation is None or actor.role is Role.LEGAL_REPRESENTATIVE:
        return False
    return seal.collector_id != actor.person.id


def grant_of(work: Work, seal_id: str, delegate_id: str) -> Grant | None:
    """The grant in force as the record says; its time and uses are for the caller to check."""
    return work.grants.find(seal_id=seal_id, delegate_id=delegate_id, state=GrantState.ACTIVE)


def used_by(work: Work, order_id: str) -> UsedBy:
    order = work.orders.get(order_id)
    grantor = ""
    if order.grant_id:
        grantor = work.people.get(work.grants.get(order.grant_id).grantor_id).name
    return UsedBy(order.person_id, work.people.get(order.person_id).name, grantor)


def may_use(work: Work, actor: Actor, seal: Seal, now: datetime) -> bool:
    try:
        leave(work, actor, seal, 1, now)
    except (KeyUnavailable, GrantNotUsable):
        return False
    return True


def leave(work: Work, actor: Actor, seal: Seal, uses: int, now: datetime) -> str:
    """The grant that lets *actor* seal *uses* documents; empty if he needs none.

    Raises KeyUnavailable or GrantNotUsable.
    """
    if work.seal_keys.find(seal_id=seal.id, person_id=actor.person.id) is None:
        raise KeyUnavailable(seal.id)
    if not needs_grant(actor, seal):
        return ""
    grant = grant_of(work, seal.id, actor.person.id)
    if grant is None:
        raise KeyUnavailable(seal.id)
    grant.must_allow(uses, now)
    return grant.id


def must_rest(
    work: Work, actor: Actor, order: SealingOrder, seal: Seal, uses: int, now: datetime
) -> None:
    """Refuse an order whose grant has ended, was replaced, or has too few uses left."""
    if order.grant_id:
        work.grants.get(order.grant_id).must_allow(uses, now)
    elif needs_grant(actor, seal):
        raise KeyUnavailable(seal.id)  # it was his when he drew the order up


def must_be_in_force(work: Work, order: SealingOrder, now: datetime) -> None:
    """Raises GrantNotUsable; the uses themselves were spent at the confirmation."""
    if order.grant_id:
        work.grants.get(order.grant_id).must_be_in_force(now)


def resting(order: SealingOrder) -> dict[str, str]:
    """For the audit: the grant an order rests on."""
    return {"grant": order.grant_id} if order.grant_id else {}


def spend(work: Work, grant_id: str, uses: int, now: datetime) -> None:
    """Take *uses* documents from a grant, before any key is touched. Raises GrantNotUsable.

    The record is locked, so that two orders at once cannot take the last use twice.
    """
    if grant_id:
        work.grants.put(work.grants.lock(grant_id).spent(uses, now))


def give_back(work: Work, grant_id: str) -> None:
    """One document was not sealed; the caller settles a task once, so a use comes back once."""
    if grant_id:
        work.grants.put(work.grants.lock(grant_id).given_back())


def settle_uses(work: Work, grant_id: str, now: datetime, **told: str) -> None:
    """An order on this grant is done: its grantor hears, and a grant without uses ends."""
    if not grant_id:
        return
    grant = work.grants.lock(grant_id)
    left = "" if grant.left is None else str(grant.left)
    seal, delegate = work.seals.get(grant.seal_id), work.people.get(grant.delegate_id)
    used = {"seal": seal.name, "delegate": delegate.name, "left": left}
    tell(work, grant.grantor_id, News.GRANT_USED, now, **used, **told)
    waiting = work.orders.count(grant_id=grant.id, state=OrderState.CONFIRMED)
    if grant.left == 0 and not waiting and grant.state is GrantState.ACTIVE:
        end_grant(work, grant, GrantEnd.USED_UP, now)


def end_grants(work: Work, why: GrantEnd, now: datetime, *, by: str = SYSTEM, **equal: Any) -> None:
    """End all grants whose fields equal these; *by* is who did it, if it was a person."""
    for found in work.grants.select(limit=1000, state=NOT_ENDED, **equal):
        grant = work.grants.lock(found.id)
        if grant.state in NOT_ENDED:
            end_grant(work, grant, why, now, by=by)


def end_grant(
    work: Work, grant: Grant, why: GrantEnd, now: datetime, *, by: str = SYSTEM, channel: str = ""
) -> None:
    """End a grant that the caller has locked; the delegate's key goes with it at once.

    What the delegate passed on ends, too: it rested on his own.
    """
    work.grants.put(grant.ended(why, now))
    if grant.state is GrantState.ACTIVE:
        if key := work.seal_keys.find(seal_id=grant.seal_id, person_id=grant.delegate_id):
            work.seal_keys.delete(key.id)
        if why not in SILENT:
            _tell_of_end(work, grant, why, now)
    detail = {"actor": by, "seal": grant.seal_id, "delegate": grant.delegate_id, "why": str(why)}
    if channel:
        detail["channel"] = channel
    note_system(work, grant.holder_id, "grant:end", grant.id, now, **detail)
    rested = {"seal_id": grant.seal_id, "grantor_id": grant.delegate_id}
    if grant.state is GrantState.ACTIVE and why is not GrantEnd.REPLACED:
        end_grants(work, GrantEnd.GRANTOR_LEFT, now, by=by, **rested)


def _tell_of_end(work: Work, grant: Grant, why: GrantEnd, now: datetime) -> None:
    seal, delegate = work.seals.get(grant.seal_id), work.people.get(grant.delegate_id)
    told = {"seal": seal.name, "delegate": delegate.name, "why": str(why)}
    for person_id in dict.fromkeys((grant.grantor_id, grant.delegate_id)):
        tell(work, person_id, News.GRANT_ENDED, now, **told)
