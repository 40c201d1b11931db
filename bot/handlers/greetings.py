"""登录: what a person hears once he is known, and news that belong to no dialog."""

from bot import texts
from bot.messages import Say
from bot.router import Router
from bot.talk import Talk
from seal_core.domain.records import News, Notification

router = Router()


@router.tells(News.SIGNED_IN)
def signed_in(notification: Notification, talk: Talk) -> Say:
    return talk.end(texts.signed_in(notification.data["holder"]))


@router.tells(News.PIN_LOCKED)
def pin_locked(_: Notification, __: Talk) -> Say:
    return texts.pin_locked()
