"""Around the gateway: the face-check page, QR pictures, the sign-in page that a link inside
Alipay passes through, and the world's levers below ``/world/alipay``.
"""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.accounts import AlipayAccount
from sandbox.alipay import crypto
from sandbox.alipay.state import AuthCode, Certification, state_of
from sandbox.pictures import qr_picture
from sandbox.province.register import resident
from sandbox.world import World

_DOOR = "alipay.gateway"


def add_pages(bp: Blueprint, world: World) -> None:
    """What people's browsers see of Alipay."""

    @bp.route("/alipay/certify/<certify_id>", methods=["GET", "POST"])
    def certify(certify_id: str) -> AnyResponse | tuple[str, int]:
        found = state_of(world).certifications.get(certify_id)
        if found is None:
            return "not found", 404
        if request.method == "POST" and found.passed is None:
            _look(world, found, request.form.get("action") == "confirm")
            if found.return_url.startswith("http"):
                return redirect(found.return_url)
        words = "验证通过" if found.passed else f"验证未通过：{found.reason}"
        done = found.passed is not None
        masked = "*" * (len(found.name) - 1) + found.name[-1:]
        page = render_template(
            "alipay/certify.html", done=done, words=words, masked=masked, id=certify_id
        )
        return Response(page, mimetype="text/html")

    @bp.get("/alipay/qr/<name>.png")
    def picture(name: str) -> AnyResponse:
        content = f"{world.url}/alipay/q/{name}"
        if content not in state_of(world).codes:
            return Response(status=404)
        return Response(qr_picture(content, kind="PNG"), mimetype="image/png")

    @bp.get("/alipay/q/<name>")
    def open_code(name: str) -> AnyResponse:
        # a browser on a PC that follows the code's link instead of scanning it
        content = f"{world.url}/alipay/q/{name}"
        return redirect(f"/phone/scan?{urlencode({'content': content})}")

    @bp.get("/alipay/oauth2/publicAppAuthorize.htm")
    def authorize() -> AnyResponse:
        return _authorize(world)


def _look(world: World, found: Certification, confirmed: bool) -> None:
    exists = resident(world, found.name, found.number) is not None
    failed = not exists or world.faults.take("face_fail", "alipay.certify")
    found.passed = confirmed and not failed
    if not found.passed:
        found.reason = "姓名或身份证号不一致，或人脸不匹配" if confirmed else "用户取消"


def _authorize(world: World) -> AnyResponse:
    """The page a link inside Alipay passes through; auth_base asks the person nothing."""
    given = request.args
    account = world.accounts.alipay(given.get("app_id", ""))
    target, scope = given.get("redirect_uri", ""), given.get("scope", "")
    allowed = urlsplit(account.url) if account else None
    wanted = urlsplit(target)
    if account is None or allowed is None or wanted[:2] != allowed[:2]:
        world.verdicts.refused(_DOOR, "authorize", "wrong app_id or redirect_uri")
        return Response("参数错误", 400, content_type="text/plain; charset=utf-8")
    if scope not in {"auth_base", "auth_user"}:
        world.verdicts.refused(_DOOR, "authorize", "wrong scope")
        return Response("参数错误", 400, content_type="text/plain; charset=utf-8")
    key = request.cookies.get("sandbox_person", "")
    if key not in world.people:
        return Response("请在支付宝中打开链接", 403, content_type="text/plain; charset=utf-8")
    code = AuthCode(account.app_id, key, scope, world.clock.now())
    world.verdicts.ok(_DOOR, "authorize")
    fields = {
        "app_id": account.app_id,
        "source": "alipay_wallet",
        "scope": scope,
        "auth_code": state_of(world).issue_auth_code(code),
        "state": given.get("state", ""),
    }
    joint = "&" if wanted.query else "?"
    return redirect(f"{target}{joint}{urlencode(fields)}")


def add_levers(bp: Blueprint, world: World) -> None:
    """What a mini-program's client would do, and how the gateway behaves."""

    @bp.post("/world/alipay/auth_code")
    def auth_code() -> Response:
        """my.getAuthCode: ``{person, app: life|miniprogram, scope}``."""
        given = request.get_json()
        account = _account(world, given.get("app", "miniprogram"))
        person, scope = world.person(given["person"]), given.get("scope", "auth_base")
        code = AuthCode(account.app_id, person.key, scope, world.clock.now())
        return jsonify({"code": state_of(world).issue_auth_code(code)})

    @bp.post("/world/alipay/phone")
    def phone() -> Response:
        """my.getPhoneNumber: encrypted, and signed over the text with its quotes (§10)."""
        account = world.accounts.alipay_miniprogram
        person = world.person(request.get_json()["person"])
        told = {"code": "10000", "msg": "Success", "mobile": person.mobile}
        sealed = crypto.encrypt(account.aes_key, json.dumps(told))
        signature = crypto.sign(account.platform_private_key, f'"{sealed}"'.encode())
        return jsonify({"response": sealed, "sign": signature})

    @bp.post("/world/alipay/consent")
    def consent() -> Response:
        """my.requestSubscribeMessage: ``{person, template_id, times}``, -1 for good."""
        given = request.get_json()
        key = (world.person(given["person"]).key, given["template_id"])
        state_of(world).consents[key] = int(given.get("times", 1))
        return jsonify({"ok": True})

    @bp.post("/world/alipay/style")
    def style() -> Response:
        """How answers are written, see :class:`Style`."""
        state = state_of(world)
        state.style = replace(state.style, **request.get_json())
        return jsonify({"ok": True})


def _account(world: World, app: str) -> AlipayAccount:
    accounts = world.accounts
    return accounts.alipay_life if app == "life" else accounts.alipay_miniprogram
