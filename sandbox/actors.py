"""Scripted people: what stories and tests use to live in the sandbox's world.

`Phone` speaks through the world API, so it works on a sandbox in another process; nothing here
knows the service's code. `Browser` (sandbox/browser.py) is re-exported for convenience.
"""

from __future__ import annotations

import io
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import requests
import zxingcpp
from PIL import Image

from sandbox.browser import Browser, NotOnPage, Page, Upload, encrypt_pin
from sandbox.people import Person, people_of
from sandbox.world import Choice, Shown

__all__ = [
    "Browser",
    "NotOnPage",
    "NothingCame",
    "Page",
    "Phone",
    "Upload",
    "Watcher",
    "encrypt_pin",
    "people_of",
    "read_qr",
]

_TIMEOUT = 60.0  # seconds; an act may wait for all attempts of a push

_UNNUMBERED = frozenset({"follow", "unfollow", "scan", "click"})
"""Platforms tell these apart by their second only: twice within one is the same act."""
_HAND = 1.0  # seconds a hand needs between two such acts


class NothingCame(AssertionError):
    """The awaited message did not appear; the text tells what did."""


class Refused(Exception):
    """The world would not do it; the text says why."""


def read_qr(picture: bytes) -> str:
    """The text of the QR code in *picture*. Raises ValueError if there is none."""
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)).convert("L"))
    if not found:
        raise ValueError("no QR code in the picture")
    return str(found[0].text)


class Phone:
    """One person's phone in one channel (wechat, wechat_miniprogram, alipay).

    Every act returns what appeared on the screen because of it. `wait_for` looks at what the
    service said since the last wait, so that each message is consumed once.
    """

    def __init__(self, base_url: str, person: str | Person, channel: str = "wechat") -> None:
        self.base_url = base_url.rstrip("/")
        self.person = person if isinstance(person, str) else person.key
        self.channel = channel
        self._seen = 0
        self._acted: dict[str, float] = {}

    def follow(self) -> list[Shown]:
        """Follow the account."""
        return self._act("follow")

    def unfollow(self) -> list[Shown]:
        """Leave the account."""
        return self._act("unfollow")

    def enter(self, scene: str = "") -> list[Shown]:
        """Open the conversation (mini-program) with *scene*."""
        return self._act("enter", scene=scene)

    def say(self, text: str) -> list[Shown]:
        """Type and send."""
        return self._act("text", text=text)

    def tap(self, choice: str) -> list[Shown]:
        """Tap the button of the latest menu message that reads *choice* (or contains it)."""
        offered: list[Choice] = []
        for row in reversed(self.inbox()):
            offered += row.choices
            for exact in (True, False):
                for button in row.choices:
                    if button.text == choice or (not exact and choice in button.text):
                        return self._act("choose", text=button.text, key=button.id)
        raise NothingCame(f"no button {choice!r} among {[c.text for c in offered]}")

    def click(self, key: str) -> list[Shown]:
        """Press the entry of the menu at the bottom with key or name *key*."""
        menu = self._get("menu", channel=self.channel)
        found = next((entry["id"] for entry in menu if key in {entry["id"], entry["text"]}), key)
        return self._act("click", key=found)

    def scan(self, code: str | bytes) -> list[Shown]:
        """Scan a QR: its content, or a picture of it."""
        content = code if isinstance(code, str) else read_qr(code)
        return self._act("scan", text=content)

    def send_image(self, picture: bytes) -> list[Shown]:
        """Send a photo."""
        return self._act("image", data=b64encode(picture).decode())

    def send_file(self, name: str, data: bytes) -> list[Shown]:
        """Send a file, which platforms announce but do not hand over."""
        return self._act("file", name=name, data=b64encode(data).decode())

    def inbox(self, after: int = 0) -> list[Shown]:
        """Everything on the screen, oldest first."""
        return self._read("inbox", after=after)

    def wait_for(self, wanted: str | Callable[[Shown], bool], timeout: float = 20.0) -> list[Shown]:
        """Wait until the service says *wanted* (a text it contains, or a predicate).

        Returns the messages since the last wait up to and including the wanted one.
        Raises NothingCame.
        """
        fits = wanted if callable(wanted) else lambda row: wanted in _words(row)
        until = time.monotonic() + timeout
        read: list[Shown] = []
        while True:
            after = read[-1].seq if read else self._seen
            left = until - time.monotonic()
            read += self._read("inbox", after=after, wait=max(0.0, min(left, 5.0)))
            for index, row in enumerate(read):
                if row.sender != "person" and fits(row):
                    self._seen = row.seq
                    return read[: index + 1]
            if left <= 0:
                said = [f"{row.kind}: {_words(row)}" for row in read]
                raise NothingCame(f"waited {timeout:g} s for {wanted!r}; on the screen: {said}")

    def catch_up(self) -> None:
        """Ignore everything said so far in the next wait_for."""
        rows = self.inbox(self._seen)
        self._seen = rows[-1].seq if rows else self._seen

    def picture(self, row: Shown) -> bytes:
        """The picture of a message."""
        url = row.picture if row.picture.startswith("http") else self.base_url + row.picture
        answer = requests.get(url, timeout=_TIMEOUT)
        answer.raise_for_status()
        return answer.content

    def browser(self) -> Browser:
        """The browser inside this person's messenger."""
        return Browser(people_by_key(self.person))

    def _act(self, kind: str, **what: str) -> list[Shown]:
        if kind in _UNNUMBERED:
            self._move_hand(kind)
        given = {"person": self.person, "channel": self.channel, "kind": kind} | what
        answer = requests.post(f"{self.base_url}/world/act", json=given, timeout=_TIMEOUT)
        if answer.status_code != 200:
            raise Refused(answer.json()["error"])
        return [_shown(row) for row in answer.json()]

    def _move_hand(self, kind: str) -> None:
        last = self._acted.get(kind, -_HAND)
        time.sleep(max(0.0, last + _HAND - time.monotonic()))
        self._acted[kind] = time.monotonic()

    def _read(self, path: str, **params: Any) -> list[Shown]:
        found = self._get(path, person=self.person, channel=self.channel, **params)
        return [_shown(row) for row in found]

    def _get(self, path: str, **params: Any) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.base_url}/world/{path}", params=params, timeout=_TIMEOUT)
        answer.raise_for_status()
        rows: list[dict[str, Any]] = answer.json()
        return rows


