"""Judge the answer to a push as strictly as the platform does (facts/platform.md §1.3, §1.5)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.accounts import WeChatAccount
from sandbox.wechat.crypto import CryptoError, MessageCipher, same, signature
from sandbox.wechat.payloads import read_xml

_TEXT_BYTES: Final = 2048
_KINDS: Final = frozenset(
    {"text", "image", "voice", "video", "music", "news", "transfer_customer_service"}
)


class BadReply(Exception):
    """The person sees the error banner instead of an answer."""


@dataclass(frozen=True, slots=True)
class PassiveReply:
    """A reply in order: its kind and the platform's fields."""

    kind: str
    fields: Mapping[str, Any]


def read_reply(
    account: WeChatAccount, openid: str, body: bytes, *, now: float
) -> PassiveReply | None:
    """The reply in *body*, or None for "no reply". Raises BadReply for all the rest."""
    if body in {b"", b"success"}:
        return None
    try:
        fields = _open(account, body, now) if account.mode != "plain" else _parse(account, body)
    except (ValueError, CryptoError) as exc:
        raise BadReply(str(exc)) from exc
    return _check(account, openid, fields)


def _parse(account: WeChatAccount, body: bytes) -> dict[str, Any]:
    if account.payload == "xml":
        return read_xml(body)
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 – the sender's mistake, not ours
    return found


def _open(account: WeChatAccount, body: bytes, now: float) -> dict[str, Any]:
    envelope = _parse(account, body)
    if "Encrypt" not in envelope:
        if account.mode == "compat":
            return envelope
        raise ValueError("a reply in safe mode must be encrypted")
    missing = {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"} - envelope.keys()
    if missing:
        raise ValueError(f"missing in the envelope: {', '.join(sorted(missing))}")
    encrypted, stamp = str(envelope["Encrypt"]), str(envelope["TimeStamp"])
    if account.payload == "json" and not isinstance(envelope["TimeStamp"], int):
        raise ValueError("TimeStamp must be a number in a JSON reply")
    if not stamp.isdigit() or abs(int(stamp) - now) > 600:
        raise ValueError("TimeStamp is not the present")
    wanted = signature(account.token, stamp, str(envelope["Nonce"]), encrypted)
    if not same(wanted, str(envelope["MsgSignature"])):
        raise ValueError("wrong MsgSignature")
    cipher = MessageCipher(account.encoding_aes_key, account.appid)
    return _parse(account, cipher.decrypt(encrypted))


def _check(account: WeChatAccount, openid: str, fields: Mapping[str, Any]) -> PassiveReply:
    if fields.get("ToUserName") != openid or fields.get("FromUserName") != account.original_id:
        raise BadReply("ToUserName and FromUserName must be swapped")
    if not str(fields.get("CreateTime", "")).isdigit():
        raise BadReply("CreateTime must be a whole number")
    kind = fields.get("MsgType")
    if kind not in _KINDS:
        raise BadReply("unknown MsgType")
    if account.payload == "json" and kind != "transfer_customer_service":
        raise BadReply("a mini-program answers by customer-service message only")
    if kind == "text":
        _check_text(fields.get("Content"))
    if kind == "news":
        _check_news(fields)
    return PassiveReply(str(kind), fields)


def _check_text(content: Any) -> None:
    if not isinstance(content, str) or not content:
        raise BadReply("empty Content")
    if len(content.encode()) > _TEXT_BYTES:
        raise BadReply("Content is longer than 2048 bytes")


def _check_news(fields: Mapping[str, Any]) -> None:
    articles = fields.get("Articles")
    items = articles.get("item") if isinstance(articles, Mapping) else None
    if str(fields.get("ArticleCount")) != "1" or not isinstance(items, list) or len(items) != 1:
        raise BadReply("exactly one article")
    if not isinstance(items[0], Mapping) or not items[0].get("Title"):
        raise BadReply("an article needs a title")
