"""WeChat's push signatures: SHA-1 over the sorted parts, with our token among them."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from channels.errors import UntrustedPush

WINDOW = 300  # seconds either way; WeChat's own retries end after 15 s


def sign(*parts: str) -> str:
    """Return the signature over *parts* (token, timestamp, nonce[, ciphertext])."""
    joined = "".join(sorted(parts))
    # The algorithm is WeChat's choice; the token inside makes it a keyed digest.
    return hashlib.sha1(joined.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def check_signature(given: str, *parts: str) -> None:
    """Raise UntrustedPush unless *given* is the signature over *parts*."""
    if not hmac.compare_digest(sign(*parts).encode(), given.encode("utf-8", "surrogatepass")):
        raise UntrustedPush("signature")


def check_freshness(timestamp: str, now: datetime) -> None:
    """Raise UntrustedPush unless the signed *timestamp* lies within the window.

    A push captured inside the window is told by its repeated key, in the inbox.
    """
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise UntrustedPush("stale")
    if abs(now.timestamp() - int(timestamp)) > WINDOW:
        raise UntrustedPush("stale")
