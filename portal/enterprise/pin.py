"""密码管理 on the PC."""

from __future__ import annotations

from flask import Blueprint, redirect, request, session, url_for
from werkzeug.wrappers import Response

from portal import guard, pin_page
from portal.context import Pages
from portal.enterprise.page import page
from portal.enterprise.proving import ProofDesk
from portal.wording import refusal
from seal_core.domain.holders import Actor
from seal_core.domain.identifiers import new_id, new_token
from seal_core.domain.keys import ProofRefused
from seal_core.domain.secrets import Pin
from seal_core.errors import SealError

Page = Response | str | tuple[str, int]
NONCE, PROVING = "pin_nonce", "pin_proving"


def add_pin(bp: Blueprint, pages: Pages) -> None:
    """``/portal/pin``"""

    @bp.get("/pin")
    def pin() -> Page:
        return _show(pages, guard.actor(pages))

    @bp.post("/pin")
    def change_pin() -> Page:
        actor, doing = guard.actor(pages), request.form.get("action", "")
        if doing in pin_page.PURPOSES:
            try:
                return _ask_for_proof(pages, actor, doing)
            except SealError as exc:
                status, words = refusal(exc)
                return _show(pages, actor, words), status
        nonce = session.pop(NONCE, new_token())  # good for one try

        def open_pin(field: str) -> Pin:
            return pages.pin_opener.open(request.form.get(field, ""), nonce)

        error, status = pin_page.change(pages, actor, open_pin)
        return _show(pages, actor, error, done="" if error else "印章密码已保存。"), status

    @bp.get("/pin/proof")
    def pin_proved() -> Page:
        """Back from the identity source."""
        actor, asked = guard.actor(pages), session.pop(PROVING, None)
        if asked is None:
            raise ProofRefused("nothing was asked for in this browser")
        doing, occasion = asked
        digest = pages.pin_care.agreement(actor, doing, occasion)
        proof = ProofDesk(pages, actor, occasion).proof(digest)
        if doing == "unlock":
            pages.pin_care.unlock(actor, proof, occasion)
            return _show(pages, actor, done="印章密码已解锁，可以再试 5 次。")
        waiting = pages.pin_care.reset(actor, proof, occasion)
        return redirect(url_for("enterprise.ready" if waiting else "enterprise.pin"), 303)


def _show(pages: Pages, actor: Actor, error: str = "", done: str = "") -> str:
    session[NONCE] = new_token()
    return page(
        pages,
        "enterprise/pin.html",
        actor=actor,
        pin=pin_page.look(pages, actor),
        key=pages.pin_opener.public_key,
        nonce=session[NONCE],
        resetting=request.args.get("step") == "reset",
        error=error,
        done=done,
    )


def _ask_for_proof(pages: Pages, actor: Actor, doing: str) -> Response:
    occasion = new_id()
    digest = pages.pin_care.agreement(actor, doing, occasion)
    session[PROVING] = [doing, occasion]
    back = url_for("enterprise.pin_proved")
    return ProofDesk(pages, actor, occasion).ask_for_proof(pin_page.PURPOSES[doing], digest, back)
