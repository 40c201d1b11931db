"""Access tokens: the old endpoint and stable_token (facts/platform.md §4.1)."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass

_LIFETIME = 7200.0  # seconds
_RENEW_BEFORE = 300.0  # stable_token changes this long before the end
_OVERLAP = 300.0  # the previous token lives on this long at most
_FORCE_PER_DAY = 20
_FORCE_SPACING = 30.0  # seconds
_OLD_PER_DAY = 2000


class TokenRefused(Exception):
    """The platform gives out no token."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


@dataclass(slots=True)
class _Token:
    value: str
    appid: str
    expires: float


class Tokens:
    """Which token opens which appid, until when."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._valid: dict[str, _Token] = {}
        self._stable: dict[str, _Token] = {}
        self._old: dict[str, _Token] = {}
        self._forced: dict[str, list[float]] = {}
        self._minted: dict[str, list[float]] = {}

    def stable(self, appid: str, now: float, *, force: bool = False) -> tuple[str, int]:
        """The current stable token and the seconds it has left, at least 300."""
        with self._lock:
            current = self._stable.get(appid)
            if force:
                self._note_forced(appid, now)
            if force and current:
                self._valid.pop(current.value, None)  # a leak: the old one must not live on
            if force or current is None or current.expires - now < _RENEW_BEFORE:
                current = self._stable[appid] = self._make(appid, now)
            return current.value, int(current.expires - now)

    def mint(self, appid: str, now: float) -> tuple[str, int]:
        """A new token every time; the previous one dies within five minutes."""
        with self._lock:
            day = [at for at in self._minted.get(appid, []) if now - at < 86400]
            if len(day) >= _OLD_PER_DAY:
                raise TokenRefused(45009, "reach max api daily quota limit")
            self._minted[appid] = [*day, now]
            if previous := self._old.get(appid):
                previous.expires = min(previous.expires, now + _OVERLAP)
            current = self._old[appid] = self._make(appid, now)
            return current.value, int(_LIFETIME)

    def appid_of(self, token: str, now: float) -> str:
        """Whose *token* this is. Raises TokenRefused: 41001, 40001 or 42001."""
        if not token:
            raise TokenRefused(41001, "access_token missing")
        with self._lock:
            found = self._valid.get(token)
        if found is None:
            raise TokenRefused(40001, "invalid credential, access_token is invalid or not latest")
        if found.expires <= now:
            raise TokenRefused(42001, "access_token expired")
        return found.appid

    def invalidate(self) -> None:
        """All tokens die at once, as after a reset of the secret."""
        with self._lock:
            self._valid.clear()
            self._stable.clear()
            self._old.clear()

    def _make(self, appid: str, now: float) -> _Token:
        # the documentation asks to reserve 512 characters; be as long as real ones are
        token = _Token(f"99_{secrets.token_urlsafe(100)}", appid, now + _LIFETIME)
        self._valid[token.value] = token
        return token

    def _note_forced(self, appid: str, now: float) -> None:
        day = [at for at in self._forced.get(appid, []) if now - at < 86400]
        if len(day) >= _FORCE_PER_DAY:
            raise TokenRefused(45009, "reach max force_refresh daily limit")
        if day and now - day[-1] < _FORCE_SPACING:
            raise TokenRefused(45011, "api minute-quota reach limit, force_refresh too frequent")
        self._forced[appid] = [*day, now]
