"""印章密码: five tries for everybody together, counted before the PIN is looked at."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from seal_core.domain.holders import Actor
from seal_core.domain.pins import TRIES, PinAlreadySet, PinLocked, PinNotSet, WrongPin
from seal_core.domain.records import News
from seal_core.domain.secrets import Pin, WeakPin
from seal_core.errors import SealError
from tests.support.house import PIN, WRONG, House


def outcome(house: House, person_id: str, pin: Pin) -> str:
    try:
        house.pins.prove(person_id, pin)
    except SealError as refusal:
        return refusal.code
    return "right"


def test_a_pin_is_set_once(house: House, owner: Actor) -> None:
    """
    A second "first PIN" does not replace the one that wraps the keys.
    """
    person = owner.person.id
    with pytest.raises(PinNotSet):
        house.pins.prove(person, PIN)
    assert not house.pins.is_set(person)
    house.pins.set_first(person, PIN)
    with pytest.raises(PinAlreadySet):
        house.pins.set_first(person, WRONG)
    house.pins.prove(person, PIN)


def test_first_pins_that_race_leave_one(any_house: House) -> None:
    """
    Two devices that set the first PIN at once: one is set, the other hears of it.
    """

    def set_pin(number: int) -> str:
        try:
            any_house.pins.set_first("person", Pin(f"73915{number}"))
        except PinAlreadySet as refusal:
            return refusal.code
        return "set"

    with ThreadPoolExecutor(6) as threads:
        outcomes = sorted(threads.map(set_pin, range(6)))
    assert outcomes == ["pin.already_set"] * 5 + ["set"]


def test_the_fifth_wrong_pin_locks(house: House, owner: Actor) -> None:
    """
    Then even the right one is refused and the person is told; every try is in the audit chain.
    """
    person = owner.person.id
    house.pins.set_first(person, PIN)
    for left in (4, 3, 2, 1):
        with pytest.raises(WrongPin) as refusal:
            house.pins.prove(person, WRONG)
        assert refusal.value.attempts_left == left
    for pin in (WRONG, PIN):
        with pytest.raises(PinLocked):
            house.pins.prove(person, pin)
    assert house.news(owner)[-1] is News.PIN_LOCKED
    assert house.events(person).count("pin:wrong") == TRIES


def test_the_right_pin_forgets_the_wrong_ones(house: House, owner: Actor) -> None:
    """
    Also with the last try.
    """
    person = owner.person.id
    house.pins.set_first(person, PIN)
    for _ in range(3):
        tries = [outcome(house, person, WRONG) for _ in range(4)]
        assert tries == ["pin.wrong"] * 4
        assert outcome(house, person, PIN) == "right"


def test_a_hundred_tries_at_once_are_five(any_house: House) -> None:
    """
    Whatever the channels: not more than five PINs are ever looked at (faults F32).
    """
    any_house.pins.set_first("person", PIN)
    any_house.watched.checked = 0
    with ThreadPoolExecutor(12) as threads:
        outcomes = list(
            threads.map(lambda n: outcome(any_house, "person", Pin(f"{n:06}")), range(100))
        )
    assert any_house.watched.checked <= TRIES
    assert outcomes.count("pin.wrong") == TRIES - 1
    assert outcomes.count("pin.locked") == 100 - TRIES + 1


def test_a_try_that_dies_is_counted(
    house: House, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The count is committed before the PIN is looked at: a crash gives no free guess.
    """
    person = owner.person.id
    house.pins.set_first(person, PIN)

    def crash(*_: object) -> bool:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(house.watched, "matches", crash)
        for _ in range(TRIES):
            with pytest.raises(MemoryError):
                house.pins.prove(person, PIN)
    with pytest.raises(PinLocked):
        house.pins.prove(person, PIN)


def test_a_new_sign_in_unlocks(house: House, owner: Actor) -> None:
    """
    Identity proved anew opens the guard; a sign-in without a lock leaves the count alone.
    """
    person = owner.person.id
    house.pins.set_first(person, PIN)
    assert [outcome(house, person, WRONG) for _ in range(3)] == ["pin.wrong"] * 3
    house.signed_in()
    assert [outcome(house, person, WRONG) for _ in range(3)] == ["pin.wrong", *["pin.locked"] * 2]
    house.signed_in()
    assert outcome(house, person, PIN) == "right"
    assert "pin:unlock" in house.events(owner.holder_id)


def test_a_changed_pin_opens_the_same_seals(house: House, owner: Actor) -> None:
    """
    修改印章密码 needs the old one and a strong new one.
    """
    seal = house.issued(owner)[0]
    new = Pin("460281")
    with pytest.raises(WrongPin):
        house.pins.change(owner.person.id, WRONG, new)
    with pytest.raises(WeakPin):
        house.pins.change(owner.person.id, PIN, Pin("123456"))
    house.pins.change(owner.person.id, PIN, new)
    order = house.ordered(owner, seal)
    with pytest.raises(WrongPin):
        house.sealing.confirm_with_pin(owner, order.id, PIN)
    house.sealing.confirm_with_pin(owner, order.id, new)


WEAK = ["", "12345", "1234567890123", "123456", "987654", "111111", "121212", "112112", "١٢٣٤٥٦"]


@pytest.mark.parametrize("digits", WEAK)
def test_weak_pins_are_refused(house: House, owner: Actor, digits: str) -> None:
    """
    Wrong shapes, runs, repeats, and digits that only look like digits.
    """
    with pytest.raises(WeakPin):
        house.pins.set_first(owner.person.id, Pin(digits))
    assert not house.pins.is_set(owner.person.id)
