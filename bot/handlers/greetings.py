"""登录: what a person hears once he is known, and news that belong to no dialog."""

from bot import texts
from bot.messages import Say
from bot.router import Router
from bot.talk import Talk
from seal_core.domain.records import News, Notification
from seal_core.domain.seals import SealState

router = Router()


@router.tells(News.SIGNED_IN)
def signed_in(notification: Notification, talk: Talk) -> Say:
    return talk.end(texts.signed_in(notification.data["holder"]))


@router.tells(News.SEAL_DISPOSED)
def seal_disposed(notification: Notification, _: Talk) -> Say:
    data = notification.data
    return texts.seal_disposed(data["seals"], SealState(data["state"]), data["reason"])


@router.tells(News.PIN_LOCKED)
def pin_locked(_: Notification, __: Talk) -> Say:
    return texts.pin_locked()
