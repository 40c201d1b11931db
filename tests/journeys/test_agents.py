"""代申领 over real HTTP: five steps with papers, staff, a 经办人 who acts for the enterprise."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from sandbox.actors import people_of
from sandbox.papers import contract_pdf
from sandbox.stories.people import Citizen, Reviewer
from tests.support.processes import wait_until
from tests.support.towns import FONT, Town

STEPS = ("填写基本信息", "填写企业/单位信息", "身份验证", "填写账号信息", "完成")


def photo() -> bytes:
    out = BytesIO()
    Image.new("RGB", (640, 400), "white").save(out, "JPEG")
    return out.getvalue()


@pytest.fixture(scope="module")
def guo(shanxi: Town) -> Citizen:
    """郭晓岚 works for an enterprise whose 法定代表人 cannot come online; here as herself."""
    citizen = shanxi.citizen("guo", "wechat")
    citizen.follow_and_sign_in("person")
    return citizen


def enterprise_answers() -> dict[str, str]:
    yan = people_of("shanxi")["yan"]
    assert yan.enterprise is not None
    return {
        "name": yan.enterprise.name,
        "uscc": yan.enterprise.uscc,
        "region": "山西省吕梁市孝义市",
        "legal_representative": yan.name,
        "head_number": yan.id_number,
    }


def test_five_steps_staff_and_an_application(shanxi: Town, guo: Citizen) -> None:
    """
    人工认证通道 on the phone: a wrong number is named, what was typed stays; the seven papers are
    looked at and shown to staff as pictures; rejected with a reason, handed in again, approved;
    then 切换企业 and 印章申请 are open to her, 文件盖章 is not.
    """
    guo.ask("代申领", "三种方式")
    page = guo.open_link(guo.ask("人工认证通道", "请提前准备"))
    assert all(step in page.text for step in STEPS)
    page = guo.mobile.submit({"position": "行政主管"}, button="保存，下一步")
    answers = enterprise_answers()
    wrong = answers | {"uscc": answers["uscc"][:-1] + "0"}
    page = guo.mobile.submit(wrong, button="保存，下一步")
    assert (page.status, page.fields["name"]) == (422, answers["name"])
    assert "统一社会信用代码（18 位）" in page.text
    page = guo.mobile.submit(answers, button="保存，下一步")
    assert "机构实名认证授权委托书" in page.text
    hand_in_papers(guo)

    reviewer = Reviewer(shanxi.stage())
    reviewer.sign_in()
    page = reviewer.browser.open(f"{shanxi.url}/staff/agents")
    assert guo.person.name in page.text
    (case,) = page.tree.xpath("//a[contains(@href, '/staff/agents/')]/@href")
    page = reviewer.browser.open(case)
    assert answers["head_number"] in page.text
    wait_until(
        lambda: len(reviewer.browser.reload().tree.xpath("//figure/img")) >= 7,
        "all papers are drawn",
        60,
    )
    assert reviewer.browser.page is not None
    picture = reviewer.browser.page.tree.xpath("//figure/img/@src")[0]
    assert reviewer.browser.download(picture).startswith(b"\x89PNG")
    page = reviewer.browser.submit({"opinion": ""}, button="审核不通过")
    assert page.status == 422
    page = reviewer.browser.submit({"opinion": "授权委托书没有签字"}, button="审核不通过")
    assert "已审结" in page.text
    guo.phone.wait_for("授权委托书没有签字")

    guo.ask("代申领", "三种方式")
    guo.open_link(guo.ask("人工认证通道", "请提前准备"))
    guo.mobile.submit({"position": "行政主管"}, button="保存，下一步")
    guo.mobile.submit(answers, button="保存，下一步")
    hand_in_papers(guo)
    page = reviewer.browser.open(f"{shanxi.url}/staff/agents")
    (case,) = page.tree.xpath("//a[contains(@href, '/staff/agents/')]/@href")
    reviewer.browser.open(case)
    page = reviewer.browser.submit({}, button="审核通过")
    assert "已审结" in page.text
    guo.phone.wait_for("您已是")

    guo.ask("切换企业", answers["name"])
    guo.ask(answers["name"], "已切换")
    guo.ask("印章申请", "请选择要申请的印章")
    guo.ask("取消", "已取消")
    assert "没有可以使用的印章" in guo.ask("文件盖章", "没有可以使用")[-1].text
    assert shanxi.count("memberships", "role = 'handler'") == 1
    assert shanxi.audit_is_sound()


def hand_in_papers(guo: Citizen) -> None:
    """Step three to five."""
    assert guo.mobile.page is not None
    names = guo.mobile.page.tree.xpath("//input[@type='file']/@name")
    ours, theirs, *_ = [p.enterprise for p in people_of("shanxi").values() if p.enterprise]
    files = {
        name: ("证件.jpg", photo(), "image/jpeg")
        if name.endswith("back")
        else ("材料.pdf", contract_pdf(FONT, ours, theirs), "application/pdf")
        for name in names
    }
    assert len(files) == 7
    page = guo.mobile.submit(files=files, button="保存，下一步")
    assert page.status == 200
    page = guo.mobile.submit({"promised": "yes"}, button="保存，下一步")
    assert "2–3 个工作日" in page.text

    def taken() -> bool:
        """The papers may still be looked at: then the page says so, and one tries again."""
        assert guo.mobile.page is not None
        if "提交申请" in guo.mobile.page.text:
            guo.mobile.submit(button="提交申请")
        return "申请已提交" in guo.mobile.page.text

    wait_until(taken, "handed in", 60)
    guo.phone.wait_for("2–3 个工作日内审核")


def test_others_find_nothing(shanxi: Town, guo: Citizen) -> None:
    """
    Somebody else's registration is not there, on the PC neither to see nor to answer.
    """
    yan = Citizen(shanxi.stage(), people_of("shanxi")["tuoba"])
    yan.sign_in_on_pc()
    page = yan.pc.open("/portal/agents")
    assert "人工认证通道" in page.text
    key = shanxi.rows("SELECT id FROM agent_registrations ORDER BY serial DESC LIMIT 1")[0]
    assert yan.pc.open(f"/portal/agents/{key}").status == 404
    page = yan.pc.open("/portal/members")
    answer = yan.pc.session.post(
        f"{shanxi.url}/portal/agents/{key}/answer",
        data={"action": "accept", "csrf_token": page.fields["csrf_token"]},
    )
    assert answer.status_code == 404
    assert yan.pc.session.get(f"{shanxi.url}/staff/agents").status_code == 401


def test_the_head_confirms_on_the_pc(shanxi: Town) -> None:
    """
    经办人关联企业: begun on the phone by 白露, confirmed by 阎守仁 on the PC.
    """
    bai = shanxi.citizen("bai", "alipay")
    yan = Citizen(shanxi.stage(), people_of("shanxi")["yan"])
    yan.sign_in_on_pc()
    assert yan.person.enterprise is not None
    bai.phone.follow()
    bai.sign_in(bai.ask("登录", "登录"), "person")
    bai.ask("代申领", "三种方式")
    bai.open_link(bai.ask("经办人关联企业", "由企业的法定代表人确认"))
    bai.mobile.submit({"position": "会计"}, button="保存，下一步")
    answers = {
        "name": yan.person.enterprise.name,
        "uscc": yan.person.enterprise.uscc,
        "region": "山西省吕梁市孝义市",
        "legal_representative": yan.person.name,
    }
    bai.mobile.submit(answers, button="保存，下一步")
    bai.mobile.submit({"promised": "yes"}, button="保存，下一步")
    page = bai.mobile.submit(button="提交申请")
    assert "申请已提交" in page.text
    page = yan.pc.open("/portal/members")
    assert "会计" in page.text
    yan.pc.submit(button="确认")
    bai.phone.wait_for("您已是")
