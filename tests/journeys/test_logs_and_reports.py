"""日志管理, 印章申领记录 and the verification report over real HTTP, on the PC and the phone."""

from __future__ import annotations

import json

from sandbox.stories.telling import Telling
from tests.support.desks import link_with, on_the_pc
from tests.support.pdf import simple_pdf
from tests.support.processes import wait_until
from tests.support.towns import Town

COLUMNS = "序号印章名称印章类型印章形式经办人审核状态申请时间领取时间操作"


def test_the_log_is_filtered_and_taken_away(shanxi: Town, shanxi_told: Telling) -> None:
    """
    Items 109, 117, 126 and 133: who did what by which channel, by kind and day; as CSV.
    """
    citizen = shanxi.citizen("tuoba", "alipay")
    pc = on_the_pc(shanxi, citizen)
    page = pc.follow("日志管理")
    assert "拓跋珏" in page.text
    page = pc.submit({"group": "领取"}, button="查询")
    assert "领取印章" in page.text
    assert "确认盖章授权单" not in page.text
    table = pc.download(link_with(page, "log.csv")).decode("utf-8-sig")
    assert table.startswith("序号,时间,事件,操作人,渠道,对象")
    assert "领取印章" in table
    assert "确认盖章授权单" not in table
    assert "没有符合条件的记录" in pc.submit({"until": "2020-01-01"}, button="查询").text

    shown = citizen.open_link(citizen.ask("日志管理", "都有记录"))
    assert "拓跋珏" in shown.text
    assert "用章" in shown.text


def test_records_have_their_nine_columns_on_both(shanxi: Town, shanxi_told: Telling) -> None:
    """
    Items 78 to 86: nine columns, 共N条, times to the second, 审核意见 in the details.
    """
    citizen = shanxi.citizen("tuoba", "alipay")
    on_phone = citizen.open_link(citizen.ask("申领记录", "查看全部记录"))
    on_pc = on_the_pc(shanxi, citizen).follow("申领记录")
    for page in (on_phone, on_pc):
        squeezed = page.text.replace(" ", "")
        assert COLUMNS in squeezed
        assert "共" in squeezed
        assert "审核通过" in squeezed
    assert "审核意见" in on_phone.text


def test_the_report_has_three_tabs_and_can_be_kept(shanxi: Town) -> None:
    """
    Items 138 to 143, for everybody: the page with its three tabs, the PDF and the JSON; another
    browser finds nothing.
    """
    citizen = shanxi.citizen("yan", "alipay")
    pc = citizen.pc
    pc.open(f"{shanxi.url}/verify/")
    pc.submit(files={"file": ("合同.pdf", simple_pdf(), "application/pdf")})
    wait_until(lambda: "验签报告" in pc.reload().text, "the report")
    page = pc.page
    assert page is not None
    tabs = page.tree.find_class("verify-tabs")[0]
    assert [a.text for a in tabs.iter("a")] == ["全部", "验证结果", "印章信息", "签章信息"]
    assert all(
        page.tree.get_element_by_id(name) is not None for name in ("result", "seals", "signatures")
    )
    pdf, data = link_with(page, "report.pdf"), link_with(page, "report.json")
    assert pc.download(pdf).startswith(b"%PDF-")
    assert json.loads(pc.download(data))["verdict"] == "unsigned"
    stranger = citizen.mobile.session
    assert [stranger.get(each, timeout=15).status_code for each in (pdf, data)] == [404, 404]
