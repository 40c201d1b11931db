"""印章密码: one guard per person, shared by all channels; five tries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from seal_core.errors import SealError

TRIES = 5
"""Wrong PINs until the lock (domain facts 2.7)."""


class WrongPin(SealError):
    """The PIN does not match; *attempts_left* more tries are allowed."""

    code = "pin.wrong"

    def __init__(self, attempts_left: int) -> None:
        super().__init__(f"wrong PIN, {attempts_left} attempts left")
        self.attempts_left = attempts_left


class PinLocked(SealError):
    """Too many wrong PINs: identity must be proved again before the next try."""

    code = "pin.locked"


class PinNotSet(SealError):
    """The person has no PIN yet."""

    code = "pin.not_set"


class PinAlreadySet(SealError):
    """A PIN exists: it is changed, not set."""

    code = "pin.already_set"


@dataclass(frozen=True, slots=True)
class PinGuard:
    """The counter in front of a person's PIN. *verifier* is made by the key keeper.

    A try is counted **before** the PIN is looked at and committed, so that neither a crash
    nor a race gives a free guess (perf facts, section 5).
    """

    person_id: str
    verifier: bytes
    tries: int
    locked_at: datetime | None

    def counting(self, now: datetime) -> PinGuard:
        """One try more. Raises PinLocked if there is none left."""
        if self.locked_at is not None:
            raise PinLocked
        tries = self.tries + 1
        return replace(self, tries=tries, locked_at=now if tries >= TRIES else None)

    def opened(self) -> PinGuard:
        """The right PIN was given: forget the wrong ones."""
        return replace(self, tries=0, locked_at=None)

    @property
    def locked(self) -> bool:
        return self.locked_at is not None

    @property
    def attempts_left(self) -> int:
        return max(0, TRIES - self.tries)
