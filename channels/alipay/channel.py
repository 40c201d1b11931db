"""The door for one Alipay application: proves the sender, opens the push, closes the request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from channels.alipay import payload, replies
from channels.alipay.signature import (
    check_form,
    decode_form,
    load_private_key,
    load_public_key,
    parse_form,
)
from channels.errors import UntrustedPush
from channels.push import SUCCESS, Answer, Kind, Push
from channels.wire import limit

# Alipay repeats a notification over 25 h; older ones are replays.
OLDEST = timedelta(hours=26)
NEWEST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class AlipayAccount:
    """One application: our private key, and *Alipay's* public key for it."""

    app_id: str
    app_private_key: str = field(repr=False)
    alipay_public_key: str


class AlipayChannel:
    """Opens pushes to one application and renders what is answered at once."""

    def __init__(
        self,
        account: AlipayAccount,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if not account.app_id:
            raise ValueError("app_id is empty")
        self.account = account
        self._private_key = load_private_key(account.app_private_key)
        self._alipay_key = load_public_key(account.alipay_public_key)
        self._now = now

    def open(self, body: bytes) -> Push:
        """Return the push in the raw form *body*.

        Raises UntrustedPush or MalformedPush, nothing else. Give it the octets of the
        request: a framework's decoded form has already lost what was signed.
        """
        raw = parse_form(limit(body))
        check_form(raw, self._alipay_key)
        fields = decode_form(raw)
        named = payload.named_account(fields)
        push = payload.parse(fields, self.account.app_id)
        if named != self.account.app_id and (named or push.kind is not Kind.GATEWAY_CHECK):
            raise UntrustedPush("account")
        self._check_freshness(push)
        return push

    def answer(self, push: Push) -> Answer:
        """Close the request that brought *push*."""
        if push.kind is Kind.GATEWAY_CHECK:
            return replies.check_passed(self._private_key)
        if "service" in push.raw:
            return replies.acknowledgement(self._private_key, push, self._now())
        return SUCCESS

    def refuse(self) -> Answer:
        """Tell Alipay that its signature did not verify (in answer to a gateway check)."""
        return replies.check_failed(self._private_key)

    def _check_freshness(self, push: Push) -> None:
        if push.created_at is None:
            if push.kind is Kind.GATEWAY_CHECK:
                return  # changes nothing, and carries no time
            raise UntrustedPush("stale")
        age = self._now() - push.created_at
        if not -NEWEST <= age <= OLDEST:
            raise UntrustedPush("stale")
