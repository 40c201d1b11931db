"""印章授权: drawn up, confirmed with PIN or 意愿认证, seen, revoked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from seal_core.domain.grants import (
    DRAFT_LIFE,
    DelegateNotReady,
    Grant,
    GrantEnd,
    GrantorWithoutKey,
    GrantState,
    GrantTerms,
    GrantTermsRefused,
)
from seal_core.domain.holders import ABILITIES, Ability, Actor, NotAllowed, NotFound, Person, Role
from seal_core.domain.identifiers import new_id
from seal_core.domain.keys import Proof, SealKey, UserKey
from seal_core.domain.pins import PinGuard
from seal_core.domain.provinces import Authorisation, Province
from seal_core.domain.records import News
from seal_core.domain.seals import Seal, SealState
from seal_core.domain.secrets import Pin
from seal_core.ports import Clock, KeyKeeper, OpenWork, UpTo, Work
from seal_core.services.lending import NOT_ENDED, end_grant, grant_of, needs_grant
from seal_core.services.members import heads_of
from seal_core.services.proving import PinService, digest_of
from seal_core.services.telling import note, tell

SWEPT_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class GrantShown:
    """A grant with the names people know."""

    grant: Grant
    seal: str
    grantor: str
    delegate: str


class GrantService:
    """Lends seals to members; nothing is lent before its grantor has proved himself."""

    def __init__(
        self,
        open_work: OpenWork,
        clock: Clock,
        province: Province,
        pins: PinService,
        keeper: KeyKeeper,
    ) -> None:
        self._open_work = open_work
        self._now = clock
        self._province = province
        self._pins = pins
        self._keeper = keeper

    # --- what there is --------------------------------------------------------------

    def grantable(self, actor: Actor) -> list[Seal]:
        """The seals the actor can lend: in force, and wrapped to him without a number of uses."""
        _must_grant(actor)
        with self._open_work() as work:
            seals = work.seals.select(holder_id=actor.holder_id, state=SealState.ACTIVE)
            return [seal for seal in seals if _holds(work, actor, seal, self._now())]

    def candidates(self, actor: Actor) -> list[Person]:
        """Members whose role lets them seal; whoever needs no grant is left out."""
        _must_grant(actor)
        with self._open_work() as work:
            members = work.memberships.select(organisation_id=actor.holder_id, limit=1000)
            return [
                work.people.get(member.person_id)
                for member in members
                if Ability.USE in ABILITIES[member.role]
                and member.role is not Role.LEGAL_REPRESENTATIVE
                and member.person_id != actor.person.id
            ]

    def grants(self, actor: Actor, *, ended: bool = False, limit: int = 100) -> list[GrantShown]:
        """授权管理: the enterprise's grants, newest first; for others than managers their own."""
        states = (GrantState.ENDED,) if ended else NOT_ENDED
        whose: dict[str, Any] = {"holder_id": actor.holder_id}
        if not actor.can(Ability.READ_RECORDS):
            whose["delegate_id"] = actor.person.id
        with self._open_work() as work:
            found = work.grants.select(limit=limit, state=states, **whose)
            return [_shown(work, grant) for grant in found]

    def grant(self, actor: Actor, grant_id: str) -> GrantShown:
        """Raises NotFound for what is not the actor's to see."""
        with self._open_work() as work:
            grant = _seen(work, actor, grant_id)
            return _shown(work, grant)

    # --- giving ---------------------------------------------------------------------

    def draw_up(self, actor: Actor, seal_id: str, delegate_id: str, terms: GrantTerms) -> Grant:
        """A grant that waits for its grantor's confirmation.

        Raises NotAllowed, NotFound, SealNotUsable, GrantTermsRefused, GrantorWithoutKey, or
        DelegateNotReady (and then the delegate is told what to do).
        """
        _must_grant(actor)
        now = self._now()
        terms.check(now)
        with self._open_work() as work:
            seal = _own_seal(work, actor, seal_id)
            seal.must_be_usable(now)
            _must_hold(work, actor, seal, terms, now)
            delegate = _delegate(work, actor, seal, delegate_id)
            if self._by_pin and work.user_keys.find(person_id=delegate.id) is None:
                tell(work, delegate.id, News.PIN_NEEDED, now, holder=actor.holder_name)
                work.commit()
                raise DelegateNotReady(delegate.id)
            grant = Grant(
                id=new_id(),
                seal_id=seal.id,
                holder_id=actor.holder_id,
                grantor_id=actor.person.id,
                delegate_id=delegate.id,
                until=terms.until,
                times=terms.times,
                used=0,
                state=GrantState.PENDING,
                end="",
                created_at=now,
                expires_at=now + DRAFT_LIFE,
                confirmed_at=None,
                ended_at=None,
            )
            work.grants.put(grant)
            detail = {"seal": seal.id, "delegate": delegate.id, **_words(terms)}
            note(work, actor, "grant:draw_up", grant.id, now, **detail)
            work.commit()
        return grant

    def must_be_open(self, actor: Actor, grant_id: str) -> None:
        """Raises NotFound, or GrantNotOpen if it cannot be confirmed any more."""
        with self._open_work() as work:
            _own_draft(work, actor, grant_id).must_be_open(self._now())

    def agreement(self, grant: Grant) -> str:
        """The digest (hex) that 意愿认证 is bound to: seal, delegate and terms."""
        return digest_of(
            {
                "purpose": "grant",
                "grant": grant.id,
                "seal": grant.seal_id,
                "delegate": grant.delegate_id,
                **_words(grant.terms),
            }
        )

    def confirm_with_pin(self, actor: Actor, grant_id: str, pin: Pin) -> None:
        """The grant is in force. Raises what PinService raises, GrantNotOpen and as `draw_up`."""
        _, key, delegate = self._ready(actor, grant_id)

        def attempt(guard: PinGuard, user: UserKey) -> SealKey | None:
            return self._keeper.share_with_pin(guard.verifier, user, pin, key, delegate)

        self._confirm(actor, grant_id, self._pins.use(actor.person.id, attempt))

    def confirm_with_proof(self, actor: Actor, grant_id: str, proof: Proof) -> None:
        """As above by 意愿认证. Raises ProofRefused."""
        grant, key, delegate = self._ready(actor, grant_id)
        with self._open_work() as work:
            user = work.user_keys.get(actor.person.id)
        digest = self.agreement(grant)
        shared = self._keeper.share_with_proof(user, proof, digest, key, delegate)
        self._confirm(actor, grant_id, shared)

    def drop(self, actor: Actor, grant_id: str) -> None:
        """The grantor thought better of it. Raises GrantNotOpen."""
        now = self._now()
        with self._open_work() as work:
            _own_draft(work, actor, grant_id)
            grant = work.grants.lock(grant_id)
            grant.must_be_open(now)
            _end(work, actor, grant, GrantEnd.DROPPED, now)
            work.commit()

    def revoke(self, actor: Actor, grant_id: str) -> None:
        """收回: from now on nothing is sealed on it, not even what was ordered before.

        Any manager may, and without a PIN: to stop must be easier than to allow.
        """
        _must_grant(actor)
        now = self._now()
        with self._open_work() as work:
            _seen(work, actor, grant_id)
            grant = work.grants.lock(grant_id)
            if grant.state in NOT_ENDED:
                _end(work, actor, grant, GrantEnd.REVOKED, now)
                work.commit()

    def sweep(self) -> None:
        """End what has run out by the clock; both sides hear of it."""
        now = self._now()
        with self._open_work() as work:
            due = work.grants.select(state=GrantState.ACTIVE, until=UpTo(now), limit=SWEPT_AT_ONCE)
            stale = work.grants.select(
                state=GrantState.PENDING, expires_at=UpTo(now), limit=SWEPT_AT_ONCE
            )
            for found in (*due, *stale):
                grant = work.grants.lock(found.id)
                if grant.state is found.state:
                    pending = grant.state is GrantState.PENDING
                    why = GrantEnd.DROPPED if pending else GrantEnd.EXPIRED
                    end_grant(work, grant, why, now)
            work.commit()

    @property
    def _by_pin(self) -> bool:
        return self._province.authorisation is Authorisation.PIN

    def _ready(self, actor: Actor, grant_id: str) -> tuple[Grant, SealKey, UserKey]:
        """What the keeper needs, after all that can be refused without asking for a PIN."""
        now = self._now()
        with self._open_work() as work:
            grant = self._confirmable(work, actor, grant_id, now)
            key = work.seal_keys.find(seal_id=grant.seal_id, person_id=actor.person.id)
            user = work.user_keys.find(person_id=grant.delegate_id)
            if user is None and not self._by_pin:
                # A key that opens with 意愿认证 alone can be made for him: each use asks for it.
                user = self._keeper.enrol_for_proofs(grant.delegate_id)
                work.user_keys.put(user)
                work.commit()
        if key is None:
            raise GrantorWithoutKey(grant.seal_id)
        if user is None:
            raise DelegateNotReady(grant.delegate_id)
        return grant, key, user

    def _confirmable(self, work: Work, actor: Actor, grant_id: str, now: datetime) -> Grant:
        _must_grant(actor)
        grant = _own_draft(work, actor, grant_id)
        grant.must_be_open(now)
        seal = _own_seal(work, actor, grant.seal_id)
        seal.must_be_usable(now)
        _must_hold(work, actor, seal, grant.terms, now)
        _delegate(work, actor, seal, grant.delegate_id)
        return grant

    def _confirm(self, actor: Actor, grant_id: str, shared: SealKey) -> None:
        now = self._now()
        with self._open_work() as work:
            work.alone(f"grants {shared.seal_id}")
            self._confirmable(work, actor, grant_id, now)
            grant = work.grants.lock(grant_id).confirmed(now)
            if older := grant_of(work, grant.seal_id, grant.delegate_id):
                end_grant(work, work.grants.lock(older.id), GrantEnd.REPLACED, now)
            work.grants.put(grant)
            work.seal_keys.put(shared)
            detail = {"seal": grant.seal_id, "delegate": grant.delegate_id, **_words(grant.terms)}
            note(work, actor, "grant:confirm", grant.id, now, **detail)
            shown = _shown(work, grant)
            told = {
                "seal": shown.seal,
                "holder": actor.holder_name,
                "grantor": shown.grantor,
                "delegate": shown.delegate,
                **_words(grant.terms),
            }
            tell(work, grant.delegate_id, News.GRANT_RECEIVED, now, **told)
            for person_id in _owners(work, grant):
                tell(work, person_id, News.GRANT_GIVEN, now, **told)
            work.commit()


