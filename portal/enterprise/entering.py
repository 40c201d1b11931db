"""Two more ways into the portal: 扫码登录, and 切换企业 for whoever is in already."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal import guard
from portal.context import Pages
from portal.qr import qr_png
from seal_core.domain.entrances import Entrance, EntranceState
from seal_core.domain.holders import NotFound

Page = AnyResponse | str | tuple[str, int]

ENTRANCE, NEXT = "entrance", "entrance_next"


def add(bp: Blueprint, pages: Pages, channels: tuple[str, ...]) -> None:
    """``/portal/enter`` and ``/portal/identities``"""
    _add_entering(bp, pages, channels)
    _add_switching(bp, pages)


def _add_entering(bp: Blueprint, pages: Pages, channels: tuple[str, ...]) -> None:
    @bp.post("/enter")
    def open_entrance() -> Page:
        channel = request.form.get("channel", "")
        if channel not in channels:
            raise NotFound(channel)
        onward = guard.own_path(request.form.get("next", ""), url_for("enterprise.home"))
        guard.let_out()  # whatever this browser was before, it begins anew
        session[ENTRANCE], session[NEXT] = pages.entrances.open(channel).id, onward
        return redirect(url_for("enterprise.enter"), 303)

    @bp.get("/enter")
    def enter() -> Page:
        """Shows the code, then the number, and lets in once the phone has answered."""
        if ENTRANCE not in session:
            return redirect(url_for("enterprise.home"), 303)
        entrance = pages.entrances.look(session[ENTRANCE])
        if entrance.state is EntranceState.CONFIRMED and pages.entrances.is_open(entrance):
            onward = session[NEXT]
            guard.let_in(pages.entrances.enter(entrance.id, guard.PORTAL_CHANNEL))
            return redirect(onward, 303)
        return render_template(
            "enterprise/enter.html", entrance=entrance, open=pages.entrances.is_open(entrance)
        )

    @bp.get("/enter/qr.png")
    def enter_qr() -> Response:
        return qr_png(_own(pages).url)


def _own(pages: Pages) -> Entrance:
    """The entrance of this browser. Raises NotFound."""
    if ENTRANCE not in session:
        raise NotFound("entrance")
    return pages.entrances.look(session[ENTRANCE])


def _add_switching(bp: Blueprint, pages: Pages) -> None:
    @bp.get("/identities")
    def identities() -> Page:
        actor = guard.actor(pages)
        found = pages.sign_in.identities(actor.person.id)
        return render_template("enterprise/identities.html", actor=actor, identities=found)

    @bp.post("/identities")
    def switch() -> Page:
        actor = guard.actor(pages)
        wanted = request.form.get("organisation", "")
        onward = guard.own_path(request.form.get("next", ""), url_for("enterprise.home"))
        guard.let_in(pages.sign_in.switch_on_page(actor, wanted, guard.PORTAL_CHANNEL))
        return redirect(onward, 303)
