"""密码管理 in the chat: it leads to a page, and tells what became of the PIN."""

from __future__ import annotations

import pytest

from seal_core.domain.keys import Proof
from seal_core.domain.pins import TRIES
from seal_core.domain.secrets import Pin
from seal_core.domain.tickets import LinkPurpose
from seal_core.errors import SealError
from tests.support.chat import Chat, token_of
from tests.support.house import PIN, WRONG


@pytest.mark.parametrize("words", ["密码管理", "忘记密码", "我想修改密码"])
def test_pins_are_managed_on_a_page(signed_in: Chat, words: str) -> None:
    """
    In plain words, before and after the first PIN.
    """
    say = signed_in.say(words)
    assert "还没有印章密码" in say.text
    assert signed_in.house.links.look(token_of(say)).purpose is LinkPurpose.PIN
    signed_in.house.pins.set_first(signed_in.actor.person.id, PIN)
    assert "忘记了可以重置" in signed_in.say(words).text


def test_where_there_are_no_pins_it_is_said(jiangxi: Chat) -> None:
    """
    江西: 意愿认证 in its place, and what to do when a seal is in danger.
    """
    say = jiangxi.say("密码管理")
    assert say.link is None
    assert "意愿认证" in say.text
    assert "挂失" in say.text


def test_the_phone_hears_of_every_change(signed_in: Chat) -> None:
    """
    Locked, unlocked, changed, reset: each with what to do if it was somebody else.
    """
    house, actor = signed_in.house, signed_in.actor
    (seal,) = house.issued(actor)
    signed_in.hear()

    def proof(purpose: str) -> Proof:
        digest = house.pin_care.agreement(actor, purpose, "once")
        return house.willingness.agree(actor.person, digest)

    for _ in range(TRIES):
        with pytest.raises(SealError):
            house.pins.prove(actor.person.id, WRONG)
    assert "已锁定" in signed_in.hear()[-1].text
    house.pin_care.unlock(actor, proof("unlock"), "once")
    assert "已解锁" in signed_in.hear()[-1].text
    house.pins.change(actor.person.id, PIN, Pin("460281"))
    assert "已修改" in signed_in.hear()[-1].text
    house.pin_care.reset(actor, proof("reset"), "once")
    (said,) = signed_in.hear()
    assert seal.name in said.text
    assert "重新领取" in said.text
    assert "回复“领取”" in said.text
