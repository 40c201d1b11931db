"""切换企业: for whom the person acts, and 企业空间 for whoever has no enterprise here yet."""

from __future__ import annotations

from bot import texts
from bot.handlers import apply_for_seal
from bot.handlers.choosing import pick
from bot.messages import Message, Say
from bot.router import Router
from bot.states import State
from bot.talk import Talk
from seal_core.domain.holders import NotAllowed

router = Router()


@router.command("切换企业", "切换身份", "切换")
def start(_: Message, talk: Talk) -> Say:
    """本人, and every enterprise he has a part in."""
    identities = talk.services.sign_in.identities(talk.actor.person.id)
    if len(identities) == 1:
        return talk.end(texts.only_one_identity(talk.enterprise_space("菜单")))
    return talk.begin(State.IDENTITY_CHOOSING, texts.choose_identity(identities))


@router.state(State.IDENTITY_CHOOSING)
def choose(message: Message, talk: Talk) -> Say:
    identities = talk.services.sign_in.identities(talk.actor.person.id)
    chosen = pick(message.text, [(texts.identity_name(each), each) for each in identities])
    if chosen is None:
        return talk.stay(texts.not_understood(texts.choose_identity(identities)))
    organisation_id = chosen.organisation.id if chosen.organisation else ""
    try:
        actor = talk.services.sign_in.switch(talk.account.id, organisation_id)
    except NotAllowed:
        return talk.end(texts.not_allowed())
    return talk.end(texts.switched(actor.holder_name))


@router.command("法人单位申领", "企业申领", "企业空间", "关联企业")
def for_enterprise(message: Message, talk: Talk) -> Say:
    """Whoever acts for an enterprise applies; others link one in 企业空间 and come back."""
    if talk.actor.organisation is not None:
        return apply_for_seal.start(message, talk)
    if len(talk.services.sign_in.identities(talk.actor.person.id)) > 1:
        return start(message, talk)
    return talk.end(texts.link_enterprise_first(talk.enterprise_space("法人单位申领")))
