"""密码管理 with identity proved anew: unlocking the counter, and starting over with a new PIN."""

from __future__ import annotations

from seal_core.domain.grants import GrantEnd
from seal_core.domain.holders import Actor
from seal_core.domain.keys import Proof, ProofRefused
from seal_core.domain.records import News
from seal_core.domain.seals import CancelReason, Seal, SealEvent, SealState, WrongSealState
from seal_core.ports import Clock, OpenWork, Work
from seal_core.services.lending import end_grants
from seal_core.services.lives import remade
from seal_core.services.proving import digest_of
from seal_core.services.telling import note, tell, tell_owners

IN_USE = (SealState.ACTIVE, SealState.SUSPENDED)
"""Seals that a lost PIN takes away: their keys open with it alone. A frozen or expired one
gets a new key anyhow when it is made anew or renewed."""


class PinCareService:
    """What a person can do about his PIN when he does not have it.

    A PIN is no key that somebody could look up: it unwraps the user key, and without it that
    key and the keys of all seals under it are lost. So 密码重置 means new seals.
    """

    def __init__(self, open_work: OpenWork, clock: Clock) -> None:
        self._open_work = open_work
        self._now = clock

    def lost_with_pin(self, actor: Actor) -> list[Seal]:
        """The seals that 密码重置 makes anew, whichever enterprise they belong to."""
        with self._open_work() as work:
            return self._under(work, actor.person.id)

    def agreement(self, actor: Actor, purpose: str, occasion: str) -> str:
        """The digest (hex) the identity proof must be bound to: *purpose* ``unlock`` or
        ``reset``, *occasion* names this one attempt."""
        return digest_of(
            {"purpose": f"pin_{purpose}", "occasion": occasion, "person": actor.person.id}
        )

    def unlock(self, actor: Actor, proof: Proof, occasion: str) -> None:
        """Five more tries. Raises ProofRefused."""
        self._must_prove(actor, proof, "unlock", occasion)
        person_id = actor.person.id
        with self._open_work() as work:
            if work.guards.find(person_id=person_id) is None:
                return
            guard = work.guards.lock(person_id)
            if guard.locked:
                work.guards.put(guard.opened())
                note(work, actor, "pin:unlock", person_id, self._now())
                tell(work, person_id, News.PIN_UNLOCKED, self._now())
            work.commit()

    def reset(self, actor: Actor, proof: Proof, occasion: str) -> list[Seal]:
        """Forget PIN and user key; the seals under it are cancelled, new ones wait.

        The next collection sets the new PIN. Files sealed before stay good. Returns the actor's
        waiting seals; those of other enterprises wait there. Raises ProofRefused, or
        WrongSealState while a seal is being made.
        """
        self._must_prove(actor, proof, "reset", occasion)
        person_id, now = actor.person.id, self._now()
        with self._open_work() as work:
            work.alone(f"user key {person_id}")
            found = self._under(work, person_id)
            seals = [work.seals.lock(seal_id) for seal_id in sorted(seal.id for seal in found)]
            made: list[Seal] = []
            for holder_id in dict.fromkeys(seal.holder_id for seal in seals):
                own = [seal for seal in seals if seal.holder_id == holder_id]
                fresh = remade(work, actor, own, CancelReason.PIN_RESET, now)
                names = "、".join(seal.name for seal in fresh)
                tell_owners(work, holder_id, News.PIN_RESET, now, by=actor, seals=names)
                made += fresh
            end_grants(work, GrantEnd.KEY_LOST, now, delegate_id=person_id)
            self._forget(work, person_id)
            note(work, actor, "pin:reset", person_id, now, seals=str(len(made)))
            tell(work, person_id, News.PIN_RESET, now, seals="、".join(s.name for s in made))
            work.commit()
        return [seal for seal in made if seal.holder_id == actor.holder_id]

    def _under(self, work: Work, person_id: str) -> list[Seal]:
        """Raises WrongSealState while one is being made under the key that is to go."""
        collected = work.seals.select(
            collector_id=person_id, state=(*IN_USE, SealState.ISSUING), limit=1000
        )
        if any(seal.state is SealState.ISSUING for seal in collected):
            raise WrongSealState(SealState.ISSUING, SealEvent.CANCEL)
        return collected

    def _forget(self, work: Work, person_id: str) -> None:
        """PIN, user key, and every wrap under it: of his own seals and of those lent to him."""
        for key in work.seal_keys.select(person_id=person_id, limit=10_000):
            work.seal_keys.delete(key.id)
        work.guards.delete(person_id)
        work.user_keys.delete(person_id)

    def _must_prove(self, actor: Actor, proof: Proof, purpose: str, occasion: str) -> None:
        digest = self.agreement(actor, purpose, occasion)
        if proof.person_id != actor.person.id or proof.digest != digest:
            raise ProofRefused("proof of something else")
