"""What pages refuse, and how they say it: over real HTTP, as browsers and bots come."""

from __future__ import annotations

import http.client
import re
from urllib.parse import urlsplit

import pypdfium2
import pytest
import requests

from app.local_world import LocalWorld
from sandbox.browser import Browser
from sandbox.papers import application_form, contract_pdf
from sandbox.stories.people import Citizen, link_of
from sandbox.stories.telling import until
from tests.support import attacks_pdf

NOBODYS = "0" * 32
FIFTY_MB = 50 * 1024 * 1024

PRIVATE = (
    "/portal/pickups",
    "/portal/records",
    "/portal/seals",
    "/portal/inbox",
    "/portal/pin",
    "/portal/log",
    "/portal/sealing",
    f"/portal/sealing/place?document={NOBODYS}",
    f"/portal/sealing/orders/{NOBODYS}",
    f"/portal/sealing/documents/{NOBODYS}/1.png",
    f"/portal/seals/{NOBODYS}",
    f"/portal/files/{NOBODYS}",
    f"/portal/reports/{NOBODYS}",
    f"/portal/notices/{NOBODYS}",
    "/staff/",
    f"/staff/applications/{NOBODYS}",
    f"/staff/applications/{NOBODYS}/form.pdf",
    f"/staff/applications/{NOBODYS}/form-1.png",
    f"/portal/reports/{NOBODYS}/pages/1.png",
)


@pytest.fixture
def stranger(world: LocalWorld) -> Browser:
    """A browser that was never here."""
    browser = Browser()
    browser.open(f"{world.service_url}/portal/")
    return browser


def _answer(browser: Browser, url: str) -> requests.Response:
    return browser.session.get(url, timeout=15, allow_redirects=False)


# --- who may see what ---------------------------------------------------------------


@pytest.mark.parametrize("path", PRIVATE)
def test_a_stranger_is_sent_to_sign_in_and_comes_back(
    world: LocalWorld, stranger: Browser, path: str
) -> None:
    """401 says so, and the way to sign in remembers the page that was asked for."""
    answer = _answer(stranger, world.service_url + path)

    assert answer.status_code == 401
    assert "去登录" in answer.text
    door = "/staff/login" if path.startswith("/staff") else "/portal/"
    page = stranger.open(f"{world.service_url}{door}?next={path}")
    assert page.fields["next"] == path


@pytest.mark.parametrize(
    "path",
    [
        f"/portal/seals/{NOBODYS}",
        f"/portal/seals/{NOBODYS}/picture.png",
        f"/portal/pickups/{NOBODYS}",
        f"/portal/pickups/{NOBODYS}/qr.png",
        f"/portal/files/{NOBODYS}",
        f"/portal/reports/{NOBODYS}",
        f"/portal/notices/{NOBODYS}",
        f"/verify/{NOBODYS}",
        f"/verify/{NOBODYS}/pages/1.png",
        f"/h5/{NOBODYS}/page.png",
        f"/h5/{NOBODYS}/seal.png",
        f"/h5/{NOBODYS}/pages/{NOBODYS}/1.png",
        f"/h5/{NOBODYS}",
        f"/h5/{NOBODYS}/progress",
        f"/notices/{NOBODYS}/{NOBODYS}",
        "/nothing",
    ],
)
def test_what_does_not_exist_is_a_page_that_says_so(tuoba: Citizen, path: str) -> None:
    answer = _answer(tuoba.pc, tuoba.stage.service + path)

    assert answer.status_code == 404
    assert 'role="alert"' in answer.text
    assert "Traceback" not in answer.text


def test_one_does_not_see_another_enterprises_things(tuoba: Citizen, yan: Citizen) -> None:
    """Somebody else's notice attachment or verification is as if it did not exist."""
    service = tuoba.stage.service
    tuoba.pc.open(f"{service}/verify/")
    page = tuoba.pc.submit(files={"file": ("a.pdf", _a_pdf(tuoba))}, button="验签")

    mine = _answer(tuoba.pc, page.url)
    others = _answer(yan.pc, page.url)
    notice = re.search(r"/portal/notices/(\w+)", yan.pc.open(f"{service}/portal/").body.decode())

    assert mine.status_code == 200
    assert others.status_code == 404
    assert notice is not None
    document = page.url.rsplit("/", 1)[1]
    assert _answer(yan.pc, f"{service}/notices/{notice[1]}/{document}").status_code == 404


