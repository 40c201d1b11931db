"""A seal's life over real HTTP: stopped on the PC, lost on the phone, renewed on H5, cancelled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.papers import application_form
from sandbox.stories.people import Citizen, Reviewer
from sandbox.stories.shanxi import PIN
from sandbox.stories.telling import Telling
from tests.support.processes import wait_until
from tests.support.towns import FONT, Town

FINANCE = "财务专用章"
NAME = "法定代表人名章"


@pytest.fixture(scope="module")
def owner(shanxi: Town, shanxi_told: Telling) -> Citizen:
    """拓跋珏 on Alipay, who knows his PIN, with two more seals."""
    assert shanxi_told.steps
    citizen = shanxi.citizen("tuoba", "alipay")
    pushed = len(shanxi.watcher.robot())
    citizen.ask("印章申请", "请选择要申请的印章")
    citizen.ask("3 4", "财务专用章的印模尺寸")
    citizen.ask("1", "法定代表人名章的印模尺寸")
    citizen.ask("1", "单位所属区划")
    citizen.open_link(citizen.ask("太原", "请打开页面"))
    form = application_form(FONT, citizen.person)
    citizen.mobile.submit(files={"form": ("申请表.pdf", form, "application/pdf")})
    citizen.wait_for_page("经办人信息")
    citizen.mobile.submit({"handler_name": citizen.person.name}, button="提交申请")
    wait_until(lambda: len(shanxi.watcher.robot()) > pushed, "staff are told")
    reviewer = Reviewer(shanxi.stage())
    reviewer.sign_in()
    reviewer.open_case(shanxi.watcher.robot()[-1])
    reviewer.approve()
    citizen.phone.wait_for("审核通过")
    citizen.ask("领取", "确定领取吗")
    collect(citizen, citizen.ask("确定", "输入印章密码"))
    return citizen


def collect(citizen: Citizen, shown: list) -> None:  # type: ignore[type-arg]
    """Enter the PIN on the page the chat leads to, and wait for the seals."""
    citizen.open_link(shown)
    finish(citizen)


def finish(citizen: Citizen) -> None:
    citizen.enter_pin(PIN, "确定领取")
    citizen.wait_for_page("领取成功")
    citizen.phone.wait_for("领取成功")


def seal_ids(town: Town, kind: str, state: str) -> list[str]:
    """Ids of 晋阳云帆's seals of *kind* in *state*, oldest first."""
    return town.rows(
        "SELECT id FROM seals WHERE name LIKE :name AND state = :state ORDER BY serial",
        name=f"%{kind}",
        state=state,
    )


def look_at(citizen: Citizen, seal_id: str) -> str:
    return citizen.pc.open(f"{citizen.stage.service}/portal/seals/{seal_id}").text


def test_stopped_and_resumed_on_the_pc(shanxi: Town, owner: Citizen) -> None:
    """Nothing without the tick of 我已了解; his own phone hears of what was done at the desk."""
    (seal_id,) = seal_ids(shanxi, FINANCE, "active")
    assert "停用后暂时不能盖章" in look_at(owner, seal_id)
    page = owner.pc.submit({"reason": "人员变动"}, button="确认停用")
    assert page.status == 422
    assert "请先勾选" in page.text
    page = owner.pc.submit({"reason": "人员变动", "sure": "1"}, button="确认停用")
    assert "状态停用" in page.text
    owner.phone.wait_for("已停用")
    page = owner.pc.submit({"sure": "1"}, button="确认启用")
    assert "状态有效" in page.text
    owner.phone.wait_for("已启用")


def test_lost_in_the_chat_and_made_anew(shanxi: Town, owner: Citizen) -> None:
    """挂失 without a PIN; 重新制作 with it; the first seal's key is gone."""
    (lost,) = seal_ids(shanxi, FINANCE, "active")
    owner.ask("挂失", "要挂失哪一枚")
    owner.ask(FINANCE, "全部挂失")
    owner.ask("1", "确定吗")
    owner.ask("确定", "已挂失")
    assert shanxi.count("seals", "id = :id AND state = 'frozen'", id=lost)
    owner.ask("重新制作", "继续有效")
    collect(owner, owner.ask("确定", "输入印章密码"))
    (fresh,) = seal_ids(shanxi, FINANCE, "active")
    assert shanxi.rows("SELECT replaces FROM seals WHERE id = :id", id=fresh) == [lost]
    assert shanxi.count("seal_keys", "seal_id = :id", id=lost) == 0
    assert "已注销" in look_at(owner, lost)


