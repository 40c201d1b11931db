"""WeChat's error codes as typed refusals: what each means for the caller."""

from __future__ import annotations

import re

from channels.errors import (
    CallerNotAllowed,
    ChannelError,
    LoginBlocked,
    LoginCodeRefused,
    MediaGone,
    PlatformBusy,
    PlatformRefused,
    QuotaSpent,
    RecipientUnreachable,
    TokenRejected,
    TooFrequent,
)

BUSY = -1

_REFUSALS: dict[int, type[PlatformRefused]] = {
    40001: TokenRejected,  # secret wrong, or token replaced
    40014: TokenRejected,  # token invalid
    42001: TokenRejected,  # token expired
    40125: CallerNotAllowed,  # secret invalid
    40164: CallerNotAllowed,  # address not on the white list
    48001: CallerNotAllowed,  # interface not granted
    50001: CallerNotAllowed,
    50002: CallerNotAllowed,  # account restricted
    61024: CallerNotAllowed,
    89503: CallerNotAllowed,
    40003: RecipientUnreachable,  # openid of another account
    43004: RecipientUnreachable,  # does not follow
    43101: QuotaSpent,  # no consent (left) for this notice
    45009: QuotaSpent,  # of the day
    45015: QuotaSpent,  # outside the customer-service window
    45047: QuotaSpent,  # count within the window used up
    43116: TooFrequent,
    43117: TooFrequent,
    45011: TooFrequent,  # per minute
    40007: MediaGone,
    40029: LoginCodeRefused,
    40163: LoginCodeRefused,  # already used: a second submit
    40226: LoginBlocked,
}
_RID = re.compile(r"\s*rid:\s*([0-9A-Za-z-]+)")


def refusal(errcode: int, errmsg: str) -> ChannelError:
    """Return the error to raise for an answer with *errcode* other than 0."""
    if errcode == BUSY:
        return PlatformBusy("platform says busy")
    found = _RID.search(errmsg)
    rid = found.group(1) if found else ""
    kind = _REFUSALS.get(errcode, PlatformRefused)
    return kind(str(errcode), _RID.sub("", errmsg), rid)
