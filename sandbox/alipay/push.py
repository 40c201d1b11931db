"""Alipay calls the service: the gateway check, life-account messages (V2, GBK), the message
service (V1), each signed with the platform's key, each answer judged.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import requests
from flask import Blueprint, Response, jsonify, request

from sandbox.accounts import AlipayAccount
from sandbox.acting import Pushers
from sandbox.alipay import crypto
from sandbox.alipay.answers import BadAnswer, Card, read_acknowledgement, read_check
from sandbox.alipay.messages import receiver_name
from sandbox.alipay.state import state_of
from sandbox.people import Person
from sandbox.world import Act, Shown, World

DOOR = "alipay.push"
# §8.4: gaps between the sends of one notification
RETRY_GAPS = tuple(timedelta(minutes=m) for m in (4, 10, 10, 60, 120, 360, 900))
_CHECK = "alipay.service.check"
_SERVICE = "alipay.mobile.public.message.notify"
_FORGERIES = ("wrong_signature", "stale_timestamp", "wrong_appid", "malformed", "oversized")


@dataclass(slots=True)
class Notification:
    """A message of the message service and how often it was sent."""

    url: str
    fields: dict[str, str]
    due: datetime
    attempts: int = 0
    done: bool = False


@dataclass(slots=True)
class _Queue:
    notifications: list[Notification] = field(default_factory=list)


def create_blueprint(world: World) -> Blueprint:
    """Makes people on the Alipay channel heard, and adds the levers for everything else."""
    bp = Blueprint("alipay_push", __name__, url_prefix="/world/alipay")
    world.room(Pushers).by_channel["alipay"] = push

    @bp.post("/check")
    def check() -> Response:
        """The console's button 激活开发者模式: ``{app: life|miniprogram}``."""
        app = request.get_json(silent=True) or {}
        accounts = world.accounts
        is_mini = app.get("app") == "miniprogram"
        account = accounts.alipay_miniprogram if is_mini else accounts.alipay_life
        return jsonify({"ok": check_gateway(world, account)})

    @bp.post("/notify")
    def send_notification() -> Response:
        """A message of the message service: ``{msg_method, content, charset}``."""
        given = request.get_json()
        charset = given.get("charset", "UTF-8")
        sent = notify(world, given["msg_method"], given.get("content", {}), charset=charset)
        return jsonify({"done": sent.done, "notify_id": sent.fields["notify_id"]})

    @bp.post("/retries")
    def retries() -> Response:
        """Send again what is due by the world's clock."""
        return jsonify({"sent": send_due(world)})

    return bp


def check_gateway(world: World, account: AlipayAccount) -> bool:
    """alipay.service.check: whether the service presents its public key, signed (§8.1)."""
    content = f"<XML><AppId>{account.app_id}</AppId><EventType>verifygw</EventType></XML>"
    if world.faults.take("wrong_signature", "check"):
        return _forge_check(world, account, content)
    try:
        answer = _post(world, account.url, _gateway_form(account, _CHECK, content))
        read_check(account, answer.headers.get("Content-Type", ""), answer.content)
    except (requests.RequestException, BadAnswer) as exc:
        world.verdicts.refused(DOOR, "check", _words(exc))
        return False
    world.verdicts.ok(DOOR, "check")
    return True


def push(world: World, person: Person, act: Act) -> list[Shown]:
    """Carry *act* to the life account's gateway and show what comes back at once."""
    account = world.accounts.alipay_life
    message = _compose(world, account, person, act)
    if isinstance(message, str):
        return [world.inbox.show(person, "alipay", "platform", "note", text=message)]
    if world.faults.take("reordered", "push"):
        world.later(_deliver, world, account, person, message, delay=1.0)
        return []
    for name in _FORGERIES:
        if world.faults.take(name, "push"):
            _try_forgery(world, account, message, name)
            return []
    if world.faults.take("concurrent", "push"):
        world.later(_post, world, account.url, _message_form(account, message))
    shown = _deliver(world, account, person, message)
    if world.faults.take("duplicate", "push"):
        _post(world, account.url, _message_form(account, message))  # the second answer is lost
    return shown


def notify(
    world: World, msg_method: str, content: dict[str, Any], *, charset: str = "UTF-8"
) -> Notification:
    """Send a message of the message service to the mini-program's gateway (§8.3)."""
    account = world.accounts.alipay_miniprogram
    fields = {
        "app_id": account.app_id,
        "charset": charset,
        "msg_method": msg_method,
        "biz_content": json.dumps(content, ensure_ascii=False),
        "utc_timestamp": _milliseconds(world.clock.now()),
        "notify_id": secrets.token_hex(16),
        "version": "1.1",
        "sign_type": "RSA2",
    }
    unsigned = frozenset({"sign", "sign_type"})  # V1
    text = crypto.to_sign(fields, without=unsigned, charset=_codec(charset))
    fields["sign"] = crypto.sign(account.platform_private_key, text)
    made = Notification(account.url, fields, world.clock.now())
    world.room(_Queue).notifications.append(made)
    send_due(world)
    return made


