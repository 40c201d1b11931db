"""文件盖章 on pages: in the portal, and from the chat; the place is tapped on the paper."""

from __future__ import annotations

import re
from functools import cache

import pytest

from sandbox.actors import encrypt_pin, people_of
from sandbox.browser import Browser, Page
from sandbox.papers import contract_pdf
from sandbox.province import visitor
from sandbox.stories import shanxi as story
from sandbox.stories.people import Citizen
from sandbox.stories.telling import Telling
from tests.support.processes import wait_until
from tests.support.towns import FONT, Town

A4_MM = (210.0, 297.0)


@pytest.fixture(scope="module")
def tuoba(shanxi: Town, shanxi_told: Telling) -> Citizen:
    """拓跋珏 has two seals under a PIN."""
    assert shanxi_told.steps
    return shanxi.citizen("tuoba", "alipay")


@pytest.fixture(scope="module")
def xiong(jiangxi: Town, jiangxi_told: Telling) -> Citizen:
    """熊文清 has five seals, used with 意愿认证."""
    assert jiangxi_told.steps
    return jiangxi.citizen("xiong", "wechat")


@cache
def contract(name: str) -> bytes:
    """A file of its own under each name."""
    ours, theirs, *_ = [p.enterprise for p in people_of("shanxi").values() if p.enterprise]
    return contract_pdf(FONT, ours, theirs) + f"\n% {name}".encode()


def page_that_says(browser: Browser, words: str) -> Page:
    """Reload as the page itself would, until it says *words*."""
    wait_until(lambda: words in browser.reload().text, f"the page says {words}", 60)
    assert browser.page is not None
    return browser.page


def bring(citizen: Citizen, name: str) -> Page:
    """Upload one file, tick it and go on to the place."""
    citizen.pc.open(f"{citizen.stage.service}/portal/sealing")
    data = contract(name)
    citizen.pc.submit(files={"files": (name, data, "application/pdf")}, button="上传")
    ready = "//input[@name='document'][not(@disabled)][following-sibling::span[contains(., $n)]]"
    wait_until(lambda: citizen.pc.reload().tree.xpath(ready, n=name), f"{name} was looked at", 60)
    assert citizen.pc.page is not None
    (document,) = citizen.pc.page.tree.xpath(ready, n=name)
    citizen.pc.submit({"document": document.get("value")}, button="下一步")
    return page_that_says(citizen.pc, "点一下要盖章的位置")


