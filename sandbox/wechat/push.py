"""WeChat calls the service: sign, encrypt, post, and judge the answer within five seconds."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import requests

from sandbox.accounts import WeChatAccount
from sandbox.people import Person
from sandbox.wechat.crypto import MessageCipher, signature
from sandbox.wechat.events import WINDOW_OF, Push, compose
from sandbox.wechat.payloads import as_json, as_xml
from sandbox.wechat.replies import BadReply, PassiveReply, read_reply
from sandbox.wechat.state import WeChatState
from sandbox.world import Act, Shown, World

_DOOR: Final = "wechat.push"
_BANNERS: Final = {
    "wechat": "该公众号提供的服务出现故障，请稍后再试",
    "wechat_miniprogram": "该小程序客服暂时无法提供服务，请稍后再试",
}
# switches under which the sender is not WeChat; the service must turn it away
_FORGERIES: Final = (
    "wrong_signature",
    "stale_timestamp",
    "plaintext",
    "wrong_appid",
    "malformed",
    "oversized",
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """One HTTP request to the service."""

    query: dict[str, str]
    body: bytes = field(repr=False)
    content_type: str


def account_of(world: World, channel: str) -> WeChatAccount:
    """The account behind a channel's conversation."""
    if channel == "wechat":
        return world.accounts.wechat_official
    if channel == "wechat_miniprogram":
        return world.accounts.wechat_miniprogram
    raise ValueError(f"not a WeChat channel: {channel}")


def handshake(world: World, channel: str) -> bool:
    """The console's URL check (§1.1): the echo must come back verbatim."""
    account = account_of(world, channel)
    stamp, nonce = _stamp(world)
    echo = str(secrets.randbelow(10**19))
    query = {
        "signature": signature(account.token, stamp, nonce),
        "timestamp": stamp,
        "nonce": nonce,
        "echostr": echo,
    }
    answer = requests.get(account.url, params=query, timeout=world.push_timeout)
    fine = answer.status_code == 200 and answer.content == echo.encode()
    if fine:
        world.verdicts.ok(_DOOR, "handshake")
    else:
        world.verdicts.refused(_DOOR, "handshake", f"HTTP {answer.status_code}, wrong echo")
    return fine


def push(world: World, channel: str, person: Person, act: Act) -> list[Shown]:
    """Carry *act* to the service and show what comes back at once."""
    account = account_of(world, channel)
    _open_window(world, account, person, act)
    made = compose(world, account, person, act)
    if fault := world.faults.take("unknown_event", "push"):
        made = Push(made.fields | {"MsgType": "event", "Event": fault.value or "moon_rise"}, False)
    if world.faults.take("reordered", "push"):
        world.later(_deliver, world, channel, person, made, delay=1.0)
        return []
    return _deliver(world, channel, person, made)


def notify(world: World, account: WeChatAccount, person: Person, fields: dict[str, Any]) -> None:
    """Push an event that nobody waits for (TEMPLATESENDJOBFINISH and the like)."""
    official = world.accounts.wechat_official.appid
    channel = "wechat" if account.appid == official else "wechat_miniprogram"
    base = {
        "ToUserName": account.original_id,
        "FromUserName": world.openid(person, account.appid),
        "CreateTime": int(world.clock.timestamp()),
        "MsgType": "event",
    }
    _deliver(world, channel, person, Push(base | fields, may_answer=False))


def _deliver(world: World, channel: str, person: Person, made: Push) -> list[Shown]:
    account = account_of(world, channel)
    for name in _FORGERIES:
        if fault := world.faults.take(name, "push"):
            _try_forgery(world, account, made, fault.name)
            return []
    if world.faults.take("concurrent", "push"):
        world.later(_post, world, account, seal(world, account, made.fields))
    answer = _deliver_once(world, channel, person, made)
    if world.faults.take("duplicate", "push"):
        _post(world, account, seal(world, account, made.fields))  # the second answer is lost
    return answer


def _deliver_once(world: World, channel: str, person: Person, made: Push) -> list[Shown]:
    account, why = account_of(world, channel), ""
    for _ in range(world.push_attempts):
        envelope = seal(world, account, made.fields)
        try:
            body = _post(world, account, envelope)
        except requests.RequestException as exc:
            why = f"no answer ({type(exc).__name__})"
            continue
        if world.faults.take("repeated_nonce", "push"):
            _post(world, account, envelope)  # the very same bytes once more
        try:
            reply = read_reply(
                account, made.fields["FromUserName"], body, now=world.clock.timestamp()
            )
            return _accept(world, channel, person, made, reply)
        except BadReply as exc:
            why = f"malformed reply: {exc}"
            break
    world.verdicts.refused(_DOOR, _name(made), why)
    if not made.may_answer:
        return []
    banner = _BANNERS[channel]
    return [world.inbox.show(person, channel, "platform", "banner", text=banner)]


def _accept(
    world: World, channel: str, person: Person, made: Push, reply: PassiveReply | None
) -> list[Shown]:
    if reply and not made.may_answer:
        world.verdicts.refused(_DOOR, _name(made), "this event takes no reply")
        return []
    what = _screen(world, channel, reply) if reply else None
    world.verdicts.ok(_DOOR, _name(made))
    return [world.inbox.show(person, channel, "service", passive=True, **what)] if what else []


