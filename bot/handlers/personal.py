"""个人申领: 个人手绘签名 or 个人名章; drawn and confirmed on a page, changed later likewise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot import texts
from bot.handlers.choosing import pick
from bot.messages import Message, Say
from bot.router import Router
from bot.states import State
from bot.talk import Talk
from seal_core.domain.personal import NoPersonalSeals
from seal_core.domain.provinces import HolderKind, SealType
from seal_core.domain.tickets import LinkPurpose

router = Router()

DIALOG = (State.PERSONAL_CHOOSING, State.PERSONAL_ON_PAGE)


@router.command("个人申领", "个人印章")
def start(_: Message, talk: Talk) -> Say:
    if talk.actor.holder_kind is not HolderKind.PERSON:
        return talk.end(texts.act_for_yourself_first())
    try:
        types = talk.services.personal.types(talk.actor)
    except NoPersonalSeals:
        return talk.end(texts.no_personal_seals(talk.services.province))
    return talk.begin(State.PERSONAL_CHOOSING, texts.choose_personal_type(types))


@router.state(State.PERSONAL_CHOOSING)
def choose(message: Message, talk: Talk) -> Say:
    types = talk.services.personal.types(talk.actor)
    chosen = pick(message.text, _labels(types))
    if chosen is None:
        return talk.stay(texts.not_understood(texts.choose_personal_type(types)))
    return _lead_to_page(talk, chosen, "")


@router.command("修改签名", "重写签名", "更换签名", "修改手写签名")
def change(message: Message, talk: Talk) -> Say:
    if talk.actor.holder_kind is not HolderKind.PERSON:
        return talk.end(texts.act_for_yourself_first())
    try:
        old = talk.services.personal.changeable(talk.actor)
    except NoPersonalSeals:
        return talk.end(texts.no_personal_seals(talk.services.province))
    if old is None:
        return start(message, talk)
    return _lead_to_page(talk, talk.services.province.seal_type(old.type), old.id)


@router.state(State.PERSONAL_ON_PAGE)
def wait_for_page(_: Message, talk: Talk) -> Say:
    return talk.stay(_page(talk, talk.data))


def _labels(types: Sequence[SealType]) -> list[tuple[str, SealType]]:
    return [("/".join((t.name, *t.aliases)), t) for t in types]


def _lead_to_page(talk: Talk, seal_type: SealType, replaces: str) -> Say:
    """A person chooses no size: there is no stamp of his that it would have to match."""
    data = {"type": seal_type.code, "size": seal_type.sizes[0].label, "replaces": replaces}
    if talk.state is State.PERSONAL_CHOOSING:
        return talk.go(State.PERSONAL_ON_PAGE, _page(talk, data), **data)
    return talk.begin(State.PERSONAL_ON_PAGE, _page(talk, data), **data)


def _page(talk: Talk, data: Mapping[str, str]) -> Say:
    seal_type = talk.services.province.seal_type(data["type"])
    link = talk.link(LinkPurpose.PERSONAL, f"去办理{seal_type.name}", **data)
    return texts.personal_page(seal_type, bool(data["replaces"]), link)
