"""WeChat's messages and events, XML or JSON, in our own terms."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Literal

from channels.errors import MalformedPush
from channels.push import Consent, Kind, Push
from channels.wire import instant, parse_json, parse_xml, record, records, scalar

_MESSAGES = {
    "text": Kind.TEXT,
    "image": Kind.IMAGE,
    "file": Kind.FILE,
    "voice": Kind.VOICE,
}
_EVENTS = {
    "subscribe": Kind.FOLLOW,
    "unsubscribe": Kind.UNFOLLOW,
    "scan": Kind.SCAN,
    "click": Kind.CLICK,
    "scancode_push": Kind.SCAN,
    "scancode_waitmsg": Kind.SCAN,
    "user_enter_tempsession": Kind.ENTER,
    "templatesendjobfinish": Kind.DELIVERY_REPORT,
    "subscribe_msg_sent_event": Kind.DELIVERY_REPORT,
    "subscribe_msg_popup_event": Kind.CONSENT,
    "subscribe_msg_change_event": Kind.CONSENT,
}
# XML nests the list in one of these; JSON has it at the top.
_LIST_HOLDERS = (
    "SubscribeMsgPopupEvent",
    "SubscribeMsgChangeEvent",
    "SubscribeMsgSentEvent",
)
_QR_PREFIX = "qrscene_"


def parse(message: bytes, account: str, *, sealed: bool = True) -> Push:
    """Read one decrypted (or, where allowed, plain) message. Raises MalformedPush."""
    try:
        text = message.decode()
    except UnicodeDecodeError:
        raise MalformedPush("encoding") from None
    if text.lstrip().startswith("{"):
        return _push(parse_json(text), account, "json", sealed)
    return _push(parse_xml(text), account, "xml", sealed)


def _push(
    fields: Mapping[str, object], account: str, wire: Literal["xml", "json"], sealed: bool
) -> Push:
    kind_on_wire = scalar(fields, "MsgType", required=True)
    sender = scalar(fields, "FromUserName", required=True)
    event = scalar(fields, "Event") if kind_on_wire == "event" else ""
    kind = _kind(kind_on_wire, event)
    key, scene = _key_and_scene(kind, scalar(fields, "EventKey"))
    return Push(
        channel="wechat",
        account=account,
        sender=sender,
        kind=kind,
        dedupe_key=_dedupe_key(fields, account),
        addressee=scalar(fields, "ToUserName"),
        text=_text(kind, fields),
        key=scalar(fields, "bizmsgmenuid") or key,
        scene=scene,
        media_id=scalar(fields, "MediaId"),
        picture_url=scalar(fields, "PicUrl"),
        message_id=_message_id(kind, fields),
        event=event,
        status=_status(kind, fields),
        consents=_consents(kind, fields),
        created_at=instant(scalar(fields, "CreateTime")),
        wire=wire,
        sealed=sealed,
        raw=fields,
    )


def _kind(kind_on_wire: str, event: str) -> Kind:
    if kind_on_wire == "event":
        return _EVENTS.get(event.lower(), Kind.UNKNOWN)
    return _MESSAGES.get(kind_on_wire, Kind.OTHER)


def _key_and_scene(kind: Kind, event_key: str) -> tuple[str, str]:
    """Part the menu key from the QR scene; a new follower's scene wears a prefix."""
    if kind is Kind.FOLLOW:
        if event_key.startswith(_QR_PREFIX):
            return "", event_key.removeprefix(_QR_PREFIX)
        return event_key, ""  # e.g. last_trade_no_…
    return event_key, event_key if kind is Kind.SCAN else ""


def _text(kind: Kind, fields: Mapping[str, object]) -> str:
    if kind is Kind.FILE:
        return scalar(fields, "Title")
    if kind is Kind.SCAN:
        return scalar(record(fields, "ScanCodeInfo"), "ScanResult")
    return scalar(fields, "Content")


def _event_list(fields: Mapping[str, object]) -> list[Mapping[str, object]]:
    """Return the List of a notice event: an object or an array, nested or not."""
    for holder in _LIST_HOLDERS:
        if found := records(record(fields, holder).get("List")):
            return found
    return records(fields.get("List"))


def _consents(kind: Kind, fields: Mapping[str, object]) -> tuple[Consent, ...]:
    if kind is not Kind.CONSENT:
        return ()
    return tuple(
        Consent(
            scalar(item, "TemplateId", required=True),
            scalar(item, "SubscribeStatusString") == "accept",
        )
        for item in _event_list(fields)
    )


def _message_id(kind: Kind, fields: Mapping[str, object]) -> str:
    """The platform's number of this message, or of the sent one a report is about."""
    own = scalar(fields, "MsgId") or scalar(fields, "MsgID")
    if not own and kind is Kind.DELIVERY_REPORT:
        return next((scalar(item, "MsgID") for item in _event_list(fields)), "")
    return own


def _status(kind: Kind, fields: Mapping[str, object]) -> str:
    if kind is not Kind.DELIVERY_REPORT:
        return ""
    listed = next((scalar(item, "ErrorStatus") for item in _event_list(fields)), "")
    return scalar(fields, "Status") or listed


def _dedupe_key(fields: Mapping[str, object], account: str) -> str:
    """Messages by MsgId; events by everything that tells two of one second apart."""
    if scalar(fields, "MsgType") != "event" and (number := scalar(fields, "MsgId")):
        return f"wechat:{account}:{number}"
    names = ("FromUserName", "CreateTime", "MsgType", "Event", "EventKey", "MsgID", "Ticket")
    parts = [scalar(fields, name) for name in names]
    parts += [f"{sorted(item.items())}" for item in _event_list(fields)]
    digest = hashlib.sha256("\x00".join(parts).encode("utf-8", "replace")).hexdigest()
    return f"wechat:{account}:{digest[:40]}"
