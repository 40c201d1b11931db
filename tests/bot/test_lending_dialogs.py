"""授权管理 and 企业成员 in the chat, walked as people walk them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.handlers.authorise import read_terms
from bot.states import State
from bot.texts_members import TERMS
from seal_core.domain.grants import GrantNotOpen, GrantState, GrantTerms, GrantTermsRefused
from seal_core.domain.holders import Role
from seal_core.domain.tickets import LinkPurpose
from tests.support.chat import Chat, token_of
from tests.support.house import DELEGATE_PIN, PIN
from tests.support.people import DELEGATE, STRANGER

NOW = datetime(2026, 5, 4, 2, 0, tzinfo=UTC)


@pytest.fixture
def colleague(signed_in: Chat) -> Chat:
    """印章使用员 of the owner, with a seal of the enterprise to be granted."""
    house, owner = signed_in.house, signed_in.actor
    house.issued(owner)
    house.joined(owner, DELEGATE, Role.SEAL_USER, "openid-5")
    other = signed_in.also("openid-5")
    other.hear()
    signed_in.hear()
    return other


@pytest.mark.parametrize(
    ("words", "terms"),
    [
        ("1", GrantTerms()),
        ("长期有效", GrantTerms()),
        ("不限", GrantTerms()),
        ("2", GrantTerms(NOW + timedelta(days=30))),
        ("5", GrantTerms(times=10)),
        ("30 天 5 次", GrantTerms(NOW + timedelta(days=30), 5)),
        ("３次", GrantTerms(times=3)),
        ("两周？2周吧", GrantTerms(NOW + timedelta(days=14))),
        ("3个月", GrantTerms(NOW + timedelta(days=90))),
        ("到2027年3月1日", GrantTerms(datetime(2027, 3, 1, 15, 59, 59, tzinfo=UTC))),
        ("2027/3/1 前，20次", GrantTerms(datetime(2027, 3, 1, 15, 59, 59, tzinfo=UTC), 20)),
        ("随便", None),
        ("6", None),
    ],
)
def test_terms_as_people_say_them(words: str, terms: GrantTerms | None) -> None:
    """
    无限, 期限, 次数, by number or in words; a date counts to the end of that day in Beijing.
    """
    assert read_terms(words, NOW) == terms


@pytest.mark.parametrize("words", ["0次", "到2027年2月30日"])
def test_terms_that_cannot_be(words: str) -> None:
    """No use at all, and a day that does not exist."""
    with pytest.raises(GrantTermsRefused):
        read_terms(words, NOW)


def test_a_seal_is_lent_and_taken_back(signed_in: Chat, colleague: Chat) -> None:
    """
    Four answers lead to the page that confirms; both sides hear; the delegate can start sealing;
    the owner takes it back and both hear again.
    """
    owner, house = signed_in, signed_in.house
    assert owner.say("授权管理").choices[0] == "新增授权"
    (name,) = owner.say("1").choices
    assert owner.say("1").choices == ("钱七（139****7777）",)
    assert owner.say("钱七").choices == TERMS
    assert "没有听懂" in owner.say("随便").text
    assert "三年" in owner.say("9 年").text
    say = owner.say("30天，2次")
    assert all(word in say.text for word in ("授权确认单", name, "钱七", "共 2 次"))
    link = house.links.look(token_of(say))
    assert (link.purpose, owner.where()) == (LinkPurpose.GRANT, State.GRANT_ON_PAGE)
    assert "没有可以使用的印章" in colleague.say("文件盖章").text
    house.grants.confirm_with_pin(owner.actor, link.data["grant_id"], PIN)
    assert "授权已生效" in owner.hear()[-1].text
    assert owner.where() is State.MENU
    (heard,) = colleague.hear()
    assert "授权给您使用" in heard.text
    assert colleague.say("文件盖章").link is not None

    (row,) = owner.say("查看授权").choices
    assert "还可用 2 次" in row
    assert owner.say("1").choices == ("收回授权", "返回授权列表")
    assert "已收回" in owner.say("收回授权").text
    assert "已收回" in colleague.hear()[-1].text
    assert "没有可以使用的印章" in colleague.say("文件盖章").text
    assert "现在没有授权" in colleague.say("授权管理").text


def test_a_use_is_told_and_shown(signed_in: Chat, colleague: Chat) -> None:
    """
    The grantor hears of every use; 用章详情 says who sealed and on whose grant.
    """
    owner, house = signed_in, signed_in.house
    (seal,) = house.holdings.seals(owner.actor)
    house.granted(owner.actor, seal, colleague.actor, GrantTerms(times=2))
    order = house.ordered(colleague.actor, seal)
    house.sealing.confirm_with_pin(colleague.actor, order.id, DELEGATE_PIN)
    said = [say.text for say in owner.hear()]
    assert any("钱七用您授权的" in text and "还可用 1 次" in text for text in said)
    owner.say("我的印章")
    assert "钱七（王小明授权）" in owner.say("1").text


def test_a_draft_ends_with_the_dialog(signed_in: Chat, colleague: Chat) -> None:
    """
    取消 drops what waits for its confirmation, and a link left open confirms nothing.
    """
    house = signed_in.house
    signed_in.say("新增授权")
    signed_in.say("1")
    signed_in.say("1")
    say = signed_in.say("长期有效")
    grant_id = house.links.look(token_of(say)).data["grant_id"]
    assert "打开安全页面" in signed_in.say("好了").text
    signed_in.say("取消")
    with pytest.raises(GrantNotOpen):
        house.grants.confirm_with_pin(signed_in.actor, grant_id, PIN)
    assert house.grants.grant(signed_in.actor, grant_id).grant.state is GrantState.ENDED
    assert colleague.hear() == []


def test_a_draft_waits_only_so_long(signed_in: Chat, colleague: Chat) -> None:
    """
    After half an hour the dialog says so and ends.
    """
    signed_in.say("新增授权")
    signed_in.say("1")
    signed_in.say("1")
    signed_in.say("1次")
    signed_in.house.clock.advance(minutes=31)
    assert "已过期" in signed_in.say("好了").text
    assert signed_in.where() is State.MENU


def test_nothing_or_nobody_to_lend(signed_in: Chat) -> None:
    """
    Without a seal, and without a member who may seal, the next step is named.
    """
    assert "没有可以授权的印章" in signed_in.say("新增授权").text
    signed_in.house.issued(signed_in.actor)
    assert "添加成员" in signed_in.say("新增授权").text


def test_members_are_kept_in_the_chat(signed_in: Chat, colleague: Chat) -> None:
    """
    List, detail, another role, removal; the member is told; the owner himself is not offered any.
    """
    rows = signed_in.say("企业成员").choices
    assert rows == ("王小明（139****1234）｜法定代表人", "钱七（139****7777）｜印章使用员")
    assert signed_in.say("王小明").choices == ("返回成员列表",)
    signed_in.say("1")
    assert "改为审计员" in signed_in.say("钱七").choices
    assert "审计员" in signed_in.say("改为审计员").text
    assert "角色改为：审计员" in colleague.hear()[-1].text
    signed_in.say("企业成员")
    signed_in.say("2")
    assert "已不是企业成员" in signed_in.say("移除成员").text
    assert "已不是" in colleague.hear()[-1].text
    assert colleague.say("我的印章").link is not None  # he is asked to sign in


def test_an_invitation_in_the_chat(signed_in: Chat) -> None:
    """
    The form is a page; the invited hears of it and finds it again; nobody else does.
    """
    house = signed_in.house
    say = signed_in.say("添加成员")
    assert house.links.look(token_of(say)).purpose is LinkPurpose.INVITE
    invited, stranger = signed_in.also("openid-5"), signed_in.also("openid-2")
    invited.sign_in(DELEGATE)
    stranger.sign_in(STRANGER)
    house.members.invite(signed_in.actor, "钱七", DELEGATE.id_number, DELEGATE.mobile, Role.AUDITOR)
    (heard,) = invited.hear()
    assert "审计员" in heard.text
    again = invited.say("我的邀请")
    assert house.links.look(token_of(again)).purpose is LinkPurpose.JOIN
    assert "没有等您答复的邀请" in stranger.say("我的邀请").text
    assert stranger.hear() == []


@pytest.mark.parametrize("words", ["新增授权", "企业成员", "添加成员"])
def test_whoever_does_not_manage_is_told(signed_in: Chat, words: str) -> None:
    """
    普通员工, and somebody who is here for himself.
    """
    signed_in.house.joined(signed_in.actor, DELEGATE, Role.MEMBER, "openid-5")
    plain, alone = signed_in.also("openid-5"), signed_in.also("openid-2")
    alone.sign_in(STRANGER)
    assert "不能办理" in plain.say(words).text
    assert alone.say(words).text
    assert alone.where() is State.MENU
