"""What goes in and out of the conversation, free of any platform."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

_PIN_LIKE = re.compile(r"(?<![0-9])[0-9]{6,12}(?![0-9])")
_GAPS = re.compile(r"(?<=[0-9])[\s._\-—·]+(?=[0-9])")
_CHOICES = re.compile(r"(?:\s*[0-9]\s)+[0-9]\s*")
_KEYWORD = re.compile(r"\s*关键[字词]")


class Kind(StrEnum):
    """What a person did in the chat."""

    TEXT = "text"
    PICTURE = "picture"
    FILE = "file"
    OTHER = "other"  # voice, video, place: understood only as "not text"
    PIN_LIKE = "pin_like"  # digits that may be a PIN; taken out before anything is stored
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    SCAN = "scan"
    CLICK = "click"


@dataclass(frozen=True, slots=True)
class Message:
    """One thing a person did; *scene* of a QR code, *key* of a menu button."""

    id: str
    kind: Kind
    sent_at: datetime
    text: str = ""
    key: str = ""
    scene: str = ""

    def without_pin(self) -> Message:
        """The message as it may be kept: digits that could be a PIN are dropped.

        A PIN never travels in a chat (design, Keys and PINs, 1); whoever types one all the same
        is told so, and it rests nowhere. Six to twelve digits are taken for one wherever they
        stand, in wide figures or with gaps too: no question here is answered by so many. Only a
        keyword to seal at may hold them (a contract's number).
        """
        if self.kind is not Kind.TEXT or _KEYWORD.match(self.text):
            return self
        figures = unicodedata.normalize("NFKC", self.text)
        if "页" not in figures and not _CHOICES.fullmatch(figures):  # 第2页 120 200 is a place
            figures = _GAPS.sub("", figures)
        return replace(self, kind=Kind.PIN_LIKE, text="") if _PIN_LIKE.search(figures) else self

    def to_json(self) -> str:
        return json.dumps(asdict(self) | {"sent_at": self.sent_at.isoformat()}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Message:
        values: dict[str, Any] = json.loads(text)
        values["kind"] = Kind(values["kind"])
        values["sent_at"] = datetime.fromisoformat(values["sent_at"])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Link:
    """A page to open; *title* is what the person presses, *picture* the address of an image."""

    title: str
    url: str
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """One message to the person: words, numbered choices, a link. Platforms render it."""

    text: str
    choices: tuple[str, ...] = ()
    link: Link | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Say:
        values: dict[str, Any] = json.loads(text)
        link = values["link"]
        return cls(values["text"], tuple(values["choices"]), Link(**link) if link else None)

    def as_text(self) -> str:
        """The whole message in plain text, for platforms without buttons or cards."""
        lines = [self.text, *(f"{n}. {choice}" for n, choice in enumerate(self.choices, 1))]
        if self.choices:
            lines.append("请回复数字选择。")
        if self.link:
            lines.append(f"{self.link.title}：{self.link.url}")
        return "\n".join(lines)