class Watcher:
    """The world itself: verdicts, clock, switches, the staff's group, client-side codes."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/") + "/world"

    def people(self) -> list[dict[str, Any]]:
        """Everybody, with openids and secrets: all of them invented."""
        found: list[dict[str, Any]] = self._get("people")
        return found

    def illegal(self) -> list[dict[str, Any]]:
        """The calls the service should not have made; a story ends with an empty list."""
        found: list[dict[str, Any]] = self._get("verdicts", illegal=1)
        return found

    def verdicts(self) -> list[dict[str, Any]]:
        """All calls, in order."""
        found: list[dict[str, Any]] = self._get("verdicts")
        return found

    def robot(self) -> list[str]:
        """What the staff's group has been told."""
        return [row["content"] for row in self._get("robot")]

    def advance(self, seconds: float) -> None:
        """Let time pass for the platforms (not for the service)."""
        self._post("clock", advance=seconds)

    def fault(self, name: str, at: str = "", times: int = 1, value: str = "") -> None:
        """Switch a fault on; see sandbox.world.Faults."""
        self._post("faults", name=name, at=at, times=times, value=value)

    def registry(self, uscc: str, **changes: str) -> None:
        """Rewrite an entry of the enterprise registry: name, status, representative."""
        self._post(f"province/registry/{uscc}", **changes)

    def no_faults(self) -> None:
        """Everything works again."""
        requests.delete(f"{self._base}/faults", timeout=_TIMEOUT).raise_for_status()

    def handshake(self, channel: str = "wechat") -> bool:
        """The platform's URL check."""
        return bool(self._post("handshake", channel=channel)["ok"])

    def mode(self, channel: str, mode: str) -> None:
        """plain, compat or safe, at once."""
        self._post("mode", channel=channel, mode=mode)

    def consent(self, person: str, template_id: str, *, accept: bool = True) -> None:
        """The person's choice in the mini-program's subscribe dialog."""
        self._post("consent", person=person, template_id=template_id, accept=accept)

    def code(self, person: str, purpose: str = "login") -> str:
        """A code of wx.login (or of the phone button: `phone`)."""
        return str(self._post("code", person=person, purpose=purpose)["code"])

    def settle(self) -> None:
        """Wait until every queued push has been delivered."""
        self._post("settle")

    def _get(self, path: str, **params: Any) -> Any:
        answer = requests.get(f"{self._base}/{path}", params=params, timeout=_TIMEOUT)
        answer.raise_for_status()
        return answer.json()

    def _post(self, path: str, **given: Any) -> Any:
        answer = requests.post(f"{self._base}/{path}", json=given, timeout=_TIMEOUT)
        answer.raise_for_status()
        return answer.json()


def people_by_key(key: str) -> Person:
    """The person named *key* in whichever province."""
    return (people_of("shanxi") | people_of("jiangxi"))[key]


def _shown(row: dict[str, Any]) -> Shown:
    choices = tuple(Choice(**choice) for choice in row["choices"])
    return Shown(**(row | {"choices": choices}))


def _words(row: Shown) -> str:
    buttons = " ".join(choice.text for choice in row.choices)
    return f"{row.title} {row.text} {buttons} {row.tail}".strip()
