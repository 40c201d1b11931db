"""停用, 启用, 注销, 挂失, 续期, 重新制作: which seals, why, are you sure, done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot import texts
from bot.handlers import collect_seal
from bot.handlers.choosing import pick, tidy, yes_or_no
from bot.messages import Message, Say
from bot.router import Answer, Router
from bot.states import State
from bot.talk import Talk
from seal_core.domain.holders import Ability
from seal_core.domain.records import News, Notification
from seal_core.domain.seals import OWNERS_REASONS, CancelReason, Seal, SealEvent, WrongSealState
from seal_core.services.lives import Wish

router = Router()

WORDS = {word: wish for wish, word in texts.WISHES.items()}
Answers = dict[str, Any]
"""What was said so far: wish, seal_ids, and words for the reason."""

SEVERAL = frozenset({Wish.CANCEL, Wish.REPORT_LOST, Wish.REMAKE, Wish.WITHDRAW})
"""What can be done with all of a holder's seals at once."""

ALSO = {
    Wish.SUSPEND: ("停用印章", "印章停用"),
    Wish.RESUME: ("启用印章", "印章启用", "恢复使用"),
    Wish.RENEW: ("印章续期", "延期"),
    Wish.REPORT_LOST: ("印章挂失", "印章丢了", "丢失"),
    Wish.REMAKE: ("重新制章", "补办"),
    Wish.CANCEL: ("注销印章", "印章注销"),
    Wish.WITHDRAW: ("撤回", "撤销申请", "取消申请"),
}


def _command(wish: Wish) -> Answer:
    def start(message: Message, talk: Talk) -> Say:
        """Said of the seal that is being looked at, or of those it is possible for."""
        talk.actor.must(Ability.APPLY if wish is Wish.WITHDRAW else Ability.MANAGE_SEALS)
        if talk.state is State.MY_SEALS_DETAIL:
            seal = talk.services.holdings.seal(talk.actor, talk.data["seal_id"])
            if wish in talk.services.lives.possible(talk.actor, seal):
                return begin(talk, wish, [seal])
        seals = talk.services.lives.open_to(talk.actor, wish)
        if not seals:
            return talk.end(texts.no_seal_for(wish, talk.services.province.renewal_days))
        if len(seals) == 1 or wish is Wish.REMAKE:
            talk.end(texts.cancelled())
            return begin(talk, wish, seals)
        ask = texts.which_seal(wish, seals)
        return talk.begin(State.MY_SEALS_CHOOSING, ask, wish=wish.value)

    return start


for _wish, _word in texts.WISHES.items():
    router.command(_word, *ALSO[_wish])(_command(_wish))


def choose(message: Message, talk: Talk, wish: Wish) -> Say:
    """Which of several seals is meant."""
    seals = talk.services.lives.open_to(talk.actor, wish)
    seal = pick(message.text, [(seal.name, seal) for seal in seals])
    if seal is None:
        return talk.stay(texts.not_understood(texts.which_seal(wish, seals)))
    return begin(talk, wish, [seal])


def begin(talk: Talk, wish: Wish, seals: Sequence[Seal]) -> Say:
    """The next open question: why, how many, are you sure."""
    data: Answers = {"wish": wish.value, "seal_ids": [seal.id for seal in seals]}
    if wish in (Wish.SUSPEND, Wish.CANCEL):
        return talk.go(State.MY_SEALS_REASON, texts.ask_reason(wish), **data)
    return _ask_scope(talk, data)


@router.state(State.MY_SEALS_REASON)
def take_reason(message: Message, talk: Talk) -> Say:
    """One of the reasons offered, or the person's own words."""
    wish = Wish(talk.data["wish"])
    ask = texts.ask_reason(wish)
    chosen = pick(message.text, [(choice, choice) for choice in ask.choices])
    words = chosen or tidy(message.text)
    if len(words) < 2 or words.isdecimal():
        return talk.stay(texts.not_understood(ask))
    return _ask_scope(talk, {**talk.data, "words": words})


def _ask_scope(talk: Talk, data: Answers) -> Say:
    """Whoever means one seal is asked whether he means the others, too."""
    wish = Wish(data["wish"])
    seals = talk.services.lives.open_to(talk.actor, wish)
    if wish in SEVERAL and len(data["seal_ids"]) == 1 < len(seals):
        return talk.go(State.MY_SEALS_SCOPE, texts.ask_scope(wish, len(seals)), **data)
    return _ask_to_confirm(talk, data)


