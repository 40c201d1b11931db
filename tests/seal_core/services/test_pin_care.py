"""密码管理 without the PIN: identity proved anew unlocks, or starts over with new seals."""

from __future__ import annotations

import pytest

from seal_core.domain.holders import Actor
from seal_core.domain.keys import KeyUnavailable, Proof, ProofRefused
from seal_core.domain.pins import TRIES, PinGuard, PinLocked, PinNotSet, WrongPin
from seal_core.domain.records import News
from seal_core.domain.seals import SealEvent, SealState, WrongSealState
from seal_core.domain.secrets import Pin
from seal_core.errors import SealError
from tests.support.house import PIN, WRONG, House

NEW = Pin("460281")


def proof(house: House, actor: Actor, purpose: str, occasion: str = "once") -> Proof:
    digest = house.pin_care.agreement(actor, purpose, occasion)
    return house.willingness.agree(actor.person, digest)


def locked(house: House, actor: Actor) -> None:
    for _ in range(TRIES):
        with pytest.raises(SealError):
            house.pins.prove(actor.person.id, WRONG)


def test_identity_unlocks_the_counter(house: House, owner: Actor) -> None:
    """
    Five more tries for the same PIN; the seals are the same, and the person is told.
    """
    seal = house.issued(owner)[0]
    locked(house, owner)
    assert house.pins.is_locked(owner.person.id)
    house.pin_care.unlock(owner, proof(house, owner, "unlock"), "once")
    assert not house.pins.is_locked(owner.person.id)
    assert house.news(owner)[-1] is News.PIN_UNLOCKED
    with pytest.raises(WrongPin) as refusal:
        house.pins.prove(owner.person.id, WRONG)
    assert refusal.value.attempts_left == TRIES - 1
    house.sealing.confirm_with_pin(owner, house.ordered(owner, seal).id, PIN)


def test_a_reset_makes_new_seals_and_takes_a_new_pin(house: House, owner: Actor) -> None:
    """
    The old PIN opens nothing, every wrap under it is gone; the new seals need no review and
    work with the new PIN. A frozen seal is left to 重新制作.
    """
    seals = house.issued(owner, "statutory_name", "contract", "finance")
    house.lives.pause(owner, seals[1].id, SealEvent.SUSPEND, "")
    house.lives.report_lost(owner, [seals[2].id])
    lost = house.pin_care.lost_with_pin(owner)
    assert {seal.id for seal in lost} == {seal.id for seal in seals[:2]}
    made = house.pin_care.reset(owner, proof(house, owner, "reset"), "once")
    assert {(seal.type, seal.state) for seal in made} == {
        (seal.type, SealState.READY) for seal in seals[:2]
    }
    states = [house.holdings.seal(owner, seal.id).state for seal in seals]
    assert states == [SealState.CANCELLED, SealState.CANCELLED, SealState.FROZEN]
    with house.open_work() as work:
        assert work.seal_keys.count(person_id=owner.person.id) == 0
        assert work.user_keys.find(person_id=owner.person.id) is None
    with pytest.raises(PinNotSet):
        house.pins.prove(owner.person.id, PIN)
    told = house.holdings.inbox(owner)[0]
    assert told.kind is News.PIN_RESET
    assert all(seal.name in told.data["seals"] for seal in made)

    house.collection.collect_with_pin(owner, [seal.id for seal in made], NEW)
    house.work()
    fresh = house.holdings.seal(owner, made[0].id)
    order = house.ordered(owner, fresh)
    with pytest.raises(WrongPin):
        house.sealing.confirm_with_pin(owner, order.id, PIN)
    house.sealing.confirm_with_pin(owner, order.id, NEW)
    (again,) = house.lives.remake(owner, [seals[2].id])
    house.collection.collect_with_pin(owner, [again.id], NEW)


def test_a_reset_unlocks_as_well_and_needs_no_seals(house: House, owner: Actor) -> None:
    """
    Whoever has no seals yet just sets another PIN; a second run finds nothing to do.
    """
    house.pins.set_first(owner.person.id, PIN)
    locked(house, owner)
    for occasion in ("once", "twice"):
        given = proof(house, owner, "reset", occasion)
        assert house.pin_care.reset(owner, given, occasion) == []
    house.pins.set_first(owner.person.id, NEW)
    house.pins.prove(owner.person.id, NEW)


@pytest.mark.parametrize("purpose", ["unlock", "reset"])
def test_no_other_proof_will_do(house: House, owner: Actor, stranger: Actor, purpose: str) -> None:
    """
    Not somebody else's, not one for another purpose, not one of another occasion.
    """
    house.pins.set_first(owner.person.id, PIN)
    locked(house, owner)
    other = {"unlock": "reset", "reset": "unlock"}[purpose]
    act = getattr(house.pin_care, purpose)
    for given in (
        proof(house, stranger, purpose),
        proof(house, owner, other),
        proof(house, owner, purpose, "another"),
        Proof(owner.person.id, "", "session"),
    ):
        with pytest.raises(ProofRefused):
            act(owner, given, "once")
    with pytest.raises(PinLocked):
        house.pins.prove(owner.person.id, PIN)


def test_nothing_is_reset_under_a_seal_that_is_being_made(house: House, owner: Actor) -> None:
    """
    Its key is being wrapped to the user key that would go.
    """
    ids = house.approved(owner)
    house.collection.collect_with_pin(owner, ids, PIN)
    with pytest.raises(WrongSealState):
        house.pin_care.reset(owner, proof(house, owner, "reset"), "once")
    house.work()
    assert house.holdings.seal(owner, ids[0]).state is SealState.ACTIVE
    house.pins.prove(owner.person.id, PIN)


def test_a_change_that_a_reset_overtook_brings_nothing_back(
    house: House, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    While the old key was being wrapped anew, the person started over: the old key stays gone.
    """
    person = owner.person.id
    house.pins.set_first(person, PIN)
    rewrap = house.keeper.rewrap

    def overtaken(verifier: bytes, *others: object) -> object:
        done = rewrap(verifier, *others)  # type: ignore[arg-type]
        house.pin_care.reset(owner, proof(house, owner, "reset"), "once")
        house.pins.set_first(person, WRONG)
        return done

    monkeypatch.setattr(house.watched, "rewrap", overtaken, raising=False)
    with pytest.raises(KeyUnavailable):
        house.pins.change(person, PIN, NEW)
    house.pins.prove(person, WRONG)


def test_changing_the_pin_is_told(house: House, owner: Actor) -> None:
    """
    In case it was not he who changed it; wrong old PINs count as everywhere.
    """
    person = owner.person.id
    house.pins.set_first(person, PIN)
    with pytest.raises(WrongPin):
        house.pins.change(person, WRONG, NEW)
    house.pins.change(person, PIN, NEW)
    assert house.news(owner)[-1] is News.PIN_CHANGED
    with house.open_work() as work:
        assert work.guards.get(person).tries == 0
    assert PinGuard(person, b"", TRIES, house.clock()).locked
