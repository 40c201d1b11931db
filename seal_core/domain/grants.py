"""印章授权: a seal lent to a delegate, unlimited, until a moment or for a number of uses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from seal_core.errors import SealError

DRAFT_LIFE = timedelta(minutes=30)
"""How long the grantor has to confirm; he looks at little, but may have to find his phone."""

MOST_TIMES = 9999
LONGEST = timedelta(days=3 * 366)
"""A dated grant ends within three years, as the market's do (domain facts 3.1)."""


class GrantTermsRefused(SealError):
    """The end lies in the past or too far ahead, or the number of uses is none or too large."""

    code = "grant.terms"


class GrantNotOpen(SealError):
    """The grant was confirmed, dropped, or waited too long for its confirmation."""

    code = "grant.not_open"


class GrantNotUsable(SealError):
    """The delegate's grant is over or has not enough uses left; *reason* is a GrantEnd's value."""

    code = "grant.not_usable"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class DelegateNotReady(SealError):
    """The delegate has no PIN yet, so that no key can be wrapped to him; he was told."""

    code = "grant.delegate_not_ready"


class GrantorWithoutKey(SealError):
    """Whoever grants must hold the seal himself, and not for a number of uses."""

    code = "grant.grantor_without_key"


class GrantState(StrEnum):
    """待确认 → 生效 → 结束. The values are stored: never rename them."""

    PENDING = "pending"
    ACTIVE = "active"
    ENDED = "ended"


class GrantEnd(StrEnum):
    """Why a grant is over."""

    DROPPED = "dropped"  # never confirmed
    REVOKED = "revoked"
    EXPIRED = "expired"
    USED_UP = "used_up"
    REPLACED = "replaced"  # by a newer grant of the same seal to the same delegate
    GRANTOR_LEFT = "grantor_left"  # 法定代表人变更, or the grantor's role or own grant ended
    DELEGATE_LEFT = "delegate_left"
    SEAL_GONE = "seal_gone"  # 注销, 作废
    TAKEN_OVER = "taken_over"  # by the 法定代表人, who lends it anew if he wants
    KEY_LOST = "key_lost"  # the delegate forgot his PIN, and the wraps under it with it


@dataclass(frozen=True, slots=True)
class GrantTerms:
    """期限 and 次数; neither means 无限授权. *times* 0 is without number."""

    until: datetime | None = None
    times: int = 0

    def check(self, now: datetime) -> None:
        """Raises GrantTermsRefused."""
        if self.until is not None and not now < self.until <= now + LONGEST:
            raise GrantTermsRefused("until")
        if not 0 <= self.times <= MOST_TIMES:
            raise GrantTermsRefused("times")


@dataclass(frozen=True, slots=True)
class Grant:
    """*grantor_id* lets *delegate_id* use *seal_id*; in force only once it was confirmed.

    A use is one document. *used* counts those under confirmed orders, so that a use is spent
    before the key is touched, and comes back if the sealing fails.
    """

    id: str
    seal_id: str
    holder_id: str
    grantor_id: str
    delegate_id: str
    until: datetime | None
    times: int
    used: int
    state: GrantState
    end: str
    created_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None

    @property
    def terms(self) -> GrantTerms:
        return GrantTerms(self.until, self.times)

    @property
    def left(self) -> int | None:
        """Uses left; None without number."""
        return self.times - self.used if self.times else None

    def is_due(self, now: datetime) -> bool:
        """Whether its time has run out, whatever the record still says."""
        return self.until is not None and now >= self.until

    def must_be_open(self, now: datetime) -> None:
        if self.state is not GrantState.PENDING or now >= self.expires_at:
            raise GrantNotOpen(self.id)

    def must_be_in_force(self, now: datetime) -> None:
        """Raises GrantNotUsable unless confirmed and neither ended nor past its time."""
        if self.state is not GrantState.ACTIVE:
            raise GrantNotUsable(self.end or self.state)
        if self.is_due(now):
            raise GrantNotUsable(GrantEnd.EXPIRED)

    def must_allow(self, uses: int, now: datetime) -> None:
        """Raises GrantNotUsable unless *uses* documents may be sealed now."""
        self.must_be_in_force(now)
        if self.left is not None and self.left < uses:
            raise GrantNotUsable(GrantEnd.USED_UP)

    def confirmed(self, now: datetime) -> Grant:
        """Raises GrantNotOpen, or GrantTermsRefused if its end has come meanwhile."""
        self.must_be_open(now)
        self.terms.check(now)
        return replace(self, state=GrantState.ACTIVE, confirmed_at=now)

    def spent(self, uses: int, now: datetime) -> Grant:
        """With *uses* fewer left. Raises GrantNotUsable."""
        self.must_allow(uses, now)
        return replace(self, used=self.used + uses)

    def given_back(self) -> Grant:
        """A sealing failed: its use was none."""
        return replace(self, used=self.used - 1)

    def ended(self, why: GrantEnd, now: datetime) -> Grant:
        return replace(self, state=GrantState.ENDED, end=why, ended_at=now)
