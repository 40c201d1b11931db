"""Ways in over real HTTP: 扫码登录 on both messengers, a scan before sign-in, 切换企业."""

from __future__ import annotations

import pytest

from sandbox.actors import Browser
from sandbox.browser import Page
from sandbox.stories.people import Citizen
from tests.support.towns import Town


@pytest.fixture(scope="module")
def shanxi(own_shanxi: Town) -> Town:
    return own_shanxi


def number_on(page: Page) -> str:
    """What the PC asks to be typed on the phone."""
    (shown,) = page.tree.find_class("number")
    return str(shown.text_content()).strip()


@pytest.mark.parametrize(("channel", "name"), [("wechat", "微信"), ("alipay", "支付宝")])
def test_the_phone_lets_the_pc_in(shanxi: Town, channel: str, name: str) -> None:
    """The QR is scanned before signing in on the phone; the wish survives the sign-in."""
    citizen = shanxi.citizen("guo", channel)
    citizen.pc.open(f"{shanxi.url}/portal/?next=/portal/seals")
    stale = citizen.pc.session.cookies.get("zhangyin")
    page = citizen.pc.submit(button=f"{name}扫码登录")
    assert "扫码登录" in page.text
    citizen.scan_pc()
    citizen.sign_in_and_hear(citizen.phone.wait_for("登录"), "两位数字", "agent")

    page = citizen.pc.reload()
    number = number_on(page)
    onlooker = Browser()
    onlooker.open(page.url)
    citizen.ask(number, "请看电脑屏幕")
    page = citizen.pc.reload()
    assert page.url.endswith("/portal/seals")
    assert "晋阳云帆科技有限公司" in page.text
    assert citizen.pc.session.cookies.get("zhangyin") != stale
    assert shanxi.count("audit_records", "event = 'entrance:confirm'") >= 1
    assert onlooker.open(f"{shanxi.url}/portal/seals").status == 401
    assert shanxi.watcher.illegal() == []


def test_a_forwarded_code_lets_nobody_in(shanxi: Town) -> None:
    """Whoever does not see the screen does not know the number; one answer ends it."""
    victim, attacker = shanxi.citizen("guo", "wechat"), Browser()
    attacker.open(f"{shanxi.url}/portal/")
    page = attacker.submit(button="微信扫码登录")
    picture = next(src for src in page.pictures() if src.endswith("qr.png"))
    victim.phone.catch_up()
    victim.phone.scan(attacker.download(picture))
    victim.phone.wait_for("两位数字")
    number = number_on(attacker.reload())
    victim.ask("10" if number != "10" else "11", "数字不对")
    assert "没有登录" in attacker.reload().text
    assert attacker.open(f"{shanxi.url}/portal/seals").status == 401


def test_switching_on_the_pc_and_in_the_chat(shanxi: Town) -> None:
    """郭晓岚 for herself, and for the enterprise she works for."""
    citizen: Citizen = shanxi.citizen("guo", "wechat")
    citizen.sign_in_on_pc("agent", Browser(citizen.person))
    page = citizen.pc.open("/portal/identities")
    assert "本人（郭晓岚）" in page.text
    page = citizen.pc.submit(button="切换到本人")
    assert "晋阳云帆科技有限公司" not in page.text
    page = citizen.pc.open("/portal/identities")
    page = citizen.pc.submit(button="切换到晋阳云帆")
    assert "晋阳云帆科技有限公司" in page.text
    citizen.ask("切换企业", "要代表谁办理")
    citizen.ask("本人", "已切换，当前身份：郭晓岚")
