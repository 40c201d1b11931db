"""授权管理 on the PC: grants in force and past, a new one, its confirmation, its revocation."""

from __future__ import annotations

from datetime import datetime, time

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.texts import BEIJING
from bot.texts_members import delegate_label, grant_state, terms_words
from portal import guard
from portal.context import Pages
from portal.enterprise.proving import ProofDesk
from portal.wording import refusal
from seal_core.domain.grants import GrantTerms, GrantTermsRefused
from seal_core.domain.holders import Ability, Actor, NotAllowed
from seal_core.errors import SealError

Page = AnyResponse | str | tuple[str, int]

PURPOSE = "授权使用电子印章"


def add_grants(bp: Blueprint, pages: Pages) -> None:
    """``/portal/grants``"""

    @bp.get("/grants")
    def grants() -> Page:
        return _list(pages, guard.actor(pages))

    @bp.post("/grants")
    def draw_up_grant() -> Page:
        actor = guard.actor(pages)
        try:
            terms = typed_terms()
            seal_id, delegate_id = request.form.get("seal", ""), request.form.get("delegate", "")
            grant = pages.grants.draw_up(actor, seal_id, delegate_id, terms)
        except SealError as exc:
            status, words = refusal(exc)
            return _list(pages, actor, words), status
        return redirect(url_for("enterprise.grant", grant_id=grant.id), 303)

    @bp.get("/grants/<grant_id>")
    def grant(grant_id: str) -> Page:
        return _show(pages, guard.actor(pages), grant_id)

    @bp.post("/grants/<grant_id>")
    def act_on_grant(grant_id: str) -> Page:
        actor = guard.actor(pages)
        try:
            return _act(pages, actor, grant_id)
        except SealError as exc:
            status, words = refusal(exc)
            return _show(pages, actor, grant_id, words), status

    @bp.get("/grants/<grant_id>/proof")
    def grant_proved(grant_id: str) -> Page:
        """Back from the identity source."""
        actor = guard.actor(pages)
        shown = pages.grants.grant(actor, grant_id)
        proof = ProofDesk(pages, actor, grant_id).proof(pages.grants.agreement(shown.grant))
        pages.grants.confirm_with_proof(actor, grant_id, proof)
        return redirect(url_for("enterprise.grant", grant_id=grant_id), 303)


def typed_terms() -> GrantTerms:
    """期限 to the end of a day in Beijing, 次数; an empty field sets no limit.

    Raises GrantTermsRefused.
    """
    day, times = request.form.get("until", "").strip(), request.form.get("times", "").strip()
    try:
        until = datetime.combine(datetime.fromisoformat(day), time(23, 59, 59)) if day else None
        count = int(times) if times else 0
    except ValueError:
        raise GrantTermsRefused("not a day or a number") from None
    if times and count < 1:
        raise GrantTermsRefused("times")
    return GrantTerms(until.replace(tzinfo=BEIJING) if until else None, count)


def _act(pages: Pages, actor: Actor, grant_id: str) -> Page:
    desk, action = ProofDesk(pages, actor, grant_id), request.form.get("action", "")
    if action == "revoke":
        pages.grants.revoke(actor, grant_id)
    elif action == "cancel":
        pages.grants.drop(actor, grant_id)
    elif desk.by_pin:
        pages.grants.confirm_with_pin(actor, grant_id, desk.pin())
    else:
        shown = pages.grants.grant(actor, grant_id)
        back = url_for("enterprise.grant_proved", grant_id=grant_id)
        return desk.ask_for_proof(PURPOSE, pages.grants.agreement(shown.grant), back)
    return redirect(url_for("enterprise.grant", grant_id=grant_id), 303)


def _list(pages: Pages, actor: Actor, error: str = "") -> str:
    now, may = pages.now(), actor.can(Ability.GRANT) and actor.organisation is not None
    past = pages.grants.grants(actor, ended=True, limit=50)
    return render_template(
        "enterprise/grants.html",
        actor=actor,
        rows=[
            (shown, terms_words(shown.grant.terms), grant_state(shown.grant, now))
            for shown in (*pages.grants.grants(actor), *past)
        ],
        may_grant=may,
        sees_members=_sees_members(pages, actor),
        seals=pages.grants.grantable(actor) if may else [],
        people=[(p.id, delegate_label(p)) for p in pages.grants.candidates(actor)] if may else [],
        error=error,
    )


def _show(pages: Pages, actor: Actor, grant_id: str, error: str = "") -> str:
    shown = pages.grants.grant(actor, grant_id)
    grant = shown.grant
    return render_template(
        "enterprise/grant.html",
        actor=actor,
        shown=shown,
        terms=terms_words(grant.terms),
        state=grant_state(grant, pages.now()),
        to_confirm=grant.state == "pending"
        and grant.grantor_id == actor.person.id
        and pages.now() < grant.expires_at,
        may_revoke=grant.state == "active" and actor.can(Ability.GRANT),
        desk=ProofDesk(pages, actor, grant_id),
        error=error,
    )


def _sees_members(pages: Pages, actor: Actor) -> bool:
    try:
        pages.members.members(actor)
    except NotAllowed:
        return False
    return True
