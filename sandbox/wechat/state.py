"""Everything WeChat remembers in one run."""

from __future__ import annotations

import itertools
import secrets
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from sandbox.wechat.templates import Consents
from sandbox.wechat.tokens import Tokens
from sandbox.wechat.windows import Windows

_MEDIA_LIFE = 3 * 86400.0  # seconds, facts/platform.md §2
_CODE_LIFE = 300.0  # login, phone and OAuth codes live five minutes


@dataclass(frozen=True, slots=True)
class Media:
    """A temporary media file; *picture* is its path below the sandbox."""

    appid: str
    kind: str
    data: bytes = field(repr=False)
    media_type: str
    picture: str
    expires: float


@dataclass(frozen=True, slots=True)
class Scene:
    """What a code leads to: a scene of the account or a page of a mini-program."""

    appid: str
    scene: str
    ticket: str
    expires: float | None
    page: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """A single-use code from the person's client."""

    purpose: str  # login | phone | oauth
    appid: str
    person: str
    expires: float
    scope: str = ""


class WeChatState:
    """Ledgers by topic; see World.room."""

    def __init__(self) -> None:
        self.tokens = Tokens()
        self.windows = Windows()
        self.consents = Consents()
        self.menus: dict[str, dict[str, Any]] = {}
        self.client_msg_ids: dict[tuple[str, str], float] = {}
        self.robot_sends: deque[float] = deque()
        self.robot_log: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._ids = itertools.count(secrets.randbelow(10**15) + 24 * 10**15)
        self._media: dict[str, Media] = {}
        self._scenes: dict[str, Scene] = {}
        self._by_ticket: dict[str, str] = {}
        self._codes: dict[str, Code] = {}
        self._oauth: dict[str, Code] = {}

    def next_id(self) -> int:
        """A message id: unique, 64 bits, rising."""
        with self._lock:
            return next(self._ids)

    def keep_media(self, media: Media) -> str:
        """Return the media id."""
        media_id = secrets.token_urlsafe(48)
        with self._lock:
            self._media[media_id] = media
        return media_id

    def media(self, appid: str, media_id: str, now: float) -> Media | None:
        """The file, unless unknown, another app's or over three days old."""
        with self._lock:
            found = self._media.get(media_id)
        return found if found and found.appid == appid and found.expires > now else None

    def keep_scene(self, scene: Scene, content: str) -> None:
        """*content* is what a scanner reads off the code."""
        with self._lock:
            self._scenes[content] = scene
            self._by_ticket[scene.ticket] = content

    def scene(self, content: str) -> Scene | None:
        """Where the code with *content* leads."""
        with self._lock:
            return self._scenes.get(content)

    def content_of(self, ticket: str) -> str | None:
        """What the code of *ticket* says."""
        with self._lock:
            return self._by_ticket.get(ticket)

    def issue_code(self, purpose: str, appid: str, person: str, now: float, scope: str = "") -> str:
        """A fresh single-use code for the person's client."""
        code = f"0{secrets.token_urlsafe(23)}"
        with self._lock:
            self._codes[code] = Code(purpose, appid, person, now + _CODE_LIFE, scope)
        return code

    def redeem_code(self, code: str, purpose: str, appid: str, now: float) -> Code | None:
        """The code's meaning, once."""
        with self._lock:
            found = self._codes.get(code)
            if found is None or found.purpose != purpose or found.appid != appid:
                return None
            del self._codes[code]
        return found if found.expires > now else None

    def grant_oauth(self, code: Code) -> str:
        """A web access token for the person behind *code*."""
        token = f"OT_{secrets.token_urlsafe(60)}"
        with self._lock:
            self._oauth[token] = code
        return token

    def oauth(self, token: str) -> Code | None:
        """Whom a web access token stands for."""
        with self._lock:
            return self._oauth.get(token)


def media_expiry(now: float) -> float:
    """When a file taken in *now* is forgotten."""
    return now + _MEDIA_LIFE
