"""One push of a platform in our own terms, and what is said back on the open request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal


class Kind(StrEnum):
    """What the person did, or what the platform tells us."""

    TEXT = "text"
    IMAGE = "image"
    FILE = "file"  # WeChat gives no way to fetch it: lead to the upload page
    VOICE = "voice"
    OTHER = "other"  # a message of a kind we cannot use (video, location, card …)
    FOLLOW = "follow"  # with `scene` when it came from a QR code
    UNFOLLOW = "unfollow"
    SCAN = "scan"  # `scene`: our QR code; otherwise `text`: what the in-chat scanner read
    CLICK = "click"  # `key`: the menu entry
    ENTER = "enter"  # opened the conversation
    CONSENT = "consent"  # accepted or rejected notices: `consents`
    DELIVERY_REPORT = "delivery_report"  # `message_id`, `status`
    GATEWAY_CHECK = "gateway_check"  # Alipay tries our address
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Consent:
    """The answer to one notice template."""

    template_id: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class Push:
    """A trusted message or event. *text* may hold anything a person types: never log it.

    *dedupe_key* is the same for every repetition of this push and differs between pushes.
    """

    channel: Literal["wechat", "alipay"]
    account: str  # appid
    sender: str  # openid / open_id / user_id; empty when the platform itself speaks
    kind: Kind
    dedupe_key: str
    addressee: str = ""  # WeChat's gh_… name of the account, needed for a reply
    text: str = field(default="", repr=False)
    key: str = ""
    scene: str = field(default="", repr=False)  # may be a one-time token
    media_id: str = ""
    picture_url: str = ""  # for show only, never fetched
    message_id: str = ""
    event: str = ""  # the platform's own name of it
    status: str = ""  # of a delivery report
    consents: tuple[Consent, ...] = ()
    created_at: datetime | None = None
    wire: Literal["xml", "json", "form"] = "xml"
    sealed: bool = True  # came encrypted, so the answer must be
    raw: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class TextReply:
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ImageReply:
    media_id: str


@dataclass(frozen=True, slots=True)
class NewsReply:
    """One link card."""

    title: str
    description: str
    url: str = field(repr=False)
    picture_url: str = ""


Reply = TextReply | ImageReply | NewsReply | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The HTTP body that closes the platform's request, always with status 200."""

    body: bytes = field(repr=False)
    media_type: str = "text/plain; charset=utf-8"


SUCCESS = Answer(b"success")  # "nothing to say" to WeChat and "received" to Alipay
