"""openapi.alipay.com: check the call as the real gateway does, dispatch, sign the answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.accounts import AlipayAccount
from sandbox.alipay import crypto, identities, messages
from sandbox.alipay.calls import Call, Refused, missing
from sandbox.alipay.pages import add_levers, add_pages
from sandbox.alipay.state import state_of
from sandbox.world import World

DOOR = "alipay.gateway"
MAX_SKEW = timedelta(minutes=10)  # enough to catch a service that signs in UTC
CHARSETS = {"utf-8": "utf-8", "gbk": "gb18030", "gb2312": "gb18030"}
CERTIFY_PAGE = "alipay.user.certify.open.certify"
MAX_URL = 8 * 1024  # octets; the real gateway answers 414 above some such size
_REQUIRED = ("app_id", "method", "charset", "sign_type", "sign", "timestamp", "version")

_HANG = 30.0  # seconds
_BREAKS = {
    "http_5xx": (502, "oops"),
    "html": (200, "<html>系统繁忙</html>"),
    "truncated_json": (200, '{"error_resp'),
    "errcode": (200, '{"error_response":{"code":"20000","msg":"Service Currently Unavailable"}}'),
    "hang": (504, ""),
}

_METHODS: dict[str, Callable[[Call], dict[str, Any] | bytes]] = {
    "alipay.system.oauth.token": identities.oauth_token,
    "alipay.user.info.share": identities.user_info,
    "alipay.user.certify.open.initialize": identities.certify_initialize,
    "alipay.user.certify.open.query": identities.certify_query,
    "alipay.mobile.public.multimedia.download": identities.media_download,
    "alipay.open.public.message.custom.send": messages.custom_send,
    "alipay.open.public.message.single.send": messages.single_send,
    "alipay.open.public.user.follow.query": messages.follow_query,
    "alipay.open.public.qrcode.create": messages.life_qrcode,
    "alipay.open.public.menu.create": messages.menu_create,
    "alipay.open.app.mini.templatemessage.send": messages.mini_notice,
    "alipay.open.app.qrcode.create": messages.app_qrcode,
}
_TOP_LEVEL = frozenset({"alipay.system.oauth.token", "alipay.user.info.share"})  # no biz_content
_PERSONAL = frozenset({"alipay.user.certify.open.initialize"})  # must not stand in a URL


def create_blueprint(world: World) -> Blueprint:
    """Routes below ``/alipay``, and the levers below ``/world/alipay``."""
    bp = Blueprint("alipay", __name__, template_folder="templates")
    add_pages(bp, world)
    add_levers(bp, world)

    @bp.route("/alipay/gateway.do", methods=["GET", "POST"])
    def gateway() -> AnyResponse:
        parameters = read_parameters()
        method = parameters.get("method", "")
        if broken := _broken_line(world, method):
            return broken
        if len(request.query_string) > MAX_URL:
            world.verdicts.refused(DOOR, method, "address too long", 414)
            return Response(status=414)
        try:
            call = open_call(world, parameters)
            if method == CERTIFY_PAGE:
                return _certify_page(world, call)
            answer = _METHODS[method](call)
        except Refused as exc:
            world.verdicts.refused(DOOR, method, exc.why, exc.sub_code)
            return _error(world, parameters, exc)
        if request.method == "GET" and method in _PERSONAL:
            world.verdicts.refused(DOOR, method, "personal data in an address")
        else:
            world.verdicts.ok(DOOR, method)
        if isinstance(answer, bytes):
            return Response(answer, mimetype="application/octet-stream")
        return _success(world, call, answer)

    return bp


def read_parameters() -> dict[str, str]:
    """Query and body together, decoded by the charset the query (or the body) names."""
    raw = [*_pairs(request.query_string), *_pairs(request.get_data())]
    charset = dict(raw).get(b"charset", b"utf-8").decode("ascii", "replace").lower()
    codec = CHARSETS.get(charset, "utf-8")
    found: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode(codec, "replace"), value.decode(codec, "replace")
        # the same name twice with two values: what was signed is anybody's guess
        found[key] = text if found.get(key, text) == text else "\x00"
    return found


def open_call(world: World, parameters: Mapping[str, str]) -> Call:
    """Check the common parameters and the signature, in the gateway's order; or Refused."""
    for name in _REQUIRED:
        if not parameters.get(name):
            raise missing(name)
    account = world.accounts.alipay(parameters["app_id"])
    if account is None:
        raise Refused("40002", "isv.invalid-app-id", "无效的AppID参数")
    _check_common(parameters, world.clock.now())
    _check_signature(account, parameters)
    method = parameters["method"]
    if method not in _METHODS and method != CERTIFY_PAGE:
        raise Refused("40002", "isv.invalid-method", "不存在的方法名")
    return Call(world, account, parameters, _content(account, parameters))


