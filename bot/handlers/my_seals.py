"""我的印章: 印章列表, 详情 with 用章详情; what can be done with a seal is in manage_seal."""

from __future__ import annotations

from bot import texts
from bot.handlers import collect_seal, manage_seal, personal
from bot.handlers.choosing import pick
from bot.messages import Message, Say
from bot.router import Router
from bot.states import State
from bot.talk import Talk
from seal_core.domain.seals import Seal, SealState
from seal_core.domain.tickets import LinkPurpose
from seal_core.services.lives import Wish
from seal_core.services.terms import collect_by

router = Router()

IN_USE = (SealState.ACTIVE, SealState.SUSPENDED)


@router.command("我的印章", "印章列表", "印章")
def list_seals(_: Message, talk: Talk) -> Say:
    say = texts.my_seals(talk.services.holdings.living(talk.actor))
    return talk.begin(State.MY_SEALS_CHOOSING, say) if say.choices else talk.end(say)


@router.command("日志管理", "日志", "用章记录")
def show_log(_: Message, talk: Talk) -> Say:
    talk.must_be_signed_in()
    return texts.whole_log(talk.link(LinkPurpose.VIEW, "打开日志", log="all"))


@router.state(State.MY_SEALS_CHOOSING)
def choose_seal(message: Message, talk: Talk) -> Say:
    """The seal to look at, or the one to do something with that was asked for before."""
    if "wish" in talk.data:
        return manage_seal.choose(message, talk, Wish(talk.data["wish"]))
    seals = talk.services.holdings.living(talk.actor)
    options = [*((seal.name, seal.id) for seal in seals), (texts.ON_A_PAGE, texts.ON_A_PAGE)]
    chosen = pick(message.text, options)
    if chosen is None:
        return talk.stay(texts.not_understood(texts.my_seals(seals)))
    if chosen == texts.ON_A_PAGE:
        return talk.stay(texts.seals_on_a_page(talk.link(LinkPurpose.SEALS, "打开我的印章")))
    seal = next(seal for seal in seals if seal.id == chosen)
    return talk.go(State.MY_SEALS_DETAIL, _detail(talk, seal), seal_id=seal.id)


@router.state(State.MY_SEALS_DETAIL)
def act_on_seal(message: Message, talk: Talk) -> Say:
    seal = talk.services.holdings.seal(talk.actor, talk.data["seal_id"])
    shown = _detail(talk, seal)
    choice = pick(message.text, [(choice, choice) for choice in shown.choices])
    if choice is None:
        return talk.stay(texts.not_understood(shown))
    if choice == texts.CHANGE_SIGNATURE:
        return personal.change(message, talk)
    if choice == texts.BACK_TO_LIST:
        return list_seals(message, talk)
    if choice == texts.COLLECT_NOW:
        return collect_seal.start(message, talk)
    return manage_seal.begin(talk, manage_seal.WORDS[choice], [seal])


def _detail(talk: Talk, seal: Seal) -> Say:
    ready = seal.state is SealState.READY and talk.actor.manages
    drawn = talk.services.province.seal_type(seal.type).is_drawn and seal.state in IN_USE
    wishes = talk.services.lives.possible(talk.actor, seal)
    uses = talk.services.sealing.uses(talk.actor, seal.id)
    return texts.seal_detail(
        seal,
        uses,
        talk.services.sealing.by_whom(uses),
        collect_by(seal, talk.services.province),
        choices=(
            *((texts.COLLECT_NOW,) if ready else ()),
            *(texts.WISHES[wish] for wish in wishes),
            *((texts.CHANGE_SIGNATURE,) if drawn else ()),
            texts.BACK_TO_LIST,
        ),
    )
