"""用户反馈 and 信息公告 over real HTTP: from the phone, the PC and the desk, and back."""

from __future__ import annotations

import pytest

from tests.support.desks import at_the_desk, link_with, on_the_pc
from tests.support.processes import wait_until
from tests.support.towns import Town

PICTURE = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90wS\xde"
    b"\0\0\0\x0cIDATx\x9cc\xf8\xcf\xc0\0\0\3\1\1\0\xc9\xfe\x92\xef\0\0\0\0IEND\xaeB`\x82"
)


@pytest.fixture(scope="module")
def shanxi(own_shanxi: Town) -> Town:
    return own_shanxi


def test_feedback_from_the_phone_is_answered_at_the_desk(shanxi: Town) -> None:
    """
    Items 144 to 147 on Alipay: problem with a picture by the page, the group robot, the reply
    in the chat, the history; a reviewer has no such desk.
    """
    citizen = shanxi.citizen("yan", "alipay")
    citizen.follow_and_sign_in()
    citizen.ask("用户反馈", "想说哪一种")
    citizen.open_link(citizen.ask("信息反馈", "附图片"))
    page = citizen.mobile.submit(
        {"text": "申请表上传以后没有提示"}, files={"picture": ("屏幕.png", PICTURE, "image/png")}
    )
    assert "反馈已收到" in page.text
    citizen.phone.wait_for("已收到")
    wait_until(lambda: any("新的信息反馈" in text for text in shanxi.watcher.robot()), "the push")
    assert not any("申请表上传" in text for text in shanxi.watcher.robot())

    desk = at_the_desk(shanxi, "operator")
    assert desk.page is not None
    assert "申请表上传以后没有提示" in desk.page.text
    desk.follow("回复")
    assert desk.download(link_with(desk.page, "/picture")) == PICTURE
    shown = desk.submit({"reply": "已经修好，请再试一次"}, button="发送回复")
    assert "已经修好" in shown.text
    citizen.phone.wait_for("已经修好，请再试一次")
    citizen.open_link(citizen.ask("历史反馈", "历史反馈"))
    assert "已经修好，请再试一次" in citizen.mobile.reload().text

    reviewer = at_the_desk(shanxi, "reviewer")
    assert reviewer.page is not None
    assert "用户反馈" not in reviewer.page.text
    assert reviewer.session.get(f"{shanxi.url}/staff/feedback/", timeout=15).status_code == 403


def test_feedback_on_the_pc(shanxi: Town) -> None:
    """
    Items 144 and 147 on the portal: what is too short is said beside what was written.
    """
    citizen = shanxi.citizen("yan", "alipay")
    on_the_pc(shanxi, citizen)
    citizen.pc.open(f"{shanxi.url}/portal/feedback")
    page = citizen.pc.submit({"kind": "suggestion", "text": "好"}, button="提交")
    assert "2 到 1000 个字" in page.text
    page = citizen.pc.submit({"kind": "suggestion", "text": "希望用于水电气办理"}, button="提交")
    assert "希望用于水电气办理" in page.text
    assert "还没有回复" in page.text


def test_a_notice_is_published_read_and_withdrawn(shanxi: Town) -> None:
    """
    Items 58 to 61: the landing page lists it, the page downloads its attachment, the chat shows
    it; withdrawn, it is gone everywhere. The two papers of the seeds are there from the start.
    """
    desk = at_the_desk(shanxi, "operator")
    desk.open(f"{shanxi.url}/staff/notices/")
    pdf = b"%PDF-1.7\n% a notice\n%%EOF\n"
    page = desk.submit(
        {"title": "国庆假期服务安排", "body": "假期照常受理。"},
        files={"files": ("安排.pdf", pdf, "application/pdf")},
        button="发布",
    )
    assert "国庆假期服务安排" in page.text

    citizen = shanxi.citizen("yan", "alipay")
    on_the_pc(shanxi, citizen)
    home = citizen.pc.open(f"{shanxi.url}/portal/")
    assert "国庆假期服务安排" in home.text
    shown = citizen.pc.follow("国庆假期服务安排")
    assert "假期照常受理" in shown.text
    address = link_with(shown, f"{shanxi.url}/notices/")
    assert citizen.pc.download(address) == pdf
    citizen.pc.open(f"{shanxi.url}/portal/")
    first = citizen.pc.follow("申领企业电子印章的公告")
    assert "企业电子印章申领操作手册.pdf" in first.text
    assert "政务服务领域企业电子印章申请表.pdf" in first.text
    citizen.ask("信息公告", "国庆假期服务安排")

    desk.open(f"{shanxi.url}/staff/notices/")
    assert "已撤下" in desk.submit({}, button="撤下").text
    assert "国庆假期服务安排" not in citizen.pc.open(f"{shanxi.url}/portal/").text
    gone = citizen.pc.session.get(address, timeout=15)
    assert gone.status_code == 404


def test_news_reach_a_person_whose_conversation_is_closed(shanxi: Town) -> None:
    """
    WeChat closes it after 48 hours, or five messages (platform facts, 3.1): the reply to a
    feedback comes as a template message then, and can be switched off on the portal.
    """
    citizen = shanxi.citizen("yan", "wechat")
    citizen.follow_and_sign_in()
    citizen.ask("信息反馈", "附图片")
    citizen.ask("到期以后怎么续期", "已收到")
    # until switched off: somebody else's message must not use the fault up
    shanxi.watcher.fault("errcode", at="cgi-bin/message/custom/send", value="45015", times=-1)
    desk = at_the_desk(shanxi, "operator")
    desk.follow("回复")
    desk.submit({"reply": "到期前三十天可以续期"}, button="发送回复")
    shown = citizen.phone.wait_for("有了回复")
    shanxi.watcher.no_faults()
    assert shown[-1].kind == "template"

    pc = on_the_pc(shanxi, citizen)
    pc.follow("消息")
    pc.follow("通知设置")
    page = pc.submit({"told": ["results"], "quiet_from": "0", "quiet_until": "0"}, button="保存")
    assert "已保存" in page.text
    assert "反馈回复：已关闭" in citizen.ask("通知设置", "要改哪一项")[-1].text
