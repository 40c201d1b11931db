"""Alipay's pushes in our own terms: gateway check, life account, message service."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from channels.errors import MalformedPush
from channels.push import Kind, Push
from channels.wire import instant, parse_json, parse_xml, record, scalar

CHECK = "alipay.service.check"
LIFE_MESSAGE = "alipay.mobile.public.message.notify"

_MESSAGES = {"text": Kind.TEXT, "image": Kind.IMAGE, "voice": Kind.VOICE, "file": Kind.FILE}
_EVENTS = {
    "follow": Kind.FOLLOW,
    "unfollow": Kind.UNFOLLOW,
    "click": Kind.CLICK,
    "enter": Kind.ENTER,
    "verifygw": Kind.GATEWAY_CHECK,
}


def parse(fields: Mapping[str, str], account: str) -> Push:
    """Read verified and decoded form *fields*. Raises MalformedPush, nothing else."""
    if "service" in fields:
        return _from_gateway(fields, account)
    return _from_message_service(fields, account)


def named_account(fields: Mapping[str, str]) -> str:
    """The appid the push says it is for; a gateway check may leave it out."""
    if "service" in fields:
        return scalar(parse_xml(fields.get("biz_content", "")), "AppId").strip()
    return fields.get("app_id") or fields.get("auth_app_id") or ""


def _from_gateway(fields: Mapping[str, str], account: str) -> Push:
    content = parse_xml(fields.get("biz_content", ""))
    event = scalar(content, "EventType").strip()
    is_check = fields["service"] == CHECK
    kind = Kind.GATEWAY_CHECK if is_check else _kind(content, event)
    key, scene = _key_and_scene(scalar(content, "ActionParam").strip())
    sender = scalar(content, "FromUserId").strip()
    if not sender and not is_check:
        sender = scalar(content, "FromAlipayUserId", required=True).strip()
    return Push(
        channel="alipay",
        account=account,
        sender=sender,
        # Coming back by one of our QR codes is a scan, as on WeChat.
        kind=Kind.SCAN if kind is Kind.ENTER and scene else kind,
        dedupe_key=_dedupe_key(content, account),
        text=_text(content),
        key=key,
        scene=scene,
        media_id=scalar(record(content, "Image"), "MediaId"),
        message_id=scalar(content, "MsgId"),
        event=event or fields["service"],
        created_at=instant(scalar(content, "CreateTime"), unit=1000),
        wire="form",
        sealed=False,
        raw={**fields, "biz_content": content},
    )


def _kind(content: Mapping[str, object], event: str) -> Kind:
    kind_on_wire = scalar(content, "MsgType", required=True).strip()
    if kind_on_wire == "event":
        return _EVENTS.get(event, Kind.UNKNOWN)
    return _MESSAGES.get(kind_on_wire, Kind.OTHER)


def _text(content: Mapping[str, object]) -> str:
    """Read ``<Text><Content>…`` and the bare ``<Text>…`` seen in the field."""
    if isinstance(content.get("Text"), str):
        return scalar(content, "Text")
    return scalar(record(content, "Text"), "Content")


def _key_and_scene(parameter: str) -> tuple[str, str]:
    """A menu key as it stands, or the QR scene inside a JSON parameter."""
    if not parameter.startswith("{"):
        return parameter, ""
    try:
        fields = parse_json(parameter)
    except MalformedPush:
        return parameter, ""
    scene = fields.get("scene")
    holder: Mapping[str, object] = scene if isinstance(scene, dict) else fields
    for name in ("sceneId", "scene_id", "scene"):
        if isinstance(value := holder.get(name), str | int):
            return "", str(value)
    return parameter, ""


def _from_message_service(fields: Mapping[str, str], account: str) -> Push:
    notify_id = fields.get("notify_id", "")
    if not notify_id:
        raise MalformedPush("notify_id")
    text = fields.get("biz_content", "")
    content = parse_json(text) if text.lstrip().startswith("{") else {}
    return Push(
        channel="alipay",
        account=account,
        sender=scalar(content, "open_id") or scalar(content, "user_id"),
        kind=Kind.UNKNOWN,
        dedupe_key=f"alipay:{account}:{notify_id}",
        message_id=notify_id,
        event=fields.get("msg_method") or fields.get("notify_type", ""),
        created_at=instant(fields.get("utc_timestamp", ""), unit=1000),
        wire="form",
        sealed=False,
        raw={**fields, "biz_content": content or text},
    )


def _dedupe_key(content: Mapping[str, object], account: str) -> str:
    if number := scalar(content, "MsgId").strip():
        return f"alipay:{account}:{number}"
    names = ("FromUserId", "FromAlipayUserId", "CreateTime", "MsgType", "EventType", "ActionParam")
    parts = [scalar(content, name) for name in names] + [_text(content)]
    digest = hashlib.sha256("\x00".join(parts).encode("utf-8", "replace")).hexdigest()
    return f"alipay:{account}:{digest[:40]}"
