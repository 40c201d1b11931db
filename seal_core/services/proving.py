"""Proving oneself: 印章密码 with its counter, or 意愿认证 bound to what is agreed to."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TypeVar

from seal_core.domain.holders import Person
from seal_core.domain.keys import KeyUnavailable, UserKey
from seal_core.domain.pins import PinAlreadySet, PinGuard, PinLocked, PinNotSet, WrongPin
from seal_core.domain.records import News
from seal_core.domain.secrets import Pin
from seal_core.gm import sm3
from seal_core.ports import Clock, KeyKeeper, OpenWork
from seal_core.services.telling import note_system, tell

R = TypeVar("R")


def digest_of(agreement: Mapping[str, str]) -> str:
    """SM3 (hex) of what a person agrees to, in canonical JSON: what 意愿认证 is bound to."""
    text = json.dumps(agreement, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sm3.digest(text.encode()).hex()


class PinService:
    """The only door to a person's PIN; every use is counted before it is tried."""

    def __init__(self, open_work: OpenWork, clock: Clock, keeper: KeyKeeper) -> None:
        self._open_work = open_work
        self._now = clock
        self._keeper = keeper

    def is_set(self, person_id: str) -> bool:
        with self._open_work() as work:
            return work.guards.find(person_id=person_id) is not None

    def is_locked(self, person_id: str) -> bool:
        """Whether identity has to be proved before the next try."""
        with self._open_work() as work:
            guard = work.guards.find(person_id=person_id)
        return guard is not None and guard.locked

    def set_first(self, person_id: str, pin: Pin) -> None:
        """The person's first PIN and user key. Raises WeakPin or PinAlreadySet."""
        pin.refuse_if_weak()
        verifier, key = self._keeper.enrol_with_pin(person_id, pin)
        with self._open_work() as work:
            work.alone(f"user key {person_id}")
            if work.guards.find(person_id=person_id) is not None:
                raise PinAlreadySet
            work.guards.put(PinGuard(person_id, verifier, 0, None))
            work.user_keys.put(key)
            note_system(work, person_id, "pin:set", person_id, self._now(), actor=person_id)
            work.commit()

    def prove(self, person_id: str, pin: Pin) -> None:
        """Raises WrongPin, PinLocked or PinNotSet."""

        def attempt(guard: PinGuard, _: UserKey) -> bool | None:
            return self._keeper.matches(guard.verifier, pin) or None

        self.use(person_id, attempt)

    def change(self, person_id: str, old: Pin, new: Pin) -> None:
        """修改印章密码: the user key is wrapped anew. Raises as `prove`, and WeakPin."""
        new.refuse_if_weak()

        def attempt(guard: PinGuard, key: UserKey) -> tuple[bytes, UserKey] | None:
            return self._keeper.rewrap(guard.verifier, key, old, new)

        verifier, key = self.use(person_id, attempt)
        with self._open_work() as work:
            guard = work.guards.lock(person_id)
            if work.user_keys.get(person_id).point != key.point:
                raise KeyUnavailable(person_id)  # reset meanwhile: the old key must not come back
            work.guards.put(PinGuard(person_id, verifier, guard.tries, guard.locked_at))
            work.user_keys.put(key)
            note_system(work, person_id, "pin:change", person_id, self._now(), actor=person_id)
            tell(work, person_id, News.PIN_CHANGED, self._now())
            work.commit()

    def use(self, person_id: str, attempt: Callable[[PinGuard, UserKey], R | None]) -> R:
        """Count a try, commit it, then make it; *attempt* answers None for a wrong PIN.

        Raises WrongPin, PinLocked or PinNotSet. The count is committed before the PIN is
        looked at: neither a crash nor a hundred requests at once give a sixth guess.
        """
        guard, key = self._count(person_id)
        result = attempt(guard, key)
        if result is None:
            raise self._note_failure(guard)
        with self._open_work() as work:
            work.guards.put(work.guards.lock(person_id).opened())
            work.commit()
        return result

    def _count(self, person_id: str) -> tuple[PinGuard, UserKey]:
        with self._open_work() as work:
            if work.guards.find(person_id=person_id) is None:
                raise PinNotSet(person_id)
            key = work.user_keys.find(person_id=person_id)
            if key is None:
                raise KeyUnavailable(person_id)
            guard = work.guards.lock(person_id).counting(self._now())
            work.guards.put(guard)
            work.commit()
        return guard, key

    def _note_failure(self, guard: PinGuard) -> WrongPin | PinLocked:
        with self._open_work() as work:
            note_system(
                work,
                guard.person_id,
                "pin:wrong",
                guard.person_id,
                self._now(),
                actor=guard.person_id,
                attempts_left=str(guard.attempts_left),
            )
            if guard.locked_at is not None:
                tell(work, guard.person_id, News.PIN_LOCKED, self._now())
                work.outbox.add("tell_of_lock", guard.person_id)
            work.commit()
        return PinLocked() if guard.locked_at is not None else WrongPin(guard.attempts_left)


def describe(person: Person) -> str:
    """How a person is named on a page that asks for his proof."""
    return f"{person.name}（{person.id_number.masked}）"
