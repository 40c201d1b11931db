"""The door of api.weixin.qq.com: faults, token, endpoint, verdict. In this order."""

from __future__ import annotations

import socket
import struct
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, abort, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.accounts import WeChatAccount
from sandbox.wechat import codes, logins, media, menus, messages
from sandbox.wechat.calls import Call, Refused
from sandbox.wechat.state import WeChatState
from sandbox.wechat.tokens import TokenRefused
from sandbox.world import Fault, World

Answer = dict[str, Any] | Response
_DOOR: Final = "wechat.api"
_HANG: Final = 30.0  # seconds


def _ips(_: Call) -> Answer:
    return {"ip_list": ["127.0.0.1"]}


def _nothing(_: Call) -> Answer:
    return {"errcode": 0, "errmsg": "ok"}


# endpoints that need an access token
_WITH_TOKEN: Final[dict[tuple[str, str], Callable[[Call], Answer]]] = {
    ("GET", "cgi-bin/getcallbackip"): _ips,
    ("POST", "cgi-bin/clear_quota"): _nothing,
    ("POST", "cgi-bin/openapi/rid/get"): _nothing,
    ("POST", "cgi-bin/message/custom/send"): messages.custom_send,
    ("POST", "cgi-bin/message/custom/typing"): messages.custom_typing,
    ("POST", "cgi-bin/message/template/send"): messages.template_send,
    ("POST", "cgi-bin/message/subscribe/send"): messages.subscribe_send,
    ("POST", "cgi-bin/media/upload"): media.upload,
    ("GET", "cgi-bin/media/get"): media.get,
    ("POST", "cgi-bin/qrcode/create"): codes.create,
    ("POST", "wxa/getwxacodeunlimit"): codes.wxacode,
    ("POST", "wxa/generate_urllink"): codes.url_link,
    ("POST", "wxa/business/getuserphonenumber"): logins.phone_number,
    ("GET", "cgi-bin/user/info"): logins.user_info,
    ("POST", "cgi-bin/menu/create"): menus.create,
    ("GET", "cgi-bin/menu/get"): menus.current,
    ("GET", "cgi-bin/menu/delete"): menus.delete,
}


def _stable_token(world: World, query: Mapping[str, str]) -> Answer:
    given = request.get_json(silent=True)
    if not isinstance(given, dict) or query:
        raise Refused(47001, "data format error")  # all of it belongs into the body
    account = _credential(world, given)
    token, seconds = world.room(WeChatState).tokens.stable(
        account.appid, world.clock.timestamp(), force=given.get("force_refresh", False) is True
    )
    return {"access_token": token, "expires_in": seconds}


def _old_token(world: World, query: Mapping[str, str]) -> Answer:
    account = _credential(world, query)
    now = world.clock.timestamp()
    token, seconds = world.room(WeChatState).tokens.mint(account.appid, now)
    return {"access_token": token, "expires_in": seconds}


# endpoints that are asked with the secret instead
_WITHOUT_TOKEN: Final[dict[tuple[str, str], Callable[[World, Mapping[str, str]], Answer]]] = {
    ("POST", "cgi-bin/stable_token"): _stable_token,
    ("GET", "cgi-bin/token"): _old_token,
    ("GET", "sns/jscode2session"): logins.code2session,
    ("GET", "sns/oauth2/access_token"): logins.oauth_token,
    ("GET", "sns/userinfo"): logins.oauth_userinfo,
}


def create_blueprint(world: World) -> Blueprint:
    """WeChat's API below /wechat."""
    bp = Blueprint("wechat", __name__, url_prefix="/wechat")

    @bp.get("/cgi-bin/showqrcode")
    def show_qrcode() -> Response:
        return codes.show(world, request.args.get("ticket", ""))

    @bp.get("/connect/oauth2/authorize")
    def authorize() -> AnyResponse:
        return _authorize(world)

    @bp.get("/q/<name>")
    @bp.get("/wxacode/<name>")
    def open_code(name: str) -> AnyResponse:
        # a browser on a PC that follows the code's link instead of scanning it
        return redirect(f"/phone/scan?{urlencode({'content': world.url + request.path})}")

    @bp.route("/<path:path>", methods=["GET", "POST"])
    def call(path: str) -> Response:
        if fault := _broken_line(world, path):
            return fault
        try:
            answer = _answer(world, path)
        except (Refused, TokenRefused) as exc:
            world.verdicts.refused(_DOOR, path, exc.why, exc.code)
            return _refusal(exc.code, exc.why)
        world.verdicts.ok(_DOOR, path)
        return answer if isinstance(answer, Response) else jsonify(answer)

    return bp


