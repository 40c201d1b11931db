"""扫码登录: a PC shows a QR code, the same person's phone lets him in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from seal_core.domain.tickets import TicketExpired, TicketUnknown, TicketUsed
from seal_core.errors import SealError


class WrongNumber(SealError):
    """Not the number on the PC's screen: whoever answers does not sit in front of it."""

    code = "entrance.number"


class EntranceState(StrEnum):
    """等待扫码 → 已扫码 → 已确认 → 已登录."""

    WAITING = "waiting"
    SCANNED = "scanned"
    CONFIRMED = "confirmed"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Entrance:
    """A sign-in that a PC waits for.

    *id* is known to the PC's browser alone (its signed cookie), *scene* stands in the QR, and
    *number* appears on the PC once somebody scanned: he types it on his phone. So a QR code sent
    to somebody else lets nobody in, and the browser of an attacker who shows it gets nothing.
    """

    id: str
    scene: str
    url: str
    number: str
    state: EntranceState
    person_id: str
    organisation_id: str
    created_at: datetime
    expires_at: datetime

    def is_open(self, now: datetime) -> bool:
        """Whether something can still come of it."""
        over = self.state in (EntranceState.DONE, EntranceState.CANCELLED)
        return not over and now < self.expires_at

    def scanned_by(self, person_id: str, organisation_id: str, now: datetime) -> Entrance:
        """The first phone that scans has it. Raises TicketExpired, -Used or -Unknown."""
        self._must_be_open(now)
        if self.state is not EntranceState.WAITING:
            raise TicketUsed(self.scene)
        return replace(
            self,
            state=EntranceState.SCANNED,
            person_id=person_id,
            organisation_id=organisation_id,
        )

    def answered_by(self, person_id: str, number: str, now: datetime) -> Entrance:
        """The phone that scanned gave *number*; one answer only, a wrong one ends it.

        Raises as `scanned_by`.
        """
        self._must_be_open(now)
        if self.state is not EntranceState.SCANNED or self.person_id != person_id:
            raise TicketUnknown(self.scene)
        right = number == self.number
        return replace(self, state=EntranceState.CONFIRMED if right else EntranceState.CANCELLED)

    def entered(self, now: datetime) -> Entrance:
        """The PC's browser comes in, once. Raises as `scanned_by`."""
        self._must_be_open(now)
        if self.state is not EntranceState.CONFIRMED:
            raise TicketUsed(self.scene)
        return replace(self, state=EntranceState.DONE)

    def _must_be_open(self, now: datetime) -> None:
        if self.state is EntranceState.CANCELLED:
            raise TicketUnknown(self.scene)
        if self.state is EntranceState.DONE:
            raise TicketUsed(self.scene)
        if now >= self.expires_at:
            raise TicketExpired(self.scene)
