"""企业成员 on the PC: the list, adding, changing, removing; and answering an invitation."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.texts_members import ROLE_HINTS, ROLES
from portal import guard
from portal.context import Pages
from portal.membering import (
    MEMBER_FIELDS,
    invite_from_form,
    offered_roles,
    typed_member,
    typed_role,
)
from portal.wording import refusal
from seal_core.domain.holders import Ability, Actor, NotFound
from seal_core.domain.members import MemberIncomplete
from seal_core.errors import SealError

Page = AnyResponse | str | tuple[str, int]


def add_members(bp: Blueprint, pages: Pages) -> None:
    """``/portal/members`` and ``/portal/invitations``"""
    _add_managing(bp, pages)
    _add_answering(bp, pages)


def _add_managing(bp: Blueprint, pages: Pages) -> None:
    @bp.get("/members")
    def members() -> Page:
        return _list(pages, guard.actor(pages))

    @bp.post("/members")
    def invite_member() -> Page:
        actor = guard.actor(pages)
        try:
            invite_from_form(pages, actor)
        except MemberIncomplete as exc:
            return _list(pages, actor, f"请检查：{MEMBER_FIELDS[exc.field]}", exc.field), 422
        except SealError as exc:
            status, words = refusal(exc)
            return _list(pages, actor, words), status
        return redirect(url_for("enterprise.members"), 303)

    @bp.post("/members/<membership_id>")
    def change_member(membership_id: str) -> Page:
        actor = guard.actor(pages)
        try:
            if request.form.get("action") == "remove":
                pages.members.remove(actor, membership_id)
            else:
                pages.members.change_role(actor, membership_id, typed_role())
        except SealError as exc:
            status, words = refusal(exc)
            return _list(pages, actor, words), status
        return redirect(url_for("enterprise.members"), 303)

    @bp.post("/members/invited/<invitation_id>")
    def withdraw_invitation(invitation_id: str) -> Page:
        pages.members.withdraw(guard.actor(pages), invitation_id)
        return redirect(url_for("enterprise.members"), 303)


def _add_answering(bp: Blueprint, pages: Pages) -> None:
    @bp.get("/invitations")
    def invitations() -> Page:
        actor = guard.actor(pages)
        waiting = pages.members.invitations_for(actor.person)
        return render_template(
            "enterprise/invitations.html",
            actor=actor,
            waiting=waiting,
            roles=ROLES,
            hints=ROLE_HINTS,
        )

    @bp.post("/invitations/<invitation_id>")
    def answer_invitation(invitation_id: str) -> Page:
        """Whoever accepts goes on as a member of that enterprise."""
        actor = guard.actor(pages)
        match request.form.get("action"):
            case "accept":
                joined = pages.members.accept(actor.person, invitation_id, actor.channel)
                guard.let_in(pages.sign_in.actor(actor.person.id, joined.id, actor.channel))
                return redirect(url_for("enterprise.home"), 303)
            case "decline":
                pages.members.decline(actor.person, invitation_id, actor.channel)
                return redirect(url_for("enterprise.invitations"), 303)
        raise NotFound(invitation_id)


def _list(pages: Pages, actor: Actor, error: str = "", field: str = "") -> str:
    found = pages.members.members(actor)
    return render_template(
        "enterprise/members.html",
        actor=actor,
        members=[(each, pages.members.roles_for(actor, each)) for each in found],
        invited=pages.members.invited(actor),
        may_manage=actor.can(Ability.MANAGE_MEMBERS),
        role_names=ROLES,
        roles=offered_roles(actor),
        asking=pages.agents.asking(actor),
        answers=typed_member(),
        error=error,
        field=field,
    )
