"""企业成员邀请: accept or decline; whoever may seal sets his own PIN here."""

from __future__ import annotations

from flask import render_template, request
from werkzeug.wrappers import Response

from bot.texts_members import ROLE_HINTS, ROLES
from portal.h5.visit import Visit
from portal.wording import refusal
from seal_core.domain.holders import ABILITIES, Ability
from seal_core.errors import SealError
from seal_core.services.members import InvitationShown


def show(visit: Visit, error: str = "") -> str:
    shown = _invitation(visit)
    return render_template(
        "h5/join.html",
        visit=visit,
        shown=shown,
        role=ROLES[shown.invitation.role] if shown else "",
        hint=ROLE_HINTS.get(shown.invitation.role, "") if shown else "",
        open=shown is not None and shown.invitation.state == "open",
        needs_pin=_needs_pin(visit),
        error=error,
    )


def act(visit: Visit) -> Response | tuple[str, int]:
    try:
        action = request.form.get("action", "")
        if action == "decline":
            visit.pages.members.decline(visit.actor.person, _id(visit), visit.actor.channel)
        elif action == "accept":
            return _accept(visit)
        else:
            return _set_pin(visit)
    except SealError as exc:
        status, words = refusal(exc)
        return show(visit, words), status
    visit.spend()
    return visit.to_progress()


def progress(visit: Visit) -> str:
    shown = _invitation(visit)
    accepted = shown is None or shown.invitation.state == "accepted"
    title = "已拒绝邀请"
    if accepted:
        title = f"已加入{shown.organisation}" if shown else "印章密码已设置"
    return render_template("h5/done.html", title=title, actor=None)


def _accept(visit: Visit) -> Response:
    """The chat speaks for the enterprise from now on; a PIN is asked for where one is needed."""
    actor = visit.actor
    joined = visit.pages.members.accept(actor.person, _id(visit), actor.channel)
    visit.pages.sign_in.switch(visit.link.account_id, joined.id)
    if not _needs_pin(visit):
        visit.spend()
        return visit.to_progress()
    return visit.to_itself()


def _set_pin(visit: Visit) -> Response | tuple[str, int]:
    pin = visit.pin()
    if visit.pin("repeat") != pin:
        return show(visit, "两次输入的密码不一样，请重新输入。"), 422
    visit.pages.pins.set_first(visit.link.person_id, pin)
    visit.spend()
    return visit.to_progress()


def _id(visit: Visit) -> str:
    return visit.link.data["invitation_id"]


def _invitation(visit: Visit) -> InvitationShown | None:
    if not _id(visit):
        return None
    return visit.pages.members.invitation_for(visit.actor.person, _id(visit))


def _needs_pin(visit: Visit) -> bool:
    """Whether a PIN is still to be set by one who will seal, where PINs are used."""
    if not visit.by_pin or visit.pages.pins.is_set(visit.link.person_id):
        return False
    shown = _invitation(visit)
    return shown is None or Ability.USE in ABILITIES[shown.invitation.role]