def _check_common(parameters: Mapping[str, str], now: datetime) -> None:
    wanted = {"version": "1.0", "format": "JSON", "sign_type": "RSA2"}
    for name, value in wanted.items():
        if parameters.get(name, value) != value:
            codes = {"sign_type": "isv.invalid-signature-type"}
            raise Refused("40002", codes.get(name, f"isv.invalid-{name}"), f"无效的参数 {name}")
    if parameters["charset"].lower() not in CHARSETS:
        raise Refused("40002", "isv.invalid-charset", "字符集错误")
    try:
        stamp = datetime.strptime(f"{parameters['timestamp']} +0800", "%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        raise Refused("40002", "isv.invalid-timestamp", "时间戳格式错误") from None
    if abs(stamp - now) > MAX_SKEW:
        raise Refused("40002", "isv.invalid-timestamp", "时间戳与北京时间相差过大")


def _check_signature(account: AlipayAccount, parameters: Mapping[str, str]) -> None:
    codec = CHARSETS[parameters["charset"].lower()]
    message = crypto.to_sign(parameters, without=frozenset({"sign"}), charset=codec)
    if not crypto.is_signed(account.app_public_key, message, parameters["sign"]):
        raise Refused("40002", "isv.invalid-signature", "验签出错，请检查签名字符串和密钥")


def _content(account: AlipayAccount, parameters: Mapping[str, str]) -> dict[str, Any]:
    text = parameters.get("biz_content", "")
    if not text and parameters["method"] in _TOP_LEVEL:
        return {}
    if parameters.get("encrypt_type") == "AES":
        try:
            text = crypto.decrypt(account.aes_key, text)
        except ValueError:
            raise Refused("40002", "isv.decryption-error", "解密出错") from None
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused("40002", "isv.invalid-biz-content", "biz_content不是JSON对象")
    return found


def _success(world: World, call: Call, answer: dict[str, Any]) -> Response:
    method = call.parameters["method"]
    if method != "alipay.system.oauth.token":
        answer = {"code": "10000", "msg": "Success"} | answer
    style = state_of(world).style
    if style.braces:
        answer["memo"] = 'a {"sign":"} b'
    text = json.dumps(answer, ensure_ascii=style.escaped_characters, separators=(",", ":"))
    if style.escaped_slashes:
        text = text.replace("/", "\\/")
    if call.parameters.get("encrypt_type") == "AES":
        text = json.dumps(crypto.encrypt(call.account.aes_key, text))
    return _signed(world, call.account, call.parameters, f"{_name(method)}_response", text)


def _error(world: World, parameters: Mapping[str, str], exc: Refused) -> Response:
    """A refusal by the method is its response; one by the gateway is an error_response."""
    account = world.accounts.alipay(parameters.get("app_id", ""))
    text = json.dumps(exc.as_json(), ensure_ascii=False, separators=(",", ":"))
    at_the_door = exc.sub_code in {"isv.invalid-signature", "isv.invalid-app-id"}
    if account is None or at_the_door or not state_of(world).style.signed_errors:
        return Response(f'{{"error_response":{text}}}', content_type="text/html;charset=utf-8")
    known = parameters.get("method", "") in _METHODS
    name = f"{_name(parameters['method'])}_response" if known else "error_response"
    return _signed(world, account, parameters, name, text)


def _signed(
    world: World, account: AlipayAccount, parameters: Mapping[str, str], name: str, text: str
) -> Response:
    charset = parameters.get("charset", "utf-8").lower()
    codec = CHARSETS.get(charset, "utf-8")
    signature = crypto.sign(account.platform_private_key, text.encode(codec))
    if world.faults.take("wrong_signature", DOOR):
        signature = crypto.sign(account.app_private_key, text.encode(codec))
    parts = [f'"{name}":{text}', f'"sign":"{signature}"']
    if state_of(world).style.sign_first:
        parts.reverse()
    # the real one says text/html, whatever it sends
    return Response(
        f"{{{','.join(parts)}}}".encode(codec), content_type=f"text/html;charset={charset}"
    )


def _broken_line(world: World, method: str) -> Response | None:
    """What a fault switch makes of this call; recorded as not the caller's fault."""
    if fault := world.faults.take("latency", method):
        time.sleep(float(fault.value or 1))
    for name, (status, body) in _BREAKS.items():
        if world.faults.take(name, method):
            world.verdicts.refused(DOOR, method, f"fault: {name}", injected=True)
            if name == "hang":
                time.sleep(_HANG)
            return Response(body, status, content_type="text/html")
    return None


def _certify_page(world: World, call: Call) -> AnyResponse:
    certify_id = call.text("certify_id")
    found = state_of(world).certifications.get(certify_id)
    if found is None or found.app_id != call.account.app_id:
        raise Refused("40004", "CERTIFY_ID_NOT_EXIST", "认证单据不存在")
    world.verdicts.ok(DOOR, CERTIFY_PAGE)
    return redirect(f"{world.url}/alipay/certify/{certify_id}")


def _name(method: str) -> str:
    return method.replace(".", "_")


def _pairs(raw: bytes) -> list[tuple[bytes, bytes]]:
    # Latin-1 keeps every octet, whatever charset it will turn out to be
    found = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in found]
