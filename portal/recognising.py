"""Is the messenger that opens a link the one the link was sent to?

A link lies in a chat, and chats are forwarded. Worst of all would be a sign-in link: whoever
signs in behind a stranger's link would lend the stranger his name. So the page asks the
messenger itself, silently, before it shows anything (faults F40).
"""

from __future__ import annotations

import hmac

from flask import Blueprint, redirect, request, session, url_for
from werkzeug.wrappers import Response

from portal.context import Pages
from seal_core.domain.identifiers import new_id
from seal_core.domain.tickets import NotInMiniProgram, OneTimeLink, TicketForwarded

IN_APP = frozenset({"wechat_miniprogram", "alipay_miniprogram"})
"""Channels whose pages open in a mini-program's web-view; see portal/api/miniprogram.py."""

KNOWN, ASKED = "known", "asked"


def create_blueprint(pages: Pages) -> Blueprint:
    """``/auth/messenger``: back from the platform."""
    bp = Blueprint("messenger", __name__, url_prefix="/auth")

    @bp.get("/messenger")
    def back() -> Response:
        asked = session.pop(ASKED, None)
        if asked is None or not hmac.compare_digest(asked["state"], request.args.get("state", "")):
            raise TicketForwarded("messenger")
        link = pages.links.recall(asked["token"])
        with pages.open_work() as work:
            account = work.accounts.get(link.account_id)
        if account.subject not in pages.recognitions[account.channel].subjects(request.args):
            raise TicketForwarded(link.id)
        session[KNOWN] = account.id
        return redirect(url_for("h5.show", token=asked["token"]), 303)

    return bp


def recognise(pages: Pages, token: str, link: OneTimeLink) -> Response | None:
    """None if the messenger is the right one, else the way to find out.

    Raises TicketForwarded where there is no way: something is sent from a browser that never
    proved whose it is.
    """
    with pages.open_work() as work:
        account = work.accounts.get(link.account_id)
    if session.get(KNOWN) == account.id:
        return None
    if account.channel in IN_APP:
        return _by_proof(pages, token, account.id)
    recognition = pages.recognitions.get(account.channel)
    if recognition is None:
        return None
    if request.method not in ("GET", "HEAD"):
        raise TicketForwarded(link.id)
    session[ASKED] = {"state": new_id(), "token": token}
    back = f"{pages.base_url}{url_for('messenger.back')}"
    return redirect(recognition.url(back, session[ASKED]["state"]), 303)


def _by_proof(pages: Pages, token: str, account_id: str) -> Response:
    """The mini-program's own one-time proof. Raises NotInMiniProgram without a good one."""
    proof = request.args.get("proof", "")
    if request.method != "GET" or not proof or not pages.links.redeem(token, proof):
        raise NotInMiniProgram(token[:4])
    session[KNOWN] = account_id
    return redirect(url_for("h5.show", token=token), 303)
