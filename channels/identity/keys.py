"""Verifying signed tokens (JWT) with an issuer's published keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from channels.http import HttpClient, Timeout

# Signatures by a key pair only: no "none", and no HMAC with a public key as its secret.
ALGORITHMS = ("RS256", "PS256", "ES256")
KEEP = timedelta(hours=1)
RELOAD = timedelta(seconds=30)  # at most this often for a key we have not seen


class BadToken(Exception):
    """The token is not signed by the issuer. Never leaves this package."""


class PublishedKeys:
    """The keys of one issuer, read when first needed and again when they are renewed."""

    def __init__(self, url: str, timeout: Timeout, now: Callable[[], datetime]) -> None:
        self._http = HttpClient(url, timeout)
        self._now = now
        self._keys: KeySet | None = None
        self._loaded_at = now()

    def verify(self, token: str) -> jwt.Token:
        """Return header and claims of *token*. Raises BadToken, or PlatformBusy for the keys."""
        age = self._age()
        if age is None or age > KEEP:
            self._load()
        try:
            return self._decode(token)
        except BadToken:
            age = self._age()
            if age is None or age < RELOAD:
                raise
        self._load()  # the issuer may have changed its key
        return self._decode(token)

    def _age(self) -> timedelta | None:
        return None if self._keys is None else self._now() - self._loaded_at

    def _load(self) -> None:
        self._keys = _key_set(self._http.request("GET").json())
        self._loaded_at = self._now()

    def _decode(self, token: str) -> jwt.Token:
        assert self._keys is not None
        try:
            return jwt.decode(token, self._keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError, TypeError, KeyError) as exc:
            raise BadToken(type(exc).__name__) from None


def _key_set(document: dict[str, Any]) -> KeySet:
    try:
        return KeySet.import_key_set({"keys": document["keys"]})
    except (JoseError, ValueError, TypeError, KeyError):
        return KeySet([])
