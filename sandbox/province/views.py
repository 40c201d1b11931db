"""HTTP around the province's sign-in, face check and registers.

The service's own calls (token, face sessions, registers) carry HTTP Basic client
authentication; people's browsers see the pages.
"""

from __future__ import annotations

import base64
import hmac
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.province import captcha
from sandbox.province.face import BadSession, Session, desk_of
from sandbox.province.oidc import (
    BadClient,
    OAuthError,
    Page,
    SignInFailed,
    provider_of,
)
from sandbox.province.register import change, entry_of, resident
from sandbox.world import World

Answer = AnyResponse | str | tuple[AnyResponse | str, int]

PORTALS = {"shanxi": "山西省", "jiangxi": "江西省"}


def create_blueprint(world: World) -> Blueprint:
    """Everything under ``/province`` and the levers under ``/world/province``."""
    bp = Blueprint("province", __name__, template_folder="templates")
    _add_metadata(bp, world)
    _add_sign_in(bp, world)
    _add_tokens(bp, world)
    _add_face_api(bp, world)
    _add_face_pages(bp, world)
    _add_registers(bp, world)
    return bp


def _add_metadata(bp: Blueprint, world: World) -> None:
    @bp.get("/province/.well-known/openid-configuration")
    def discovery() -> Response:
        issuer = world.accounts.oidc.issuer
        return jsonify(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "userinfo_endpoint": f"{issuer}/userinfo",
                "jwks_uri": f"{issuer}/jwks",
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
                "scopes_supported": ["openid", "profile"],
                "claims_supported": [
                    *("sub", "name", "user_type", "id_number", "mobile", "org"),
                ],
                "ui_locales_supported": ["zh-CN"],
            }
        )

    @bp.get("/province/jwks")
    def jwks() -> Response:
        return jsonify({"keys": [provider_of(world).key.jwk()]})


def _add_sign_in(bp: Blueprint, world: World) -> None:
    def show(page: Page, kind: str = "legal", account: str = "", error: str = "") -> str:
        return render_template(
            "province/sign_in.html",
            portal=PORTALS[world.accounts.province],
            page=page,
            kind=kind,
            account=account,
            error=error,
            people=world.people.values(),
        )

    @bp.get("/province/authorize")
    def authorize() -> Answer:
        asked = request.args.to_dict()
        try:
            page = provider_of(world).open_page(world, asked)
        except BadClient as exc:
            world.verdicts.refused("province", "authorize", str(exc), "bad_client")
            return _notice("无法登录", "登录请求有误，请返回原来的页面重新进入。"), 400
        except OAuthError as exc:
            world.verdicts.refused("province", "authorize", str(exc), exc.code)
            return _back(
                asked["redirect_uri"],
                error=exc.code,
                error_description=str(exc),
                state=asked.get("state", ""),
            )
        world.verdicts.ok("province", "authorize")
        return show(page)

    @bp.get("/province/captcha/<page_id>.svg")
    def picture(page_id: str) -> Answer:
        page = provider_of(world).page(world, page_id)
        if page is None:
            return "", 404
        svg = captcha.picture(page.captcha)
        return Response(svg, mimetype="image/svg+xml", headers={"Cache-Control": "no-store"})

    @bp.get("/world/province/captcha/<page_id>")
    def captcha_text(page_id: str) -> Answer:
        page = provider_of(world).page(world, page_id)
        return (jsonify({"text": page.captcha}), 200) if page else (jsonify({}), 404)

    @bp.post("/province/login")
    def login() -> Answer:
        typed = request.form.to_dict()
        page = provider_of(world).page(world, typed.get("page", ""))
        if page is None:
            return _notice("页面已过期", "登录页面已过期，请返回原来的页面重新登录。"), 400
        try:
            code = provider_of(world).sign_in(world, page, typed)
        except SignInFailed as exc:
            return show(page, typed.get("kind", ""), typed.get("account", ""), str(exc)), 200
        return _back(page.redirect_uri, code=code, state=page.state)


def _add_tokens(bp: Blueprint, world: World) -> None:
    client = world.accounts.oidc

    @bp.post("/province/token")
    def token() -> Answer:
        if not _authenticated(client.client_id, client.client_secret):
            world.verdicts.refused("province", "token", "client authentication", "invalid_client")
            return _unauthorized("invalid_client")
        try:
            answer = provider_of(world).redeem(world, request.form.to_dict())
        except OAuthError as exc:
            world.verdicts.refused("province", "token", str(exc), exc.code)
            return jsonify({"error": exc.code, "error_description": str(exc)}), 400
        world.verdicts.ok("province", "token")
        response = jsonify(answer)
        response.headers["Cache-Control"] = "no-store"  # RFC 6749, 5.1
        return response

    @bp.route("/province/userinfo", methods=["GET", "POST"])
    def userinfo() -> Answer:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        claims = provider_of(world).userinfo(world, given) if scheme == "Bearer" else None
        if claims is None:
            world.verdicts.refused("province", "userinfo", "access token", "invalid_token")
            refusal = jsonify({"error": "invalid_token"})
            refusal.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
            return refusal, 401
        world.verdicts.ok("province", "userinfo")
        return jsonify(claims)


