"""From what somebody does to the fields WeChat pushes (facts/platform.md §2)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from sandbox.accounts import WeChatAccount
from sandbox.people import Person
from sandbox.pictures import Pictures, media_type
from sandbox.wechat.payloads import Fields
from sandbox.wechat.state import Media, WeChatState, media_expiry
from sandbox.world import Act, World

# act -> the window it opens for customer-service messages
WINDOW_OF: Final = {
    "text": "message",
    "image": "message",
    "voice": "message",
    "file": "message",
    "location": "message",
    "choose": "click",  # tapping a menu message counts as a menu click
    "click": "click",
    "follow": "follow",
    "scan": "scan",
    "enter": "enter",
}
_NO_PASSIVE_REPLY: Final = frozenset({"unfollow", "enter", "accept", "reject", "view"})


@dataclass(frozen=True, slots=True)
class Push:
    """One push: its fields, and whether the answer may carry a reply."""

    fields: Fields
    may_answer: bool


def compose(world: World, account: WeChatAccount, person: Person, act: Act) -> Push:
    """The push for *act*. Raises ValueError for an act WeChat does not know."""
    state = world.room(WeChatState)
    base: Fields = {
        "ToUserName": account.original_id,
        "FromUserName": world.openid(person, account.appid),
        "CreateTime": int(world.clock.timestamp()),
    }
    if act.kind in {"accept", "reject"}:
        return Push(base | _consent(world, account, act), may_answer=False)
    if event := _event(act):
        return Push(base | {"MsgType": "event"} | event, act.kind not in _NO_PASSIVE_REPLY)
    fields = base | _message(world, account, act) | {"MsgId": state.next_id()}
    return Push(fields, may_answer=True)


def _event(act: Act) -> Fields | None:
    ticket = {"Ticket": act.ticket} if act.ticket else {}
    scene = f"qrscene_{act.scene}" if act.scene else ""
    events: dict[str, Fields] = {
        "follow": {"Event": "subscribe", "EventKey": scene} | ticket,
        "scan": {"Event": "SCAN", "EventKey": act.scene} | ticket,
        "unfollow": {"Event": "unsubscribe", "EventKey": ""},
        "click": {"Event": "CLICK", "EventKey": act.key},
        "view": {"Event": "VIEW", "EventKey": act.key},
        "enter": {"Event": "user_enter_tempsession", "SessionFrom": act.scene},
    }
    return events.get(act.kind)


def _message(world: World, account: WeChatAccount, act: Act) -> Fields:
    match act.kind:
        case "text":
            return {"MsgType": "text", "Content": act.text}
        case "choose":
            return {"MsgType": "text", "Content": act.text, "bizmsgmenuid": act.key}
        case "image":
            media_id, url = keep_image(world, account, act.data)
            return {"MsgType": "image", "PicUrl": url, "MediaId": media_id}
        case "voice":
            media_id, _ = keep_image(world, account, act.data)
            return {"MsgType": "voice", "MediaId": media_id, "Format": "amr"}
        case "location":
            place = {"Location_X": "37.857014", "Location_Y": "112.549248", "Scale": "15"}
            return {"MsgType": "location", **place, "Label": act.text}
        case "file":
            return _file(act)
    raise ValueError(f"WeChat knows no act {act.kind!r}")


def _file(act: Act) -> Fields:
    # pushed in practice, but without a MediaId: the file itself cannot be fetched
    digest = hashlib.md5(act.data, usedforsecurity=False).hexdigest()
    return {
        "MsgType": "file",
        "Title": act.name,
        "Description": "",
        "FileKey": f"@cdn_{digest}",
        "FileMd5": digest,
        "FileTotalLen": len(act.data),
    }


def keep_image(world: World, account: WeChatAccount, data: bytes) -> tuple[str, str]:
    """Take in a picture; return its media id and URL."""
    path = world.room(Pictures).put(data)
    expires = media_expiry(world.clock.timestamp())
    media = Media(account.appid, "image", data, media_type(data), path, expires)
    return world.room(WeChatState).keep_media(media), world.url + path


def _consent(world: World, account: WeChatAccount, act: Act) -> dict[str, Any]:
    answer = {
        "TemplateId": act.key,
        "SubscribeStatusString": act.kind,
        "PopupScene": "0",
    }
    return {"MsgType": "event", "Event": "subscribe_msg_popup_event"} | as_list(
        world, account, "SubscribeMsgPopupEvent", answer
    )


def as_list(world: World, account: WeChatAccount, name: str, entry: Fields) -> Fields:
    """XML nests; JSON has `List` on top, an object when there is one – or an array (§1.4)."""
    if account.payload == "xml":
        return {name: {"List": entry}}
    shape = world.faults.take("list_shape", "push")
    return {"List": [entry] if shape and shape.value == "array" else entry}
