"""代申领 in the chat: the ways, the 法定代表人's answer, taking over."""

from __future__ import annotations

import pytest

from bot.states import State
from seal_core.domain.agents import Enterprise, Way
from seal_core.domain.holders import Role
from seal_core.domain.secrets import IdNumber, Mobile
from seal_core.domain.tickets import LinkPurpose
from tests.support.chat import Chat, token_of
from tests.support.house import DELEGATE_PIN, PIN
from tests.support.people import DELEGATE, ID_NUMBER, MOBILE, OWNER


@pytest.fixture
def agent(signed_in: Chat) -> Chat:
    """钱七, for himself, beside the owner."""
    other = signed_in.also("openid-5")
    other.sign_in(DELEGATE)
    return other


def ask_to_be_agent(agent: Chat) -> None:
    person, agents = agent.actor.person, agent.house.agents
    draft = agents.begin(person, Way.REPRESENTATIVE)
    said = Enterprise(OWNER.organisation_name, OWNER.uscc, OWNER.region, OWNER.name)
    agents.set_basics(person, draft.id, "会计")
    agents.set_enterprise(person, draft.id, said, IdNumber(ID_NUMBER))
    agents.set_account(person, draft.id, Mobile(MOBILE), "", True)
    agents.submit(person, draft.id)


@pytest.mark.parametrize(("words", "way"), [("1", Way.REPRESENTATIVE), ("人工认证", Way.MATERIALS)])
def test_the_ways_lead_to_a_page(agent: Chat, words: str, way: Way) -> None:
    """
    All three are named, two are begun here; the link knows the draft.
    """
    said = agent.say("代申领")
    assert all(word in said.text for word in ("添加您为经办人", "法定代表人", "2–3 个工作日"))
    link = agent.house.links.look(token_of(agent.say(words)))
    draft = agent.house.agents.registration(agent.actor.person, link.data["registration"])
    assert (link.purpose, draft.way) == (LinkPurpose.AGENT, way)
    assert "还没有提交过" in (agent.say("代申领"), agent.say("办理进度"))[1].text


@pytest.mark.parametrize(("words", "heard"), [("确认他是经办人", "您已是"), ("拒绝", "没有通过")])
def test_the_head_answers(signed_in: Chat, agent: Chat, words: str, heard: str) -> None:
    """
    He is told, sees who asks, answers; the agent hears and sees the progress.
    """
    ask_to_be_agent(agent)
    assert "申请做您企业的经办人" in signed_in.hear()[-1].text
    assert "等法定代表人确认" in agent.hear()[-1].text
    (row,) = signed_in.say("经办人申请").choices
    assert row == "钱七（139****7777）｜会计"
    assert "不能使用印章" in signed_in.say("1").text
    assert "没有听懂" in signed_in.say("也许").text
    assert "我们已经通知他" in signed_in.say(words).text
    assert heard in agent.hear()[-1].text
    assert "没有等您确认" in signed_in.say("经办人申请").text
    agent.say("代申领")
    assert "山西示例科技有限公司" in agent.say("办理进度").text


def test_taking_over_in_the_chat(signed_in: Chat) -> None:
    """
    Collected by a 经办人, taken over by the 法定代表人, once he is sure.
    """
    house, owner = signed_in.house, signed_in
    house.pins.set_first(owner.actor.person.id, PIN)
    handler = house.joined(owner.actor, DELEGATE, Role.HANDLER, "openid-5")
    ids = house.approved(handler)
    house.collection.collect_with_pin(handler, ids, DELEGATE_PIN)
    assert any("代企业领取了" in say.text for say in owner.hear())
    assert len(owner.say("接管印章").choices) == 1
    owner.say("1")
    assert owner.where() is State.TAKE_OVER_CONFIRMING
    assert "没有听懂" in owner.say("也许").text
    assert "已接管" in owner.say("确定").text
    assert "接管了" in owner.also("openid-5").hear()[-1].text
    assert "没有别人代领" in owner.say("接管印章").text
    assert owner.say("文件盖章").link is not None
    assert "不能办理" in owner.also("openid-5").say("接管").text


def test_without_a_key_the_other_way_is_named(signed_in: Chat) -> None:
    """
    Made before the 法定代表人 had a PIN: 挂失 and 重新制作.
    """
    house = signed_in.house
    handler = house.joined(signed_in.actor, DELEGATE, Role.HANDLER, "openid-5")
    ids = house.approved(handler)
    house.collection.collect_with_pin(handler, ids, DELEGATE_PIN)
    signed_in.hear()
    signed_in.say("接管印章")
    signed_in.say("1")
    assert "重新制作" in signed_in.say("确定").text
