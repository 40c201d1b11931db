"""The desk over real HTTP: seals, disposals with a second person, filing, numbers, audit."""

from __future__ import annotations

from sandbox.browser import Browser
from sandbox.stories.telling import Telling
from tests.support.desks import at_the_desk, link_with, on_the_pc
from tests.support.processes import wait_until
from tests.support.towns import Town


def words(browser: Browser) -> str:
    assert browser.page is not None
    return browser.page.text


def test_the_authority_proposes_and_a_second_person_decides(
    shanxi: Town, shanxi_told: Telling
) -> None:
    """
    Items 153 to 155: a reviewer finds a seal by its enterprise's name and proposes to freeze it;
    the maker sees the reason and sends it back; the reviewer himself cannot decide.
    """
    reviewer = at_the_desk(shanxi, "reviewer")
    reviewer.follow("印章查询")
    reviewer.submit({"q": "晋阳云帆"}, button="查询")
    assert "法定名称章" in words(reviewer)
    in_use, *_ = shanxi.rows(
        "SELECT COALESCE(NULLIF(code, ''), id) FROM seals WHERE state = 'active'"
    )
    reviewer.submit({"q": in_use}, button="查询")
    reviewer.follow("查看")
    assert "统一社会信用代码" in words(reviewer)
    reviewer.submit({"event": "seal:freeze", "reason": ""}, button="提出处置")
    assert "请写明原因" in words(reviewer)
    reviewer.submit({"event": "seal:freeze", "reason": "收到冒用举报"}, button="提出处置")
    assert "待复核" in words(reviewer)
    reviewer.follow("处置复核")
    assert "等制章备案员复核" in words(reviewer)

    maker = at_the_desk(shanxi, "maker")
    assert "收到冒用举报" in words(maker)
    maker.submit({}, button="退回")
    assert "没有待复核的处置" in words(maker)


def test_what_was_made_is_filed_and_has_a_receipt(shanxi: Town, shanxi_told: Telling) -> None:
    """
    Item 154: the maker's list and the holder's own page give the same receipt, as a PDF.
    """
    maker = at_the_desk(shanxi, "maker")
    wait_until(lambda: "SHANXI-" in maker.open(f"{shanxi.url}/staff/filings/").text, "a filing")
    receipt = maker.download(link_with(maker.page, ".pdf"))
    assert receipt.startswith(b"%PDF-")

    citizen = shanxi.citizen("tuoba", "alipay")
    on_the_pc(shanxi, citizen)
    citizen.pc.open(f"{shanxi.url}/portal/seals")
    citizen.pc.follow("法定名称章")
    assert "备案回执" in words(citizen.pc)
    own = citizen.pc.download(link_with(citizen.pc.page, "/portal/filings/"))
    assert own.startswith(b"%PDF-")
    stranger = at_the_desk(shanxi, "reviewer")
    answer = stranger.session.get(link_with(maker.page, ".pdf"), timeout=15)
    assert answer.status_code == 403


def test_numbers_and_the_log(shanxi: Town, shanxi_told: Telling) -> None:
    """
    统计 as a table with its picture beside; an auditor reads a chain, finds it whole, and can do
    nothing else; nobody else sees it.
    """
    operator = at_the_desk(shanxi, "operator")
    operator.follow("统计")
    assert "法定名称章" in words(operator)
    assert operator.page is not None
    assert b"<svg" in operator.page.body

    auditor = at_the_desk(shanxi, "auditor")
    assert "摘要链完整" in words(auditor)
    auditor.submit({"q": "晋阳云帆科技有限公司"}, button="查阅")
    assert "摘要链完整" in words(auditor)
    assert "印章制作完成" in words(auditor)
    auditor.submit({"q": "没有这样的单位"}, button="查阅")
    assert "没有找到" in words(auditor)
    for path in ("/staff/feedback/", "/staff/notices/", "/staff/disposals/"):
        assert auditor.session.get(shanxi.url + path, timeout=15).status_code == 403
    assert operator.session.get(f"{shanxi.url}/staff/audit/", timeout=15).status_code == 403