def send_due(world: World) -> int:
    """Send every notification whose time has come; return how many were sent."""
    now = world.clock.now()
    queue = world.room(_Queue).notifications
    due = [n for n in queue if not n.done and n.due <= now and n.attempts <= len(RETRY_GAPS)]
    for notification in due:
        _send(world, notification)
    return len(due)


def _send(world: World, notification: Notification) -> None:
    fields, method = notification.fields, notification.fields["msg_method"]
    try:
        answer = _post(world, notification.url, _encode(fields, fields["charset"]))
        # §8.4: seven characters, nothing else on the page
        notification.done = answer.content == b"success"
        why = f"answered {answer.content[:20]!r}"
    except requests.RequestException as exc:
        why = _words(exc)
    if notification.attempts < len(RETRY_GAPS):
        notification.due = world.clock.now() + RETRY_GAPS[notification.attempts]
    notification.attempts += 1
    if notification.done:
        world.verdicts.ok(DOOR, method)
    else:
        world.verdicts.refused(DOOR, method, why)


def _compose(
    world: World, account: AlipayAccount, person: Person, act: Act
) -> dict[str, str] | str:
    """The message's own fields, opening the window it opens; or what the phone says instead."""
    if act.kind == "scan":
        return _compose_scan(world, account, person, act)
    if act.kind == "unfollow":
        state_of(world).close_windows(account.app_id, person)
        return _message(world, account, person, EventType="unfollow")
    if act.kind == "follow":
        world.follow(person, account.app_id)
        return _opened(world, account, person, "follow", EventType="follow", **_scene(act.scene))
    if not world.follows(person, account.app_id):
        return "请先关注生活号"
    if act.kind == "click":
        return _opened(world, account, person, "click", EventType="click", ActionParam=act.key)
    if act.kind == "enter":
        return _opened(world, account, person, "enter", EventType="enter", **_scene(act.scene))
    if act.kind in {"text", "choose"}:
        text = f"<Content>{_cdata(act.text)}</Content>"
        return _opened(world, account, person, "message", MsgType="text", Text=text)
    if act.kind == "image":
        media_id = state_of(world).keep_media(act.data, world.clock.now())
        picture = f"<MediaId>{_cdata(media_id)}</MediaId><Format>{_format(act.data)}</Format>"
        return _opened(world, account, person, "message", MsgType="image", Image=picture)
    return "生活号暂不支持发送此类消息"


def _compose_scan(
    world: World, account: AlipayAccount, person: Person, act: Act
) -> dict[str, str] | str:
    code = state_of(world).codes.get(act.text)
    scene = act.scene or (code.scene if code else "")
    if code and code.expires and code.expires <= world.clock.now():
        return "二维码已过期"
    if code and code.page:
        url = f"{code.page}?{code.query}".rstrip("?")
        world.inbox.show(person, "alipay", "platform", "opened", title="已打开小程序", url=url)
        return "已打开小程序"
    if not scene:
        return f"扫描结果：{act.text}"
    kind = "follow" if world.follow(person, account.app_id) else "enter"
    return _opened(world, account, person, "scan", EventType=kind, **_scene(scene))


def _opened(
    world: World, account: AlipayAccount, person: Person, window: str, **fields: str
) -> dict[str, str]:
    state_of(world).open_window(account.app_id, person, window, world.clock.now())
    return _message(world, account, person, **fields)


def _message(world: World, account: AlipayAccount, person: Person, **fields: str) -> dict[str, str]:
    """The fields of one message; values are XML already (§8.2)."""
    logon = f"{person.mobile[:3]}******{person.mobile[-2:]}"
    user = json.dumps({"logon_id": logon, "user_name": receiver_name(person)}, ensure_ascii=False)
    base = {
        "AppId": account.app_id,
        "FromUserId": world.openid(person, account.app_id),
        "CreateTime": _milliseconds(world.clock.now()),
        "MsgType": "event",
        "MsgId": secrets.token_hex(12),
        "UserInfo": _cdata(user),
        "AgreementId": "",
        "AccountNo": "",
    }
    if state_of(world).style.user_ids:
        base["FromAlipayUserId"] = world.user_id(person)
    made = {k: v if v.startswith("<") else _cdata(v) for k, v in fields.items()}
    if fault := world.faults.take("unknown_event", "push"):
        made = {"MsgType": "event", "EventType": fault.value or "moon_rise"}
    return base | made


def _scene(scene: str) -> dict[str, str]:
    return {"ActionParam": json.dumps({"scene": {"sceneId": scene}})} if scene else {}


