"""代申领: the ways to become 经办人, and the 法定代表人's word on it."""

from __future__ import annotations

from bot import texts, texts_agents
from bot.handlers.choosing import pick
from bot.messages import Message, Say
from bot.router import Router
from bot.states import State
from bot.talk import Talk
from seal_core.domain.holders import NotFound
from seal_core.domain.records import News, Notification
from seal_core.domain.tickets import LinkPurpose
from seal_core.services.agents import AgentCase

router = Router()


@router.command("代申领", "企业代申领", "经办人代申领", "经办人注册", "代理人注册")
def start(_: Message, talk: Talk) -> Say:
    talk.must_be_signed_in()
    return talk.begin(State.AGENT_CHOOSING_WAY, texts_agents.ways())


@router.state(State.AGENT_CHOOSING_WAY)
def choose_way(message: Message, talk: Talk) -> Say:
    shown, person = texts_agents.ways(), talk.actor.person
    wish = pick(message.text, [(choice, choice) for choice in shown.choices])
    if wish is None:
        return talk.stay(texts.not_understood(shown))
    if wish == texts_agents.PROGRESS:
        return talk.end(texts_agents.progress(talk.services.agents.registrations(person)))
    way = texts_agents.WAYS[wish]
    draft = talk.services.agents.begin(person, way)
    link = talk.link(LinkPurpose.AGENT, "填写经办人信息", registration=draft.id)
    return talk.end(texts_agents.on_page(way, link))


@router.command("经办人申请", "确认经办人")
def list_asking(_: Message, talk: Talk) -> Say:
    say = texts_agents.asking(talk.services.agents.asking(talk.actor))
    return talk.begin(State.AGENTS_CHOOSING, say) if say.choices else talk.end(say)


@router.state(State.AGENTS_CHOOSING)
def choose_case(message: Message, talk: Talk) -> Say:
    found = talk.services.agents.asking(talk.actor)
    case = pick(message.text, [(texts_agents.case_label(each), each) for each in found])
    if case is None:
        return talk.stay(texts.not_understood(texts_agents.asking(found)))
    say = texts_agents.asking_detail(case)
    return talk.go(State.AGENT_DETAIL, say, registration_id=case.registration.id)


@router.state(State.AGENT_DETAIL)
def answer(message: Message, talk: Talk) -> Say:
    case = _case(talk, talk.data["registration_id"])
    shown = texts_agents.asking_detail(case)
    wish = pick(message.text, [(choice, choice) for choice in shown.choices])
    if wish is None:
        return talk.stay(texts.not_understood(shown))
    if wish == texts_agents.BACK_TO_AGENTS:
        return list_asking(message, talk)
    accepted = wish == texts_agents.CONFIRM_AGENT
    talk.services.agents.answer(talk.actor, case.registration.id, accepted)
    return talk.end(texts_agents.answered(case, accepted))


@router.tells(News.AGENT_SUBMITTED)
def submitted(notification: Notification, _: Talk) -> Say:
    return texts_agents.submitted(notification.data)


@router.tells(News.AGENT_ASKS)
def asks(notification: Notification, _: Talk) -> Say:
    return texts_agents.asks(notification.data)


@router.tells(News.AGENT_APPROVED)
def approved(notification: Notification, _: Talk) -> Say:
    return texts_agents.approved(notification.data)


@router.tells(News.AGENT_REJECTED)
def rejected(notification: Notification, _: Talk) -> Say:
    return texts_agents.rejected(notification.data)


@router.tells(News.AGENT_BOUND)
def bound(notification: Notification, _: Talk) -> Say:
    return texts_agents.bound(notification.data)


@router.tells(News.COLLECTED_FOR_YOU)
def collected_for_you(notification: Notification, _: Talk) -> Say:
    return texts_agents.collected_for_you(notification.data)


def _case(talk: Talk, registration_id: str) -> AgentCase:
    for each in talk.services.agents.asking(talk.actor):
        if each.registration.id == registration_id:
            return each
    raise NotFound(registration_id)
