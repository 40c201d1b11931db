"""One call at the gateway: what every method gets, and how it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.accounts import AlipayAccount
from sandbox.alipay.state import AlipayState, state_of
from sandbox.people import Person
from sandbox.world import World

_MESSAGES = {
    "20000": "Service Currently Unavailable",
    "20001": "Insufficient Token Permissions",
    "40001": "Missing Required Arguments",
    "40002": "Invalid Arguments",
    "40004": "Business Failed",
    "40006": "Insufficient Permissions",
}


class Refused(Exception):
    """The platform answers with a code and a sub_code."""

    def __init__(self, code: str, sub_code: str, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.sub_code = sub_code
        self.why = why

    def as_json(self) -> dict[str, str]:
        """As the gateway writes it."""
        return {
            "code": self.code,
            "msg": _MESSAGES[self.code],
            "sub_code": self.sub_code,
            "sub_msg": self.why,
        }


def missing(name: str) -> Refused:
    """A parameter that has to be there."""
    return Refused("40001", f"isv.missing-{name.replace('_', '-')}", f"缺少参数 {name}")


def invalid(name: str, why: str = "") -> Refused:
    """A parameter that is not as it should be."""
    return Refused("40002", "isv.invalid-parameter", f"参数无效 {name} {why}".rstrip())


def failed(sub_code: str, why: str) -> Refused:
    """A call that was in order, but cannot be done."""
    return Refused("40004", sub_code, why)


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose signature and common parameters are good."""

    world: World
    account: AlipayAccount
    parameters: Mapping[str, str]
    content: Mapping[str, Any]

    @property
    def state(self) -> AlipayState:
        """Alipay's memory."""
        return state_of(self.world)

    @property
    def now(self) -> datetime:
        """The sandbox's time."""
        return self.world.clock.now()

    @property
    def is_life(self) -> bool:
        """Life account rather than mini-program."""
        return self.account.app_id == self.world.accounts.alipay_life.app_id

    def text(self, name: str, limit: int = 512, within: Mapping[str, Any] | None = None) -> str:
        """A non-empty text of at most *limit* characters, or a refusal."""
        found = (self.content if within is None else within).get(name)
        if found is None or found == "":
            raise missing(name)
        if not isinstance(found, str) or len(found) > limit:
            raise invalid(name)
        return found

    def part(self, name: str) -> Mapping[str, Any]:
        """The object *name* of the content, or a refusal."""
        found = self.content.get(name)
        if not isinstance(found, dict):
            raise missing(name)
        return found

    def receiver(self) -> Person:
        """Whom the message is for: by open_id, or by user_id where the app may know it."""
        given = self.content
        if open_id := given.get("to_open_id") or given.get("open_id"):
            person = self.world.person_of(self.account.app_id, str(open_id))
        elif (user_id := given.get("to_user_id")) and self.state.style.user_ids:
            people = self.world.people.values()
            person = next((p for p in people if self.world.user_id(p) == user_id), None)
        else:
            raise missing("to_open_id")
        if person is None:
            raise failed("USER_NOT_EXIST", "用户不存在")
        return person