def test_a_change_after_signing_is_shown_before_and_after(
    stranger: Browser, tuoba: Citizen
) -> None:
    """The page as it was sealed beside the page as it is now; for nobody else's eyes."""
    sealed = attacks_pdf.victim()
    forged = attacks_pdf.isa_replaced_content(sealed)
    stranger.open(f"{tuoba.stage.service}/verify/")
    page = stranger.submit(files={"file": ("改过.pdf", forged)}, button="验签")
    until(lambda: "改动后：第 1 页" in stranger.reload().text, "both are shown", 60)
    page = stranger.reload()
    addresses = [f"{page.url}/pages/1-{len(state)}.png" for state in (sealed, forged)]
    before, after = (_answer(stranger, address) for address in addresses)

    assert "签章之后改了什么" in page.text
    assert "第 1 次保存：第 1 页有改动" in page.text
    assert all(address.rpartition("/")[2] in page.body.decode() for address in addresses)
    assert before.content.startswith(b"\x89PNG")
    assert after.content.startswith(b"\x89PNG")
    assert before.content != after.content
    assert _answer(tuoba.pc, addresses[0]).status_code == 404
    assert _answer(stranger, f"{page.url}/pages/1-17.png").status_code == 404


def test_reviewer_and_citizen_share_a_browser(tuoba: Citizen) -> None:
    """`dev` in two tabs: signing in as a reviewer ends nobody's portal session."""
    page = tuoba.pc.open(f"{tuoba.stage.service}/staff/login")
    assert page.status == 200
    page = tuoba.pc.submit(
        {"login": tuoba.stage.reviewer, "password": tuoba.stage.reviewer_password}
    )
    assert "待审核" in page.text
    assert tuoba.pc.open(f"{tuoba.stage.service}/portal/seals").status == 200
    tuoba.pc.open(f"{tuoba.stage.service}/staff/")
    tuoba.pc.submit(button="退出")
    assert _answer(tuoba.pc, f"{tuoba.stage.service}/staff/").status_code == 401
    assert tuoba.pc.open(f"{tuoba.stage.service}/portal/seals").status == 200


def test_a_wrong_staff_password_keeps_the_name_typed(stranger: Browser, world: LocalWorld) -> None:
    stranger.open(f"{world.service_url}/staff/login")
    page = stranger.submit({"login": "reviewer", "password": "no"})
    assert page.status == 403
    assert page.fields["login"] == "reviewer"
    assert "账号或密码不对" in page.text


# --- acting -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/auth/start",
        "/portal/logout",
        "/portal/pickups",
        "/portal/pin",
        f"/portal/pickups/{NOBODYS}/cancel",
        f"/portal/seals/{NOBODYS}",
        "/staff/login",
        "/staff/logout",
        f"/staff/applications/{NOBODYS}",
        "/verify/",
        f"/h5/{NOBODYS}",
    ],
)
def test_nothing_is_done_without_the_pages_own_token(tuoba: Citizen, path: str) -> None:
    """Another site's form has the cookies but not the token (CSRF)."""
    answer = tuoba.pc.session.post(
        tuoba.stage.service + path, data={"reason": "x"}, timeout=15, allow_redirects=False
    )

    assert answer.status_code == 400
    assert "重新打开" in answer.text
    assert _answer(tuoba.pc, f"{tuoba.stage.service}/portal/seals").status_code == 200


@pytest.mark.parametrize("path", ["/auth/callback?code=x&state=y", f"/h5/{NOBODYS}/proof"])
def test_a_bot_that_only_looks_completes_nothing(world: LocalWorld, path: str) -> None:
    answer = requests.head(world.service_url + path, timeout=15, allow_redirects=False)
    assert answer.status_code == 204


def test_a_sign_in_nobody_began_is_refused(world: LocalWorld) -> None:
    """An attacker's own callback address signs nobody in (login CSRF)."""
    answer = requests.get(
        f"{world.service_url}/auth/callback?code=x&state=y", timeout=15, allow_redirects=False
    )
    assert answer.status_code == 401
    assert "登录没有成功" in answer.text


