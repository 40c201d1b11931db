"""印章领取: from 待领取 to the issuing job, by QR or directly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from seal_core.domain.holders import Ability, Actor, NotFound, Person, Role
from seal_core.domain.identifiers import new_id
from seal_core.domain.keys import Proof, ProofRefused
from seal_core.domain.provinces import Province
from seal_core.domain.records import News
from seal_core.domain.seals import Seal, SealEvent, SealState
from seal_core.domain.secrets import Pin
from seal_core.domain.tickets import (
    Pickup,
    PickupState,
    TicketForwarded,
    TicketUnknown,
    TicketUsed,
)
from seal_core.ports import Clock, KeyKeeper, OpenWork, PickupCodes, Work
from seal_core.services.members import heads_of
from seal_core.services.proving import PinService, digest_of
from seal_core.services.telling import note, tell

SCENE_PREFIX = "pickup-"
"""Marks our pickup scenes among other QR codes of the account."""


class CollectionService:
    """Hands seals over to their owner."""

    def __init__(
        self,
        open_work: OpenWork,
        clock: Clock,
        province: Province,
        codes: PickupCodes,
        pins: PinService,
        keeper: KeyKeeper,
    ) -> None:
        self._open_work = open_work
        self._now = clock
        self._province = province
        self._codes = codes
        self._pins = pins
        self._keeper = keeper

    def ready(self, actor: Actor) -> list[Seal]:
        """待领取的印章."""
        with self._open_work() as work:
            return work.seals.select(holder_id=actor.holder_id, state=SealState.READY)

    def has_pin(self, actor: Actor) -> bool:
        """Whether the page will ask for the PIN or for a new one."""
        return self._pins.is_set(actor.person.id)

    # --- by QR ----------------------------------------------------------------------

    def open_pickup(self, actor: Actor, seal_ids: Sequence[str], channel: str) -> Pickup:
        """A QR for *channel* (``wechat`` or ``alipay``) that only this person can use.

        An older open QR of the person is cancelled. Raises NotAllowed, NotFound or
        WrongSealState.
        """
        self._must_be_collectable(actor, seal_ids)
        pickup_id, seconds = new_id(), self._province.pickup_minutes * 60
        scene = f"{SCENE_PREFIX}{pickup_id}"
        pickup = Pickup(
            id=pickup_id,
            scene=scene,
            url=self._codes.qr_content(channel, scene, seconds),
            holder_id=actor.holder_id,
            person_id=actor.person.id,
            seal_ids=tuple(seal_ids),
            state=PickupState.WAITING,
            created_at=self._now(),
            expires_at=self._now() + timedelta(seconds=seconds),
        )
        with self._open_work() as work:
            self._cancel_older(work, actor)
            work.pickups.put(pickup)
            note(work, actor, "pickup:open", pickup.id, self._now())
            work.commit()
        return pickup

    def pickup(self, pickup_id: str, actor: Actor) -> Pickup:
        """What the PC page polls. Raises NotFound for anybody else's."""
        with self._open_work() as work:
            pickup = work.pickups.get(pickup_id)
        if pickup.person_id != actor.person.id:
            raise NotFound(pickup_id)
        return pickup

    def scan(self, scene: str, actor: Actor) -> tuple[Pickup, list[Seal]]:
        """A phone scanned the QR. Raises TicketUnknown, -Expired, -Used or -Forwarded.

        A stranger's scan is written down and its owner told (faults F40).
        """
        with self._open_work() as work:
            found = work.pickups.find(scene=scene)
            if found is None:
                raise TicketUnknown("pickup")
            pickup = work.pickups.lock(found.id)
            try:
                scanned = pickup.scanned_by(actor.person.id, self._now())
            except TicketForwarded:
                self._report_stranger(work, pickup, actor)
                work.commit()
                raise
            if scanned is not pickup:
                work.pickups.put(scanned)
                note(work, actor, "pickup:scan", pickup.id, self._now())
            pickup = scanned
            seals = [work.seals.get(seal_id) for seal_id in pickup.seal_ids]
            work.commit()
        return pickup, seals

    def cancel_pickup(self, pickup_id: str, actor: Actor) -> None:
        """The person closed the QR on either device."""
        self.pickup(pickup_id, actor)
        with self._open_work() as work:
            pickup = work.pickups.lock(pickup_id)
            if pickup.state in (PickupState.WAITING, PickupState.SCANNED):
                work.pickups.put(replace(pickup, state=PickupState.CANCELLED))
                work.commit()

    # --- the collecting itself ------------------------------------------------------

    def collect_with_pin(
        self, actor: Actor, seal_ids: Sequence[str], pin: Pin, pickup_id: str = ""
    ) -> None:
        """Set the first 印章密码 or prove it, then order the issue.

        Raises what PinService raises, WrongSealState, and the pickup's refusals.
        """
        self._must_be_collectable(actor, seal_ids, pickup_id)
        if self._pins.is_set(actor.person.id):
            self._pins.prove(actor.person.id, pin)
        else:
            self._pins.set_first(actor.person.id, pin)
        self._collect(actor, seal_ids, pickup_id)

    def agreement(self, actor: Actor, seal_ids: Sequence[str], link_id: str) -> str:
        """The digest (hex) that 意愿认证 must be bound to for this collection."""
        return digest_of(
            {
                "purpose": "collect",
                "link": link_id,
                "person": actor.person.id,
                "seals": ",".join(sorted(seal_ids)),
            }
        )

    def collect_with_proof(
        self, actor: Actor, seal_ids: Sequence[str], proof: Proof, link_id: str, pickup_id: str = ""
    ) -> None:
        """As above where the province authorises by 意愿认证. Raises ProofRefused."""
        self._must_be_collectable(actor, seal_ids, pickup_id)
        _must_prove(actor.person, proof, self.agreement(actor, seal_ids, link_id))
        with self._open_work() as work:
            work.alone(f"user key {actor.person.id}")
            if work.user_keys.find(person_id=actor.person.id) is None:
                work.user_keys.put(self._keeper.enrol_for_proofs(actor.person.id))
                work.commit()
        self._collect(actor, seal_ids, pickup_id)

    def _must_be_collectable(
        self, actor: Actor, seal_ids: Sequence[str], pickup_id: str = ""
    ) -> None:
        """Refuse before the PIN is looked at: a stale QR costs no try and sets no PIN."""
        actor.must(Ability.COLLECT)
        if not seal_ids:
            raise NotFound("seals")
        with self._open_work() as work:
            if pickup_id:
                work.pickups.get(pickup_id).confirmed_by(actor.person.id, self._now())
            for seal_id in seal_ids:
                _own(work, actor, seal_id).after(SealEvent.COLLECT)

    def _collect(self, actor: Actor, seal_ids: Sequence[str], pickup_id: str) -> None:
        now = self._now()
        with self._open_work() as work:
            if pickup_id:
                pickup = work.pickups.lock(pickup_id).confirmed_by(actor.person.id, now)
                if set(pickup.seal_ids) != set(seal_ids):
                    raise TicketUsed(pickup_id)
                work.pickups.put(pickup)
            for seal_id in sorted(seal_ids):
                seal = work.seals.lock(seal_id).after(SealEvent.COLLECT)
                work.seals.put(replace(seal, collector_id=actor.person.id, collected_at=now))
                note(work, actor, SealEvent.COLLECT, seal.id, now)
                work.outbox.add("issue_seal", seal.id)
            self._tell_head(work, actor, seal_ids)
            work.commit()

    def _tell_head(self, work: Work, actor: Actor, seal_ids: Sequence[str]) -> None:
        """经办人代领、法定代表人负责管理: he hears of what was collected for him."""
        if actor.organisation is None or actor.role is Role.LEGAL_REPRESENTATIVE:
            return
        names = "、".join(work.seals.get(seal_id).name for seal_id in seal_ids)
        told = {"seals": names, "collector": actor.person.name}
        for head_id in heads_of(work, actor.organisation.id):
            tell(work, head_id, News.COLLECTED_FOR_YOU, self._now(), **told)

    def _cancel_older(self, work: Work, actor: Actor) -> None:
        open_states = (PickupState.WAITING, PickupState.SCANNED)
        for older in work.pickups.select(person_id=actor.person.id, state=open_states):
            work.pickups.put(replace(older, state=PickupState.CANCELLED))

    def _report_stranger(self, work: Work, pickup: Pickup, stranger: Actor) -> None:
        note(work, stranger, "pickup:forwarded", pickup.id, self._now())
        tell(work, pickup.person_id, News.PICKUP_FORWARDED, self._now())


def _own(work: Work, actor: Actor, seal_id: str) -> Seal:
    seal = work.seals.get(seal_id)
    if seal.holder_id != actor.holder_id:
        raise NotFound(seal_id)
    return seal


def _must_prove(person: Person, proof: Proof, digest: str) -> None:
    if proof.person_id != person.id or proof.digest != digest:
        raise ProofRefused("proof of something else")
