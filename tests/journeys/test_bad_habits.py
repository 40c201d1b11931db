"""What people do wrong, or others try on them, over HTTP to the whole service."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import requests

from sandbox.actors import Browser, read_qr
from sandbox.browser import Page
from sandbox.papers import application_form
from sandbox.stories import shanxi as story
from sandbox.stories.people import Citizen, Reviewer
from sandbox.stories.telling import Telling
from tests.support import pdf
from tests.support.processes import wait_until
from tests.support.towns import FONT, Town

WRONG_PIN = "918273"


@pytest.fixture(scope="module")
def applicant(shanxi: Town) -> Citizen:
    """阎守仁 has applied for two seals, and a reviewer has agreed; nothing is collected yet."""
    citizen = shanxi.citizen("yan")
    pushed = len(shanxi.watcher.robot())
    citizen.follow_and_sign_in()
    citizen.sign_in_on_pc()
    citizen.ask("印章申请", "请选择要申请的印章")
    citizen.ask("1 2", "法定名称章的印模尺寸")
    citizen.ask("1", "合同专用章的印模尺寸")
    citizen.ask("1", "单位所属区划")
    citizen.open_link(citizen.ask("吕梁", "请打开页面"))
    form = application_form(FONT, citizen.person)
    citizen.mobile.submit(files={"form": ("申请表.pdf", form, "application/pdf")})
    citizen.wait_for_page("经办人信息", 90.0)
    citizen.mobile.submit({"handler_name": citizen.person.name}, button="提交申请")
    wait_until(lambda: len(shanxi.watcher.robot()) > pushed, "staff are told")
    reviewer = Reviewer(shanxi.stage())
    reviewer.sign_in()
    reviewer.open_case(shanxi.watcher.robot()[-1])
    reviewer.approve()
    citizen.phone.wait_for("审核通过")
    return citizen


@pytest.fixture(scope="module")
def owner(shanxi: Town, shanxi_told: Telling) -> Citizen:
    """拓跋珏, who has two seals, on Alipay."""
    assert shanxi_told.steps
    return shanxi.citizen("tuoba", "alipay")


def show_qr(citizen: Citizen) -> str:
    """The portal shows a new pickup QR; what is in it."""
    citizen.pc.open("/portal/pickups")
    page = citizen.pc.submit({"channel": "wechat"}, button="领取")
    picture = next(src for src in page.pictures() if src.endswith("qr.png"))
    return read_qr(citizen.pc.download(picture))


def scan(citizen: Citizen, code: str, answer: str) -> None:
    citizen.phone.catch_up()
    citizen.phone.scan(code)
    citizen.phone.wait_for(answer)


# --- pickup QR ------------------------------------------------------------------------


def test_a_forwarded_qr_is_refused_and_its_owner_told(shanxi: Town, applicant: Citizen) -> None:
    """F40: another person's phone scans the picture; both hear of it, and it is written down."""
    friend = shanxi.citizen("tuoba", "wechat")
    friend.follow_and_sign_in()
    code = show_qr(applicant)
    applicant.phone.catch_up()

    scan(friend, code, "这个领取码不是给您的")

    applicant.phone.wait_for("有人扫描了您的印章领取码")
    assert shanxi.count("audit_records", "event = 'pickup:forwarded'") == 1
    assert shanxi.count("seals", "state = 'ready'") == 2


def test_somebody_not_signed_in_who_scans_is_asked_to_sign_in(
    shanxi: Town, applicant: Citizen
) -> None:
    """Nobody collects anything without having proved who he is."""
    passer_by = shanxi.citizen("bai")
    passer_by.phone.follow()

    scan(passer_by, show_qr(applicant), "登录")


def test_an_expired_qr_is_refused(shanxi: Town, applicant: Citizen) -> None:
    """F39: five minutes later, by the clock of the service."""
    code = show_qr(applicant)
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat(timespec="microseconds")
    assert shanxi.change("UPDATE pickups SET expires_at = :t WHERE state = 'waiting'", t=past)

    scan(applicant, code, "领取码已过期")


def test_a_cancelled_qr_is_refused(applicant: Citizen) -> None:
    """Cancelled on the PC, or replaced by a newer one."""
    older = show_qr(applicant)
    code = show_qr(applicant)

    scan(applicant, older, "不认识这个二维码")
    applicant.pc.submit(button="取消")
    scan(applicant, code, "不认识这个二维码")


