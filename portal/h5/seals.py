"""我的印章 on the phone: the list, a seal, and what can be done with it."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import managing
from portal.h5.visit import Visit
from portal.wording import refusal
from seal_core.domain.holders import NotFound
from seal_core.domain.seals import Seal
from seal_core.domain.tickets import LinkPurpose
from seal_core.errors import SealError
from seal_core.services.lives import Wish
from seal_core.services.terms import collect_by


def show(visit: Visit, error: str = "") -> str:
    """One seal (``?seal=``), or all of them."""
    seal_id = request.values.get("seal", "")
    if not seal_id:
        seals = visit.pages.holdings.living(visit.actor)
        pending = visit.pages.lives.open_to(visit.actor, Wish.WITHDRAW)
        return render_template("h5/my_seals.html", visit=visit, seals=seals, pending=pending)
    seal = visit.pages.holdings.seal(visit.actor, seal_id)
    uses = visit.pages.sealing.uses(visit.actor, seal_id)
    return render_template(
        "h5/my_seal.html",
        visit=visit,
        seal=seal,
        uses=uses,
        by_whom=visit.pages.sealing.by_whom(uses),
        offers=managing.offers(visit.pages, visit.actor, seal),
        collect_by=collect_by(seal, visit.pages.province),
        error=error,
    )


def act(visit: Visit) -> Response | tuple[str, int]:
    seal_id = request.form.get("seal", "")
    if request.form.get("wish") == "collect":
        return _collect(visit, [visit.pages.holdings.seal(visit.actor, seal_id)])
    if not request.form.get("sure"):
        return show(visit, "请先勾选“我已了解，确定办理”。"), 422
    try:
        waiting = managing.act(visit.pages, visit.actor, seal_id)
    except NotFound:
        raise
    except SealError as exc:
        status, words = refusal(exc)
        return show(visit, words), status
    if waiting:
        return _collect(visit, waiting)
    return redirect(url_for("h5.show", token=visit.token, seal=seal_id), 303)


def _collect(visit: Visit, seals: list[Seal]) -> Response:
    """On to the page that takes the PIN or 意愿认证 and makes the seals."""
    ids = ",".join(seal.id for seal in seals)
    link = visit.link
    url = visit.pages.links.make(
        LinkPurpose.COLLECT, link.account_id, link.person_id, seal_ids=ids, pickup_id=""
    )
    return redirect(url, 303)
