"""扫码登录 on the phone: the number on the PC's screen is the answer."""

from __future__ import annotations

from bot import texts
from bot.handlers.choosing import NO, tidy
from bot.messages import Message, Say
from bot.router import Router
from bot.states import State
from bot.talk import Talk
from seal_core.domain.entrances import WrongNumber
from seal_core.domain.tickets import TicketExpired, TicketUnknown, TicketUsed

router = Router()


def scanned(message: Message, talk: Talk) -> Say:
    """The person scanned the code of a PC's sign-in page."""
    actor = talk.actor
    try:
        talk.services.entrances.scan(message.scene, actor)
    except (TicketExpired, TicketUsed, TicketUnknown):
        return texts.entrance_over()
    ask = texts.ask_for_number(actor.holder_name)
    return talk.begin(State.ENTER_NUMBER, ask, scene=message.scene)


@router.state(State.ENTER_NUMBER)
def answer(message: Message, talk: Talk) -> Say:
    word = tidy(message.text)
    if word in NO - {"2"} | {"拒绝"}:
        refuse(talk)
        return talk.end(texts.entrance_refused())
    if len(word) != 2 or not word.isdecimal():
        return talk.stay(texts.not_understood(texts.ask_for_number(talk.actor.holder_name)))
    try:
        talk.services.entrances.answer(talk.data["scene"], talk.actor, word)
    except WrongNumber:
        return talk.end(texts.wrong_number())
    except (TicketExpired, TicketUsed, TicketUnknown):
        return talk.end(texts.entrance_over())
    return talk.end(texts.entrance_confirmed())


@router.leaves(State.ENTER_NUMBER)
def refuse(talk: Talk) -> None:
    """The PC's page ends with the dialog."""
    talk.services.entrances.cancel(talk.data["scene"], talk.actor)
