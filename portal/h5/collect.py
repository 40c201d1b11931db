"""印章领取: the PIN or 意愿认证, then the making of the seals."""

from __future__ import annotations

from flask import render_template, request
from werkzeug.wrappers import Response

from portal.h5.visit import Visit
from portal.wording import refusal
from seal_core.domain.seals import Seal, SealState
from seal_core.errors import SealError


def show(visit: Visit, error: str = "") -> str:
    return render_template(
        "h5/collect.html",
        visit=visit,
        seals=_seals(visit),
        first=visit.by_pin and not visit.pages.collection.has_pin(visit.actor),
        error=error,
    )


def act(visit: Visit) -> Response | tuple[str, int]:
    try:
        if not visit.by_pin:
            return visit.ask_for_proof("领取电子印章", _agreement(visit))
        pin = visit.pin()
        if "repeat" in request.form and visit.pin("repeat") != pin:
            return show(visit, "两次输入的密码不一样，请重新输入。"), 422
        visit.pages.collection.collect_with_pin(
            visit.actor, _ids(visit), pin, visit.link.data["pickup_id"]
        )
    except SealError as exc:
        status, words = refusal(exc)
        return show(visit, words), status
    visit.spend()
    return visit.to_progress()


def finish_with_proof(visit: Visit) -> Response:
    proof = visit.proof(_agreement(visit))
    visit.pages.collection.collect_with_proof(
        visit.actor, _ids(visit), proof, visit.link.id, visit.link.data["pickup_id"]
    )
    visit.spend()
    return visit.to_progress()


def progress(visit: Visit) -> str:
    seals = _seals(visit)
    waiting = any(seal.state is SealState.ISSUING for seal in seals)
    return render_template("h5/collected.html", visit=visit, seals=seals, waiting=waiting)


def _ids(visit: Visit) -> list[str]:
    return visit.link.data["seal_ids"].split(",")


def _seals(visit: Visit) -> list[Seal]:
    return [visit.pages.holdings.seal(visit.actor, seal_id) for seal_id in _ids(visit)]


def _agreement(visit: Visit) -> str:
    return visit.pages.collection.agreement(visit.actor, _ids(visit), visit.link.id)