def _screen(world: World, channel: str, reply: PassiveReply) -> dict[str, Any]:
    fields = reply.fields
    if reply.kind == "text":
        return {"kind": "text", "text": fields["Content"]}
    if reply.kind == "news":
        article: Mapping[str, str] = fields["Articles"]["item"][0]
        return {
            "kind": "news",
            "title": article["Title"],
            "text": article.get("Description", ""),
            "url": article.get("Url", ""),
            "picture": article.get("PicUrl", ""),
        }
    if reply.kind == "image":
        account, now = account_of(world, channel), world.clock.timestamp()
        media_id = fields.get("Image", {}).get("MediaId", "")
        media = world.room(WeChatState).media(account.appid, media_id, now)
        if media is None:
            raise BadReply("unknown MediaId")
        return {"kind": "image", "picture": media.picture}
    return {"kind": "note", "text": "正在转接人工客服"}


def _open_window(world: World, account: WeChatAccount, person: Person, act: Act) -> None:
    state, openid = world.room(WeChatState), world.openid(person, account.appid)
    if act.kind == "unfollow":
        state.windows.close(account.appid, openid)
    elif trigger := WINDOW_OF.get(act.kind):
        state.windows.open(account.appid, openid, trigger, world.clock.timestamp())


def seal(world: World, account: WeChatAccount, fields: Mapping[str, Any]) -> Envelope:
    """Sign and, by the account's mode, encrypt (§1.2, §1.3). Every attempt has its own nonce."""
    stamp, nonce = _stamp(world)
    plain = _render(world, account, fields)
    query = {
        "signature": signature(account.token, stamp, nonce),
        "timestamp": stamp,
        "nonce": nonce,
        "openid": str(fields["FromUserName"]),
    }
    content_type = "text/xml" if account.payload == "xml" else "application/json"
    if account.mode == "plain":
        return Envelope(query, plain, content_type)
    encrypted = MessageCipher(account.encoding_aes_key, account.appid).encrypt(plain)
    query |= {
        "encrypt_type": "aes",
        "msg_signature": signature(account.token, stamp, nonce, encrypted),
    }
    outer = dict(fields) if account.mode == "compat" else {"ToUserName": fields["ToUserName"]}
    return Envelope(query, _render(world, account, outer | {"Encrypt": encrypted}), content_type)


def _render(world: World, account: WeChatAccount, fields: Mapping[str, Any]) -> bytes:
    if account.payload == "xml":
        return as_xml(fields)
    return as_json(fields, numbers_as_text=bool(world.faults.take("numeric_strings", "push")))


def _post(world: World, account: WeChatAccount, envelope: Envelope) -> bytes:
    answer = requests.post(
        account.url,
        params=envelope.query,
        data=envelope.body,
        headers={"Content-Type": envelope.content_type, "User-Agent": "Mozilla/4.0"},
        timeout=world.push_timeout,
        allow_redirects=False,
    )
    if answer.status_code != 200:
        raise requests.HTTPError(f"HTTP {answer.status_code}")
    return answer.content


def _try_forgery(world: World, account: WeChatAccount, made: Push, name: str) -> None:
    """Knock with a push WeChat never sent. Only a 4xx is the right answer."""
    envelope = _forge(world, account, made, name)
    answer = requests.post(
        account.url,
        params=envelope.query,
        data=envelope.body,
        headers={"Content-Type": envelope.content_type},
        timeout=world.push_timeout,
    )
    if 400 <= answer.status_code < 500:
        world.verdicts.ok(_DOOR, f"forgery:{name}")
    else:
        world.verdicts.refused(_DOOR, f"forgery:{name}", f"not refused: {answer.status_code}")


def _forge(world: World, account: WeChatAccount, made: Push, name: str) -> Envelope:
    if name == "plaintext":
        return seal(world, replace(account, mode="plain"), made.fields)
    if name == "wrong_appid":
        return seal(world, replace(account, appid="wx0123456789abcdef"), made.fields)
    envelope = seal(world, account, made.fields)
    if name == "wrong_signature":
        wrong = {key: secrets.token_hex(20) for key in ("signature", "msg_signature")}
        return replace(envelope, query=envelope.query | wrong)
    if name == "malformed":
        return replace(envelope, body=envelope.body[: len(envelope.body) // 2])
    if name == "oversized":
        return replace(envelope, body=envelope.body + b" " * 2**20)
    return _aged(account, envelope, seconds=3600)


def _aged(account: WeChatAccount, envelope: Envelope, seconds: int) -> Envelope:
    """The same push, rightly signed, but of long ago (only possible to replay, not to make)."""
    nonce = envelope.query["nonce"]
    stamp = str(int(envelope.query["timestamp"]) - seconds)
    query = envelope.query | {
        "timestamp": stamp,
        "signature": signature(account.token, stamp, nonce),
    }
    if account.mode != "plain":
        body = envelope.body.decode()
        if account.payload == "xml":
            encrypted = body.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
        else:
            encrypted = body.split('"Encrypt": "')[1].split('"')[0]
        query["msg_signature"] = signature(account.token, stamp, nonce, encrypted)
    return replace(envelope, query=query)


def _stamp(world: World) -> tuple[str, str]:
    skew = world.faults.take("clock_skew", "push")
    now = world.clock.timestamp() + (float(skew.value or 0) if skew else 0)
    return str(int(now)), str(secrets.randbelow(10**10))


def _name(made: Push) -> str:
    return str(made.fields.get("Event") or made.fields["MsgType"])