def _add_face_api(bp: Blueprint, world: World) -> None:
    client = world.accounts.oidc

    @bp.before_request
    def authenticate() -> Answer | None:
        path = request.path
        api = ("/province/face/sessions", "/province/face/identity", "/province/registry")
        if not path.startswith(api) or _authenticated(client.face_key, client.face_secret):
            return None
        world.verdicts.refused("province", path, "client authentication", "invalid_client")
        return _unauthorized("invalid_client")

    @bp.post("/province/face/sessions")
    def open_session() -> Answer:
        wish = request.get_json(silent=True)
        try:
            session = desk_of(world).open(world, wish if isinstance(wish, dict) else {})
        except BadSession as exc:
            # a person may mistype their own number: not the service's fault
            if exc.code != "identity_mismatch":
                world.verdicts.refused("province", "face.open", str(exc), exc.code)
            return jsonify({"error": exc.code, "message": str(exc)}), 400
        world.verdicts.ok("province", "face.open")
        url = f"{client.face_base}/pages/{session.id}"
        return jsonify({"session_id": session.id, "url": url, "expires_in": 600}), 201

    @bp.get("/province/face/sessions/<session_id>")
    def result(session_id: str) -> Answer:
        session = desk_of(world).find(world, session_id)
        if session is None:
            world.verdicts.refused("province", "face.query", "unknown session", "unknown")
            return jsonify({"error": "unknown", "message": "no such session"}), 404
        world.verdicts.ok("province", "face.query")
        told = {"status": session.status, "reason": session.reason}
        return jsonify(told | ({"assertion": session.assertion} if session.assertion else {}))

    @bp.post("/province/face/identity")
    def identity() -> Answer:
        wish = request.get_json(silent=True) or {}
        name, number = str(wish.get("name", "")), str(wish.get("id_number", ""))
        world.verdicts.ok("province", "identity")
        return jsonify({"match": resident(world, name, number) is not None})


def _add_face_pages(bp: Blueprint, world: World) -> None:
    def show(session: Session) -> str:
        name = session.person.name
        return render_template(
            "province/face.html",
            portal=PORTALS[world.accounts.province],
            session=session,
            masked="*" * (len(name) - 1) + name[-1],
            people=world.people.values(),
        )

    @bp.get("/province/face/pages/<session_id>")
    def page(session_id: str) -> Answer:
        session = desk_of(world).find(world, session_id)
        return show(session) if session else (_notice("链接无效", "请从原来的页面重新进入。"), 404)

    @bp.post("/province/face/pages/<session_id>")
    def look(session_id: str) -> Answer:
        session = desk_of(world).find(world, session_id)
        if session is None:
            return _notice("链接无效", "请从原来的页面重新进入。"), 404
        face = world.people.get(request.form.get("face", session.person.key))
        try:
            desk_of(world).look(
                world, session, face if request.form.get("action") == "confirm" else None
            )
        except BadSession as exc:
            return _notice("认证已结束", str(exc)), 409
        if session.return_url:
            return _back(session.return_url, session=session.id)
        return show(session)


def _add_registers(bp: Blueprint, world: World) -> None:
    @bp.get("/province/registry/enterprises/<uscc>")
    def enterprise(uscc: str) -> Answer:
        entry = entry_of(world, uscc)
        world.verdicts.ok("province", "registry")
        if entry is None:
            return jsonify({"error": "unknown", "message": "未查询到该统一社会信用代码"}), 404
        return jsonify(entry.as_json())

    @bp.post("/world/province/registry/<uscc>")
    def rewrite(uscc: str) -> Answer:
        wish: dict[str, Any] = request.get_json()
        try:
            change(world, uscc, **wish)
        except (KeyError, ValueError, TypeError) as exc:
            return jsonify({"error": "refused", "message": str(exc)}), 400
        return jsonify({"ok": True})


def _authenticated(name: str, secret: str) -> bool:
    # RFC 6749, 2.3.1: both halves are form-encoded before they are joined
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(given, validate=True).decode().partition(":")
    except ValueError:
        return False
    expected = f"{name}:{secret}".encode()
    found = f"{unquote(user)}:{unquote(password)}".encode()
    return scheme == "Basic" and hmac.compare_digest(found, expected)


def _unauthorized(code: str) -> Answer:
    refusal = jsonify({"error": code})
    refusal.headers["WWW-Authenticate"] = 'Basic realm="province"'
    return refusal, 401


def _back(url: str, **fields: str) -> AnyResponse:
    joint = "&" if urlsplit(url).query else "?"
    return redirect(f"{url}{joint}{urlencode(fields)}", 302)


def _notice(title: str, text: str) -> str:
    return render_template("province/notice.html", title=title, text=text)
