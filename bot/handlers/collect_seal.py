"""印章领取: by scanning the QR of the PC page, or directly in the chat."""

from __future__ import annotations

from dataclasses import replace

from bot import texts
from bot.handlers.choosing import yes_or_no
from bot.messages import Message, Say
from bot.router import Router
from bot.states import State
from bot.talk import Talk
from seal_core.domain.holders import Ability
from seal_core.domain.provinces import Authorisation
from seal_core.domain.records import News, Notification
from seal_core.domain.tickets import (
    LinkPurpose,
    TicketExpired,
    TicketForwarded,
    TicketUnknown,
    TicketUsed,
)

router = Router()


def scanned(message: Message, talk: Talk) -> Say:
    """The person scanned a pickup QR."""
    try:
        pickup, seals = talk.services.collection.scan(message.scene, talk.actor)
    except TicketForwarded:
        return texts.pickup_not_yours()
    except TicketExpired:
        return texts.pickup_expired()
    except TicketUsed:
        return texts.pickup_used()
    except TicketUnknown:
        return texts.pickup_unknown()
    return talk.begin(
        State.COLLECT_CONFIRMING,
        texts.confirm_collection(seals, by_scan=True),
        seal_ids=[seal.id for seal in seals],
        pickup_id=pickup.id,
    )


@router.command("印章领取", "领取", "领取印章", "立即领取")
def start(_: Message, talk: Talk) -> Say:
    talk.actor.must(Ability.COLLECT)
    seals = talk.services.collection.ready(talk.actor)
    if not seals:
        return talk.end(texts.nothing_to_collect())
    return talk.begin(
        State.COLLECT_CONFIRMING,
        texts.confirm_collection(seals, by_scan=False),
        seal_ids=[seal.id for seal in seals],
        pickup_id="",
    )


@router.state(State.COLLECT_CONFIRMING)
def confirm(message: Message, talk: Talk) -> Say:
    answer = yes_or_no(message.text)
    if answer is None:
        return talk.stay(texts.not_understood(Say("确定领取吗？", ("确定", "取消"))))
    if answer is False:
        close_pickup(talk)
        return talk.end(texts.cancelled())
    return talk.go(State.COLLECT_ON_PAGE, page(talk, **talk.data))


@router.leaves(State.COLLECT_CONFIRMING)
@router.leaves(State.COLLECT_ON_PAGE)
def close_pickup(talk: Talk) -> None:
    """The QR on the PC page ends with the dialog."""
    if talk.data["pickup_id"]:
        talk.services.collection.cancel_pickup(talk.data["pickup_id"], talk.actor)


@router.state(State.COLLECT_ON_PAGE)
def wait_for_page(_: Message, talk: Talk) -> Say:
    return talk.stay(page(talk, **talk.data))


@router.tells(News.SEALS_ISSUED)
def issued(notification: Notification, talk: Talk) -> Say:
    ids = notification.data["seal_ids"]
    page = talk.link(LinkPurpose.VIEW, "查看印章", seal_ids=ids)
    first = replace(page, picture=f"{page.url}/seals/{ids.split(',')[0]}.png")
    say = texts.seals_issued(notification.data["seals"], first)
    return talk.close(say, State.COLLECT_CONFIRMING, State.COLLECT_ON_PAGE, State.PERSONAL_ON_PAGE)


@router.tells(News.PICKUP_FORWARDED)
def forwarded(_: Notification, __: Talk) -> Say:
    return texts.pickup_forwarded()


def page(talk: Talk, seal_ids: list[str], pickup_id: str = "") -> Say:
    """The way to the page that takes the PIN or 意愿认证 and makes the seals."""
    by_pin = talk.services.province.authorisation is Authorisation.PIN
    title = "打开安全页面" if by_pin else "去做意愿认证"
    link = talk.link(LinkPurpose.COLLECT, title, seal_ids=",".join(seal_ids), pickup_id=pickup_id)
    if not by_pin:
        return texts.prove_willingness(link)
    return texts.set_pin(not talk.services.collection.has_pin(talk.actor), link)