def test_a_link_that_did_its_work_leads_to_what_came_of_it(tuoba: Citizen) -> None:
    """Looking uses nothing up; pressed twice is done once; afterwards the result is shown."""
    shown = tuoba.ask("文件验签", "验签的文件")
    url = link_of(shown)
    for _ in range(3):
        assert tuoba.mobile.open(url).status == 200
    assert tuoba.mobile.session.head(url, timeout=15).status_code == 200
    page = tuoba.mobile.open(f"{url}/progress")
    assert page.url == url  # nothing to follow yet
    files = {"files": [("合同.pdf", _a_pdf(tuoba))]}
    first = tuoba.mobile.submit(files=files, button="上传")
    tuoba.mobile.page = page
    second = tuoba.mobile.submit(files=files, button="上传")
    used = tuoba.mobile.open(url)

    assert first.url == second.url == f"{url}/progress"
    assert used.status == 410
    assert "已经办过了" in used.text
    assert tuoba.mobile.follow("查看办理结果").url == first.url


def test_a_link_has_only_the_steps_of_its_dialog(tuoba: Citizen) -> None:
    """An upload link proves nothing, a link to look at changes nothing."""
    upload = link_of(tuoba.ask("文件验签", "验签的文件"))
    assert tuoba.mobile.open(f"{upload}/proof").status == 404
    tuoba.ask("信息公告", "想看哪一条")
    notice = link_of(tuoba.ask("1", "附件"))
    assert tuoba.mobile.open(f"{notice}/progress").status == 404
    assert tuoba.mobile.open(f"{notice}/files/{NOBODYS}").status == 404


def test_a_forwarded_link_is_not_the_finders(tuoba: Citizen, yan: Citizen) -> None:
    url = link_of(tuoba.ask("文件验签", "验签的文件"))
    page = yan.mobile.open(url)
    assert page.status == 403
    assert "不是给您的" in page.text


# --- what people bring --------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("空.pdf", b"", "文件是空的"),
        ("照片.jpg", b"\xff\xd8\xff\xe0", "不是可以读取的 PDF 或 OFD"),
        ("说明.pdf", b"<html>", "不是可以读取的 PDF 或 OFD"),
        ("很大.pdf", b"%PDF-1.7" + bytes(FIFTY_MB), "超过 50 MB"),
    ],
)
def test_a_document_that_cannot_be_one_is_refused_with_the_reason(
    stranger: Browser, world: LocalWorld, name: str, data: bytes, words: str
) -> None:
    stranger.open(f"{world.service_url}/verify/")
    page = stranger.submit(files={"file": (name, data)}, button="验签")
    assert page.status == 422
    assert words in page.text


def test_of_several_files_the_bad_one_is_named_and_the_good_one_kept(tuoba: Citizen) -> None:
    tuoba.open_link(tuoba.ask("文件验签", "验签的文件"))
    files = [("好的.pdf", _a_pdf(tuoba, "好")), ("坏的.pdf", b"x")]
    page = tuoba.mobile.submit(files={"files": files}, button="上传")

    assert page.status == 422
    assert "《坏的.pdf》没有收下" in page.text
    assert "好的.pdf" in page.text
    page = tuoba.mobile.submit(button="不补了")
    page = tuoba.wait_for_page("文件已收到")
    assert "好的.pdf" in page.text
    assert "坏的.pdf" not in page.text


def test_a_body_beyond_all_bounds_is_refused_before_it_is_read(world: LocalWorld) -> None:
    """The answer comes at once, with words, for a body announced as half a gigabyte."""
    parts = urlsplit(world.service_url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=15)
    line.putrequest("POST", "/verify/")
    line.putheader("Content-Type", "multipart/form-data; boundary=x")
    line.putheader("Content-Length", str(500 * 1024 * 1024))
    line.endheaders()
    line.send(b"--x\r\n")
    answer = line.getresponse()
    assert answer.status == 413
    assert "文件太大" in answer.read().decode()
    line.close()


def test_a_page_number_out_of_reach_is_an_empty_page(tuoba: Citizen) -> None:
    for path in ("records", "log"):
        for number in ("999999999999999999999999", "-1", "x"):
            answer = _answer(tuoba.pc, f"{tuoba.stage.service}/portal/{path}?page={number}")
            assert answer.status_code == 200