def _must_grant(actor: Actor) -> None:
    """Raises NotAllowed; whoever acts for himself has no members to lend to."""
    actor.must(Ability.GRANT)
    if actor.organisation is None:
        raise NotAllowed("nobody to lend to")


def _own_seal(work: Work, actor: Actor, seal_id: str) -> Seal:
    seal = work.seals.get(seal_id)
    if seal.holder_id != actor.holder_id:
        raise NotFound(seal_id)
    return seal


def _own_draft(work: Work, actor: Actor, grant_id: str) -> Grant:
    """Nobody confirms or drops for another."""
    grant = work.grants.get(grant_id)
    if grant.grantor_id != actor.person.id or grant.holder_id != actor.holder_id:
        raise NotFound(grant_id)
    return grant


def _seen(work: Work, actor: Actor, grant_id: str) -> Grant:
    grant = work.grants.get(grant_id)
    mine = actor.person.id in (grant.grantor_id, grant.delegate_id)
    if grant.holder_id != actor.holder_id or not (mine or actor.can(Ability.READ_RECORDS)):
        raise NotFound(grant_id)
    return grant


def _holds(work: Work, actor: Actor, seal: Seal, now: datetime) -> bool:
    if work.seal_keys.find(seal_id=seal.id, person_id=actor.person.id) is None:
        return False
    if not needs_grant(actor, seal):
        return True
    own = grant_of(work, seal.id, actor.person.id)
    return own is not None and not own.times and not own.is_due(now)


