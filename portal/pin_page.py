"""密码管理 as a page, on the PC and on the phone: what it shows and what its forms do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import request

from portal.context import Pages
from portal.wording import refusal
from seal_core.domain.holders import Actor
from seal_core.domain.provinces import Authorisation
from seal_core.domain.seals import Seal, WrongSealState
from seal_core.domain.secrets import Pin
from seal_core.errors import SealError

PURPOSES = {"unlock": "解锁印章密码", "reset": "重置印章密码，重新制作印章"}
"""What identity can be proved for here, as the identity source shows it."""

OpenPin = Callable[[str], Pin]
"""Opens the field of that name. Raises DecryptionFailed."""


@dataclass(frozen=True, slots=True)
class PinPage:
    """*first*: there is no PIN yet; *lost*: what a reset makes anew; *making*: not now."""

    used_here: bool
    first: bool
    locked: bool
    lost: tuple[Seal, ...]
    making: bool
    provable: bool


def look(pages: Pages, actor: Actor) -> PinPage:
    """How the person's PIN stands."""
    try:
        lost, making = tuple(pages.pin_care.lost_with_pin(actor)), False
    except WrongSealState:
        lost, making = (), True
    return PinPage(
        used_here=pages.province.authorisation is Authorisation.PIN,
        first=not pages.pins.is_set(actor.person.id),
        locked=pages.pins.is_locked(actor.person.id),
        lost=lost,
        making=making,
        provable=pages.willingness is not None,
    )


def change(pages: Pages, actor: Actor, open_pin: OpenPin) -> tuple[str, int]:
    """Set or change the PIN as the form asks; what went wrong and its status, or ("", 200)."""
    person_id = actor.person.id
    try:
        new = open_pin("cipher")
        if open_pin("repeat") != new:
            return "两次输入的新密码不一样，请重新输入。", 422
        if "old" in request.form:
            pages.pins.change(person_id, open_pin("old"), new)
        else:
            pages.pins.set_first(person_id, new)
    except SealError as exc:
        status, words = refusal(exc)
        return words, status
    return "", 200
