"""我的印章: 印章列表, 详情 with 用章详情, 停用/启用."""

from __future__ import annotations

from bot import texts
from bot.handlers.choosing import pick
from bot.messages import Message, Say
from bot.router import Router
from bot.states import State
from bot.talk import Talk
from seal_core.domain.seals import SealEvent

router = Router()

CHANGES = {"停用": SealEvent.SUSPEND, "启用": SealEvent.RESUME}


@router.command("我的印章", "印章列表", "印章")
def list_seals(_: Message, talk: Talk) -> Say:
    say = texts.my_seals(talk.services.holdings.seals(talk.actor))
    return talk.begin(State.MY_SEALS_CHOOSING, say) if say.choices else talk.end(say)


@router.state(State.MY_SEALS_CHOOSING)
def choose_seal(message: Message, talk: Talk) -> Say:
    seals = talk.services.holdings.seals(talk.actor)
    seal = pick(message.text, [(seal.name, seal) for seal in seals])
    if seal is None:
        return talk.stay(texts.not_understood(texts.my_seals(seals)))
    return talk.go(State.MY_SEALS_DETAIL, _detail(talk, seal.id), seal_id=seal.id)


@router.state(State.MY_SEALS_DETAIL)
def act_on_seal(message: Message, talk: Talk) -> Say:
    seal_id = talk.data["seal_id"]
    shown = _detail(talk, seal_id)
    wish = pick(message.text, [(choice, choice) for choice in shown.choices])
    if wish is None:
        return talk.stay(texts.not_understood(shown))
    if wish == "返回列表":
        return list_seals(message, talk)
    seal = talk.services.holdings.change(talk.actor, seal_id, CHANGES[wish], reason="本人操作")
    return talk.end(texts.seal_changed(seal))


def _detail(talk: Talk, seal_id: str) -> Say:
    seal = talk.services.holdings.seal(talk.actor, seal_id)
    return texts.seal_detail(seal, talk.services.sealing.uses(talk.actor, seal_id))
