"""Methods that reach people: life-account messages, notices, menus, QR codes (§10)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.alipay.calls import Call, Refused, failed, invalid, missing
from sandbox.alipay.state import Code
from sandbox.people import Person
from sandbox.wechat.state import WeChatState

_LONGEST_QR = 30 * 24 * 3600  # seconds
_NOTICE_LIMIT = 2048  # characters of a notice's data, §10


def custom_send(call: Call) -> dict[str, Any]:
    """alipay.open.public.message.custom.send: text or cards, inside a window."""
    _life_only(call)
    person = call.receiver()
    kind = call.text("msg_type")
    if kind == "text":
        rows = [{"kind": "text", "text": call.text("content", 2048, call.part("text"))}]
    elif kind == "image-text":
        rows = _cards(call)
    else:
        raise invalid("msg_type")
    if call.content.get("chat", "0") not in {"0", "1"}:
        raise invalid("chat")
    if not call.world.follows(person, call.account.app_id):
        raise failed("NOT_FOLLOW", "用户未关注")
    if not call.state.spend(call.account.app_id, person, call.now):
        raise failed("MSG_SD_OVER_TIME", "超过时间窗口，消息不能下发")
    for row in rows:
        call.world.inbox.show(person, "alipay", "service", **row)
    return {}


def single_send(call: Call) -> dict[str, Any]:
    """alipay.open.public.message.single.send: a template to a follower, no window needed."""
    _life_only(call)
    person = call.receiver()
    template = call.part("template")
    purpose = _purpose_of(call, call.text("template_id", within=template))
    context = template.get("context")
    if not isinstance(context, dict):
        raise missing("context")
    lines = [_keyword(name, value) for name, value in context.items() if isinstance(value, dict)]
    if not lines:
        raise missing("keyword1")
    if not call.world.follows(person, call.account.app_id):
        raise failed("NOT_FOLLOW", "用户未关注")
    url = context.get("url", "")
    text = "\n".join(lines)
    call.world.inbox.show(
        person, "alipay", "service", "template", title=purpose, text=text, url=url
    )
    return {}


def mini_notice(call: Call) -> dict[str, Any]:
    """alipay.open.app.mini.templatemessage.send: needs the person's consent."""
    if call.is_life:
        raise Refused("40006", "isv.insufficient-isv-permissions", "生活号不能发送小程序消息")
    person = call.receiver()
    purpose = _purpose_of(call, call.text("user_template_id"))
    page = call.text("page", 128)
    lines = _notice_lines(call.text("data", _NOTICE_LIMIT))
    spent = (person.key, call.content["user_template_id"])
    if call.state.consents[spent] == 0:
        raise failed("USER_NOT_SUBSCRIBE", "用户未订阅该消息模板")
    if call.state.consents[spent] > 0:  # below zero: a long-term consent
        call.state.consents[spent] -= 1
    text = "\n".join(lines)
    call.world.inbox.show(
        person, "alipay", "service", "template", title=purpose, text=text, url=page
    )
    return {}


def follow_query(call: Call) -> dict[str, Any]:
    """alipay.open.public.user.follow.query."""
    _life_only(call)
    follows = call.world.follows(call.receiver(), call.account.app_id)
    return {"is_follow": "T" if follows else "F"}


def life_qrcode(call: Call) -> dict[str, Any]:
    """alipay.open.public.qrcode.create: leads to the life account with a scene."""
    _life_only(call)
    kind = call.text("code_type")
    if kind not in {"TEMP", "PERM"}:
        raise invalid("code_type")
    info = call.part("code_info").get("scene")
    if not isinstance(info, dict):
        raise missing("scene")
    scene = call.text("scene_id", 64, info)
    answer: dict[str, Any] = {}
    expires = None
    if kind == "TEMP":
        seconds = call.content.get("expire_second")
        if not str(seconds).isdigit() or not 0 < int(str(seconds)) <= _LONGEST_QR:
            raise invalid("expire_second")
        expires = call.now + timedelta(seconds=int(str(seconds)))
        answer["expire_second"] = int(str(seconds))
    picture = _keep(call, Code(call.account.app_id, scene=scene, expires=expires))
    return {"code_img": picture} | answer


def app_qrcode(call: Call) -> dict[str, Any]:
    """alipay.open.app.qrcode.create: opens a page of the mini-program."""
    if call.is_life:
        raise Refused("40006", "isv.insufficient-isv-permissions", "生活号没有小程序码")
    page, query = call.text("url_param", 256), str(call.content.get("query_param", ""))
    call.text("describe", 32)
    if page.startswith("/") or "?" in page or len(query) > 256:
        raise invalid("url_param")
    picture = _keep(call, Code(call.account.app_id, page=page, query=query))
    return {"qr_code_url": picture, "qr_code_url_circle_blue": picture}


def menu_create(call: Call) -> dict[str, Any]:
    """alipay.open.public.menu.create: up to 4 buttons, 5 below each."""
    _life_only(call)
    buttons = call.content.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 4:
        raise invalid("button")
    # the phone draws one kind of menu, whoever made it
    menus = call.world.room(WeChatState).menus
    menus[call.account.app_id] = {"button": [_button(call, button) for button in buttons]}
    return {"menu_key": "default"}


def _life_only(call: Call) -> None:
    if not call.is_life:
        raise Refused("40006", "isv.insufficient-isv-permissions", "仅生活号可调用")


def _purpose_of(call: Call, template_id: str) -> str:
    for purpose, known in call.account.templates.items():
        if known == template_id:
            return purpose
    raise failed("INVALID_TEMPLATE", "模板不存在")


def _cards(call: Call) -> list[dict[str, Any]]:
    articles = call.content.get("articles")
    if not isinstance(articles, list) or not 1 <= len(articles) <= 10:
        raise invalid("articles")
    return [_card(call, article) for article in articles]


def _card(call: Call, article: Any) -> dict[str, Any]:
    if not isinstance(article, dict):
        raise invalid("articles")
    url = call.text("url", 1024, article)
    if not url.startswith(("http://", "https://", "alipays://")):
        raise invalid("url")
    return {
        "kind": "news",
        "title": call.text("title", 64, article),
        "text": call.text("desc", 512, article),
        "url": url,
        "picture": str(article.get("image_url", "")),
    }


def _keyword(name: str, value: Mapping[str, Any]) -> str:
    text = value.get("value")
    if not isinstance(text, str) or not text:
        raise invalid(name)
    return text


def _notice_lines(data: str) -> list[str]:
    try:
        fields = json.loads(data)
        lines = [field["value"] for field in fields.values()]
    except (ValueError, TypeError, KeyError, AttributeError) as exc:
        raise invalid("data", "must be a JSON text of {keyword: {value}}") from exc
    if not lines or not all(isinstance(line, str) and line for line in lines):
        raise invalid("data", "no empty values")
    return lines


def _keep(call: Call, code: Code) -> str:
    name = secrets.token_urlsafe(12)
    call.state.codes[f"{call.world.url}/alipay/q/{name}"] = code
    return f"{call.world.url}/alipay/qr/{name}.png"


def _button(call: Call, button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise invalid("button")
    name = call.text("name", 12, button)
    if below := button.get("sub_button"):
        return {"name": name, "sub_button": [_button(call, entry) for entry in below]}
    kind, target = call.text("action_type", within=button), call.text("action_param", 255, button)
    if kind not in {"out", "link"}:
        raise invalid("action_type")
    return {"name": name, "key" if kind == "out" else "url": target}


def receiver_name(person: Person) -> str:
    """A name as the platform masks it: the last character shows."""
    return "*" * (len(person.name) - 1) + person.name[-1]
