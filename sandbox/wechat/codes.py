"""QR codes, mini-program codes and links (facts/platform.md §6)."""

from __future__ import annotations

import re
import secrets
from typing import Any, Final

from flask import Response

from sandbox.pictures import qr_picture
from sandbox.wechat.calls import Call, Refused
from sandbox.wechat.state import Scene, WeChatState
from sandbox.world import World

_LONGEST: Final = 2_592_000  # seconds, 30 days
_DEFAULT: Final = 60  # seconds
_SCENE_CHARS: Final = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")


def create(call: Call) -> dict[str, Any]:
    """qrcode/create of the official account."""
    if not call.is_official:
        raise Refused(48001, "api unauthorized")
    given = call.json()
    action = given.get("action_name")
    info = given.get("action_info")
    # forgetting the level `scene` is not refused: the code silently says 0
    scene = info.get("scene", {}) if isinstance(info, dict) else {}
    name = _scene_name(str(action), scene)
    ticket = "gQ" + secrets.token_urlsafe(60)
    content = f"{call.world.url}/wechat/q/{secrets.token_urlsafe(12)}"
    answer: dict[str, Any] = {"ticket": ticket, "url": content}
    expires = None
    if not str(action).startswith("QR_LIMIT"):
        seconds = given.get("expire_seconds", _DEFAULT)
        if not isinstance(seconds, int) or not 0 < seconds <= _LONGEST:
            raise Refused(40052, "invalid expire_seconds")
        expires = call.now + seconds
        answer["expire_seconds"] = seconds
    call.state.keep_scene(Scene(call.account.appid, name, ticket, expires), content)
    return answer


def _scene_name(action: str, scene: dict[str, Any]) -> str:
    if action in {"QR_STR_SCENE", "QR_LIMIT_STR_SCENE"}:
        name = scene.get("scene_str", "0")
        if not isinstance(name, str) or not 1 <= len(name) <= 64:
            raise Refused(40053, "invalid action info")
        return name
    if action in {"QR_SCENE", "QR_LIMIT_SCENE"}:
        number = scene.get("scene_id", 0)
        highest = 100_000 if action == "QR_LIMIT_SCENE" else 2**32 - 1
        if not isinstance(number, int) or not 0 <= number <= highest:
            raise Refused(40053, "invalid action info")
        return str(number)
    raise Refused(40050, "invalid action name")


def show(world: World, ticket: str) -> Response:
    """showqrcode: needs no token; an unknown ticket is 404."""
    content = world.room(WeChatState).content_of(ticket)
    if content is None:
        return Response("invalid ticket", 404, content_type="text/plain")
    return Response(qr_picture(content), content_type="image/jpg")


def wxacode(call: Call) -> Response:
    """getwxacodeunlimit of the mini-program: image bytes, or JSON when refused."""
    given = call.json()
    scene, page = given.get("scene"), given.get("page", "pages/index/index")
    if not isinstance(scene, str) or not _SCENE_CHARS.fullmatch(scene):
        raise Refused(40169, "invalid length for scene, or the data is not json string")
    if not isinstance(page, str) or page.startswith("/") or "?" in page:
        raise Refused(41030, "invalid page")
    if given.get("check_path", True) and page not in call.account.pages:
        raise Refused(41030, "invalid page")
    if given.get("env_version", "release") not in {"release", "trial", "develop"}:
        raise Refused(40097, "invalid args")
    width = given.get("width", 430)
    if not isinstance(width, int) or not 280 <= width <= 1280:
        raise Refused(40097, "invalid args")
    content = f"{call.world.url}/wechat/wxacode/{secrets.token_urlsafe(12)}"
    ticket = secrets.token_urlsafe(12)
    call.state.keep_scene(Scene(call.account.appid, scene, ticket, None, page), content)
    return Response(qr_picture(content, width), content_type="image/jpeg")


def url_link(call: Call) -> dict[str, Any]:
    """generate_urllink: a link that opens a page of the mini-program, for 30 days at most."""
    given = call.json()
    path, query = str(given.get("path", "")), str(given.get("query", ""))
    if path.lstrip("/") not in call.account.pages:
        raise Refused(40165, "invalid weapp pagepath")
    if len(query) > 1024:
        raise Refused(40212, "invalid query")
    days = given.get("expire_interval", 30)
    if not isinstance(days, int) or not 1 <= days <= 30:
        raise Refused(85401, "time limit between 1min and 1year")
    content = f"{call.world.url}/wechat/wxacode/{secrets.token_urlsafe(12)}"
    scene = Scene(
        call.account.appid, query, secrets.token_urlsafe(12), call.now + 86400 * days, path
    )
    call.state.keep_scene(scene, content)
    return {"errcode": 0, "errmsg": "ok", "url_link": content}
