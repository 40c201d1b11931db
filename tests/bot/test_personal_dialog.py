"""个人申领 in the chat: which type, the page, and 修改签名 later."""

from __future__ import annotations

import pytest

from bot.states import State
from seal_core.domain.applications import WantedSeal
from seal_core.domain.tickets import LinkPurpose
from seal_core.services.personal import Typed
from tests.support.chat import Chat, token_of
from tests.support.people import STRANGER


def issued_signature(chat: Chat) -> str:
    house, actor = chat.house, chat.actor
    sketch = house.personal.sketch(actor, WantedSeal("signature", "40×20 mm"), Typed("李四"))
    proof = house.willingness.agree(actor.person, house.personal.agreement(actor, sketch.id))
    return house.personal.apply(actor, sketch.id, proof)


@pytest.mark.parametrize("words", ["印章申请", "个人申领", "我想申领个人印章"])
@pytest.mark.parametrize("answer", ["1", "手绘章", "个人手绘签名"])
def test_a_person_chooses_what_to_have(jiangxi: Chat, words: str, answer: str) -> None:
    """By number or name; the answer leads to the page."""
    jiangxi.sign_in(STRANGER)
    assert jiangxi.say(words).choices == ("个人手绘签名", "个人名章")
    assert "没有听懂" in jiangxi.say("嗯嗯嗯").text
    link = jiangxi.house.links.look(token_of(jiangxi.say(answer)))
    assert link.purpose is LinkPurpose.PERSONAL
    assert link.data == {"type": "signature", "size": "40×20 mm", "replaces": ""}
    assert jiangxi.where() is State.PERSONAL_ON_PAGE
    again = jiangxi.say("好了吗")
    assert jiangxi.house.links.look(token_of(again)).data == link.data


def test_going_back_asks_for_the_type_again(jiangxi: Chat) -> None:
    jiangxi.sign_in(STRANGER)
    jiangxi.say("个人申领")
    assert jiangxi.house.links.look(token_of(jiangxi.say("私章"))).data["type"] == "personal_name"
    assert jiangxi.say("返回").choices == ("个人手绘签名", "个人名章")
    assert "第一步" in jiangxi.say("返回").text


def test_the_seal_is_told_and_can_be_changed(jiangxi: Chat) -> None:
    """领取成功 ends the dialog; 修改签名 stands in the details and works as a word."""
    jiangxi.sign_in(STRANGER)
    jiangxi.say("个人申领")
    jiangxi.say("手绘签名")
    seal_id = issued_signature(jiangxi)
    assert "领取成功" in jiangxi.hear()[-1].text
    assert jiangxi.where() is State.MENU
    jiangxi.say("我的印章")
    choices = jiangxi.say("1").choices
    for words in (str(choices.index("修改签名") + 1), "修改签名"):
        link = jiangxi.house.links.look(token_of(jiangxi.say(words)))
        assert link.data["replaces"] == seal_id
    jiangxi.say("取消")


def test_changing_nothing_begins_anew(jiangxi: Chat) -> None:
    jiangxi.sign_in(STRANGER)
    assert jiangxi.say("修改签名").choices == ("个人手绘签名", "个人名章")


def test_an_enterprise_has_no_signature(jiangxi: Chat) -> None:
    """Who acts for an enterprise is told how to act for himself."""
    for words in ("个人申领", "修改签名"):
        assert "切换企业" in jiangxi.say(words).text


def test_shanxi_says_that_it_has_none(chat: Chat) -> None:
    chat.sign_in(STRANGER)
    for words in ("印章申请", "个人印章", "修改签名"):
        say = chat.say(words)
        assert "只向企业发放" in say.text
        assert chat.where() is State.MENU