def test_a_used_qr_is_refused(shanxi: Town, applicant: Citizen) -> None:
    """Collected once; the second scan leads to the seals instead. Links are used up, too."""
    code = show_qr(applicant)
    scan(applicant, code, "确定领取吗")
    link = applicant.open_link(applicant.ask("确定", "设置印章密码")).url
    applicant.enter_pin(story.PIN, "确定领取", repeat=True)
    applicant.phone.wait_for("领取成功")

    scan(applicant, code, "已经用过了")
    assert applicant.mobile.open(link).status == 410
    assert shanxi.count("audit_records", "event = 'seal:issue'") >= 2


# --- files ----------------------------------------------------------------------------


def zip_of(**files: bytes) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


def xfa_form() -> bytes:
    document = pdf.simple_pdf()
    return document.replace(b"/Type /Catalog", b"/Type /Catalog /AcroForm << /XFA (x) >>", 1)


PLAINLY_NONE = {
    "文本.pdf": (b"no PDF at all", "这不是可以读取的 PDF 或 OFD 文件"),
    "空.pdf": (b"", "文件是空的"),
    "大.pdf": (b"%PDF-1.7\n" + b"0" * (50 * 1024 * 1024), "超过 50 MB"),
}
FOUND_OUT: dict[str, tuple[Callable[[], bytes], str]] = {
    "密码.pdf": (lambda: pdf.encrypted_pdf("secret"), "打开密码"),
    "破损.pdf": (lambda: b"%PDF-1.7\nnothing", "不是可以读取"),
    "压缩包.ofd": (lambda: zip_of(readme=b"hello"), "不是可以读取"),
    "炸弹.ofd": (lambda: zip_of(**{"OFD.xml": b" " * 300_000_000}), "展开后的内容太多"),
    "封闭.pdf": (lambda: pdf.sealed_regardless(pdf.simple_pdf(), permission=1), "锁定"),
    "表单.pdf": (xfa_form, "XFA"),
}


def upload(citizen: Citizen, name: str, data: bytes) -> Page:
    citizen.phone.catch_up()
    citizen.phone.say("取消")
    citizen.open_link(citizen.ask("文件盖章", "上传"))
    return citizen.mobile.submit(files={"files": (name, data)}, button="上传")


@pytest.mark.parametrize("name", PLAINLY_NONE)
def test_what_is_plainly_no_document_is_named_on_the_page(
    shanxi: Town, owner: Citizen, name: str
) -> None:
    """At once; nothing is stored, and the link still works for the right file."""
    data, words = PLAINLY_NONE[name]
    before = shanxi.count("documents")

    page = upload(owner, name, data)

    assert words in page.text
    assert name in page.text
    assert shanxi.count("documents") == before
    page = owner.mobile.submit(files={"files": ("好.pdf", pdf.simple_pdf())}, button="上传")
    assert "好.pdf" in page.text
    owner.phone.wait_for("好.pdf")


@pytest.mark.parametrize("name", FOUND_OUT)
def test_what_cannot_be_sealed_is_told_after_a_look(owner: Citizen, name: str) -> None:
    """The look happens in a limited child; the page and the chat say why, and what to do."""
    make, words = FOUND_OUT[name]

    upload(owner, name, make())

    owner.phone.wait_for(lambda row: name in row.text and words in row.text)
    assert words in owner.wait_for_page(words).text


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../../etc/cron.d/x.pdf", "x.pdf"),
        ("C:\\Windows\\合同.pdf", "合同.pdf"),
        ("合同\u202efdp.exe.pdf", "合同fdp.exe.pdf"),
        ("{{7*7}}<b>.pdf", "{{7*7}}<b>.pdf"),
        ("]]>&amp;%s.pdf", "]]>&amp;%s.pdf"),
        ("长" * 3000 + ".pdf", "长" * 100),
    ],
)
def test_names_of_files_are_labels_and_nothing_else(
    shanxi: Town, owner: Citizen, given: str, shown: str
) -> None:
    """F53, F54: shown as they are, without paths or tricks; the bytes lie under the id."""
    page = upload(owner, given, pdf.simple_pdf())

    assert shown in page.text
    owner.phone.wait_for(lambda row: shown in row.text and "收到" in row.text)
    stored = [path.name for path in (shanxi.state / "documents").rglob("*") if path.is_file()]
    assert all(re.fullmatch(r"[0-9a-f]{32}|[0-9a-f]{64}", name) for name in stored)


