"""Asking a time-stamp authority for a token (RFC 3161, GB/T 20520)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from channels.errors import TimestampRefused
from channels.http import DEFAULT_TIMEOUT, HttpClient, Timeout
from seal_core.errors import MalformedData
from seal_core.formats.timestamps import (
    Imprint,
    TimeStamp,
    build_request,
    imprint_of,
    parse_response,
)

QUERY_TYPE = "application/timestamp-query"  # RFC 3161, 3.4
REPLY_TYPE = "application/timestamp-reply"
TOLERANCE = timedelta(minutes=5)  # between the authority's clock and ours


class Rfc3161TimeStamper:
    """The port ``TimeStamper`` over HTTP. *url* is the authority's address itself, *digest* what
    it stamps: SM3, or SHA-256 where it knows no SM3."""

    def __init__(
        self,
        url: str,
        *,
        digest: Imprint = "sm3",
        timeout: Timeout = DEFAULT_TIMEOUT,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._http = HttpClient(url, timeout)
        self._digest = digest
        self._now = now

    def stamp(self, message: bytes) -> bytes:
        """Return a TimeStampToken over the digest of *message*.

        Raises TimestampRefused when the authority refuses or its token is for something
        else. The token's signature is the verifier's question.
        """
        nonce = secrets.randbits(63)
        answer = self._http.request(
            "POST",
            data=build_request(message, nonce, digest=self._digest),
            headers={"Content-Type": QUERY_TYPE},
        )
        if answer.status != 200 or answer.media_type != REPLY_TYPE:
            raise TimestampRefused(f"HTTP {answer.status}")
        try:
            stamp = parse_response(answer.body)
        except MalformedData as exc:
            raise TimestampRefused(str(exc)) from None
        _check(stamp, (self._digest, imprint_of(message, self._digest)), nonce, self._now())
        return stamp.token


def _check(stamp: TimeStamp, imprint: tuple[str, bytes], nonce: int, now: datetime) -> None:
    if (stamp.digest, stamp.imprint) != imprint:
        raise TimestampRefused("for other octets")
    if stamp.nonce != nonce:
        raise TimestampRefused("an old token")
    if abs(stamp.at - now) > TOLERANCE:
        raise TimestampRefused("clock")
