"""拍照上传身份证 on a 360-px phone, and the photos on the reviewer's desk."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from app.demonstration import REVIEWER
from app.local_world import LocalWorld
from sandbox.actors import people_of
from tests.browser.hands import Hands
from tests.support.chromium import Album

pytestmark = pytest.mark.browser


def test_photos_instead_of_the_face(engine: Browser, jiangxi: LocalWorld, tmp_path: Path) -> None:
    """Both sides chosen, sent, and seen by the reviewer with marks across them."""
    album = Album("photos")
    hands = Hands(engine, jiangxi, people_of("jiangxi")["lei"], "alipay", album)
    hands.take_up_the_phone()
    page = hands.open_link()
    hands.press(page, "前往登录")
    hands.sign_in_at_the_province(page)
    expect(page.get_by_role("heading", name="登录成功")).to_be_visible()
    page.close()
    hands.say("印章申请", "免费申领一套")
    hands.say("1", "单位所属区划")
    hands.say("濂溪", "请打开页面")
    page = hands.open_link()
    hands.look(page, "apply")
    page.get_by_role("link", name="拍照上传身份证").click()
    hands.look(page, "photos")
    for side, shade in (("front", 70), ("back", 150)):
        out = io.BytesIO()
        Image.new("RGB", (1400, 900), (shade, 140, 170)).save(out, "JPEG")
        (tmp_path / f"{side}.jpg").write_bytes(out.getvalue())
        page.set_input_files(f"#{side}", tmp_path / f"{side}.jpg")
    hands.press(page, "上传并提交申请")
    expect(page.get_by_role("heading", name="申请已提交")).to_be_visible()

    desk = hands.desk.new_page()
    desk.goto(f"{jiangxi.service_url}/staff/login")
    desk.fill("[name=login]", REVIEWER)
    desk.fill("[name=password]", jiangxi.reviewer_password)
    desk.keyboard.press("Enter")
    desk.get_by_role("link", name="庐山雾芽茶业有限公司").first.click()
    expect(desk.get_by_role("img", name="身份证人像面")).to_be_visible()
    for name in ("身份证人像面", "身份证国徽面"):
        expect(desk.get_by_role("img", name=name)).to_have_js_property("naturalWidth", 900)
    hands.look(desk, "dossier")
    assert album.complaints == []
