"""The phone page works without script, escapes what the service says, and keeps strangers out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from sandbox.accounts import Accounts
from sandbox.actors import Browser
from sandbox.app import create_app
from sandbox.phone.words import rich
from sandbox.pictures import Pictures, qr_picture
from sandbox.server import open_port, serving, url_of
from sandbox.wechat.state import WeChatState
from sandbox.world import Choice, World

_CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture
def phone_world(accounts: Accounts) -> Iterator[World]:
    """Nobody answers at the service's address: every push ends in the banner, at once."""
    listener = open_port()
    text = accounts.to_json().replace(accounts.sandbox_url, url_of(listener))
    world = World(Accounts.from_json(text))
    with serving(create_app(world), listener):
        yield world
    world.close()


def _chat(world: World, channel: str) -> None:
    """A conversation with one of everything."""
    tuoba = world.person("tuoba")
    choices = (Choice("1", "申请印章"), Choice("2", "我的印章"))
    sayings: list[tuple[str, dict[str, Any]]] = [
        ("platform", {"kind": "note", "text": "已关注"}),
        ("service", {"kind": "menu", "text": "请选择", "choices": choices, "tail": "或直接输入"}),
        ("person", {"kind": "text", "text": "查进度"}),
        ("service", {"kind": "text", "text": '<a href="http://x.test/p">设置密码</a><script>'}),
        (
            "service",
            {"kind": "template", "title": "待领取", "text": "合同章", "url": "http://x.test"},
        ),
        ("service", {"kind": "news", "title": "手册", "text": "第一步", "url": "http://x.test/n"}),
        ("person", {"kind": "image", "picture": world.room(Pictures).put(qr_picture("x", 120))}),
        ("person", {"kind": "file", "title": "合同.pdf"}),
        ("platform", {"kind": "opened", "url": "http://x.test/pickup"}),
        ("platform", {"kind": "banner", "text": "服务出现故障"}),
    ]
    for sender, what in sayings:
        world.inbox.show(tuoba, channel, sender, **what)
    menu = {"button": [{"name": "办事", "sub_button": [{"name": "申领", "key": "apply"}]}]}
    for appid in (
        world.accounts.wechat_official.appid,
        world.accounts.alipay_life.app_id,
    ):
        world.room(WeChatState).menus[appid] = menu


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('<a href="javascript:x">x</a>', "&lt;a href=&#34;javascript:x&#34;&gt;x&lt;/a&gt;"),
        (
            '见<a href="http://h.test/?a=1&b=2">这里</a>。',
            '见<a href="http://h.test/?a=1&amp;b=2" target="_blank" rel="noopener">这里</a>。',
        ),
        (
            "打开http://h.test/p?x=1，完成",
            '打开<a href="http://h.test/p?x=1" target="_blank" rel="noopener">'
            "http://h.test/p?x=1</a>，完成",
        ),
        (
            '<a href="http://h.test/"><b>x</b></a>',
            '&lt;a href=&#34;<a href="http://h.test/" target="_blank" rel="noopener">'
            "http://h.test/</a>&#34;&gt;&lt;b&gt;x&lt;/b&gt;&lt;/a&gt;",
        ),
    ],
)
def test_only_links_survive_in_a_message(text: str, drawn: str) -> None:
    """As in the real client: `<a href>` to a web address works, other markup is text."""
    assert rich(text) == drawn


def test_a_person_without_script_can_do_everything(phone_world: World) -> None:
    """Choose a phone, follow, write, tap a button, scan a picture: forms all the way."""
    browser = Browser()
    browser.open(f"{phone_world.url}/phone/")
    browser.open("/phone/?person=tuoba&channel=wechat")
    browser.submit(button="关注", form="/phone/act")
    _chat(phone_world, "wechat")
    browser.reload()

    said = browser.submit({"text": "你好"}, button="发送")
    tapped = browser.submit(button="我的印章")
    link = qr_picture("https://h.test/page")
    scanned = browser.submit(files={"upload": ("qr.png", link)}, button="扫一扫")
    wrong = browser.submit(files={"upload": ("a.png", b"no picture")}, button="扫一扫")

    assert "你好" in said.text
    assert tapped.text.count("我的印章") == 2
    assert b'href="https://h.test/page"' in scanned.body
    assert "这不是图片" in wrong.text
    kinds = [row.kind for row in phone_world.inbox.of(phone_world.person("tuoba"), "wechat")]
    assert kinds[-1] == "opened"


def test_a_click_on_a_code_asks_whose_phone_scans_it(phone_world: World) -> None:
    """The portal's QR links to what it says; following the link leads here. A GET does nothing."""
    state = phone_world.room(WeChatState)
    before = len(phone_world.verdicts.all())
    answer = requests.get(f"{phone_world.url}/wechat/q/abc", timeout=5)

    assert "/phone/scan" in answer.url
    assert "拓跋珏" in answer.text
    assert state.scene(f"{phone_world.url}/wechat/q/abc") is None
    assert len(phone_world.verdicts.all()) == before


def test_another_site_cannot_play_on_the_phones(phone_world: World) -> None:
    form = {"person": "tuoba", "channel": "wechat", "kind": "follow"}
    url = f"{phone_world.url}/phone/act"

    foreign = requests.post(url, data=form, headers={"Origin": "http://evil.test"}, timeout=5)
    stranger = requests.post(url, data=form | {"person": "eve"}, timeout=5)
    page = requests.get(f"{phone_world.url}/phone/?person=tuoba", timeout=5)

    assert foreign.status_code == 403
    assert stranger.status_code == 404
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]


@pytest.mark.browser
@pytest.mark.skipif(not _CHROMIUM.exists(), reason="no Chromium")
@pytest.mark.parametrize("channel", ["wechat", "alipay"])
def test_the_page_is_alive_accessible_and_fits_a_narrow_screen(
    phone_world: World, channel: str
) -> None:
    """New messages appear by themselves; nothing overflows at 360 px; axe has no complaint."""
    appid = (
        phone_world.accounts.wechat_official.appid
        if channel == "wechat"
        else phone_world.accounts.alipay_life.app_id
    )
    phone_world.follow(phone_world.person("tuoba"), appid)
    _chat(phone_world, channel)
    problems: list[str] = []
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=str(_CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 360, "height": 740})
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        page.goto(f"{phone_world.url}/phone/?person=tuoba&channel={channel}")
        page.fill("#text", "查进度吗")
        page.press("#text", "Enter")
        page.get_by_text("查进度吗").wait_for()
        page.get_by_role("button", name="我的印章").click()
        page.locator(".mine", has_text="我的印章").wait_for()
        phone_world.inbox.show(
            phone_world.person("tuoba"), channel, "service", "text", text="盖好了"
        )
        page.get_by_text("盖好了").wait_for()
        wide = page.evaluate("document.documentElement.scrollWidth")
        found = Axe().run(page)
        address = page.url
        browser.close()

    assert wide <= 360
    assert address.endswith(f"channel={channel}")  # never left the page
    assert found.violations_count == 0, found.generate_report()
    assert problems == []
