"""停用, 注销, 挂失, 续期, 重新制作, 到期: what becomes of a seal, its keys, files and owners."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from jobs.verification import OwnRegister
from seal_core.domain.holders import Actor, NotAllowed, NotFound
from seal_core.domain.records import News
from seal_core.domain.seals import (
    CancelReason,
    RenewalTooEarly,
    Seal,
    SealEvent,
    SealNotUsable,
    SealState,
    WrongSealState,
)
from seal_core.services.applications import AlreadyApplied
from seal_core.services.lives import LifeService, Wish
from seal_core.services.terms import collect_by
from tests.support.house import PIN, House
from tests.support.people import COLLEAGUE
from verify.status import Standing


def state(house: House, actor: Actor, seal: Seal) -> SealState:
    return house.holdings.seal(actor, seal.id).state


def keys_of(house: House, seal: Seal) -> int:
    with house.open_work() as work:
        return work.seal_keys.count(seal_id=seal.id)


def near_the_end(house: House, seal: Seal, days: float) -> None:
    """Let time pass until *days* before the end of *seal*."""
    assert seal.valid_to is not None
    left = seal.valid_to - house.clock()
    house.clock.advance(seconds=(left - timedelta(days=days)).total_seconds())


def collected(house: House, actor: Actor, *seals: Seal) -> list[Seal]:
    ids = [seal.id for seal in seals]
    house.collection.collect_with_pin(actor, ids, PIN)
    house.work()
    return [house.holdings.seal(actor, seal_id) for seal_id in ids]


# --- 停用, 注销 ------------------------------------------------------------------------


def test_a_cancelled_seal_has_no_key_any_more(house: House, owner: Actor) -> None:
    """
    One or all of an enterprise's seals, all or none; nobody can open the keys again.
    """
    seals = house.issued(owner, "statutory_name", "contract")
    waiting = house.holdings.seal(owner, house.approved(owner, "finance")[0])
    done = house.lives.cancel(
        owner, [s.id for s in (*seals, waiting)], CancelReason.ENTERPRISE_CLOSED
    )
    assert {s.state for s in done} == {SealState.CANCELLED}
    assert [keys_of(house, seal) for seal in seals] == [0, 0]
    with house.open_work() as work:
        record = work.audit.last(owner.holder_id, seals[0].id, SealEvent.CANCEL)
    assert record is not None
    assert record.detail == {"reason": "enterprise_closed", "words": ""}
    fresh = house.issued(owner, "legal_representative")[0]
    with pytest.raises(WrongSealState):
        house.lives.cancel(owner, [fresh.id, seals[0].id], CancelReason.OTHER, "又来")
    assert state(house, owner, fresh) is SealState.ACTIVE


def test_the_other_owners_hear_of_it(house: House, owner: Actor) -> None:
    """
    Who did it in a chat has the answer there; done on the PC, his own phone tells him, too.
    """
    seal = house.issued(owner)[0]
    house.lives.pause(owner, seal.id, SealEvent.SUSPEND, "暂时不用")
    assert News.SEAL_SUSPENDED not in house.news(owner)
    at_the_desk = Actor(owner.person, owner.organisation, owner.role, "pc")
    house.lives.pause(at_the_desk, seal.id, SealEvent.RESUME, "")
    assert house.news(owner)[-1] is News.SEAL_RESUMED


Change = Callable[[LifeService, Actor, str], object]
CHANGES: dict[str, Change] = {
    "pause": lambda lives, actor, seal: lives.pause(actor, seal, SealEvent.SUSPEND, ""),
    "cancel": lambda lives, actor, seal: lives.cancel(actor, [seal], CancelReason.OTHER),
    "lost": lambda lives, actor, seal: lives.report_lost(actor, [seal]),
    "renew": lambda lives, actor, seal: lives.renew(actor, seal),
    "remake": lambda lives, actor, seal: lives.remake(actor, [seal]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_nobody_else_leads_a_seal_s_life(
    house: House, owner: Actor, stranger: Actor, change: str
) -> None:
    """
    A stranger finds no seal, a member may not, nothing changes, and nothing is possible for them.
    """
    seal = house.issued(owner)[0]
    colleague = house.signed_in(COLLEAGUE, "openid-3")
    with pytest.raises(NotFound):
        CHANGES[change](house.lives, stranger, seal.id)
    with pytest.raises(NotAllowed):
        CHANGES[change](house.lives, colleague, seal.id)
    assert house.holdings.seal(owner, seal.id) == seal
    for actor in (stranger, colleague):
        assert house.lives.possible(actor, seal) == ()


def test_without_a_seal_nothing_is_done(house: House, owner: Actor) -> None:
    """
    An empty list is no way to "all of them".
    """
    with pytest.raises(NotFound):
        house.lives.cancel(owner, [], CancelReason.OTHER)


# --- 挂失, 重新制作 --------------------------------------------------------------------


def test_a_lost_seal_is_frozen_at_once_and_made_anew(house: House, owner: Actor) -> None:
    """
    No PIN is asked for the freeze; what was confirmed before it is not sealed after it, and the
    register tells verifiers the moment of the report, not of the later cancellation.
    """
    seal = house.issued(owner)[0]
    order = house.ordered(owner, seal)
    house.lives.report_lost(owner, [seal.id], "手机丢了")
    with pytest.raises(SealNotUsable):
        house.sealing.confirm_with_pin(owner, order.id, PIN)
    register = OwnRegister(house.open_work)
    reported = house.clock()
    status = register.look_up(seal.id)
    assert status is not None
    assert (status.standing, status.since) == (Standing.SUSPENDED, reported)

    house.clock.advance(days=3)
    (fresh,) = house.lives.remake(owner, [seal.id])
    status = register.look_up(seal.id)
    assert status is not None
    assert (status.standing, status.since) == (Standing.REVOKED, reported)
    assert state(house, owner, seal) is SealState.CANCELLED
    assert keys_of(house, seal) == 0
    assert (fresh.state, fresh.replaces) == (SealState.READY, seal.id)
    (made,) = collected(house, owner, fresh)
    assert made.state is SealState.ACTIVE
    assert made.certificate != seal.certificate
    house.sealing.confirm_with_pin(owner, house.ordered(owner, made).id, PIN)


def test_only_frozen_seals_are_made_anew(house: House, owner: Actor) -> None:
    """
    Two lost ones share one application; a good one is not thrown away with them.
    """
    seals = house.issued(owner, "statutory_name", "contract", "finance")
    lost = [seal.id for seal in seals[:2]]
    house.lives.report_lost(owner, lost)
    with pytest.raises(WrongSealState):
        house.lives.remake(owner, [seal.id for seal in seals])
    made = house.lives.remake(owner, lost)
    assert len({seal.application_id for seal in made}) == 1
    assert state(house, owner, seals[2]) is SealState.ACTIVE
    assert house.applications.count(owner) == 5, "replacements stand in 申领记录"


# --- 续期 ------------------------------------------------------------------------------


@pytest.mark.parametrize("days_left", [20.0, 0.0, -400.0])
def test_a_renewed_seal_looks_the_same_and_has_a_new_key(
    house: House, owner: Actor, days_left: float
) -> None:
    """
    Before the end, at it and long after; the old one serves until the new one is made.
    """
    seal = house.issued(owner)[0]
    with pytest.raises(RenewalTooEarly):
        house.lives.renew(owner, seal.id)
    near_the_end(house, seal, days_left)
    house.terms.run()
    assert Wish.RENEW in house.lives.possible(owner, house.holdings.seal(owner, seal.id))
    waiting = house.lives.renew(owner, seal.id)
    assert house.lives.renew(owner, seal.id) == waiting, "asked twice, it is one"
    served = SealState.ACTIVE if days_left > 0 else SealState.EXPIRED
    assert state(house, owner, seal) is served
    (made,) = collected(house, owner, waiting)
    assert state(house, owner, seal) is SealState.RENEWED
    assert (made.picture, made.name) == (seal.picture, seal.name)
    assert made.valid_to is not None
    assert seal.valid_to is not None
    assert made.valid_to > seal.valid_to
    assert (keys_of(house, seal), keys_of(house, made)) == (0, 1)
    status = OwnRegister(house.open_work).look_up(seal.id)
    assert status is not None
    assert (status.standing, status.since) == (Standing.REVOKED, house.clock())
    house.sealing.confirm_with_pin(owner, house.ordered(owner, made).id, PIN)
    with pytest.raises(WrongSealState):
        house.lives.renew(owner, seal.id)


def test_a_renewal_under_way_is_no_second_seal(house: House, owner: Actor) -> None:
    """
    The type counts as taken, and cancelling the old seal does not stop the new one.
    """
    seal = house.issued(owner)[0]
    form = house.form(owner)
    near_the_end(house, seal, 3)
    waiting = house.lives.renew(owner, seal.id)
    house.lives.cancel(owner, [seal.id], CancelReason.DATA_CHANGED)
    with pytest.raises(AlreadyApplied):
        house.applications.submit(owner, form)
    (made,) = collected(house, owner, waiting)
    assert made.state is SealState.ACTIVE
    assert state(house, owner, seal) is SealState.CANCELLED


# --- what time does --------------------------------------------------------------------


def test_seals_expire_by_themselves_and_their_owners_are_reminded(
    house: House, owner: Actor
) -> None:
    """
    30, 7 and 1 days before, once each, one message for all seals of a holder, however often
    the worker looks; then 到期, also of a stopped seal.
    """
    seals = house.issued(owner, "statutory_name", "contract")
    told = len(house.news(owner))
    house.terms.run()
    for days in (29.5, 29, 7, 6.5, 0.5):
        near_the_end(house, seals[0], days)
        for _ in range(2):
            house.terms.run()
    inbox = house.holdings.inbox(owner)
    reminders = [n for n in inbox if n.kind is News.SEAL_ENDS_SOON]
    assert [n.data["days"] for n in reversed(reminders)] == ["30", "7", "1"]
    assert all(seal.name in reminders[0].data["seals"] for seal in seals)
    house.lives.pause(owner, seals[1].id, SealEvent.SUSPEND, "")
    near_the_end(house, seals[0], -0.1)
    house.terms.run()
    house.terms.run()
    assert {state(house, owner, seal) for seal in seals} == {SealState.EXPIRED}
    assert house.news(owner)[told:].count(News.SEAL_EXPIRED) == 1
    assert house.events(owner.holder_id).count("seal:expire") == 2


def test_reminders_that_were_missed_are_not_made_up_for(house: House, owner: Actor) -> None:
    """
    After a long standstill the nearest one is said, not three at once.
    """
    seal = house.issued(owner)[0]
    near_the_end(house, seal, 0.5)
    for _ in range(3):
        house.terms.run()
    assert house.news(owner).count(News.SEAL_ENDS_SOON) == 1


def test_uncollected_seals_are_reminded_listed_and_cancelled(house: House, owner: Actor) -> None:
    """
    After the province's days; what was collected in time is left alone, and one can apply again.
    """
    ids = house.approved(owner, "statutory_name", "contract")
    seal = house.holdings.seal(owner, ids[0])
    assert seal.reviewed_at is not None
    end = collect_by(seal, house.province)
    assert end == seal.reviewed_at + timedelta(days=90)
    house.clock.advance(days=89.5)
    house.terms.run()
    house.terms.run()
    assert house.news(owner).count(News.COLLECTION_ENDS_SOON) == 1
    (kept,) = collected(house, owner, house.holdings.seal(owner, ids[1]))
    house.clock.advance(days=1)
    house.terms.run()
    house.terms.run()
    assert state(house, owner, seal) is SealState.CANCELLED
    assert state(house, owner, kept) is SealState.ACTIVE
    ended = [n for n in house.holdings.inbox(owner) if n.kind is News.COLLECTION_ENDED]
    assert [n.data["seals"] for n in ended] == [seal.name]
    house.applications.submit(owner, house.form(owner, seal.type))
    assert collect_by(kept, house.province) is None
