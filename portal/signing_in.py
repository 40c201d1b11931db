"""The way to the province's sign-in page and back, for chats and for the portal."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from channels.errors import SignInFailed
from channels.identity.province import SignInAttempt
from portal import guard
from portal.context import Pages
from portal.recognising import recognise
from seal_core.domain.holders import Identity
from seal_core.domain.tickets import LinkPurpose, TicketUnknown

ATTEMPT, LINK, NEXT = "attempt", "link", "next"


def create_blueprint(pages: Pages) -> Blueprint:
    """``/auth/start`` sends the browser out, ``/auth/callback`` takes it back."""
    bp = Blueprint("auth", __name__, url_prefix="/auth")

    @bp.post("/start")
    def start() -> Response:
        if token := request.form.get("token", ""):
            recognise(pages, token, pages.links.look(token))
        attempt = pages.province_sign_in.begin(f"{pages.base_url}{url_for('auth.callback')}")
        session[ATTEMPT] = asdict(attempt)
        session[LINK] = token
        session[NEXT] = guard.own_path(request.form.get("next", ""), url_for("enterprise.home"))
        return redirect(attempt.url, 303)

    @bp.get("/callback")
    def callback() -> Response | str:
        stored, token = session.pop(ATTEMPT, None), session.pop(LINK, "")
        onward = session.pop(NEXT, url_for("enterprise.home"))
        if stored is None:
            raise SignInFailed("no attempt in this browser")
        try:
            identity = pages.province_sign_in.finish(SignInAttempt(**stored), request.args)
        except SignInFailed:
            if not token:
                raise
            return redirect(url_for("h5.show", token=token, cancelled=1), 303)
        if token:
            return _bound(pages, token, identity)
        guard.let_in(pages.sign_in.enter(identity, guard.PORTAL_CHANNEL))
        return redirect(onward, 303)

    return bp


def _bound(pages: Pages, token: str, identity: Identity) -> str:
    """The chat account the link was sent to speaks for this person from now on."""
    link = pages.links.spend(token)
    if link.purpose is not LinkPurpose.SIGN_IN:
        raise TicketUnknown("sign-in")
    onward = {name: link.data[name] for name in ("scene", "wish") if name in link.data}
    actor = pages.sign_in.bind(link.account_id, identity, **onward)
    return render_template("h5/done.html", title="登录成功", actor=actor)
