"""扫码登录 and 切换企业 in a real browser: the PC's page follows by itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from app.local_world import LocalWorld
from sandbox.actors import people_of
from tests.browser.hands import Hands
from tests.support.chromium import Album

pytestmark = pytest.mark.browser


def test_scanned_in(engine: Browser, jiangxi: LocalWorld) -> None:
    """Code, number, in, without a key pressed on the PC; then to another identity."""
    album = Album("ways-in")
    hands = Hands(engine, jiangxi, people_of("jiangxi")["tu"], "alipay", album)
    hands.take_up_the_phone()
    page = hands.open_link()
    hands.press(page, "前往登录")
    hands.sign_in_at_the_province(page)
    expect(page.get_by_role("heading", name="登录成功")).to_be_visible()
    page.close()

    pc = hands.desk.new_page()
    pc.goto(f"{jiangxi.service_url}/portal/")
    hands.look(pc, "welcome")
    hands.press(pc, "支付宝扫码登录")
    hands.look(pc, "code")
    with hands.desk.expect_page() as opened:
        pc.locator("a.code").click()
    scan = opened.value
    scan.get_by_role("button", name=f"{hands.person.name} · 支付宝").click()
    scan.close()
    number = pc.locator(".number")
    number.wait_for()
    hands.look(pc, "number")
    hands.phone.reload()
    hands.say(number.inner_text(), "请看电脑屏幕")
    expect(pc.get_by_role("heading", name="信息公告")).to_be_visible()
    pc.get_by_role("link", name="切换企业").click()
    hands.look(pc, "identities")
    assert album.complaints == []