@router.state(State.MY_SEALS_SCOPE)
def take_scope(message: Message, talk: Talk) -> Say:
    wish = Wish(talk.data["wish"])
    seals = talk.services.lives.open_to(talk.actor, wish)
    ask = texts.ask_scope(wish, len(seals))
    one, every = talk.data["seal_ids"], [seal.id for seal in seals]
    chosen = pick(message.text, list(zip(ask.choices, (one, every), strict=True)))
    if chosen is None:
        return talk.stay(texts.not_understood(ask))
    return _ask_to_confirm(talk, {**talk.data, "seal_ids": chosen})


def _ask_to_confirm(talk: Talk, data: Answers) -> Say:
    seals = [talk.services.holdings.seal(talk.actor, seal_id) for seal_id in data["seal_ids"]]
    say = texts.are_you_sure(Wish(data["wish"]), seals)
    return talk.go(State.MY_SEALS_CONFIRMING, say, **data)


@router.state(State.MY_SEALS_CONFIRMING)
def confirm(message: Message, talk: Talk) -> Say:
    answer = yes_or_no(message.text)
    wish, ids = Wish(talk.data["wish"]), list(talk.data["seal_ids"])
    if answer is None:
        return talk.stay(texts.not_understood(Say("确定吗？", ("确定", "取消"))))
    if answer is False:
        return talk.end(texts.nothing_changed())
    try:
        return _carry_out(talk, wish, ids)
    except WrongSealState:  # on another phone or the PC, after the question was asked
        return talk.end(texts.seals_moved_on())


def _carry_out(talk: Talk, wish: Wish, ids: list[str]) -> Say:
    lives, actor, words = talk.services.lives, talk.actor, talk.data.get("words", "")
    match wish:
        case Wish.SUSPEND | Wish.RESUME:
            event = SealEvent.SUSPEND if wish is Wish.SUSPEND else SealEvent.RESUME
            return talk.end(texts.seals_changed([lives.pause(actor, ids[0], event, words)]))
        case Wish.CANCEL:
            return talk.end(texts.seals_changed(lives.cancel(actor, ids, *reason_of(words))))
        case Wish.WITHDRAW:
            return talk.end(texts.withdrawn(lives.withdraw(actor, ids)))
        case Wish.REPORT_LOST:
            return talk.end(texts.reported_lost(lives.report_lost(actor, ids)))
        case Wish.RENEW:
            return _collect(talk, [lives.renew(actor, ids[0])])
        case Wish.REMAKE:
            return _collect(talk, lives.remake(actor, ids))


def reason_of(words: str) -> tuple[CancelReason, str]:
    """The reason these words name; any others are somebody's own."""
    for reason in OWNERS_REASONS:
        if texts.CANCEL_REASONS[reason] == words:
            return reason, ""
    return CancelReason.OTHER, words


def _collect(talk: Talk, seals: Sequence[Seal]) -> Say:
    """A new seal waits: on to the page that makes it."""
    ids = [seal.id for seal in seals]
    say = collect_seal.page(talk, ids)
    return talk.begin(State.COLLECT_ON_PAGE, say, seal_ids=ids, pickup_id="")


@router.tells(News.SEAL_SUSPENDED)
@router.tells(News.SEAL_RESUMED)
@router.tells(News.SEAL_CANCELLED)
@router.tells(News.SEAL_FROZEN)
@router.tells(News.SEAL_RENEWING)
@router.tells(News.SEAL_REMAKING)
@router.tells(News.SEAL_EXPIRED)
@router.tells(News.SEAL_ENDS_SOON)
@router.tells(News.COLLECTION_ENDS_SOON)
@router.tells(News.COLLECTION_ENDED)
@router.tells(News.REGISTRY_RENAMED)
@router.tells(News.REGISTRY_REPRESENTATIVE)
@router.tells(News.REGISTRY_CLOSED)
@router.tells(News.APPLICATION_WITHDRAWN)
def news(notification: Notification, _: Talk) -> Say:
    return texts.seal_news(notification.kind, notification.data)
