"""The phone page: chat with the service as in WeChat or Alipay, in any browser.

Works without script (every act is a form); the script only fetches what is new.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import zxingcpp
from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from PIL import Image, UnidentifiedImageError
from werkzeug.wrappers import Response as AnyResponse

from sandbox.accounts import PROVINCES
from sandbox.acting import CannotAct, appid_of, menu_tree, perform
from sandbox.miniprogram import MiniProgramClient, TurnedAway
from sandbox.people import Person
from sandbox.phone.words import rich
from sandbox.pictures import Pictures
from sandbox.world import CHANNELS, Act, World

_NAMES: Final = {"wechat": "微信", "wechat_miniprogram": "微信小程序客服", "alipay": "支付宝"}
_LIVE: Final = "X-Live"  # sent by the script, which wants no redirect


@dataclass(frozen=True, slots=True)
class Screen:
    """Whose phone, and which conversation is open on it."""

    person: Person
    channel: str

    @property
    def query(self) -> str:
        """For links to this screen."""
        return urlencode({"person": self.person.key, "channel": self.channel})


def create_blueprint(world: World) -> Blueprint:
    """The pages below /phone/."""
    bp = Blueprint(
        "phone", __name__, url_prefix="/phone", template_folder="templates", static_folder="static"
    )
    bp.add_app_template_filter(rich, "rich")
    bp.after_request(lambda answer: _guard(world, answer))
    _add_screen(bp, world)
    _add_acts(bp, world)
    return bp


def _add_screen(bp: Blueprint, world: World) -> None:
    @bp.get("/")
    def phone() -> AnyResponse:
        if "person" not in request.args:
            return make_response(_chooser(world, "choose.html"))
        screen = _screen(world, request.args)
        rows = world.inbox.of(screen.person, screen.channel)
        page = make_response(
            render_template(
                "phone/phone.html",
                screen=screen,
                title=f"{PROVINCES[world.accounts.province]}电子印章",
                channel_name=_NAMES[screen.channel],
                rows=rows,
                last=rows[-1].seq if rows else 0,
                menu=menu_tree(world, screen.channel),
                follows=world.follows(screen.person, appid_of(world, screen.channel)),
                needs_following=screen.channel != "wechat_miniprogram",
                problem=request.args.get("problem", ""),
            )
        )
        # whose messenger this browser is; the platforms' sign-in pages ask for it
        page.set_cookie("sandbox_person", screen.person.key, httponly=True, samesite="Lax")
        page.set_cookie("sandbox_channel", screen.channel, httponly=True, samesite="Lax")
        return page

    @bp.get("/messages")
    def messages() -> AnyResponse:
        """The bubbles after number *after*, as HTML."""
        screen = _screen(world, request.args)
        rows = world.inbox.of(screen.person, screen.channel, request.args.get("after", 0, int))
        page = make_response(render_template("phone/messages.html", rows=rows, screen=screen))
        page.headers["X-Last"] = str(rows[-1].seq if rows else request.args.get("after", 0, int))
        return page

    @bp.get("/picture/<key>")
    def picture(key: str) -> Response:
        found = world.room(Pictures).get(key)
        if found is None:
            abort(404)
        return Response(found.data, content_type=found.media_type)

    @bp.get("/mini")
    def mini() -> AnyResponse:
        """The mini-program's page with the web-view: its client signs in and opens *link* there."""
        screen = _screen(world, request.args)
        service = world.accounts.service_url
        client = MiniProgramClient(service, world.url, screen.person, "wechat")
        try:
            client.log_in()
            return redirect(client.address_of(request.args.get("link", "")), 303)
        except TurnedAway as exc:
            return Response(
                f"小程序打不开：{exc.code}", 403, content_type="text/plain; charset=utf-8"
            )

    @bp.get("/scan")
    def scan() -> str:
        """Reached by a click on a QR shown on a PC: whose phone scans it?"""
        return _chooser(world, "scan.html", content=request.args.get("content", ""))


def _add_acts(bp: Blueprint, world: World) -> None:
    @bp.post("/act")
    def act() -> AnyResponse:
        if request.headers.get("Origin", world.url) != _origin_of(request.url):
            abort(403)  # another site may not play on these phones
        screen = _screen(world, request.form)
        problem = ""
        try:
            perform(world, screen.person, screen.channel, _read_act(world, screen))
        except (CannotAct, ValueError) as exc:
            problem = str(exc)
        if _LIVE in request.headers:
            return Response(problem, 409 if problem else 204, content_type="text/plain")
        where = screen.query + (f"&{urlencode({'problem': problem})}" if problem else "")
        return redirect(f"{url_for('phone.phone')}?{where}", 303)


def _read_act(world: World, screen: Screen) -> Act:
    given = request.form
    kind, upload = given["kind"], request.files.get("upload")
    data = upload.read() if upload and upload.filename else b""
    if kind in {"image", "file"} and not data:
        raise CannotAct("请先选择要发送的文件")
    if kind == "text" and not given.get("text", "").strip():
        raise CannotAct("请输入文字")
    if kind == "scan":
        return Act(kind, text=_scanned(given.get("text", "").strip(), data))
    if kind == "choose":
        return Act(kind, text=_words_of(world, screen, given["key"]), key=given["key"])
    name = (upload.filename or "") if upload else ""
    return Act(kind, text=given.get("text", ""), key=given.get("key", ""), data=data, name=name)


def _words_of(world: World, screen: Screen, key: str) -> str:
    """What the button with id *key* says; the latest menu message with it counts."""
    rows = reversed(world.inbox.of(screen.person, screen.channel))
    words = (choice.text for row in rows for choice in row.choices if choice.id == key)
    if (found := next(words, None)) is None:
        raise CannotAct("这个按钮已经不在了")
    return found


def _scanned(text: str, picture: bytes) -> str:
    if text or not picture:
        if not text:
            raise CannotAct("请粘贴二维码内容或选择二维码图片")
        return text
    try:
        found = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)).convert("L"))
    except UnidentifiedImageError:
        raise CannotAct("这不是图片") from None
    if not found:
        raise CannotAct("图片中没有找到二维码")
    return str(found[0].text)


def _screen(world: World, given: Any) -> Screen:
    person = world.people.get(given.get("person", ""))
    channel = given.get("channel", "wechat")
    if person is None or channel not in CHANNELS:
        abort(404)
    return Screen(person, channel)


def _chooser(world: World, template: str, **more: str) -> str:
    last = (request.cookies.get("sandbox_person"), request.cookies.get("sandbox_channel"))
    screens = [Screen(p, channel) for p in world.people.values() for channel in CHANNELS]
    screens.sort(key=lambda screen: (screen.person.key, screen.channel) != last)
    return render_template(
        f"phone/{template}",
        people=world.people.values(),
        screens=screens,
        names=_NAMES,
        title=PROVINCES[world.accounts.province],
        **more,
    )


def _guard(world: World, answer: Response) -> Response:
    service = _origin_of(world.accounts.service_url)
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        f"img-src 'self' {service}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    # same-origin, not no-referrer: with the latter a form is posted with "Origin: null"
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
