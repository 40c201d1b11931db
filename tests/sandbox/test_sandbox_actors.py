"""Scripted people see pages and screens as people do."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from flask import Flask, Response, abort, redirect, request
from PIL import Image
from werkzeug.wrappers import Response as AnyResponse

from sandbox.actors import Browser, NothingCame, NotOnPage, Phone, encrypt_pin, read_qr
from sandbox.app import create_app
from sandbox.people import people_of
from sandbox.pictures import qr_picture
from sandbox.server import open_port, serving, url_of
from sandbox.sm2 import BadKey, KeyPair, decrypt
from sandbox.world import Choice, World

FORM = """<html><body data-pin-key="04ab"><script>secret()</script>
<h1>申请</h1><a href="/other">返回首页</a>
<form method="post" enctype="multipart/form-data" action="/send" id="apply">
<input type="hidden" name="csrf_token" value="t0ken"><input name="region" value="140100">
<select name="size"><option value="42" selected>42</option><option value="40">40</option></select>
<input type="checkbox" name="agree" value="y" checked><input type="file" name="form">
<button name="do" value="submit">提交申请</button><button name="do" value="draft">存草稿</button>
</form><form action="/search"><input name="q"></form></body></html>"""


@pytest.fixture
def site() -> Iterator[str]:
    app = Flask("site")

    @app.get("/")
    def form() -> str:
        return FORM

    @app.post("/send")
    def send() -> AnyResponse:
        if request.form.get("csrf_token") != "t0ken":
            abort(400)
        told = "&".join(f"{k}={v}" for k, v in sorted(request.form.items(multi=True)))
        names = "&".join(f"{k}:{f.filename}:{len(f.read())}" for k, f in request.files.items())
        return redirect(f"/other?{told}|{names}")

    @app.get("/search")
    @app.get("/other")
    def other() -> Response:
        who = request.cookies.get("sandbox_person", "nobody")
        return Response(f"<html><body>{who} {request.query_string.decode()}</body></html>")

    with serving(app, open_port()) as url:
        yield url


def test_a_browser_sends_what_a_person_would(site: str) -> None:
    """Hidden inputs and defaults travel along, typed fields replace them, files are uploaded."""
    browser = Browser()
    page = browser.open(site)

    sent = browser.submit(
        {"size": "40"}, files={"form": ("表.pdf", b"%PDF-1.7")}, button="提交申请"
    )

    assert "secret" not in page.text
    assert page.fields["pin-key"] == "04ab"
    assert "csrf_token=t0ken" in sent.text
    assert "agree=y" in sent.text
    assert "do=submit" in sent.text
    assert "region=140100&size=40" in sent.url
    assert ":8" in sent.text


def test_a_browser_says_what_the_page_lacks(site: str) -> None:
    browser = Browser()
    browser.open(site)

    with pytest.raises(NotOnPage, match="返回首页"):
        browser.follow("注销")
    with pytest.raises(NotOnPage, match="csrf_token"):
        browser.submit({"pin": "1"})


def test_links_and_plain_searches_work_and_the_person_is_known(site: str) -> None:
    browser = Browser(people_of("shanxi")["bai"])
    browser.open(site)

    assert browser.follow("首页").text.startswith("bai")
    browser.open("/")
    assert "q=x" in browser.submit({"q": "x"}).text


@pytest.mark.parametrize("prefix", ["", "04"])
def test_an_encrypted_pin_is_what_the_server_expects(prefix: str) -> None:
    """C1‖C3‖C2 without the leading 04; the plaintext is nonce|pin."""
    pair = KeyPair.generate()
    fields = {"public_key": prefix + pair.point.hex()[2:], "nonce": "n1"}

    sealed = bytes.fromhex(encrypt_pin(fields, "314159"))

    assert len(sealed) == 64 + 32 + len("n1|314159")
    assert decrypt(pair, b"\x04" + sealed) == b"n1|314159"
    with pytest.raises(NotOnPage):
        encrypt_pin({"nonce": "n"}, "1")
    with pytest.raises(BadKey):
        encrypt_pin({"nonce": "n", "pin-key": "ab" * 64}, "1")


@pytest.fixture
def phone(world: World) -> Iterator[Phone]:
    listener = open_port()
    with serving(create_app(world), listener):
        yield Phone(url_of(listener), "bai", "wechat_miniprogram")


def test_waiting_consumes_each_message_once(world: World, phone: Phone) -> None:
    """What was waited for is over; what came later is still to be had."""
    bai = world.person("bai")
    for text in ("第一条", "第二条", "第三条"):
        world.inbox.show(bai, "wechat_miniprogram", "service", "text", text=text)

    assert [row.text for row in phone.wait_for("第二", 1)] == ["第一条", "第二条"]
    assert [row.text for row in phone.wait_for(lambda row: row.kind == "text", 1)] == ["第三条"]
    with pytest.raises(NothingCame, match=r"waited 0\.1 s"):
        phone.wait_for("第一条", 0.1)


def test_a_button_is_tapped_by_its_words(world: World, phone: Phone) -> None:
    """The latest menu message with such a button counts."""
    world.push_timeout = 0.2
    choices = (Choice("a", "申请印章"), Choice("b", "我的印章"))
    world.inbox.show(
        world.person("bai"), "wechat_miniprogram", "service", "menu", text="请选", choices=choices
    )

    shown = phone.tap("我的")

    assert shown[0].text == "我的印章"
    assert shown[-1].kind == "banner"  # nobody listens at the service's address
    with pytest.raises(NothingCame, match="申请印章"):
        phone.tap("注销")


def test_a_qr_is_read_off_a_picture() -> None:
    assert read_qr(qr_picture("https://example.test/扫码")) == "https://example.test/扫码"
    blank = BytesIO()
    Image.new("L", (50, 50), 255).save(blank, "PNG")
    with pytest.raises(ValueError, match="no QR"):
        read_qr(blank.getvalue())
