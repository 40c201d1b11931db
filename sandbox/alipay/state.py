"""What Alipay remembers during one run."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.people import Person
from sandbox.world import World

CODE_LIFE = timedelta(minutes=5)
TOKEN_LIFE = timedelta(days=15)
MEDIA_LIFE = timedelta(days=3)
CERTIFY_LIFE = timedelta(hours=23)

# What somebody did → how long the life account may speak to them, and how often
# (§10: five minutes after follow or click, entering once a day; a spoken message: [M] 48 hours)
WINDOWS: dict[str, tuple[timedelta, int | None]] = {
    "follow": (timedelta(minutes=5), None),
    "click": (timedelta(minutes=5), None),
    "scan": (timedelta(minutes=5), None),
    "enter": (timedelta(days=1), 1),
    "message": (timedelta(hours=48), None),
}


@dataclass(frozen=True, slots=True)
class AuthCode:
    """What my.getAuthCode or the sign-in page gives a client; good once."""

    app_id: str
    person: str
    scope: str
    issued_at: datetime


@dataclass(slots=True)
class Certification:
    """A face check opened by alipay.user.certify.open.initialize."""

    app_id: str
    order: str
    name: str
    number: str
    return_url: str
    opened_at: datetime
    passed: bool | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code made for us; *scene* of the life account, or page and query of the app."""

    app_id: str
    scene: str = ""
    page: str = ""
    query: str = ""
    expires: datetime | None = None


@dataclass(slots=True)
class Window:
    """Until when, and how many messages are left (None: any number)."""

    until: datetime
    left: int | None


@dataclass(slots=True)
class Style:
    """How the gateway writes its answers; all of these occur in the wild."""

    escaped_slashes: bool = False  # "\/" instead of "/"
    escaped_characters: bool = False  # \uXXXX instead of Chinese
    braces: bool = False  # an extra member whose text holds braces and quotes
    sign_first: bool = False
    signed_errors: bool = True
    user_ids: bool = False  # give user_id besides open_id, as for old applications


@dataclass(slots=True)
class AlipayState:
    """Codes, tokens, windows, consents and the rest, in memory."""

    style: Style = field(default_factory=Style)
    codes: dict[str, Code] = field(default_factory=dict)  # by the QR's content
    media: dict[str, tuple[bytes, datetime]] = field(default_factory=dict)
    certifications: dict[str, Certification] = field(default_factory=dict)
    consents: Counter[tuple[str, str]] = field(default_factory=Counter)  # (person, template)
    _auth_codes: dict[str, AuthCode] = field(default_factory=dict)
    _tokens: dict[str, AuthCode] = field(default_factory=dict)
    _windows: dict[tuple[str, str], dict[str, Window]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def issue_auth_code(self, code: AuthCode) -> str:
        """A new code for the client."""
        text = secrets.token_hex(16)
        with self._lock:
            self._auth_codes[text] = code
        return text

    def redeem_auth_code(self, text: str, app_id: str, now: datetime) -> AuthCode | None:
        """The code, once, in time, and only for its own application."""
        with self._lock:
            code = self._auth_codes.pop(text, None)
        if code is None or code.app_id != app_id or now - code.issued_at > CODE_LIFE:
            return None
        return code

    def grant(self, code: AuthCode, now: datetime) -> tuple[str, str]:
        """An access token and a refresh token."""
        access, refresh = (f"auth{kind}{secrets.token_hex(18)}" for kind in "br")
        renewed = AuthCode(code.app_id, code.person, code.scope, now)
        with self._lock:
            self._tokens[access] = self._tokens[refresh] = renewed
        return access, refresh

    def holder_of(self, token: str, app_id: str, now: datetime) -> AuthCode | None:
        """Who signed in with *token*."""
        code = self._tokens.get(token)
        if code is None or code.app_id != app_id or now - code.issued_at > TOKEN_LIFE:
            return None
        return code

    def open_window(self, app_id: str, person: Person, act: str, now: datetime) -> None:
        """*person* did *act*; the account may answer for a while."""
        life, count = WINDOWS[act]
        with self._lock:
            open_ones = self._windows.setdefault((app_id, person.key), {})
            known = open_ones.get(act)
            if count is not None and known and known.until > now:
                return  # once a day is once a day
            open_ones[act] = Window(now + life, count)

    def close_windows(self, app_id: str, person: Person) -> None:
        """*person* left."""
        with self._lock:
            self._windows.pop((app_id, person.key), None)

    def spend(self, app_id: str, person: Person, now: datetime) -> bool:
        """Use one message; False if no window is open."""
        with self._lock:
            windows = self._windows.get((app_id, person.key), {}).values()
            usable = [w for w in windows if w.until > now and w.left != 0]
            if not usable:
                return False
            chosen = min(usable, key=lambda w: w.left is not None)  # the unlimited ones first
            if chosen.left is not None:
                chosen.left -= 1
            return True

    def keep_media(self, data: bytes, now: datetime) -> str:
        """Store what somebody sent; its media id."""
        media_id = secrets.token_urlsafe(24)
        with self._lock:
            self.media[media_id] = (data, now)
        return media_id


def state_of(world: World) -> AlipayState:
    """The one state of *world*."""
    return world.room(AlipayState)
