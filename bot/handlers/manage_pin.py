"""密码管理: always on a page; the chat leads there and tells what happened."""

from __future__ import annotations

from bot import texts
from bot.messages import Message, Say
from bot.router import Router
from bot.talk import Talk
from seal_core.domain.provinces import Authorisation
from seal_core.domain.records import News, Notification
from seal_core.domain.tickets import LinkPurpose

router = Router()


@router.command(
    *(
        "密码管理",
        "印章密码",
        "修改密码",
        "设置密码",
        "重置密码",
        "密码重置",
        "忘记密码",
        "解锁密码",
    )
)
def start(_: Message, talk: Talk) -> Say:
    actor = talk.actor
    if talk.services.province.authorisation is not Authorisation.PIN:
        return talk.end(texts.no_pins_here(talk.services.province))
    link = talk.link(LinkPurpose.PIN, "打开密码管理")
    return talk.end(texts.manage_pin(talk.services.collection.has_pin(actor), link))


@router.tells(News.PIN_CHANGED)
def changed(_: Notification, __: Talk) -> Say:
    return texts.pin_changed()


@router.tells(News.PIN_UNLOCKED)
def unlocked(_: Notification, __: Talk) -> Say:
    return texts.pin_unlocked()


@router.tells(News.PIN_RESET)
def was_reset(notification: Notification, _: Talk) -> Say:
    return texts.pin_was_reset(notification.data["seals"])