def test_a_tap_on_the_page_becomes_a_place(shanxi: Town, tuoba: Citizen) -> None:
    """The tapped pixel is the seal's centre, in mm; near the edge the seal is moved inside."""
    page = bring(tuoba, "点选.pdf")
    (picture,) = page.tree.xpath("//input[@type='image']")
    wide = int(picture.get("width"))

    after = tuoba.pc.tap("at", wide // 2, wide // 2)
    middle, (seal,) = after.fields, after.tree.xpath("//*[@class='seal-to-be']")
    corner = tuoba.pc.tap("at", 0, 0).fields

    size = float(seal.get("width"))
    assert float(seal.get("x")) == float(middle["x_mm"])
    assert abs(float(middle["x_mm"]) + size / 2 - A4_MM[0] / 2) < 0.5
    assert abs(float(middle["y_mm"]) + size / 2 - A4_MM[0] / 2) < 0.5
    assert (float(corner["x_mm"]), float(corner["y_mm"])) == (0.0, 0.0)
    assert picture.get("src").endswith(f"/{middle['page']}.png")


def test_sealed_with_a_pin_at_the_tapped_place(shanxi: Town, tuoba: Citizen) -> None:
    """Wrong PIN first: nothing is lost; then sealed, taken away, valid; once only."""
    bring(tuoba, "电脑盖章.pdf")
    tuoba.pc.tap("at", 240, 300)
    order = tuoba.pc.submit(button="下一步：核对")
    assert "第 " in order.text
    assert order.tree.xpath("//*[@class='seal-to-be']")

    wrong = tuoba.pc.submit({"cipher": encrypt_pin(order.fields, "918273")}, button="确认盖章")
    assert wrong.status == 403
    assert "还可以再试" in wrong.text
    right = {"cipher": encrypt_pin(order.fields, story.PIN)}
    tuoba.pc.submit(right, button="确认盖章")
    done = page_that_says(tuoba.pc, "处理完成")
    again = tuoba.pc.open(order.url)

    (link,) = done.tree.xpath("//a[@download]/@href")
    sealed = tuoba.pc.download(link)
    assert sealed.startswith(contract("电脑盖章.pdf"))
    assert "已经处理过了" in again.text
    where = "event = 'seal:use' AND subject_id IS NOT NULL"
    assert shanxi.count("audit_records", where) >= 3


def test_tapped_on_the_phone(shanxi: Town, tuoba: Citizen) -> None:
    """From the chat to the page, one page back, a tap, the order, the PIN: sealed there."""
    tuoba.phone.say("取消")
    tuoba.open_link(tuoba.ask("文件盖章", "上传"))
    name = "手机点选.pdf"
    tuoba.mobile.submit(files={"files": (name, contract(name), "application/pdf")}, button="上传")
    tuoba.phone.wait_for(lambda row: name in row.text)
    tuoba.ask("法定名称章", "盖在哪里")
    tuoba.open_link(tuoba.ask("在页面上点选", "点一下"))
    tuoba.wait_for_page("第 3 页，共 3 页")
    tuoba.mobile.submit(button="上一页")
    tuoba.wait_for_page("第 2 页，共 3 页")
    page = tuoba.mobile.tap("at", 100, 200)
    order = tuoba.mobile.submit(button="下一步：核对")
    tuoba.enter_pin(story.PIN, "确认盖章")
    tuoba.phone.wait_for(lambda row: "盖章完成" in f"{row.title}{row.text}" and name in row.text)
    tuoba.phone.catch_up()
    tuoba.phone.say("返回")

    assert page.fields["page"] == "2"
    assert f"第 2 页，左 {float(page.fields['x_mm']):g} mm" in order.text
    tuoba.phone.wait_for("已经是第一步了")


def test_sealed_with_willingness(jiangxi: Town, xiong: Citizen) -> None:
    """江西: the province asks for the face, for exactly this order."""
    bring(xiong, "意愿.pdf")
    order = xiong.pc.submit({"place": "seam_right", "flatten": "1"}, button="下一步：核对")
    assert "骑缝（右侧）（盖章前固定表单内容）" in order.text
    asked = xiong.pc.submit(button="去做意愿认证")
    landed = visitor.show_face(xiong.pc.session, asked.url, xiong.person)
    xiong.pc.open(landed.url)
    done = page_that_says(xiong.pc, "处理完成")

    assert "盖章成功" in done.text
    proof = xiong.pc.open(f"{order.url}/proof")
    assert proof.status == 403


@pytest.mark.parametrize(
    "place",
    [
        {"place": "keyword", "text": "  "},
        {"place": "field", "field": "  "},
        {"place": "point", "page": "99", "x_mm": "1", "y_mm": "1"},
        {"place": "point", "page": "1", "x_mm": "nan", "y_mm": "1"},
        {"place": "point", "page": "1.5", "x_mm": "1", "y_mm": "1"},
        {"place": "point", "page": "1", "x_mm": "-1", "y_mm": "1"},
        {"place": "point", "page": "1", "x_mm": "1e9", "y_mm": "1"},
        {"place": "nowhere"},
    ],
)
def test_a_place_that_is_none_is_asked_for_again(tuoba: Citizen, place: dict[str, str]) -> None:
    """What was entered stays on the page, with a sentence about it."""
    if "选择印章和位置" not in (tuoba.pc.page.text if tuoba.pc.page else ""):
        bring(tuoba, "位置.pdf")
    page = tuoba.pc.submit(place, button="下一步：核对")

    assert page.status == 422
    assert "位置没有填对" in page.text
    assert all(page.fields[name] == value for name, value in place.items() if name == "text")


def test_others_orders_and_papers_do_not_exist(shanxi: Town, tuoba: Citizen) -> None:
    """F37: somebody else's order, page picture or file is as if it were not there."""
    bring(tuoba, "别人的.pdf")
    order = tuoba.pc.submit({"place": "corner"}, button="下一步：核对")
    pictures = re.findall(r"/portal/sealing/documents/\w+/\d+\.png", order.body.decode())
    yan = Citizen(shanxi.stage(), people_of("shanxi")["yan"])
    yan.sign_in_on_pc()

    assert pictures
    for path in (*pictures, order.url, f"{order.url}/result", f"{order.url}/proof"):
        assert yan.pc.open(path).status == 404
