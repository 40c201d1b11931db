"""Sending: customer-service, template and subscribe messages (facts/platform.md §3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox.people import Person
from sandbox.wechat.calls import Call, Refused, part, text_of
from sandbox.wechat.events import as_list
from sandbox.wechat.push import notify
from sandbox.wechat.templates import wrong_keyword
from sandbox.wechat.windows import OUT_OF_WINDOW
from sandbox.world import Choice

_OFFICIAL: Final = frozenset({"text", "image", "news", "msgmenu", "miniprogrampage"})
_MINIPROGRAM: Final = frozenset({"text", "image", "link", "miniprogrampage"})
_DUPLICATE_CLIENT_MSG_ID: Final = 43119  # the real code is not documented (§19)
_CLIENT_MSG_ID_LIFE: Final = 600.0  # seconds
_OK: Final = {"errcode": 0, "errmsg": "ok"}


def custom_send(call: Call) -> dict[str, Any]:
    """message/custom/send: one of the few messages the window allows."""
    given = call.json(raw_characters=True)
    person = call.receiver(given.get("touser"))
    kind = given.get("msgtype")
    if kind not in (_OFFICIAL if call.is_official else _MINIPROGRAM):
        raise Refused(40008, "invalid message type")
    shown = _READERS[kind](call, part(given, kind))
    _spend(call, person, given["touser"])
    call.world.inbox.show(person, call.channel, "service", **shown)
    return _OK


def custom_typing(call: Call) -> dict[str, Any]:
    """message/custom/typing: needs a message of the person, costs nothing."""
    given = call.json()
    call.receiver(given.get("touser"))
    if given.get("command") not in {"Typing", "CancelTyping"}:
        raise Refused(40035, "invalid command")
    if not call.state.windows.left(call.account.appid, given["touser"], call.now):
        raise Refused(45080, "can only be sent while the conversation is open")
    return _OK


def template_send(call: Call) -> dict[str, Any]:
    """message/template/send of the official account; the outcome comes as an event."""
    given = call.json(raw_characters=True)
    person = call.receiver(given.get("touser"))
    if not call.is_official:
        raise Refused(48001, "api unauthorized")
    purpose = _template(call, given)
    if not call.world.follows(person, call.account.appid):
        raise Refused(43004, "require subscribe")
    if mini := given.get("miniprogram"):
        _check_page(call, mini)
    _note_client_msg_id(call, given)
    msgid = call.state.next_id()
    blocked = call.world.faults.take("user_block", "cgi-bin/message/template/send")
    if not blocked:
        call.world.inbox.show(
            person, call.channel, "service", "template", **_notice(purpose, given)
        )
    status = "failed:user block" if blocked else "success"
    outcome = {"Event": "TEMPLATESENDJOBFINISH", "MsgID": msgid, "Status": status}
    call.world.later(notify, call.world, call.account, person, outcome)
    return _OK | {"msgid": msgid}


def subscribe_send(call: Call) -> dict[str, Any]:
    """message/subscribe/send of the mini-program: one accept, one message."""
    given = call.json(raw_characters=True)
    person = call.receiver(given.get("touser"))
    if call.is_official:
        raise Refused(48001, "api unauthorized")
    purpose = _template(call, given)
    if page := given.get("page"):
        _check_published(call, page)
    if given.get("miniprogram_state", "formal") not in {"developer", "trial", "formal"}:
        raise Refused(47003, "argument invalid! miniprogram_state")
    if not call.state.consents.use(given["touser"], given["template_id"]):
        raise Refused(43101, "user refuse to accept the msg")
    msgid = str(call.state.next_id())
    call.world.inbox.show(person, call.channel, "service", "template", **_notice(purpose, given))
    entry = {
        "TemplateId": given["template_id"],
        "MsgID": msgid,
        "ErrorCode": "0",
        "ErrorStatus": "success",
    }
    event = {"Event": "subscribe_msg_sent_event"}
    event |= as_list(call.world, call.account, "SubscribeMsgSentEvent", entry)
    call.world.later(notify, call.world, call.account, person, event)
    return _OK | {"msgid": int(msgid)}


def _spend(call: Call, person: Person, openid: str) -> None:
    if call.is_official and not call.world.follows(person, call.account.appid):
        code = OUT_OF_WINDOW
    else:
        code = call.state.windows.spend(call.account.appid, openid, call.now)
    if code == OUT_OF_WINDOW:
        raise Refused(code, "response out of time limit or subscription is canceled")
    if code:
        raise Refused(code, "out of response count limit")


def _text(_: Call, given: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "text", "text": text_of(given, "content")}


def _image(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    media = call.state.media(call.account.appid, str(given.get("media_id")), call.now)
    if media is None:
        raise Refused(40007, "invalid media_id")
    return {"kind": "image", "picture": media.picture}


def _news(_: Call, given: dict[str, Any]) -> dict[str, Any]:
    articles = given.get("articles")
    if not isinstance(articles, list) or len(articles) != 1:
        raise Refused(45008, "article size out of limit")
    article = articles[0]
    return {
        "kind": "news",
        "title": text_of(article, "title", 256),
        "text": str(article.get("description", "")),
        "url": _web(text_of(article, "url", 1024)),
        "picture": str(article.get("picurl", "")),
    }


def _link(_: Call, given: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": "news",
        "title": text_of(given, "title", 256),
        "text": text_of(given, "description", 512),
        "url": _web(text_of(given, "url", 1024)),
        "picture": str(given.get("thumb_url", "")),
    }


def _msgmenu(_: Call, given: dict[str, Any]) -> dict[str, Any]:
    entries = given.get("list")
    if not isinstance(entries, list) or not entries:
        raise Refused(44004, "empty list size")
    choices = tuple(Choice(text_of(e, "id", 64), text_of(e, "content", 128)) for e in entries)
    if len({choice.id for choice in choices}) != len(choices):
        raise Refused(47003, "argument invalid! the ids of a menu differ")
    head, tail = str(given.get("head_content", "")), str(given.get("tail_content", ""))
    if len((head + tail).encode()) > 2048:
        raise Refused(45002, "content size out of limit")
    return {"kind": "menu", "text": head, "choices": choices, "tail": tail}


def _miniprogrampage(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    _check_page(call, given)
    if not call.state.media(call.account.appid, str(given.get("thumb_media_id")), call.now):
        raise Refused(40007, "invalid media_id")
    title = text_of(given, "title", 256)
    return {"kind": "miniprogram", "title": title, "url": given["pagepath"]}


_READERS: Final[dict[str, Callable[[Call, dict[str, Any]], dict[str, Any]]]] = {
    "text": _text,
    "image": _image,
    "news": _news,
    "link": _link,
    "msgmenu": _msgmenu,
    "miniprogrampage": _miniprogrampage,
}


def _web(url: str) -> str:
    if urlsplit(url).scheme not in {"http", "https"}:
        raise Refused(40039, "invalid url size")
    return url


def _check_page(call: Call, given: dict[str, Any]) -> None:
    """A page of the mini-program bound to this account."""
    mini = call.world.accounts.wechat_miniprogram
    if given.get("appid", mini.appid) != mini.appid:
        raise Refused(40013, "invalid appid, the mini-program is not bound")
    if str(given.get("pagepath", "")).partition("?")[0] not in mini.pages:
        raise Refused(40165, "invalid weapp pagepath")


def _check_published(call: Call, page: Any) -> None:
    if not isinstance(page, str) or page.partition("?")[0] not in call.account.pages:
        raise Refused(41030, "invalid page")


def _template(call: Call, given: dict[str, Any]) -> str:
    """The template's purpose, once its id and all its values are in order."""
    keywords = call.account.template_fields.get(str(given.get("template_id")))
    if keywords is None:
        raise Refused(40037, "invalid template_id")
    if wrong := wrong_keyword(keywords, given.get("data")):
        raise Refused(47003, f"argument invalid! {wrong} invalid")
    names = {template: purpose for purpose, template in call.account.templates.items()}
    return names[given["template_id"]]


def _note_client_msg_id(call: Call, given: dict[str, Any]) -> None:
    client_id = given.get("client_msg_id")
    if not client_id:
        return
    seen, key = call.state.client_msg_ids, (given["touser"], str(client_id))
    if call.now - seen.get(key, float("-inf")) < _CLIENT_MSG_ID_LIFE:
        raise Refused(_DUPLICATE_CLIENT_MSG_ID, "duplicate client_msg_id")
    seen[key] = call.now


_TITLES: Final = {
    "review_result": "审核结果通知",
    "pickup_ready": "待领取提醒",
    "sealing_done": "处理结果通知",
    "review_wanted": "待审核提醒",
}


def _notice(purpose: str, given: dict[str, Any]) -> dict[str, Any]:
    lines = "\n".join(str(entry["value"]) for entry in given["data"].values())
    url = given.get("url") or given.get("page") or ""
    return {"title": _TITLES[purpose], "text": lines, "url": url}
