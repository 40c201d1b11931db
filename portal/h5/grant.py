"""授权确认单: which seal is lent to whom; in force once the grantor has proved himself."""

from __future__ import annotations

from flask import render_template, request
from werkzeug.wrappers import Response

from bot.texts_members import grant_state, terms_words
from portal.h5.visit import Visit
from portal.wording import refusal
from seal_core.errors import SealError
from seal_core.services.grants import GrantShown


def show(visit: Visit, error: str = "") -> str:
    shown = _shown(visit)
    return render_template(
        "h5/grant.html",
        visit=visit,
        shown=shown,
        terms=terms_words(shown.grant.terms),
        error=error,
    )


def act(visit: Visit) -> Response | str | tuple[str, int]:
    try:
        if request.form.get("action") == "cancel":
            visit.pages.grants.drop(visit.actor, _id(visit))
            visit.spend()
            return render_template("h5/done.html", title="已放弃，没有授权", actor=None)
        if not visit.by_pin:
            return visit.ask_for_proof("授权使用电子印章", _agreement(visit))
        visit.pages.grants.confirm_with_pin(visit.actor, _id(visit), visit.pin())
    except SealError as exc:
        status, words = refusal(exc)
        return show(visit, words), status
    visit.spend()
    return visit.to_progress()


def finish_with_proof(visit: Visit) -> Response:
    proof = visit.proof(_agreement(visit))
    visit.pages.grants.confirm_with_proof(visit.actor, _id(visit), proof)
    visit.spend()
    return visit.to_progress()


def progress(visit: Visit) -> str:
    shown = _shown(visit)
    state = grant_state(shown.grant, visit.pages.now())
    title = f"授权{shown.delegate}使用{shown.seal}：{state}"
    return render_template("h5/done.html", title=title, actor=None)


def _id(visit: Visit) -> str:
    return visit.link.data["grant_id"]


def _shown(visit: Visit) -> GrantShown:
    return visit.pages.grants.grant(visit.actor, _id(visit))


def _agreement(visit: Visit) -> str:
    return visit.pages.grants.agreement(_shown(visit).grant)
