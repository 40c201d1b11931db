"""Signing in with a purpose, 扫码登录 and 切换企业 in the chat."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.messages import Kind
from bot.states import State
from seal_core.domain.entrances import EntranceState
from seal_core.domain.tickets import LinkPurpose
from tests.support.chat import Chat, token_of
from tests.support.people import OWNER, STRANGER

RIVAL = replace(
    OWNER, subject="subject-2", name="李四", uscc="91140100MA0TEXT01M", legal_representative="李四"
)


def follow_the_link(chat: Chat, token: str) -> str:
    """Sign in behind the link as the page does; what is said then."""
    link = chat.house.links.spend(token)
    onward = {name: link.data[name] for name in ("scene", "wish") if name in link.data}
    chat.house.sign_in.bind(link.account_id, OWNER, **onward)
    return chat.hear()[-1].as_text()


@pytest.mark.parametrize("follow", [Kind.SCAN, Kind.FOLLOW])
def test_a_pickup_scanned_before_sign_in_goes_on_afterwards(chat: Chat, follow: Kind) -> None:
    """The QR on the PC is not lost: after signing in the phone asks whether to collect."""
    house = chat.house
    pc = house.signed_in(OWNER, "another-phone")
    ids = house.approved(pc)
    house.work()
    pickup = house.collection.open_pickup(pc, ids, "wechat")
    say = chat.do(follow, scene=pickup.scene)
    assert say is not None
    said = follow_the_link(chat, token_of(say))
    assert "登录成功" in said
    assert "您扫描了印章领取码" in said
    assert chat.where() is State.COLLECT_CONFIRMING


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("印章申请", State.APPLY_CHOOSING_SEALS),
        ("2", State.APPLY_CHOOSING_SEALS),
        ("帮我验签", State.VERIFY_UPLOADING),
        ("我的印章", State.MENU),
        ("登录", State.MENU),
    ],
)
def test_what_one_came_for_goes_on_after_signing_in(chat: Chat, words: str, state: State) -> None:
    said = follow_the_link(chat, token_of(chat.say(words)))
    assert "登录成功" in said
    assert chat.where() is state


def test_a_stranger_who_scanned_is_told_so_after_signing_in(chat: Chat) -> None:
    """Somebody else's pickup stays somebody else's."""
    house = chat.house
    pc = house.signed_in(RIVAL, "another-phone")
    pickup = house.collection.open_pickup(pc, house.approved(pc), "wechat")
    say = chat.do(Kind.SCAN, scene=pickup.scene)
    assert say is not None
    assert "不是给您的" in follow_the_link(chat, token_of(say))


def test_letting_a_pc_in(signed_in: Chat) -> None:
    """Scan, the number from the screen, in."""
    entrances = signed_in.house.entrances
    entrance = entrances.open("wechat")
    say = signed_in.do(Kind.SCAN, scene=entrance.scene)
    assert say is not None
    assert "两位数字" in say.text
    assert "没有听懂" in signed_in.say("好的").text
    assert "请看电脑屏幕" in signed_in.say(entrance.number).text
    assert entrances.look(entrance.id).state is EntranceState.CONFIRMED
    assert signed_in.where() is State.MENU


@pytest.mark.parametrize("words", ["拒绝", "不是", "取消", "09"])
def test_not_letting_a_pc_in(signed_in: Chat, words: str) -> None:
    """A refusal, 取消, or a number that is not on the screen."""
    entrances = signed_in.house.entrances
    entrance = entrances.open("wechat")
    signed_in.do(Kind.SCAN, scene=entrance.scene)
    signed_in.say(words)
    assert entrances.look(entrance.id).state is EntranceState.CANCELLED
    assert signed_in.where() is State.MENU
    again = signed_in.do(Kind.SCAN, scene=entrance.scene)
    assert again is not None
    assert "失效" in again.text


def test_switching_enterprise(signed_in: Chat) -> None:
    """本人 and the enterprise, by number or name; what is asked next is for that one."""
    say = signed_in.say("切换企业")
    assert say.choices == ("本人（王小明）", "山西示例科技有限公司（法定代表人）")
    assert "没有听懂" in signed_in.say("第九个").text
    assert "王小明" in signed_in.say("本人").text
    assert "只向企业发放" in signed_in.say("印章申请").text
    signed_in.say("切换企业")
    signed_in.say("示例科技")
    assert signed_in.actor.organisation is not None


@pytest.mark.parametrize("words", ["法人单位申领", "关联企业"])
def test_without_an_enterprise_one_is_sent_to_link_it(jiangxi: Chat, words: str) -> None:
    """企业空间, then straight on with what was wanted (item 57)."""
    jiangxi.sign_in(STRANGER)
    say = jiangxi.say(words)
    link = jiangxi.house.links.look(token_of(say))
    assert (link.purpose, link.data) == (
        LinkPurpose.SIGN_IN,
        {"space": "1", "wish": "法人单位申领"},
    )
    said = follow_the_link(jiangxi, token_of(say))
    assert "一套 5 枚" in said
    assert jiangxi.where() is State.APPLY_CHOOSING_SEALS


def test_one_identity_alone_is_told_how_to_get_another(chat: Chat) -> None:
    chat.sign_in(STRANGER)
    say = chat.say("切换企业")
    assert "只有本人" in say.text
    assert say.link is not None
