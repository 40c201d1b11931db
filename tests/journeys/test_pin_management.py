"""密码管理 over real HTTP: changed on H5, locked, unlocked and reset with the face check."""

from __future__ import annotations

import pytest

from sandbox.actors import encrypt_pin
from sandbox.province import visitor
from sandbox.stories.people import Citizen
from sandbox.stories.shanxi import PIN as FIRST
from sandbox.stories.telling import Telling
from tests.support.towns import Town

SECOND, THIRD, WRONG = "518206", "964027", "918273"


@pytest.fixture(scope="module")
def owner(shanxi: Town, shanxi_told: Telling) -> Citizen:
    """拓跋珏 on Alipay, with two seals and a PIN; at the end it is the same PIN."""
    assert shanxi_told.steps
    return shanxi.citizen("tuoba", "alipay")


def living(town: Town, column: str) -> list[str]:
    """*column* of 晋阳云帆's active seals."""
    return town.rows(
        f"SELECT {column} FROM seals WHERE state = 'active' AND name LIKE '晋阳云帆%' ORDER BY id"
    )


def open_page(citizen: Citizen) -> None:
    citizen.open_link(citizen.ask("密码管理", "打开页面"))


def change(citizen: Citizen, browser_of: str, old: str, new: str, again: str = "") -> str:
    browser = citizen.mobile if browser_of == "phone" else citizen.pc
    assert browser.page is not None
    fields = browser.page.fields
    values = {
        "old": encrypt_pin(fields, old),
        "cipher": encrypt_pin(fields, new),
        "repeat": encrypt_pin(fields, again or new),
    }
    return browser.submit(values, button="修改密码").text


def test_changed_on_the_phone_the_seals_stay(shanxi: Town, owner: Citizen) -> None:
    """Wrong old PIN, two new ones that differ, a weak one; then the right ones."""
    before = living(shanxi, "certificate")
    open_page(owner)
    assert "还可以再试 4 次" in change(owner, "phone", WRONG, SECOND)
    assert "不一样" in change(owner, "phone", FIRST, SECOND, THIRD)
    assert "密码太简单" in change(owner, "phone", FIRST, "123456")
    assert "印章密码已保存" in change(owner, "phone", FIRST, SECOND)
    owner.phone.wait_for("印章密码已修改")
    assert living(shanxi, "certificate") == before


def test_changed_on_the_pc_and_each_page_is_good_for_one_try(owner: Citizen) -> None:
    """What was sent once cannot be sent again: the nonce is the page's."""
    owner.pc.open(f"{owner.stage.service}/portal/pin")
    assert owner.pc.page is not None
    stale = dict(owner.pc.page.fields)
    assert "印章密码已保存" in change(owner, "pc", SECOND, FIRST)
    values = {
        name: encrypt_pin(stale, pin)
        for name, pin in (("old", FIRST), ("cipher", THIRD), ("repeat", THIRD))
    }
    assert "没有安全送达" in owner.pc.submit(values, button="修改密码").text


def test_locked_on_the_pc_unlocked_with_the_face(shanxi: Town, owner: Citizen) -> None:
    """The phone hears of the lock; the PC page unlocks with the face check."""
    owner.pc.open(f"{owner.stage.service}/portal/pin")
    for _ in range(5):
        text = change(owner, "pc", WRONG, SECOND)
    assert "已锁定" in text
    owner.phone.wait_for("已锁定")
    page = owner.pc.submit(button="证明身份并解锁")
    landed = visitor.show_face(owner.pc.session, page.url, owner.person)
    assert "已解锁" in landed.text
    owner.pc.open(f"{owner.stage.service}/portal/pin")  # not at the province's any more
    owner.phone.wait_for("已解锁")
    assert shanxi.count("pin_guards", "locked_at IS NOT NULL") == 0


def test_forgotten_and_reset_on_the_phone(shanxi: Town, owner: Citizen) -> None:
    """The page says that seals are made anew; face check, new PIN, new seal, same type."""
    old = living(shanxi, "id")
    open_page(owner)
    page = owner.mobile.follow("忘记密码？重置")
    assert "重置密码就要重新制作印章" in page.text
    assert "以前盖过章的文件继续有效" in page.text
    assert "法定名称章" in page.text
    page = owner.show_face(owner.mobile.submit(button="证明身份并重置"))
    assert "设置印章密码" in page.text
    owner.phone.wait_for("需要重新领取")
    owner.enter_pin(FIRST, "确定领取", repeat=True)
    owner.wait_for_page("领取成功")
    owner.phone.wait_for("领取成功")
    assert sorted(living(shanxi, "replaces")) == old
    assert not any(shanxi.count("seal_keys", "seal_id = :id", id=each) for each in old)
    assert shanxi.count("audit_records", "event = 'pin:reset'") == 1
    logs = shanxi.logs()
    assert not any(pin in logs for pin in (FIRST, SECOND, THIRD, WRONG))
    assert shanxi.audit_is_sound()
    assert shanxi.watcher.illegal() == []