def _deliver(
    world: World, account: AlipayAccount, person: Person, message: dict[str, str]
) -> list[Shown]:
    name, why = _kind_of(message), ""
    for _ in range(world.push_attempts):
        try:
            answer = _post(world, account.url, _message_form(account, message))
        except requests.RequestException as exc:
            why = _words(exc)
            continue
        try:
            cards = read_acknowledgement(
                account,
                answer.headers.get("Content-Type", ""),
                answer.content,
                sender=message["FromUserId"],
                now=world.clock.now(),
            )
        except BadAnswer as exc:
            why = _words(exc)
            break
        world.verdicts.ok(DOOR, name)
        return [_show(world, person, card) for card in cards]
    world.verdicts.refused(DOOR, name, why)  # the person is told nothing
    return []


def _show(world: World, person: Person, card: Card) -> Shown:
    return world.inbox.show(
        person,
        "alipay",
        "service",
        "news",
        title=card.title,
        text=card.text,
        url=card.url,
        picture=card.picture,
        passive=True,
    )


def _try_forgery(world: World, account: AlipayAccount, message: dict[str, str], name: str) -> None:
    """Knock with a push Alipay never sent. Only a 4xx is the right answer."""
    form = _forge(account, message, name)
    answer = _knock(world, account.url, form)
    if 400 <= answer.status_code < 500:
        world.verdicts.ok(DOOR, f"forgery:{name}")
    else:
        world.verdicts.refused(DOOR, f"forgery:{name}", f"not refused: {answer.status_code}")


def _forge(account: AlipayAccount, message: dict[str, str], name: str) -> bytes:
    if name == "stale_timestamp":
        old = int(message["CreateTime"]) - 2 * 24 * 3600 * 1000
        return _message_form(account, message | {"CreateTime": str(old)})
    if name == "wrong_appid":
        return _message_form(account, message | {"AppId": "2021000000000000"})
    if name == "malformed":
        content = _as_xml(message)[:-20]
        return _gateway_form(account, _SERVICE, content)
    if name == "oversized":
        return _message_form(account, message) + b"&padding=" + b"x" * 2**20
    return _message_form(_stranger(account), message)


def _message_form(account: AlipayAccount, message: dict[str, str]) -> bytes:
    return _gateway_form(account, _SERVICE, _as_xml(message))


def _as_xml(message: dict[str, str]) -> str:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in message.items())
    return f'<?xml version="1.0" encoding="GBK"?><XML>{inner}</XML>'


def _gateway_form(account: AlipayAccount, service: str, content: str) -> bytes:
    """V2: everything but *sign* is signed, in the declared charset, which is GBK (§8.1)."""
    fields = {
        "service": service,
        "sign_type": "RSA2",
        "charset": "GBK",
        "biz_content": content,
    }
    text = crypto.to_sign(fields, without=frozenset({"sign"}), charset="gb18030")
    fields["sign"] = crypto.sign(account.platform_private_key, text)
    return _encode(fields, "GBK")


def _forge_check(world: World, account: AlipayAccount, content: str) -> bool:
    """A check that Alipay did not sign: VERIFY_FAILED, or no 200 at all (§8.1)."""
    form = _gateway_form(_stranger(account), _CHECK, content)
    answer = _knock(world, account.url, form)
    refused = answer.status_code >= 400 or b"<success>false</success>" in answer.content
    if refused:
        world.verdicts.ok(DOOR, "forgery:check")
    else:
        world.verdicts.refused(DOOR, "forgery:check", "a forged check was answered as genuine")
    return refused


def _stranger(account: AlipayAccount) -> AlipayAccount:
    """Somebody who knows the address, but not the platform's key."""
    return replace(account, platform_private_key=account.app_private_key)


def _post(world: World, url: str, form: bytes) -> requests.Response:
    answer = _knock(world, url, form)
    if answer.status_code != 200:
        raise requests.HTTPError(f"HTTP {answer.status_code}")
    return answer


def _knock(world: World, url: str, form: bytes) -> requests.Response:
    # the real one's header cannot be trusted either (§8.5)
    headers = {"Content-Type": "application/x-www-form-urlencoded; text/html; charset=GBK"}
    return requests.post(
        url, data=form, headers=headers, timeout=world.push_timeout, allow_redirects=False
    )


def _encode(fields: dict[str, str], charset: str) -> bytes:
    return urlencode(fields, encoding=_codec(charset)).encode()


def _codec(charset: str) -> str:
    return "gb18030" if charset.upper() in {"GBK", "GB2312"} else "utf-8"


def _kind_of(message: dict[str, str]) -> str:
    return message.get("EventType", message["MsgType"]).removeprefix("<![CDATA[").rstrip("]>")


def _cdata(text: str) -> str:
    inner = text.replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{inner}]]>"


def _format(data: bytes) -> str:
    return "PNG" if data.startswith(b"\x89PNG") else "JPG"


def _milliseconds(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))


def _words(exc: Exception) -> str:
    return str(exc) if isinstance(exc, BadAnswer) else f"no answer ({type(exc).__name__})"
