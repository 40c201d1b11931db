"""The mini-programs over real HTTP: signing in, talking, and pages that open nowhere else."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from sandbox.actors import Browser, Phone
from sandbox.browser import Page
from sandbox.miniprogram import MiniProgramClient, TurnedAway
from sandbox.province import visitor
from sandbox.stories.telling import until
from tests.support.towns import Town

PLATFORMS = pytest.mark.parametrize("platform", ["wechat", "alipay"])


def inside(town: Town, platform: str, key: str = "bai") -> MiniProgramClient:
    person = town.citizen(key).person
    return MiniProgramClient(town.url, town.world.sandbox_url, person, platform)


def sign_in(client: MiniProgramClient, link: str) -> Page:
    """法人登录 inside the web-view."""
    client.open(link)
    page = client.web_view.submit(button="前往登录")
    landed = visitor.sign_in(client.web_view.session, page.url, client.person, "person")
    page = Page(landed.url, landed.status_code, landed.content, "text/html")
    client.web_view.page = page
    return page


@PLATFORMS
def test_log_in_talk_and_open_pages(shanxi: Town, platform: str) -> None:
    """A code of the platform, the conversation inside, signing in in the web-view, the phone."""
    client = inside(shanxi, platform)
    assert client.log_in()["holder"] == ""
    said = client.say("我的印章")
    assert "登录" in said["text"]
    page = sign_in(client, said["link"]["token"])
    assert "登录成功" in page.text
    assert client.log_in()["holder"] == "白露"
    assert client.give_phone() == {"mobile": "138****0004"}
    # no chat of the platform is open: the mini-program fetches what is said by itself
    until(lambda: any("登录成功" in m["text"] for m in client.hear()), "news are fetched", 30)
    assert client.hear() == []
    said = client.say("文件验签")
    assert "上传要验签的文件" in client.open(said["link"]["token"]).text
    assert shanxi.watcher.illegal() == []


@PLATFORMS
def test_links_open_nowhere_else(shanxi: Town, platform: str) -> None:
    """A browser, a forwarded address, somebody else's mini-program, a proof used twice."""
    client, thief = inside(shanxi, platform), inside(shanxi, platform, "yan")
    client.log_in()
    thief.log_in()
    link = client.say("文件验签")["link"]["token"]
    plain = Browser(client.person)
    for address in (f"/h5/{link}", f"/h5/{link}?proof=guessed", f"/h5/{link}/progress"):
        assert plain.session.get(shanxi.url + address, timeout=20).status_code == 403
    with pytest.raises(TurnedAway) as refused:
        thief.open(link)
    assert refused.value.code == "ticket.forwarded"

    address = client.call("POST", f"links/{link}")["url"]
    assert "上传要验签的文件" in client.web_view.open(address).text
    assert plain.open(address).status == 403
    client.web_view.open(f"{shanxi.url}/h5/{link}")
    assert client.web_view.page is not None
    assert client.web_view.page.status == 200


@PLATFORMS
def test_tokens_are_checked(shanxi: Town, platform: str) -> None:
    """None, a forged one, and a phone without being signed in; codes: tests/channels."""
    client = inside(shanxi, platform, "yan")
    client.log_in()
    with pytest.raises(TurnedAway) as refused:
        client.give_phone()
    assert refused.value.code == "actor.not_signed_in"
    for token in ("", "forged", client._token[:-2] + "xx"):
        other = inside(shanxi, platform, "yan")
        other._token = token
        with pytest.raises(TurnedAway) as refused:
            other.say("菜单")
        assert refused.value.code == "actor.not_signed_in"
    with pytest.raises(TurnedAway) as refused:
        client.call("POST", "sessions", channel="telegram", code="x")
    assert refused.value.code == "record.not_found"


def test_a_forged_phone_number_is_not_believed(shanxi: Town) -> None:
    client = inside(shanxi, "alipay", "bai")
    client.log_in()
    for forged in ({}, {"response": "AAAA", "sign": "AAAA"}, {"response": "x" * 9000, "sign": ""}):
        with pytest.raises(TurnedAway) as refused:
            client.call("POST", "phone", **forged)
        assert refused.value.code in ("platform.answer", "actor.not_signed_in")


def test_the_mini_programs_chat_leads_into_the_mini_program(shanxi: Town) -> None:
    """微信小程序客服: answered by customer-service messages, links as cards of our own page."""
    person = shanxi.citizen("yan").person
    phone = Phone(shanxi.world.sandbox_url, person, "wechat_miniprogram")
    phone.enter()
    phone.say("文件验签")
    (*_, card) = phone.wait_for(lambda row: row.kind == "miniprogram")
    assert card.url.startswith("pages/web/index?link=")
    wanted = {"person": "yan", "channel": "wechat_miniprogram", "link": card.url.partition("=")[2]}
    browser = Browser()
    page = browser.open(f"{shanxi.world.sandbox_url}/phone/mini?{urlencode(wanted)}")
    assert page.url.startswith(shanxi.url)
    assert "前往登录" in page.text
    assert shanxi.watcher.illegal() == []