def begin_application(citizen: Citizen) -> None:
    """Anew, whatever another test left half filled in."""
    citizen.phone.catch_up()
    citizen.phone.say("印章申请")
    answers = citizen.phone.wait_for(lambda row: "请选择" in row.text or "还在" in row.text)
    if "还在" in answers[-1].text:
        citizen.ask("重新填写", "请选择要申请的印章")


def test_the_form_is_filled_in_for_its_bearer(tuoba: Citizen, yan: Citizen) -> None:
    """Names and sizes stand on it, numbers of people masked; a name that is none is refused."""
    begin_application(tuoba)
    tuoba.ask("1", "法定名称章的印模尺寸")
    tuoba.ask("圆形 42 mm", "单位所属区划")
    url = tuoba.open_link(tuoba.ask("太原", "请打开页面")).url
    printed = tuoba.print_form()
    assert yan.mobile.open(f"{url}/form.pdf").status == 403
    document = pypdfium2.PdfDocument(printed)
    text = document[0].get_textpage().get_text_bounded()
    document.close()
    assert tuoba.person.enterprise is not None
    for words in (tuoba.person.enterprise.name, tuoba.person.enterprise.uscc, "圆形 42 mm"):
        assert words in text
    assert tuoba.person.id_number not in text
    page = tuoba.mobile.submit({"handler_name": "郭"}, button="下载申请表")
    assert page.status == 422
    assert "经办人姓名" in page.text

    paper = tuoba.ask("申请表", "申请表已按您的选择填好")
    assert tuoba.mobile.download(link_of(paper)).startswith(b"%PDF")


def test_an_application_keeps_what_was_typed(tuoba: Citizen) -> None:
    """A mistake is named, the rest stays; the stamped form can be brought again."""
    begin_application(tuoba)
    tuoba.ask("1", "法定名称章的印模尺寸")
    tuoba.ask("1", "单位所属区划")
    tuoba.open_link(tuoba.ask("太原", "请打开页面"))
    form = application_form(tuoba.stage.font, tuoba.person)
    tuoba.mobile.submit(files={"form": ("申请表.pdf", form)})
    page = tuoba.wait_for_page("经办人信息", 90.0)
    typed = {"handler_name": "郭晓岚", "handler_id_number": "14", "handler_mobile": "13800140002"}
    page = tuoba.mobile.submit(typed, button="提交申请")
    assert page.status == 422
    assert "身份证号" in page.text
    assert page.fields["handler_name"] == "郭晓岚"
    page = tuoba.mobile.follow("换一份")
    assert "不换了" in page.text


# --- how pages are sent -------------------------------------------------------------


def test_every_page_is_guarded_by_its_headers(tuoba: Citizen, world: LocalWorld) -> None:
    for path in ("/portal/", "/portal/seals", "/verify/", "/staff/login", "/nothing"):
        headers = _answer(tuoba.pc, world.service_url + path).headers
        policy = headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_cookies_are_kept_from_scripts_and_other_sites(world: LocalWorld) -> None:
    answer = requests.get(f"{world.service_url}/portal/", timeout=15)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("zhangyin=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Domain" not in cookie


def test_other_systems_are_refused_in_json(world: LocalWorld) -> None:
    base = f"{world.service_url}/api/v1/verifications"
    bad = requests.post(base, params={"name": "a.pdf"}, data=b"no document", timeout=15)
    missing = requests.get(f"{base}/{NOBODYS}", timeout=15)
    assert (bad.status_code, bad.json()["code"]) == (422, "document.refused")
    assert (missing.status_code, missing.json()["code"]) == (404, "record.not_found")


def test_too_many_tries_get_a_page_that_says_when_to_come_back(world: LocalWorld) -> None:
    """Last in this file: this address has used up its verifications for a minute."""
    browser = Browser()
    for _ in range(40):
        browser.open(f"{world.service_url}/verify/")
        page = browser.submit(button="验签")
        if page.status == 429:
            break
    assert page.status == 429
    assert "操作太频繁" in page.text
    assert "请等一分钟" in page.text


def _a_pdf(citizen: Citizen, word: str = "") -> bytes:
    assert citizen.person.enterprise is not None
    one = citizen.person.enterprise
    return contract_pdf(citizen.stage.font, one, one) + f"\n% {word}".encode()