def test_expired_by_the_ticker_and_renewed_on_h5(shanxi: Town, owner: Citizen) -> None:
    """The worker notices the end, the phone is told, the page renews it with the PIN."""
    (old,) = seal_ids(shanxi, NAME, "active")
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat(timespec="microseconds")
    shanxi.change("UPDATE seals SET valid_to = :t WHERE id = :id", t=past, id=old)
    owner.phone.catch_up()
    owner.phone.wait_for("已到期", timeout=120)
    owner.ask("我的印章", "印章列表")
    owner.open_link(owner.ask("在页面上管理", "打开页面"))
    page = owner.mobile.open(f"?seal={old}")
    assert "已到期" in page.text
    assert "以前盖过章的文件继续有效" in page.text
    page = owner.mobile.submit({"sure": "1"}, button="确认续期")
    assert "印章领取" in page.text
    finish(owner)
    (new,) = seal_ids(shanxi, NAME, "active")
    same = "SELECT picture FROM seals WHERE id = :id"
    assert shanxi.rows(same, id=new) == shanxi.rows(same, id=old)
    assert "已续期" in look_at(owner, old)


def test_cancelled_on_the_pc_and_seen_in_the_log(shanxi: Town, owner: Citizen) -> None:
    """With its reason; afterwards there is nothing left to be done with it."""
    (seal_id,) = seal_ids(shanxi, NAME, "active")
    look_at(owner, seal_id)
    page = owner.pc.submit(
        {"reason": "enterprise_changed", "words": "法人变更", "sure": "1"}, button="确认注销"
    )
    assert "状态已注销" in page.text
    assert "印章管理" not in page.text
    owner.phone.wait_for("已注销")
    assert "注销印章" in owner.pc.open("/portal/log").text
    found = shanxi.rows(
        "SELECT detail FROM audit_records WHERE subject_id = :id AND event = 'seal:cancel'",
        id=seal_id,
    )
    assert "enterprise_changed" in found[0]
    assert "法人变更" in found[0]
    assert shanxi.watcher.illegal() == []


def test_an_application_withdrawn_and_sent_again_with_its_answers(
    shanxi: Town, owner: Citizen
) -> None:
    """撤回 in the chat; 印章申请 offers what was answered; the form need not be brought again."""
    owner.ask("印章申请", "请选择要申请的印章")
    owner.ask("4", "印模尺寸")
    owner.ask("取消", "已取消")
    owner.ask("印章申请", "您上次填的还在")
    owner.ask("继续填写", "印模尺寸")
    owner.ask("2", "单位所属区划")
    owner.open_link(owner.ask("太原", "请打开页面"))
    form = application_form(FONT, owner.person)
    owner.mobile.submit(files={"form": ("申请表.pdf", form, "application/pdf")})
    owner.wait_for_page("经办人信息")
    owner.mobile.submit(
        {"handler_name": "郭晓岚", "handler_mobile": "13800140002"}, button="提交申请"
    )
    owner.phone.wait_for("申请已提交")
    owner.ask("撤回申请", "确定吗")
    owner.ask("确定", "已撤回")
    assert shanxi.count("seals", "state = 'withdrawn'") == 1

    owner.ask("印章申请", "法定代表人名章（方形 18 mm）")
    page = owner.open_link(owner.ask("继续填写", "请打开页面"))
    assert "申请表.pdf" in page.text, "the form is there already"
    assert page.fields["handler_name"] == "郭晓岚"
    assert page.fields["handler_mobile"] == "138****0002"
    page = owner.mobile.submit(button="提交申请")
    assert "申请已提交" in page.text
    owner.phone.wait_for("申请已提交")
    names = shanxi.rows("SELECT handler_name FROM applications ORDER BY serial DESC LIMIT 2")
    assert names == ["郭晓岚"] * 2
    assert shanxi.count("drafts") == 0


def test_withdrawn_on_the_pc(shanxi: Town, owner: Citizen) -> None:
    """The record says 已撤回, and the reviewer's queue does not have it any more."""
    (seal_id,) = seal_ids(shanxi, NAME, "pending_review")
    look_at(owner, seal_id)
    page = owner.pc.submit({"sure": "1"}, button="确认撤回申请")
    assert "状态已撤回" in page.text
    owner.phone.wait_for("申请已撤回")
    assert "已撤回" in owner.pc.open("/portal/records").text
    assert shanxi.audit_is_sound()