def _answer(world: World, path: str) -> Answer:
    key = (request.method, path)
    query = request.args.to_dict()
    if open_endpoint := _WITHOUT_TOKEN.get(key):
        return open_endpoint(world, query)
    endpoint = _WITH_TOKEN.get(key)
    if endpoint is None:
        abort(404)
    tokens = world.room(WeChatState).tokens
    appid = tokens.appid_of(query.get("access_token", ""), world.clock.timestamp())
    account = world.accounts.wechat(appid)
    if account is None:
        raise Refused(40013, "invalid appid")
    return endpoint(Call(world, account, query, request.get_data(), request.files.get("media")))


def _credential(world: World, given: Mapping[str, Any]) -> WeChatAccount:
    if given.get("grant_type") != "client_credential":
        raise Refused(40002, "invalid grant_type")
    account = world.accounts.wechat(str(given.get("appid")))
    if account is None:
        raise Refused(40013, "invalid appid")
    if given.get("secret") != account.secret:
        raise Refused(40125, "invalid appsecret")
    return account


def _refusal(code: int, why: str) -> Response:
    return jsonify({"errcode": code, "errmsg": f"{why} rid: {uuid.uuid4()}"})


def _broken_line(world: World, path: str) -> Response | None:
    """What a fault switch makes of this call; recorded as not the caller's fault."""
    if fault := world.faults.take("latency", path):
        time.sleep(float(fault.value or 1))
    for name, break_it in _BREAKS.items():
        if fault := world.faults.take(name, path):
            world.verdicts.refused(_DOOR, path, f"fault: {name}", fault.value, injected=True)
            return break_it(world, fault)
    return None


def _hang(_: World, fault: Fault) -> Response:
    time.sleep(float(fault.value or _HANG))
    return Response(status=504)


def _reset(_: World, __: Fault) -> Response:
    """The line drops before an answer: the caller cannot know what became of the call."""
    line = request.environ.get("werkzeug.socket")
    if isinstance(line, socket.socket):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.shutdown(socket.SHUT_RDWR)
    return Response(status=500)


def _invalidate(world: World, _: Fault) -> Response:
    world.room(WeChatState).tokens.invalidate()
    return _refusal(40001, "invalid credential, access_token is invalid or not latest")


_BREAKS: Final[dict[str, Callable[[World, Fault], Response]]] = {
    "hang": _hang,
    "reset": _reset,
    "token_invalidated": _invalidate,
    "http_5xx": lambda _, fault: Response("oops", int(fault.value or 502)),
    "html": lambda *_: Response("<html>busy</html>", content_type="text/html"),
    "truncated_json": lambda *_: Response('{"errcode":0,"err', content_type="application/json"),
    "errcode": lambda _, fault: _refusal(int(fault.value or -1), "system error"),
}


def _authorize(world: World) -> AnyResponse:
    """connect/oauth2/authorize: the person's own WeChat would agree silently (snsapi_base)."""
    given = request.args
    account = world.accounts.wechat_official
    target = given.get("redirect_uri", "")
    wanted, allowed = urlsplit(target), urlsplit(account.url)
    problems = {
        "appid": given.get("appid") != account.appid,
        "redirect_uri": (wanted.scheme, wanted.netloc) != (allowed.scheme, allowed.netloc),
        "response_type": given.get("response_type") != "code",
        "scope": given.get("scope") not in {"snsapi_base", "snsapi_userinfo"},
        "state": not given.get("state", "").isalnum() or len(given["state"]) > 128,
    }
    if wrong := [name for name, is_wrong in problems.items() if is_wrong]:
        world.verdicts.refused(_DOOR, "oauth2/authorize", f"wrong {', '.join(wrong)}", 10003)
        return Response(f"参数错误：{'、'.join(wrong)}", 400, content_type="text/plain")
    key = request.cookies.get("sandbox_person", "")
    if key not in world.people:
        return Response("请在微信客户端打开链接", 403, content_type="text/plain; charset=utf-8")
    code = world.room(WeChatState).issue_code(
        "oauth", account.appid, key, world.clock.timestamp(), given["scope"]
    )
    world.verdicts.ok(_DOOR, "oauth2/authorize")
    answer = urlencode({"code": code, "state": given["state"]})
    return redirect(replace_query(target, answer))


def replace_query(target: str, more: str) -> str:
    """*target* with *more* added to its query."""
    split = urlsplit(target)
    return split._replace(query=f"{split.query}&{more}".lstrip("&")).geturl()
