"""停用, 启用, 注销, 挂失, 续期, 重新制作 as forms of a page, on the PC and on the phone."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from bot.texts import CANCEL_REASONS, CONSEQUENCES, SUSPEND_REASONS, WISHES
from portal.context import Pages
from seal_core.domain.holders import Actor, NotFound
from seal_core.domain.seals import OWNERS_REASONS, CancelReason, Seal, SealEvent
from seal_core.services.lives import Wish

SEVERAL = frozenset({Wish.CANCEL, Wish.REPORT_LOST, Wish.REMAKE, Wish.WITHDRAW})
REASONED = {
    Wish.SUSPEND: [(word, word) for word in SUSPEND_REASONS],
    Wish.CANCEL: [(reason.value, CANCEL_REASONS[reason]) for reason in OWNERS_REASONS],
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that can be done: its name, what it means, reasons to choose from, how many."""

    wish: Wish
    name: str
    meaning: str
    reasons: list[tuple[str, str]]
    others: int


def offers(pages: Pages, actor: Actor, seal: Seal) -> list[Offer]:
    """What the actor can do with *seal*; *others* are seals it can be done with as well."""
    return [
        Offer(
            wish,
            WISHES[wish],
            CONSEQUENCES[wish],
            REASONED.get(wish, []),
            len(pages.lives.open_to(actor, wish)) - 1 if wish in SEVERAL else 0,
        )
        for wish in pages.lives.possible(actor, seal)
    ]


def act(pages: Pages, actor: Actor, seal_id: str) -> list[Seal]:
    """Do what the form asks for; the seals that wait for collection now.

    Raises what LifeService raises, and NotFound for a wish that does not exist.
    """
    given = request.form
    try:
        wish = Wish(given.get("wish", ""))
        reason = CancelReason(given.get("reason", "")) if wish is Wish.CANCEL else None
    except ValueError:
        raise NotFound(seal_id) from None
    words = given.get("words", "").strip()
    ids = [seal_id]
    if given.get("scope") == "all" and wish in SEVERAL:
        ids = [seal.id for seal in pages.lives.open_to(actor, wish)]
    match wish:
        case Wish.SUSPEND | Wish.RESUME:
            event = SealEvent.SUSPEND if wish is Wish.SUSPEND else SealEvent.RESUME
            pages.lives.pause(actor, seal_id, event, words or given.get("reason", ""))
        case Wish.WITHDRAW:
            pages.lives.withdraw(actor, ids)
        case Wish.REPORT_LOST:
            pages.lives.report_lost(actor, ids, words)
        case Wish.RENEW:
            return [pages.lives.renew(actor, seal_id)]
        case Wish.REMAKE:
            return pages.lives.remake(actor, ids)
        case Wish.CANCEL:
            if reason not in OWNERS_REASONS:
                raise NotFound(seal_id)
            pages.lives.cancel(actor, ids, reason, words)
    return []
