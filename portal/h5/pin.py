"""密码管理 on the phone."""

from __future__ import annotations

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from portal import pin_page
from portal.h5.visit import Visit
from portal.wording import refusal
from seal_core.domain.holders import NotFound
from seal_core.domain.tickets import LinkPurpose
from seal_core.errors import SealError


def show(visit: Visit, error: str = "") -> str:
    """The state of the PIN and what can be done; ``?step=reset`` says what a reset means."""
    return render_template(
        "h5/pin.html",
        visit=visit,
        pin=pin_page.look(visit.pages, visit.actor),
        resetting=request.args.get("step") == "reset",
        error=error,
    )


def act(visit: Visit) -> Response | tuple[str, int]:
    doing = request.form.get("action", "")
    if doing in pin_page.PURPOSES:
        digest = visit.pages.pin_care.agreement(visit.actor, doing, visit.link.id)
        visit.pages.links.remember(visit.token, doing=doing)
        try:
            return visit.ask_for_proof(pin_page.PURPOSES[doing], digest)
        except SealError as exc:
            status, words = refusal(exc)
            return show(visit, words), status
    error, status = pin_page.change(visit.pages, visit.actor, visit.pin)
    if error:
        return show(visit, error), status
    visit.spend()
    return visit.to_progress()


def finish_with_proof(visit: Visit) -> Response:
    """Identity is proved: unlock, or start over and lead to the new seals."""
    care, actor, doing = visit.pages.pin_care, visit.actor, visit.link.data.get("doing", "")
    if doing not in pin_page.PURPOSES:
        raise NotFound(visit.link.id)
    proof = visit.proof(care.agreement(actor, doing, visit.link.id))
    if doing == "unlock":
        care.unlock(actor, proof, visit.link.id)
        visit.spend()
        return visit.to_progress()
    ids = ",".join(seal.id for seal in care.reset(actor, proof, visit.link.id))
    visit.spend()
    purpose, data = (
        (LinkPurpose.COLLECT, {"seal_ids": ids, "pickup_id": ""}) if ids else (LinkPurpose.PIN, {})
    )
    url = visit.pages.links.make(purpose, visit.link.account_id, visit.link.person_id, **data)
    return redirect(url, 303)


def progress(visit: Visit) -> str:
    done = {"unlock": "印章密码已解锁", "reset": "印章密码已重置"}
    title = done.get(visit.link.data.get("doing", ""), "印章密码已保存")
    return render_template("h5/done.html", title=title, actor=None)
