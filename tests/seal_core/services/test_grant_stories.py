"""印章授权: confirmed by its grantor, used by exactly one delegate, counted, ended at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from seal_core.domain.grants import (
    DRAFT_LIFE,
    LONGEST,
    MOST_TIMES,
    DelegateNotReady,
    Grant,
    GrantEnd,
    GrantNotOpen,
    GrantNotUsable,
    GrantorWithoutKey,
    GrantState,
    GrantTerms,
    GrantTermsRefused,
)
from seal_core.domain.holders import Actor, NotAllowed, NotFound, Role
from seal_core.domain.keys import KeyUnavailable, ProofRefused
from seal_core.domain.pins import WrongPin
from seal_core.domain.records import News
from seal_core.domain.sealing import SealingTask, TaskState
from seal_core.domain.seals import CancelReason, Seal, SealNotUsable
from storage.audit_check import check
from tests.support.house import CORNER, DELEGATE_PIN, PIN, UNLIMITED, WRONG, House
from tests.support.people import COLLEAGUE, DELEGATE, STRANGER


@pytest.fixture
def seal(house: House, owner: Actor) -> Seal:
    return house.issued(owner)[0]


@pytest.fixture
def delegate(house: House, owner: Actor, seal: Seal) -> Actor:
    return house.joined(owner, DELEGATE, Role.SEAL_USER, "openid-5")


def order_of(house: House, delegate: Actor, seal: Seal, files: int = 1) -> str:
    documents = [house.upload(delegate) for _ in range(files)]
    return house.ordered(delegate, seal, *documents).id


def seals_once(house: House, delegate: Actor, seal: Seal, files: int = 1) -> list[SealingTask]:
    order_id = order_of(house, delegate, seal, files)
    house.sealing.confirm_with_pin(delegate, order_id, DELEGATE_PIN)
    house.work()
    return house.sealing.results(order_id, delegate.person.id)


def now_of(house: House, grant: Grant) -> Grant:
    with house.open_work() as work:
        return work.grants.get(grant.id)


def test_a_delegate_seals_with_his_own_pin(
    house: House, owner: Actor, seal: Seal, delegate: Actor
) -> None:
    """
    The seal's key is wrapped to him at the confirmation; the file is good, 用章详情 names him
    and his grantor, the grantor hears of the grant and of the use, the chain names the grant.
    """
    grant = house.granted(owner, seal, delegate)
    assert house.sealing.usable_seals(delegate) == [seal]
    (task,) = seals_once(house, delegate, seal)
    data = house.documents.data(task.result_id, delegate.person.id)
    assert house.judge.verdict(data, task.document_name) == "valid"

    uses = house.sealing.uses(owner, seal.id)
    used_by = house.sealing.by_whom(uses)[task.order_id]
    assert (used_by.person, used_by.grantor) == (delegate.person.name, owner.person.name)
    assert house.sealing.uses(delegate, seal.id) == uses
    assert house.news(owner)[-2:] == [News.GRANT_GIVEN, News.GRANT_USED]
    assert News.GRANT_RECEIVED in house.news(delegate)
    with house.open_work() as work:
        chain = work.audit.of(owner.holder_id)
    resting = {r.event for r in chain if r.detail.get("grant") == grant.id}
    assert resting == {"order:draw_up", "order:confirm", "key:sign", "seal:use"}
    assert {r.actor_id for r in chain if r.event == "seal:use"} == {delegate.person.id}
    assert check(house.store.database.engine) is None


def test_without_confirmation_there_is_no_grant(
    house: House, owner: Actor, seal: Seal, delegate: Actor
) -> None:
    """
    Drawn up, tried with a wrong PIN, or by the delegate himself: no key, no use; and a draft
    lapses, or is dropped.
    """
    grant = house.grants.draw_up(owner, seal.id, delegate.person.id, UNLIMITED)
    with pytest.raises(WrongPin):
        house.grants.confirm_with_pin(owner, grant.id, WRONG)
    for actor, pin in ((delegate, DELEGATE_PIN), (house.signed_in(STRANGER, "x"), PIN)):
        with pytest.raises((NotAllowed, NotFound)):
            house.grants.confirm_with_pin(actor, grant.id, pin)
    assert house.sealing.usable_seals(delegate) == []
    with pytest.raises(KeyUnavailable):
        order_of(house, delegate, seal)
    house.clock.advance(seconds=DRAFT_LIFE.total_seconds())
    with pytest.raises(GrantNotOpen):
        house.grants.confirm_with_pin(owner, grant.id, PIN)
    house.grants.sweep()
    assert now_of(house, grant).end == GrantEnd.DROPPED

    other = house.grants.draw_up(owner, seal.id, delegate.person.id, UNLIMITED)
    house.grants.drop(owner, other.id)
    with pytest.raises(GrantNotOpen):
        house.grants.confirm_with_pin(owner, other.id, PIN)


def test_willingness_is_bound_to_the_terms(jiangxi: House) -> None:
    """
    江西: the grantor's proof is for this seal, delegate and terms; each use asks the delegate.
    """
    owner = jiangxi.signed_in()
    form = replace(jiangxi.form(owner), document_id="")
    proof = jiangxi.willingness.agree(owner.person, "d")
    application = jiangxi.applications.submit_with_proof(owner, form, proof)
    ids = [seal.id for seal in jiangxi.applications.dossier(application.id)[1]]
    agreed = jiangxi.willingness.agree(owner.person, jiangxi.collection.agreement(owner, ids, "l"))
    jiangxi.collection.collect_with_proof(owner, ids, agreed, "l")
    jiangxi.work()
    delegate = jiangxi.joined(owner, DELEGATE, Role.SEAL_USER, "openid-5")
    with jiangxi.open_work() as work:  # what `joined` did for 山西
        work.guards.delete(delegate.person.id)
        work.user_keys.delete(delegate.person.id)
        work.commit()

    once = jiangxi.grants.draw_up(owner, ids[0], delegate.person.id, GrantTerms(times=1))
    ever = jiangxi.grants.draw_up(owner, ids[0], delegate.person.id, UNLIMITED)
    agreed = jiangxi.willingness.agree(owner.person, jiangxi.grants.agreement(once))
    with pytest.raises(ProofRefused):
        jiangxi.grants.confirm_with_proof(owner, ever.id, agreed)
    jiangxi.grants.confirm_with_proof(owner, once.id, agreed)
    seal = jiangxi.holdings.seal(delegate, ids[0])
    order = jiangxi.ordered(delegate, seal)
    _, _, tasks = jiangxi.sealing.order(order.id, delegate.person.id)
    digest = jiangxi.sealing.agreement(order, tasks)
    by_owner = jiangxi.willingness.agree(owner.person, digest)
    with pytest.raises(ProofRefused):
        jiangxi.sealing.confirm_with_proof(delegate, order.id, by_owner)
    own = jiangxi.willingness.agree(delegate.person, digest)
    jiangxi.sealing.confirm_with_proof(delegate, order.id, own)
    jiangxi.work()
    assert jiangxi.sealing.results(order.id, delegate.person.id)[0].state is TaskState.DONE


# --- counting --------------------------------------------------------------------------


def test_a_use_is_a_document(house: House, owner: Actor, seal: Seal, delegate: Actor) -> None:
    """
    Three uses: two files leave one; another two are refused before a PIN is asked for; the last
    one ends the grant, takes the key back and is told to both.
    """
    grant = house.granted(owner, seal, delegate, GrantTerms(times=3))
    seals_once(house, delegate, seal, 2)
    assert now_of(house, grant).left == 1
    with pytest.raises(GrantNotUsable) as refused:
        order_of(house, delegate, seal, 2)
    assert refused.value.reason == GrantEnd.USED_UP
    seals_once(house, delegate, seal)
    assert (now_of(house, grant).state, now_of(house, grant).end) == ("ended", "used_up")
    assert house.sealing.usable_seals(delegate) == []
    with pytest.raises(KeyUnavailable):
        order_of(house, delegate, seal)
    with house.open_work() as work:
        assert work.seal_keys.count(seal_id=seal.id) == 1
    assert News.GRANT_ENDED in house.news(owner)
    assert News.GRANT_ENDED in house.news(delegate)


def test_a_failed_sealing_gives_its_use_back_once(
    house: House, owner: Actor, seal: Seal, delegate: Actor
) -> None:
    """
    The job may run again: the use comes back once, and the grant goes on.
    """
    grant = house.granted(owner, seal, delegate, GrantTerms(times=2))
    house.judge.forced = "invalid"
    (task,) = seals_once(house, delegate, seal)
    assert task.state is TaskState.FAILED
    for _ in range(3):
        house.sealing.resume(task.id)
    assert now_of(house, grant).left == 2
    house.judge.forced = ""
    seals_once(house, delegate, seal, 2)
    assert now_of(house, grant).end == GrantEnd.USED_UP


def test_the_last_use_goes_once(any_house: House) -> None:
    """
    Six orders over five uses, confirmed at once: five pass, whatever the database.
    """
    owner = any_house.signed_in()
    seal = any_house.issued(owner)[0]
    delegate = any_house.joined(owner, DELEGATE, Role.SEAL_USER, "openid-5")
    grant = any_house.granted(owner, seal, delegate, GrantTerms(times=5))
    orders = [order_of(any_house, delegate, seal) for _ in range(6)]

    def confirm(order_id: str) -> bool:
        try:
            any_house.sealing.confirm_with_pin(delegate, order_id, DELEGATE_PIN)
        except GrantNotUsable:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        passed = list(threads.map(confirm, orders))
    assert sorted(passed) == [False] + [True] * 5
    assert now_of(any_house, grant).left == 0
    any_house.work()
    assert any_house.events(owner.holder_id).count("seal:use") == 5
    assert now_of(any_house, grant).end == GrantEnd.USED_UP


# --- the end ---------------------------------------------------------------------------


def leaves(house: House, owner: Actor, delegate: Actor) -> None:
    (member,) = [m for m in house.members.members(owner) if m.person == delegate.person]
    house.members.change_role(owner, member.membership.id, Role.AUDITOR)


def new_head(house: House, owner: Actor, delegate: Actor) -> None:
    house.signed_in(replace(COLLEAGUE, role=Role.LEGAL_REPRESENTATIVE), "openid-3")


def cancelled(house: House, owner: Actor, delegate: Actor) -> None:
    (seal,) = house.holdings.seals(owner)
    house.lives.cancel(owner, [seal.id], CancelReason.OTHER)


def revoked(house: House, owner: Actor, delegate: Actor) -> None:
    (shown,) = house.grants.grants(owner)
    house.grants.revoke(owner, shown.grant.id)


def run_out(house: House, owner: Actor, delegate: Actor) -> None:
    house.clock.advance(minutes=3)
    house.grants.sweep()


def late(house: House, owner: Actor, delegate: Actor) -> None:
    """The clock alone decides, before anybody swept."""
    house.clock.advance(minutes=3)


ENDS: dict[str, tuple[Callable[[House, Actor, Actor], None], str]] = {
    "revoked": (revoked, GrantEnd.REVOKED),
    "the delegate's role": (leaves, GrantEnd.DELEGATE_LEFT),
    "another 法定代表人": (new_head, GrantEnd.GRANTOR_LEFT),
    "the seal is cancelled": (cancelled, GrantEnd.SEAL_GONE),
    "its time": (run_out, GrantEnd.EXPIRED),
    "its time, not swept": (late, ""),
}


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("confirmed", [False, True])
def test_an_end_is_at_once(
    house: House, owner: Actor, seal: Seal, delegate: Actor, how: str, confirmed: bool
) -> None:
    """
    Neither an order drawn up before nor one confirmed but not yet carried out uses the key; no
    new order is drawn up; the wrap is deleted and both sides are told, once.
    """
    end, why = ENDS[how]
    until = house.clock() + timedelta(minutes=2)
    grant = house.granted(owner, seal, delegate, GrantTerms(until=until, times=9))
    order_id = order_of(house, delegate, seal)
    if confirmed:
        house.sealing.confirm_with_pin(delegate, order_id, DELEGATE_PIN)
    end(house, owner, delegate)
    opened = house.watched.opened
    if confirmed:
        house.work()
        (task,) = house.sealing.results(order_id, delegate.person.id)
        assert task.state is TaskState.FAILED
    else:
        acting = house.sign_in.actor_of(house.account("openid-5"))
        with pytest.raises((GrantNotUsable, NotAllowed, SealNotUsable)):
            house.sealing.confirm_with_pin(acting, order_id, DELEGATE_PIN)
    assert house.watched.opened == opened
    acting = house.sign_in.actor_of(house.account("openid-5"))
    with pytest.raises((GrantNotUsable, NotAllowed, KeyUnavailable, SealNotUsable)):
        order_of(house, acting, seal)
    if not why:
        return
    assert now_of(house, grant).end == why
    with house.open_work() as work:
        assert work.seal_keys.count(person_id=delegate.person.id) == 0
    for side in (owner, delegate):
        assert house.news(side).count(News.GRANT_ENDED) == 1


def test_a_newer_grant_takes_the_place_of_the_older(
    house: House, owner: Actor, seal: Seal, delegate: Actor
) -> None:
    """
    One grant per seal and delegate; orders drawn up on the older one are refused.
    """
    older = house.granted(owner, seal, delegate)
    order_id = order_of(house, delegate, seal)
    newer = house.granted(owner, seal, delegate, GrantTerms(times=1))
    assert now_of(house, older).end == GrantEnd.REPLACED
    with pytest.raises(GrantNotUsable):
        house.sealing.confirm_with_pin(delegate, order_id, DELEGATE_PIN)
    seals_once(house, delegate, seal)
    assert now_of(house, newer).end == GrantEnd.USED_UP


# --- who may grant what ----------------------------------------------------------------


@pytest.mark.parametrize(
    "terms",
    [
        GrantTerms(times=-1),
        GrantTerms(times=MOST_TIMES + 1),
        GrantTerms(until=timedelta()),  # type: ignore[arg-type]  # made a moment below
        GrantTerms(until=LONGEST + timedelta(days=1)),  # type: ignore[arg-type]
    ],
)
def test_terms_are_sane(
    house: House, owner: Actor, seal: Seal, delegate: Actor, terms: GrantTerms
) -> None:
    """
    An end in the future, within three years; a number of uses that a person can mean.
    """
    if terms.until is not None:
        terms = replace(terms, until=house.clock() + terms.until)  # type: ignore[operator]
    with pytest.raises(GrantTermsRefused):
        house.grants.draw_up(owner, seal.id, delegate.person.id, terms)


def test_a_delegate_without_a_pin_is_told(house: House, owner: Actor, seal: Seal) -> None:
    """
    There is no key to wrap to: nothing is granted, and he hears what to do.
    """
    person = house.signed_in(DELEGATE, "openid-5").person
    invitation = house.members.invite(
        owner, person.name, person.id_number, person.mobile, Role.SEAL_USER
    )
    house.members.accept(person, invitation.id, "pc")
    with pytest.raises(DelegateNotReady):
        house.grants.draw_up(owner, seal.id, person.id, UNLIMITED)
    actor = house.sign_in.switch(house.account("openid-5").id, owner.holder_id)
    assert house.news(actor)[-1] is News.PIN_NEEDED
    assert house.grants.grants(owner) == []


def test_only_members_who_may_seal_are_granted(house: House, owner: Actor, seal: Seal) -> None:
    """
    No stranger, no 审计员, not oneself, nobody for a seal of somebody else.
    """
    auditor = house.joined(owner, DELEGATE, Role.AUDITOR, "openid-5")
    stranger = house.signed_in(STRANGER, "openid-2")
    for person in (auditor.person, stranger.person, owner.person):
        with pytest.raises(NotFound):
            house.grants.draw_up(owner, seal.id, person.id, UNLIMITED)
    assert house.grants.candidates(owner) == []
    with pytest.raises(NotAllowed):  # acts for himself: the dialog says who can lend
        house.grants.draw_up(stranger, seal.id, auditor.person.id, UNLIMITED)
    with pytest.raises(NotAllowed):
        house.grants.draw_up(auditor, seal.id, owner.person.id, UNLIMITED)


def test_an_administrator_passes_on_what_he_holds(house: House, owner: Actor, seal: Seal) -> None:
    """
    法人和印章管理员都可授权: he needs the seal himself, without a number of uses, gives no longer
    than he has, and what he gave ends with his own.
    """
    admin = house.joined(owner, DELEGATE, Role.SEAL_ADMINISTRATOR, "openid-5")
    user = house.joined(owner, STRANGER, Role.SEAL_USER, "openid-2")
    month = house.clock() + timedelta(days=30)
    with pytest.raises(GrantorWithoutKey):
        house.grants.draw_up(admin, seal.id, user.person.id, UNLIMITED)
    house.granted(owner, seal, admin, GrantTerms(times=5))
    with pytest.raises(GrantorWithoutKey):
        house.grants.draw_up(admin, seal.id, user.person.id, GrantTerms(times=1))
    own = house.granted(owner, seal, admin, GrantTerms(until=month))
    with pytest.raises(GrantTermsRefused):
        house.grants.draw_up(admin, seal.id, user.person.id, UNLIMITED)
    passed = house.grants.draw_up(admin, seal.id, user.person.id, GrantTerms(until=month))
    house.grants.confirm_with_pin(admin, passed.id, DELEGATE_PIN)
    seals_once(house, user, seal)
    assert house.news(owner)[-1] is News.GRANT_GIVEN  # the 法定代表人 hears of it as well
    house.grants.revoke(owner, own.id)
    assert now_of(house, passed).end == GrantEnd.GRANTOR_LEFT
    with pytest.raises(KeyUnavailable):
        house.ordered(user, seal)


def test_what_one_sees_of_grants(house: House, owner: Actor, seal: Seal, delegate: Actor) -> None:
    """
    Managers and 审计员 see all, a delegate his own, another member none; only managers revoke.
    """
    grant = house.granted(owner, seal, delegate)
    auditor = house.joined(owner, STRANGER, Role.AUDITOR, "openid-2")
    for actor in (owner, auditor, delegate):
        assert [shown.grant.id for shown in house.grants.grants(actor)] == [grant.id]
    for actor in (auditor, delegate):
        with pytest.raises(NotAllowed):
            house.grants.revoke(actor, grant.id)
    (member,) = [m for m in house.members.members(owner) if m.person == auditor.person]
    house.members.change_role(owner, member.membership.id, Role.MEMBER)
    plain = house.sign_in.actor_of(house.account("openid-2"))
    assert house.grants.grants(plain) == []
    with pytest.raises(NotFound):
        house.grants.grant(plain, grant.id)
    with pytest.raises(NotAllowed):
        house.holdings.log(plain)
    assert house.grants.grant(delegate, grant.id).grant.state is GrantState.ACTIVE
    with pytest.raises(NotFound):
        house.sealing.draw_up(delegate, seal.id, [house.upload(owner).id], CORNER)
