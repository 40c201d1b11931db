"""Both provinces from the first 关注 to the verified seal, with real thumbs on real pages.

The PIN goes through sm2.js, the QR code is clicked, progress pages follow by themselves. Every
page is photographed into artefacts/screens, and axe must find nothing serious on any of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.demonstration import REVIEWER
from app.local_world import LocalWorld
from sandbox.actors import people_of
from sandbox.papers import application_form, contract_ofd, contract_pdf
from sandbox.people import Person
from tests.browser.hands import Hands
from tests.support.chromium import PHONE, Album

pytestmark = pytest.mark.browser

PIN = "730914"
OPINION = "印模尺寸与所选尺寸不一致，请核对后重新申请。"


def test_shanxi_by_wechat(engine: Browser, shanxi: LocalWorld, tmp_path: Path) -> None:
    """Form, review with a drafted opinion, QR by a click, PIN encrypted by sm2.js."""
    album = Album("shanxi-wechat")
    hands = Hands(engine, shanxi, people_of("shanxi")["tuoba"], "wechat", album)
    _choose_a_phone(hands)
    _sign_in(hands)
    _read_the_notice(hands)
    _apply_with_form(hands, tmp_path, stumble=True)
    _review(hands, shanxi, approve=False)
    hands.hear(OPINION)
    _apply_with_form(hands, tmp_path, stumble=False)
    _review(hands, shanxi, approve=True)
    hands.hear("审核通过")
    portal = hands.sign_in_on_pc()
    _look_around_the_portal(hands, portal, "before")
    _show_the_code(hands, portal)
    _collect_with_pin(hands)
    _collected(hands, portal)
    partner = people_of("shanxi")["yan"]
    sealed = _seal(hands, tmp_path, partner, _confirm_with_pin)
    _verify(hands, sealed, tmp_path)
    _look_around_the_portal(hands, portal, "after")
    _refusals(hands, portal)
    assert album.complaints == []


def test_jiangxi_by_alipay(engine: Browser, jiangxi: LocalWorld, tmp_path: Path) -> None:
    """Identity and face instead of form and PIN, five seals at once, in the Alipay skin."""
    album = Album("jiangxi-alipay")
    hands = Hands(engine, jiangxi, people_of("jiangxi")["xiong"], "alipay", album)
    _sign_in(hands)
    _apply_by_face(hands)
    portal = hands.sign_in_on_pc()
    _show_the_code(hands, portal)
    _collect_by_face(hands)
    _collected(hands, portal)
    partner = people_of("jiangxi")["lei"]
    sealed = _seal(hands, tmp_path, partner, _confirm_by_face)
    _verify(hands, sealed, tmp_path)
    _look_around_the_portal(hands, portal, "after")
    assert album.complaints == []


# --- signing in, reading ------------------------------------------------------------


def _choose_a_phone(hands: Hands) -> None:
    hands.phone.goto(f"{hands.world.sandbox_url}/phone/")
    hands.look(hands.phone, "choose-a-phone")


def _sign_in(hands: Hands) -> None:
    hands.take_up_the_phone()
    hands.look(hands.phone, "chat-welcome", whole=False)
    page = hands.open_link()
    hands.look(page, "sign-in")
    hands.press(page, "前往登录")
    page.goto(page.url)  # looked at twice: nothing lost
    hands.sign_in_at_the_province(page)
    expect(page.get_by_role("heading", name="登录成功")).to_be_visible()
    hands.look(page, "signed-in")
    page.close()
    hands.hear("登录成功")
    hands.look(hands.phone, "chat-menu", whole=False)


def _read_the_notice(hands: Hands) -> None:
    hands.say("信息公告", "想看哪一条")
    hands.say("1", "附件")
    page = hands.open_link()
    hands.look(page, "notice")
    with page.expect_download() as got:
        page.get_by_role("link", name="申领操作手册").click()
    assert got.value.suggested_filename == "企业电子印章申领操作手册.pdf"
    page.close()


# --- applying -----------------------------------------------------------------------


def _apply_with_form(hands: Hands, folder: Path, *, stumble: bool) -> None:
    if stumble:
        hands.say("印章申请", "请选择要申请的印章")
    else:  # the second time: what was answered is still there
        hands.say("印章申请", "您上次填的还在")
        hands.say("重新填写", "请选择要申请的印章")
    hands.say("1 2", "法定名称章的印模尺寸")
    hands.say("圆形 40 mm", "合同专用章的印模尺寸")
    hands.say("1", "单位所属区划")
    hands.say("太原", "请打开页面")
    page, form, bad = hands.open_link(), folder / "电子印章申请表.pdf", folder / "照片.pdf"
    form.write_bytes(application_form(None, hands.person))
    bad.write_bytes(b"no document at all")
    if stumble:
        hands.look(page, "apply-upload")
        with page.expect_download() as got:
            page.get_by_role("button", name="下载申请表").click()
        assert got.value.suggested_filename == "电子印章申请表.pdf"
        page.set_input_files("#form", bad)
        hands.press(page, "上传")
        expect(page.get_by_role("alert")).to_contain_text("不是可以读取的 PDF")
        hands.look(page, "apply-upload-refused")
    page.set_input_files("#form", form)
    hands.press(page, "上传")
    expect(page.get_by_role("heading", name="经办人信息")).to_be_visible(timeout=90_000)
    if stumble:
        hands.look(page, "apply-form")
        _stumble_over_the_form(hands, page)
    hands.press(page, "提交申请")
    expect(page.get_by_role("heading", name="申请已提交")).to_be_visible()
    hands.look(page, "apply-done")
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", name="已经办过了")).to_be_visible()
    hands.look(page, "link-used")
    page.get_by_role("link", name="查看办理结果").click()
    expect(page.get_by_role("heading", name="申请已提交")).to_be_visible()
    page.close()


def _stumble_over_the_form(hands: Hands, page: Page) -> None:
    """A wrong number is named and what was typed is kept; the form can be brought again."""
    page.fill("#handler_name", "郭晓岚")
    page.fill("#handler_mobile", "123")
    hands.press(page, "提交申请")
    expect(page.get_by_role("alert")).to_contain_text("经办人手机号")
    expect(page.locator("#handler_name")).to_have_value("郭晓岚")
    expect(page.locator("#handler_mobile")).to_be_focused()
    hands.look(page, "apply-form-refused")
    page.fill("#handler_mobile", hands.person.mobile)
    page.goto(f"{page.url.split('?')[0]}?step=form")
    page.get_by_role("link", name="不换了").click()


def _apply_by_face(hands: Hands) -> None:
    hands.say("印章申请", "免费申领一套 5 枚")
    hands.say("全部", "单位所属区划")
    hands.say("南昌", "请打开页面")
    page = hands.open_link()
    hands.look(page, "apply-identity")
    hands.press(page, "申领印章")
    hands.look(page, "face", examine=False)
    hands.show_face(page)
    expect(page.get_by_role("heading", name="印章可以领取")).to_be_visible()
    hands.look(page, "apply-identity-done")
    page.close()
    hands.hear("身份核验通过")


def _review(hands: Hands, world: LocalWorld, *, approve: bool) -> None:
    """The reviewer comes by the pushed link, signs in on the way, and decides."""
    page = hands.desk.new_page()
    page.goto(f"{world.service_url}/staff/")
    if page.get_by_role("link", name="去登录").count():
        hands.look(page, "staff-sign-in-first")
        page.get_by_role("link", name="去登录").click()
        page.fill("#login", REVIEWER)
        page.fill("#password", "wrong")
        hands.press(page, "登录")
        hands.look(page, "staff-login-refused")
        page.fill("#password", world.reviewer_password)
        hands.press(page, "登录")
    expect(page.get_by_role("heading", name="待审核")).to_be_visible()
    hands.look(page, "staff-queue")
    page.get_by_role("link", name="审核").last.click()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_text("正在读取印模")).to_have_count(0, timeout=90_000)
    hands.look(page, "staff-dossier", examine=approve)
    if approve:
        hands.press(page, "审核通过")
        expect(page.get_by_role("alert")).to_contain_text("选定用哪一个图样")
        for pictures in page.get_by_role("radiogroup").all():
            pictures.get_by_role("radio").first.check()
        hands.press(page, "审核通过")
    else:
        hands.press(page, "审核不通过")
        expect(page.get_by_role("alert")).to_contain_text("必须填写审核意见")
        page.select_option("#draft", OPINION)
        expect(page.locator("#opinion")).to_have_value(OPINION)
        hands.look(page, "staff-opinion")
        hands.press(page, "审核不通过")
    expect(page.get_by_text("已审结")).to_be_visible()
    hands.look(page, "staff-decided")
    page.close()


# --- collecting ---------------------------------------------------------------------


def _show_the_code(hands: Hands, portal: Page) -> None:
    hands.menu(portal, "印章领取")
    hands.look(portal, "portal-ready")
    if (channel := portal.locator(f"input[type=radio][value={hands.channel}]")).count():
        channel.check()
    hands.press(portal, "领取")
    hands.look(portal, "portal-code")
    with hands.pocket.expect_page() as opened:
        # the sandbox's phone scans it by a click on the code, here in the pocket's browser
        link = portal.get_by_role("link", name="印章领取二维码").get_attribute("href")
        hands.phone.evaluate("url => void window.open(url, '_blank', 'noopener')", link)
    scan = opened.value
    scan.wait_for_load_state()
    hands.look(scan, "scan")
    scan.get_by_role("button", name=hands.person.name).first.click()
    scan.wait_for_load_state()
    scan.close()
    hands.hear("确定领取吗")
    expect(portal.get_by_role("heading", name="已扫码")).to_be_visible()  # by itself
    hands.look(portal, "portal-scanned")


def _collect_with_pin(hands: Hands) -> None:
    hands.say("确定", "设置印章密码")
    page = hands.open_link()
    hands.look(page, "pin-new")
    page.fill("#pin", PIN)
    page.fill("#pin2", "730915")
    hands.press(page, "确定领取")
    expect(page.get_by_text("两次输入的密码不一样")).to_be_visible()
    hands.look(page, "pin-mismatch")
    for field in ("#pin", "#pin2"):
        page.fill(field, "123456")
    hands.press(page, "确定领取")
    expect(page.get_by_text("密码太简单")).to_be_visible()
    hands.look(page, "pin-weak")
    for field in ("#pin", "#pin2"):
        page.fill(field, PIN)
    with page.expect_request(lambda r: r.method == "POST") as sent:
        page.get_by_role("button", name="确定领取").dblclick()
    assert PIN not in (sent.value.post_data or "")
    expect(page.get_by_role("heading", name="领取成功")).to_be_visible()  # by itself
    hands.look(page, "collected")
    page.close()


def _collect_by_face(hands: Hands) -> None:
    hands.say("确定", "意愿认证")
    page = hands.open_link()
    hands.look(page, "willingness")
    hands.press(page, "去做意愿认证")
    hands.show_face(page)
    expect(page.get_by_role("heading", name="领取成功")).to_be_visible()
    hands.look(page, "collected")
    page.close()


def _collected(hands: Hands, portal: Page) -> None:
    """The PC followed by itself."""
    expect(portal.get_by_role("heading", name="领取成功")).to_be_visible()
    hands.look(portal, "portal-collected")
    hands.hear("领取成功")
    hands.say("我的印章", "印章列表")
    hands.say("法定名称章", "有效期")
    hands.look(hands.phone, "chat-seal", whole=False)


# --- sealing and verifying ----------------------------------------------------------


def _seal(hands: Hands, folder: Path, partner: Person, confirm: object) -> dict[str, Path]:
    assert hands.person.enterprise and partner.enterprise  # noqa: PT018
    parties = hands.person.enterprise, partner.enterprise
    pdf, ofd, bad = folder / "采购合同.pdf", folder / "采购合同.ofd", folder / "说明.docx"
    pdf.write_bytes(contract_pdf(None, *parties))
    ofd.write_bytes(contract_ofd(None, *parties))
    bad.write_bytes(b"word")
    hands.say("文件盖章", "上传")
    page = hands.open_link()
    hands.look(page, "upload")
    page.set_input_files("#files", [pdf, bad])
    hands.press(page, "上传")
    expect(page.get_by_role("alert")).to_contain_text("《说明.docx》没有收下")
    expect(page.get_by_text("采购合同.pdf")).to_be_visible()
    hands.look(page, "upload-one-bad")
    page.set_input_files("#files", ofd)
    hands.press(page, "上传")
    expect(page.get_by_role("heading", name="文件已收到")).to_be_visible()
    hands.look(page, "uploaded")
    page.close()
    hands.hear("《采购合同.ofd》")
    hands.say("法定名称章", "盖在哪里")
    hands.say("关键字 甲方（盖章）", "盖章授权单")
    hands.look(hands.phone, "chat-order", whole=False)
    page = hands.open_link()
    hands.look(page, "order")
    confirm(hands, page)  # type: ignore[operator]
    expect(page.get_by_role("heading", name="处理完成")).to_be_visible()
    hands.look(page, "sealed")
    page.close()
    hands.hear("盖章完成")
    hands.look(hands.phone, "chat-sealed", whole=False)
    return _download(hands, folder)


def _confirm_with_pin(hands: Hands, page: Page) -> None:
    page.fill("#pin", "918273")
    hands.press(page, "确认盖章")
    expect(page.get_by_role("alert").first).to_contain_text("还可以再试 4 次")
    hands.look(page, "order-wrong-pin")
    page.fill("#pin", PIN)
    hands.press(page, "确认盖章")


def _confirm_by_face(hands: Hands, page: Page) -> None:
    hands.press(page, "去做意愿认证并盖章")
    hands.show_face(page)


def _download(hands: Hands, folder: Path) -> dict[str, Path]:
    page, sealed = hands.open_link(), {}
    hands.look(page, "results")
    for number in range(2):
        with page.expect_download() as got:
            page.get_by_role("link", name="已盖章文件").nth(number).click()
        name = got.value.suggested_filename
        sealed[name] = folder / name
        got.value.save_as(sealed[name])
    page.close()
    assert set(sealed) == {"采购合同（已盖章）.pdf", "采购合同（已盖章）.ofd"}
    return sealed


def _verify(hands: Hands, sealed: dict[str, Path], folder: Path) -> None:
    pdf = sealed["采购合同（已盖章）.pdf"]
    page = hands.verify(pdf, "report")
    for part in ("验证结果", "印章信息", "签章信息"):
        expect(page.get_by_role("heading", name=part).first).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("有效")
    page.close()
    data = bytearray(pdf.read_bytes())
    data[data.index(b"stream") + 40] ^= 1
    changed = folder / "改动过的合同.pdf"
    changed.write_bytes(data)
    page = hands.verify(changed, "report-changed")
    expect(page.get_by_role("status")).to_contain_text("无效")
    page.close()
    page = hands.verify(folder / "采购合同.pdf", "report-unsigned")
    page.close()


# --- the portal ---------------------------------------------------------------------


def _look_around_the_portal(hands: Hands, portal: Page, when: str) -> None:
    """Every entry of the menu, wide and narrow."""
    size = portal.viewport_size
    for entry in ("信息公告", "印章领取", "印章申领记录", "印章列表", "消息", "日志管理"):
        hands.menu(portal, entry)
        hands.look(portal, f"portal-{when}-{entry}")
        portal.set_viewport_size(PHONE)  # type: ignore[arg-type]
        hands.look(portal, f"portal-{when}-{entry}-narrow", examine=False)
        assert size is not None
        portal.set_viewport_size(size)
    hands.menu(portal, "信息公告")
    portal.get_by_role("main").get_by_role("link").first.click()
    hands.look(portal, f"portal-{when}-notice")
    hands.menu(portal, "印章申领记录")
    portal.get_by_role("link", name="详情").nth(1).click()
    hands.look(portal, f"portal-{when}-seal")
    portal.set_viewport_size(PHONE)  # type: ignore[arg-type]
    hands.look(portal, f"portal-{when}-seal-narrow")
    assert size is not None
    portal.set_viewport_size(size)


def _refusals(hands: Hands, portal: Page) -> None:
    portal.goto(f"{hands.world.service_url}/nothing")
    hands.look(portal, "page-404")
    portal.goto(f"{hands.world.service_url}/portal/pickups/{'0' * 32}")
    hands.look(portal, "page-not-yours")
