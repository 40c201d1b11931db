"""What the service answers to a push, judged to the letter (facts/platform.md §8)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lxml import etree

from sandbox.accounts import AlipayAccount
from sandbox.alipay import crypto

_RESPONSE = re.compile(rb"<response>(.*)</response>", re.DOTALL)
_SKEW = timedelta(minutes=5)


class BadAnswer(Exception):
    """The answer is not what the gateway accepts."""


@dataclass(frozen=True, slots=True)
class Card:
    """One article of an answer that says something at once."""

    title: str
    text: str
    url: str
    picture: str


def read_check(account: AlipayAccount, content_type: str, body: bytes) -> None:
    """The answer to alipay.service.check; BadAnswer unless it presents our public key."""
    response = _open(account, content_type, body)
    if response.findtext("success") != "true":
        raise BadAnswer("success is not true")
    pem = "".join(account.app_public_key.splitlines()[1:-1])
    if response.findtext("biz_content") != pem:
        raise BadAnswer("biz_content is not the application's public key")


def read_acknowledgement(
    account: AlipayAccount, content_type: str, body: bytes, *, sender: str, now: datetime
) -> list[Card]:
    """The answer to a life-account message: empty for an ack, cards for image-text."""
    response = _open(account, content_type, body)
    if len(response) != 1 or response[0].tag != "XML":
        raise BadAnswer("response must hold one XML element")
    message = response[0]
    _expect(message, "ToUserId", sender.__eq__)
    _expect(message, "AppId", account.app_id.__eq__)
    _expect(message, "CreateTime", lambda text: _is_recent(text, now))
    kind = message.findtext("MsgType")
    if kind == "ack":
        return []
    if kind != "image-text":
        raise BadAnswer("MsgType is neither ack nor image-text")
    cards = [_card(item) for item in message.iterfind("Articles/Item")]
    if not cards or message.findtext("ArticleCount") != str(len(cards)):
        raise BadAnswer("ArticleCount does not fit")
    return cards


def _open(account: AlipayAccount, content_type: str, body: bytes) -> etree._Element:
    """Check media type, form and signature; return the response element."""
    if not re.fullmatch(r"text/xml; ?charset=gbk", content_type, re.IGNORECASE):
        raise BadAnswer(f"content type is {content_type!r}")
    if not body.startswith(b'<?xml version="1.0" encoding="GBK"?>'):
        raise BadAnswer("no XML declaration with GBK")
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as exc:
        raise BadAnswer(f"not well-formed: {exc.msg}") from exc
    if [child.tag for child in root] != ["response", "sign", "sign_type"] or root.tag != "alipay":
        raise BadAnswer("alipay must hold response, sign and sign_type")
    signed = _RESPONSE.search(body)
    signature = root.findtext("sign") or ""
    if root.findtext("sign_type") != "RSA2" or signed is None:
        raise BadAnswer("sign_type is not RSA2")
    if not crypto.is_signed(account.app_public_key, signed[1], signature):
        raise BadAnswer("the signature does not fit the text between the response tags")
    return root[0]


def _expect(message: etree._Element, name: str, fits: Callable[[str], bool]) -> None:
    if not fits(message.findtext(name) or ""):
        raise BadAnswer(f"{name} is wrong")


def _is_recent(text: str, now: datetime) -> bool:
    if not re.fullmatch(r"\d{13}", text):
        return False
    return abs(int(text) / 1000 - now.timestamp()) <= _SKEW.total_seconds()


def _card(item: etree._Element) -> Card:
    names = ("Title", "Desc", "Url", "ImageUrl")
    title, text, url, picture = (item.findtext(name) or "" for name in names)
    if not title or not url:
        raise BadAnswer("an article needs Title and Url")
    return Card(title, text, url, picture)
