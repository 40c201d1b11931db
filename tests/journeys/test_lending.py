"""授权 over real HTTP: a member joins by signing in, is lent a seal, seals with his own PIN."""

from __future__ import annotations

import pytest

from sandbox.actors import encrypt_pin, people_of
from sandbox.papers import contract_pdf
from sandbox.province import visitor
from sandbox.stories import shanxi as story
from sandbox.stories.people import Citizen
from sandbox.stories.telling import Telling
from tests.support.towns import FONT, Town

OWN_PIN = "482916"


@pytest.fixture(scope="module")
def tuoba(shanxi: Town, shanxi_told: Telling) -> Citizen:
    """拓跋珏 has two seals under a PIN."""
    assert shanxi_told.steps
    return shanxi.citizen("tuoba", "alipay")


def invite(owner: Citizen, guest: Citizen, role: str) -> None:
    """添加成员 from the chat: the guest's numbers are typed on a page."""
    owner.open_link(owner.ask("添加成员", "新成员"))
    member = {
        "name": guest.person.name,
        "id_number": guest.person.id_number,
        "mobile": guest.person.mobile,
        "role": role,
    }
    page = owner.mobile.submit(member | {"mobile": "123"}, button="发出邀请")
    assert page.status == 422
    assert "手机号" in page.text
    page = owner.mobile.submit(member, button="发出邀请")
    assert "邀请已发出" in page.text


def grant_on_pc(owner: Citizen, guest: Citizen, **terms: str) -> None:
    page = owner.pc.open(f"{owner.stage.service}/portal/grants")
    label = "//select[@name='delegate']/option[contains(., $name)]/@value"
    (delegate,) = page.tree.xpath(label, name=guest.person.name)
    seals = "//select[@name='seal']/option[contains(., '法定名称章')]/@value"
    seal = page.tree.xpath(seals)[0]
    page = owner.pc.submit({"delegate": delegate, "seal": seal} | terms, button="下一步")
    assert "授权确认单" in page.text


def seal_one(guest: Citizen, name: str) -> None:
    ours, theirs, *_ = [p.enterprise for p in people_of("shanxi").values() if p.enterprise]
    guest.open_link(guest.ask("文件盖章", "上传"))
    data = contract_pdf(FONT, ours, theirs) + f"\n% {name}".encode()
    guest.mobile.submit(files={"files": (name, data, "application/pdf")}, button="上传")
    guest.phone.wait_for(lambda row: name in row.text)
    guest.ask("法定名称章", "盖在哪里")
    guest.open_link(guest.ask("末页右下角", "盖章授权单"))


def test_a_delegate_of_shanxi(shanxi: Town, tuoba: Citizen) -> None:
    """
    白露 accepts with her own identity and PIN, is lent one use on the PC, seals once from her
    phone; 拓跋珏 hears of it, 用章详情 and 授权管理 name her, and the second time is refused.
    """
    bai = shanxi.citizen("bai")
    invite(tuoba, bai, "seal_user")
    bai.follow_and_sign_in("person")
    page = bai.open_link(bai.ask("我的邀请", "邀请您加入"))
    assert "印章使用员" in page.text
    page = bai.mobile.submit(button="接受邀请")
    assert "设置印章密码" in page.text
    page = bai.enter_pin(OWN_PIN, "设置密码", repeat=True)
    assert "已加入" in page.text
    tuoba.phone.wait_for("接受了邀请")
    assert "没有可以使用的印章" in bai.ask("文件盖章", "没有可以使用")[-1].text

    grant_on_pc(tuoba, bai, times="1")
    assert tuoba.pc.page is not None
    wrong = {"cipher": encrypt_pin(tuoba.pc.page.fields, "918273")}
    page = tuoba.pc.submit(wrong, button="确认授权")
    assert (page.status, "还可以再试" in page.text) == (403, True)
    page = tuoba.pc.submit({"cipher": encrypt_pin(page.fields, story.PIN)}, button="确认授权")
    assert "生效中，还可用 1 次" in page.text
    bai.phone.wait_for("授权给您使用")

    seal_one(bai, "授权用章.pdf")
    bai.enter_pin(OWN_PIN, "确认盖章")
    bai.wait_for_page("处理完成")
    bai.phone.wait_for("盖章完成")
    told = tuoba.phone.wait_for("白露用您授权的")[-1].text
    assert "授权用章.pdf" in told
    tuoba.phone.wait_for("次数已用完")
    bai.phone.wait_for("次数已用完")
    assert "没有可以使用的印章" in bai.ask("文件盖章", "没有可以使用")[-1].text

    page = tuoba.pc.open("/portal/grants")
    assert "已结束（次数已用完）" in page.text
    (link,) = shanxi.rows(
        "SELECT seal_id FROM grants WHERE end = 'used_up' AND used = 1 AND times = 1"
    )
    assert "白露（拓跋珏授权）" in tuoba.pc.open(f"/portal/seals/{link}").text
    assert "盖章" in tuoba.pc.open("/portal/log").text
    assert shanxi.audit_is_sound()


