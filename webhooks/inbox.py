"""From a platform's push to a message of the conversation, and back."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import request

from bot.messages import Kind, Link, Message, Say
from channels import push as platform
from channels.push import NewsReply, Push, Reply, TextReply
from channels.wire import MAX_BODY
from seal_core.domain.identifiers import new_id

KINDS = {
    platform.Kind.TEXT: Kind.TEXT,
    platform.Kind.IMAGE: Kind.PICTURE,
    platform.Kind.FILE: Kind.FILE,
    platform.Kind.VOICE: Kind.OTHER,
    platform.Kind.OTHER: Kind.OTHER,
    platform.Kind.FOLLOW: Kind.FOLLOW,
    platform.Kind.UNFOLLOW: Kind.UNFOLLOW,
    platform.Kind.SCAN: Kind.SCAN,
    platform.Kind.CLICK: Kind.CLICK,
}
"""What people do; everything else a platform tells is acknowledged and dropped."""


def pushed_body() -> bytes:
    """The octets of this push. Aborts with 413 before more than a platform sends is read."""
    request.max_content_length = MAX_BODY
    return request.get_data()


def to_message(push: Push) -> Message | None:
    """The message in *push*, or None if no person is to be answered."""
    kind = KINDS.get(push.kind)
    if push.kind is platform.Kind.ENTER and push.scene:
        kind = Kind.SCAN  # Alipay opens the conversation when a QR code is scanned
    if kind is None or not push.sender:
        return None
    return Message(
        id=new_id(),
        kind=kind,
        sent_at=push.created_at or datetime.now(UTC),
        text=push.text,
        key=push.key,
        scene=push.scene,
    )


def card_of(text: str, link: Link) -> NewsReply:
    """A message with a link, as the card all platforms know."""
    return NewsReply(link.title, text, link.url, link.picture)


def to_reply(say: Say | None) -> Reply:
    """What is said, in the form of a passive reply: a card if there is a link, else words."""
    if say is None:
        return None
    if say.link is not None and not say.choices:
        return card_of(say.text, say.link)
    return TextReply(say.as_text())