# --- PIN ------------------------------------------------------------------------------


def confirm(citizen: Citizen, name: str) -> str:
    """An order up to its page; the address of the page."""
    upload(citizen, name, pdf.simple_pdf())
    citizen.phone.wait_for(lambda row: name in row.text)
    citizen.ask("法定名称章", "盖在哪里")
    return citizen.open_link(citizen.ask("末页右下角", "盖章授权单")).url


def test_wrong_pins_lock_every_channel_until_identity_is_proved_again(
    shanxi: Town, owner: Citizen
) -> None:
    """F32: three tries on Alipay and two on WeChat are five; signing in again unlocks."""
    on_wechat = shanxi.citizen("tuoba", "wechat")
    if not on_wechat.phone.inbox():
        on_wechat.follow_and_sign_in()
    order = confirm(owner, "密码.pdf")
    for left in (4, 3, 2):
        assert f"还可以再试 {left} 次" in owner.enter_pin(WRONG_PIN, "确认盖章").text
    confirm(on_wechat, "密码.pdf")
    assert "还可以再试 1 次" in on_wechat.enter_pin(WRONG_PIN, "确认盖章").text
    assert "已锁定" in on_wechat.enter_pin(WRONG_PIN, "确认盖章").text

    owner.mobile.open(order)
    assert "已锁定" in owner.enter_pin(story.PIN, "确认盖章").text
    on_wechat.phone.wait_for("连续输错 5 次")

    on_wechat.sign_in(on_wechat.ask("登录", "登录"))
    owner.mobile.open(order)
    owner.enter_pin(story.PIN, "确认盖章")
    owner.wait_for_page("处理完成")

    assert shanxi.count("audit_records", "event = 'pin:unlock'") == 1
    assert WRONG_PIN not in shanxi.logs()


# --- other people's things ------------------------------------------------------------


def test_other_peoples_things_are_not_found(
    shanxi: Town, owner: Citizen, applicant: Citizen
) -> None:
    """F37: an id of somebody else answers exactly as one that was never given."""
    mine = people_id(shanxi, applicant)
    theirs = {
        "/portal/seals/{}": "SELECT id FROM seals WHERE collector_id <> :p AND collector_id <> ''",
        "/portal/seals/{}/picture.png": "SELECT id FROM seals WHERE collector_id <> :p",
        "/portal/files/{}": "SELECT id FROM documents WHERE owner_id <> :p AND purpose = 'sealed'",
        "/portal/reports/{}": "SELECT id FROM verifications WHERE owner_id <> :p",
    }
    for path, query in theirs.items():
        (found, *_) = shanxi.rows(query, p=mine)
        there, nowhere = (
            applicant.pc.session.get(f"{shanxi.url}{path.format(each)}", timeout=10)
            for each in (found, "0" * 32)
        )
        assert (there.status_code, nowhere.status_code) == (404, 404), path
        assert there.text == nowhere.text


def people_id(town: Town, citizen: Citizen) -> str:
    (found,) = town.rows("SELECT id FROM people WHERE name = :n", n=citizen.person.name)
    return str(found)


def test_pages_want_a_session_and_forms_their_token(shanxi: Town, owner: Citizen) -> None:
    """A stranger's browser sees the sign-in; a form from elsewhere changes nothing."""
    stranger = Browser()
    seen = stranger.open(f"{shanxi.url}/portal/seals")
    forged = owner.pc.session.post(f"{shanxi.url}/portal/logout", timeout=10)

    assert "登录" in seen.text
    assert forged.status_code == 400
    assert requests.get(f"{shanxi.url}/staff/", timeout=10).status_code in {302, 303, 401, 200}
    assert "待审核" not in requests.get(f"{shanxi.url}/staff/applications/1", timeout=10).text


def test_the_platforms_saw_no_call_they_would_refuse(shanxi: Town, owner: Citizen) -> None:
    """With all that people did wrong, the service itself kept to the rules."""
    assert owner.phone.inbox()
    refused = [row for row in shanxi.watcher.illegal() if row["door"] != "wechat.push"]
    assert refused == []
