"""扫码登录: from the QR on a PC to its portal session, by way of the person's conversation."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta

from seal_core.domain.entrances import Entrance, EntranceState, WrongNumber
from seal_core.domain.holders import Actor
from seal_core.domain.identifiers import new_id
from seal_core.domain.tickets import TicketUnknown
from seal_core.ports import Clock, OpenWork, PickupCodes
from seal_core.services.sign_in import SignInService
from seal_core.services.telling import note

SCENE_PREFIX = "enter-"
"""Marks sign-in scenes among other QR codes of the account."""

MINUTES = 3


class EntranceService:
    """Lets the person whose phone scans into the browser that shows the code."""

    def __init__(
        self, open_work: OpenWork, clock: Clock, codes: PickupCodes, sign_in: SignInService
    ) -> None:
        self._open_work = open_work
        self._now = clock
        self._codes = codes
        self._sign_in = sign_in

    def open(self, channel: str) -> Entrance:
        """A new code for the messenger *channel* (``wechat`` or ``alipay``)."""
        scene, seconds = f"{SCENE_PREFIX}{new_id()}", MINUTES * 60
        entrance = Entrance(
            id=new_id(),
            scene=scene,
            url=self._codes.qr_content(channel, scene, seconds),
            number=f"{secrets.randbelow(90) + 10}",
            state=EntranceState.WAITING,
            person_id="",
            organisation_id="",
            created_at=self._now(),
            expires_at=self._now() + timedelta(seconds=seconds),
        )
        with self._open_work() as work:
            work.entrances.put(entrance)
            work.commit()
        return entrance

    def look(self, entrance_id: str) -> Entrance:
        """What the PC's page polls. Raises NotFound."""
        with self._open_work() as work:
            return work.entrances.get(entrance_id)

    def is_open(self, entrance: Entrance) -> bool:
        return entrance.is_open(self._now())

    def scan(self, scene: str, actor: Actor) -> Entrance:
        """A phone scanned it. Raises TicketUnknown, -Expired or -Used."""
        with self._open_work() as work:
            found = work.entrances.find(scene=scene)
            if found is None:
                raise TicketUnknown("entrance")
            organisation_id = actor.organisation.id if actor.organisation else ""
            scanned = work.entrances.lock(found.id).scanned_by(
                actor.person.id, organisation_id, self._now()
            )
            work.entrances.put(scanned)
            note(work, actor, "entrance:scan", scanned.scene, self._now())
            work.commit()
        return scanned

    def answer(self, scene: str, actor: Actor, number: str) -> None:
        """The number from the screen. Raises WrongNumber, and as `scan`."""
        with self._open_work() as work:
            found = work.entrances.find(scene=scene)
            if found is None:
                raise TicketUnknown("entrance")
            answered = work.entrances.lock(found.id).answered_by(
                actor.person.id, number, self._now()
            )
            work.entrances.put(answered)
            right = answered.state is EntranceState.CONFIRMED
            event = "entrance:confirm" if right else "entrance:refuse"
            note(work, actor, event, answered.scene, self._now())
            work.commit()
        if not right:
            raise WrongNumber(scene)

    def cancel(self, scene: str, actor: Actor) -> None:
        """The person said no on his phone."""
        with self._open_work() as work:
            found = work.entrances.find(scene=scene)
            if found is None or found.person_id != actor.person.id:
                return
            entrance = work.entrances.lock(found.id)
            if entrance.is_open(self._now()):
                work.entrances.put(replace(entrance, state=EntranceState.CANCELLED))
                note(work, actor, "entrance:refuse", entrance.scene, self._now())
                work.commit()

    def enter(self, entrance_id: str, channel: str) -> Actor:
        """The browser that showed the code comes in, once. Raises as `scan`."""
        with self._open_work() as work:
            entered = work.entrances.lock(entrance_id).entered(self._now())
            work.entrances.put(entered)
            work.commit()
        actor = self._sign_in.actor(entered.person_id, entered.organisation_id, channel)
        with self._open_work() as work:
            note(work, actor, "page:sign_in", actor.person.id, self._now(), by="qr")
            work.commit()
        return actor
