"""个人手绘签名 with a real pointer on a real canvas: thumbs on 360 px, a mouse on the PC, keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from app.local_world import LocalWorld
from sandbox.actors import people_of
from tests.browser.hands import Hands
from tests.support.chromium import Album

pytestmark = pytest.mark.browser


def test_a_signature_in_the_browser(engine: Browser, jiangxi: LocalWorld) -> None:
    """Draw, undo, clear, draw again, look, confirm; later on the PC another one."""
    album = Album("signature")
    hands = Hands(engine, jiangxi, people_of("jiangxi")["min"], "wechat", album)
    hands.take_up_the_phone()
    hands.look(hands.phone, "chat", whole=False)
    page = hands.open_link()
    hands.press(page, "前往登录")
    hands.sign_in_at_the_province(page)
    expect(page.get_by_role("heading", name="登录成功")).to_be_visible()
    page.close()

    hands.hear("登录成功")
    hands.say("印章申请", "请选择要领取的印章类型")
    hands.say("1", "请打开页面")
    page = hands.open_link()
    hands.look(page, "empty-board")
    empty = _board(page)
    hands.press(page, "写好了")
    expect(page.get_by_role("alert")).to_contain_text("还没有写上签名")
    _draw(page)
    _draw(page, down=40)
    page.get_by_role("button", name="撤销一笔").click()
    expect(page.get_by_role("status")).to_have_text("已撤销，还有 1 笔")
    page.get_by_role("button", name="清空").click()
    assert _board(page) == empty
    _draw(page)
    assert _board(page) != empty
    hands.look(page, "written")
    hands.press(page, "写好了")
    expect(page.get_by_role("heading", name="确认申请")).to_be_visible()
    hands.look(page, "confirm")
    page.get_by_role("link", name="重新书写").click()
    page.get_by_text("不方便手写").focus()
    page.keyboard.press("Enter")
    page.get_by_label("姓名", exact=True).fill("闵安")
    hands.look(page, "typed")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="确认申请")).to_be_visible()
    hands.look(page, "confirm-typed")
    hands.press(page, "确认申请")
    hands.show_face(page)
    expect(page.get_by_role("heading", name="领取成功")).to_be_visible()
    hands.look(page, "made")

    portal = hands.sign_in_on_pc()
    hands.menu(portal, "个人申领")
    hands.look(portal, "portal-personal")
    portal.get_by_role("link", name="修改签名").click()
    _draw(portal)
    hands.look(portal, "portal-draw")
    hands.press(portal, "写好了")
    hands.look(portal, "portal-confirm")
    hands.press(portal, "确认申请")
    hands.show_face(portal)
    expect(portal.get_by_text("有效", exact=True)).to_be_visible()
    hands.look(portal, "portal-seal")
    assert album.complaints == []


def _draw(page: Page, down: int = 0) -> None:
    """One stroke across the board."""
    box = page.locator("canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 40 + down)
    page.mouse.down()
    for k in range(1, 30):
        page.mouse.move(box["x"] + 40 + 7 * k, box["y"] + 40 + down + (k % 7) * 6)
    page.mouse.up()


def _board(page: Page) -> str:
    """What stands on the board."""
    return str(page.evaluate("document.querySelector('canvas').toDataURL()"))