def _must_hold(work: Work, actor: Actor, seal: Seal, terms: GrantTerms, now: datetime) -> None:
    """Raises GrantorWithoutKey, or GrantTermsRefused for more than the grantor has himself."""
    if not _holds(work, actor, seal, now):
        raise GrantorWithoutKey(seal.id)
    if not needs_grant(actor, seal):
        return
    own = grant_of(work, seal.id, actor.person.id)
    if own and own.until and (terms.until is None or terms.until > own.until):
        raise GrantTermsRefused("beyond the grantor's own")


def _delegate(work: Work, actor: Actor, seal: Seal, delegate_id: str) -> Person:
    """A member whose role lets him seal and who needs a grant. Raises NotFound."""
    member = work.memberships.find(person_id=delegate_id, organisation_id=actor.holder_id)
    if member is None or Ability.USE not in ABILITIES[member.role]:
        raise NotFound(delegate_id)
    person = work.people.get(delegate_id)
    candidate = Actor(person, actor.organisation, member.role, "")
    if person.id == actor.person.id or not needs_grant(candidate, seal):
        raise NotFound(delegate_id)
    return person


def _shown(work: Work, grant: Grant) -> GrantShown:
    return GrantShown(
        grant,
        work.seals.get(grant.seal_id).name,
        work.people.get(grant.grantor_id).name,
        work.people.get(grant.delegate_id).name,
    )


def _owners(work: Work, grant: Grant) -> Sequence[str]:
    """Who must hear of a grant besides the delegate: its grantor and the 法定代表人."""
    return list(dict.fromkeys((grant.grantor_id, *heads_of(work, grant.holder_id))))


def _end(work: Work, actor: Actor, grant: Grant, why: GrantEnd, now: datetime) -> None:
    end_grant(work, grant, why, now, by=actor.person.id, channel=actor.channel)


def _words(terms: GrantTerms) -> dict[str, str]:
    until = terms.until.isoformat() if terms.until else ""
    return {"until": until, "times": str(terms.times or "")}
