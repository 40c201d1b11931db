"""个人申领 on the phone: draw or type, look at it, confirm with one face check."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.drawing import sketch_picture, take_sketch
from portal.h5 import photos
from portal.h5.visit import Visit
from portal.pictures import png
from portal.wording import refusal
from seal_core.domain.applications import WantedSeal
from seal_core.domain.provinces import SealType
from seal_core.domain.seals import SealState
from seal_core.errors import SealError

Answer = AnyResponse | str | tuple[str, int]

SKETCH, SEAL = "sketch", "seal"
AGAIN = "draw"
"""``?step=draw`` goes back to the drawing."""


def show(visit: Visit, error: str = "") -> str:
    """First the drawing, then what it looks like; a name seal has nothing to draw."""
    seal_type = _type(visit)
    sketched = visit.link.data.get(SKETCH, "")
    if photos.wanted():
        return photos.show(visit, error)
    if seal_type.is_drawn and (not sketched or request.args.get("step") == AGAIN):
        return render_template(
            "h5/signature.html", visit=visit, seal_type=seal_type, size=_size(visit), error=error
        )
    return render_template(
        "h5/personal.html",
        visit=visit,
        seal_type=seal_type,
        photos_possible=bool(sketched) or not seal_type.is_drawn,
        changes=bool(visit.link.data["replaces"]),
        error=error,
    )


def act(visit: Visit) -> Answer:
    try:
        if (sides := photos.uploaded()) is not None:
            return _submit_photos(visit, *sides)
        if "strokes" in request.form or not visit.link.data.get(SKETCH):
            visit = _keep(visit)
            if _type(visit).is_drawn:
                return redirect(url_for("h5.show", token=visit.token), 303)
        agreed = visit.pages.personal.agreement(visit.actor, visit.link.data[SKETCH])
        return visit.ask_for_proof(f"申领{_type(visit).name}", agreed)
    except SealError as exc:
        status, words = refusal(exc)
        return show(visit, words), status


def _submit_photos(visit: Visit, front: bytes, back: bytes) -> AnyResponse:
    """In place of the face check: a reviewer looks at both sides of the card."""
    if not visit.link.data.get(SKETCH):
        visit = _keep(visit)
    sketch_id = visit.link.data[SKETCH]
    visit.pages.id_photos.submit_sketch(visit.actor, sketch_id, front, back)
    seal_id = visit.pages.personal.get(visit.actor, sketch_id).seal_id
    visit.pages.links.remember(visit.token, **{SEAL: seal_id})
    visit.spend()
    return visit.to_progress()


def finish_with_proof(visit: Visit) -> AnyResponse:
    sketch_id = visit.link.data[SKETCH]
    proof = visit.proof(visit.pages.personal.agreement(visit.actor, sketch_id))
    seal_id = visit.pages.personal.apply(visit.actor, sketch_id, proof)
    visit.pages.links.remember(visit.token, **{SEAL: seal_id})
    visit.spend()
    return visit.to_progress()


def progress(visit: Visit) -> str:
    seal = visit.pages.holdings.seal(visit.actor, visit.link.data[SEAL])
    if seal.state is SealState.READY:
        return render_template("h5/done.html", title="身份核验通过，印章可以领取了", actor=None)
    if seal.state is SealState.PENDING_REVIEW:
        return render_template("h5/done.html", title="申请已提交", actor=None)
    waiting = seal.state is SealState.ISSUING
    return render_template("h5/collected.html", visit=visit, seals=[seal], waiting=waiting)


def picture(visit: Visit) -> Response:
    """How the seal of this link will look."""
    if not _type(visit).is_drawn:
        return png(visit.pages.personal.preview(visit.actor, _wanted(visit)))
    sketch = visit.pages.personal.get(visit.actor, visit.link.data.get(SKETCH, ""))
    return sketch_picture(sketch.picture)


def _keep(visit: Visit) -> Visit:
    replaces = visit.link.data["replaces"]
    sketch = take_sketch(visit.pages, visit.actor, _wanted(visit), request.form, replaces)
    link = visit.pages.links.remember(visit.token, **{SKETCH: sketch.id})
    return Visit(visit.pages, visit.token, link)


def _wanted(visit: Visit) -> WantedSeal:
    return WantedSeal(visit.link.data["type"], visit.link.data["size"])


def _type(visit: Visit) -> SealType:
    return visit.pages.province.seal_type(visit.link.data["type"])


def _size(visit: Visit) -> tuple[float, float]:
    size = _type(visit).size(visit.link.data["size"])
    return size.width_mm, size.height_mm