def test_an_invitation_is_no_use_to_others(shanxi: Town, tuoba: Citizen) -> None:
    """
    阎守仁, of another enterprise, neither sees it on his pages nor answers it by its number; nor
    does he see the members and grants of others.
    """
    yan, bai = Citizen(shanxi.stage(), people_of("shanxi")["yan"]), shanxi.citizen("bai")
    yan.sign_in_on_pc()
    guo = shanxi.citizen("guo")
    invite(tuoba, guo, "seal_administrator")
    assert bai.person.key != guo.person.key
    (invitation,) = shanxi.rows("SELECT id FROM invitations WHERE name = :n", n=guo.person.name)
    page = yan.pc.open("/portal/invitations")
    assert "没有等您答复的邀请" in page.text
    token = page.fields["csrf_token"]
    for path in (f"/portal/invitations/{invitation}", "/portal/members/invited/" + invitation):
        url = f"{shanxi.url}{path}"
        answer = yan.pc.session.post(url, data={"action": "accept", "csrf_token": token})
        assert answer.status_code == 404
    (grant,) = shanxi.rows("SELECT id FROM grants WHERE times = 1")
    assert yan.pc.open(f"/portal/grants/{grant}").status == 404
    assert tuoba.person.name not in yan.pc.open("/portal/members").text
    assert shanxi.count("memberships", "role = 'seal_administrator'") == 0


def test_a_delegate_of_jiangxi(jiangxi: Town, jiangxi_told: Telling) -> None:
    """
    江西: both sides prove themselves with their faces; the grantor takes the grant back on the
    PC, and what was drawn up before is not sealed any more.
    """
    assert jiangxi_told.steps
    xiong, min_ = jiangxi.citizen("xiong", "wechat"), jiangxi.citizen("min")
    min_.follow_and_sign_in("person")
    invite(xiong, min_, "seal_user")
    page = min_.open_link(min_.phone.wait_for("邀请您加入"))
    page = min_.mobile.submit(button="接受邀请")
    assert "已加入" in page.text

    grant_on_pc(xiong, min_)
    asked = xiong.pc.submit(button="去做意愿认证并授权")
    landed = visitor.show_face(xiong.pc.session, asked.url, xiong.person)
    page = xiong.pc.open(landed.url.replace("/proof", ""))
    assert "生效中" in page.text
    min_.phone.wait_for("授权给您使用")
    seal_one(min_, "江西授权.pdf")
    xiong.pc.submit(button="收回授权")
    min_.phone.wait_for("已收回")
    page = min_.mobile.submit(button="去做意愿认证并盖章")
    min_.show_face(page)
    assert min_.mobile.page is not None
    assert min_.mobile.page.status == 403
    assert "授权已收回" in min_.mobile.page.text
    assert jiangxi.count("sealing_orders", "grant_id <> '' AND state <> 'open'") == 0
