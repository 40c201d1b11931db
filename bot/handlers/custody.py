"""接管: the 法定代表人 takes what a 经办人 collected for the enterprise."""

from __future__ import annotations

from bot import texts, texts_agents
from bot.handlers.choosing import pick, yes_or_no
from bot.messages import Message, Say
from bot.router import Router
from bot.states import State
from bot.talk import Talk
from seal_core.domain.holders import Ability
from seal_core.domain.records import News, Notification
from seal_core.services.custody import NoKeyToTakeOver

router = Router()


@router.command("接管印章", "接管")
def start(_: Message, talk: Talk) -> Say:
    talk.actor.must(Ability.APPOINT)
    say = texts_agents.in_others_hands(talk.services.custody.in_others_hands(talk.actor))
    return talk.begin(State.TAKE_OVER_CHOOSING, say) if say.choices else talk.end(say)


@router.state(State.TAKE_OVER_CHOOSING)
def choose(message: Message, talk: Talk) -> Say:
    seals = talk.services.custody.in_others_hands(talk.actor)
    seal = pick(message.text, [(seal.name, seal) for seal in seals])
    if seal is None:
        return talk.stay(texts.not_understood(texts_agents.in_others_hands(seals)))
    ask = texts_agents.confirm_take_over(seal)
    return talk.go(State.TAKE_OVER_CONFIRMING, ask, seal_id=seal.id)


@router.state(State.TAKE_OVER_CONFIRMING)
def confirm(message: Message, talk: Talk) -> Say:
    answer = yes_or_no(message.text)
    seal = talk.services.holdings.seal(talk.actor, talk.data["seal_id"])
    if answer is None:
        return talk.stay(texts.not_understood(texts_agents.confirm_take_over(seal)))
    if answer is False:
        return talk.end(texts.cancelled())
    try:
        talk.services.custody.take_over(talk.actor, seal.id)
    except NoKeyToTakeOver:
        return talk.end(texts_agents.no_key_to_take_over())
    return talk.end(texts_agents.taken_over(seal))


@router.tells(News.TAKEN_OVER_FROM_YOU)
def told(notification: Notification, _: Talk) -> Say:
    return texts_agents.taken_over_from_you(notification.data)
