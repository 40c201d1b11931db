"""One API call: what every endpoint gets, and how it refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from werkzeug.datastructures import FileStorage

from sandbox.accounts import WeChatAccount
from sandbox.people import Person
from sandbox.wechat.state import WeChatState
from sandbox.world import World

_ESCAPED: Final = re.compile(rb"\\u[0-9a-fA-F]{4}")


class Refused(Exception):
    """The platform answers with an errcode."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


@dataclass(frozen=True, slots=True)
class Call:
    """A call that has passed the door: its token is good (where one is needed)."""

    world: World
    account: WeChatAccount
    query: Mapping[str, str]
    body: bytes
    upload: FileStorage | None = None

    @property
    def state(self) -> WeChatState:
        """WeChat's memory."""
        return self.world.room(WeChatState)

    @property
    def now(self) -> float:
        """Seconds since 1970 in the sandbox's time."""
        return self.world.clock.timestamp()

    @property
    def is_official(self) -> bool:
        """Official account rather than mini-program."""
        return self.account.appid == self.world.accounts.wechat_official.appid

    @property
    def channel(self) -> str:
        """The screen this account's messages appear on."""
        return "wechat" if self.is_official else "wechat_miniprogram"

    def json(self, *, raw_characters: bool = False) -> dict[str, Any]:
        """The body. *raw_characters*: \\uXXXX escapes are refused (§3.1)."""
        if raw_characters and _ESCAPED.search(self.body):
            raise Refused(40033, "invalid charset. please check your request, if include \\uxxxx")
        try:
            found = json.loads(self.body.decode())
        except ValueError as exc:
            raise Refused(47001, "data format error") from exc
        if not isinstance(found, dict):
            raise Refused(47001, "data format error")
        return found

    def receiver(self, openid: Any) -> Person:
        """Who *openid* is to this account."""
        person = self.world.person_of(self.account.appid, openid) if openid else None
        if person is None:
            raise Refused(40003, "invalid openid")
        return person


def part(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object *name* inside *given*, or a refusal."""
    found = given.get(name)
    if not isinstance(found, dict):
        raise Refused(40008, f"invalid message type: no {name}")
    return found


def text_of(given: Mapping[str, Any], name: str, limit: int = 2048) -> str:
    """A non-empty text of at most *limit* bytes."""
    found = given.get(name)
    if not isinstance(found, str) or not found:
        raise Refused(44004, "empty content")
    if len(found.encode()) > limit:
        raise Refused(45002, "content size out of limit")
    return found
