"""个人申领 on the PC: choose, draw with the mouse or type, confirm with one face check."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from portal import guard
from portal.context import Pages
from portal.drawing import sketch_picture, take_sketch
from portal.pictures import png
from portal.wording import refusal
from seal_core.domain.applications import WantedSeal
from seal_core.domain.holders import NotFound
from seal_core.domain.keys import ProofRefused
from seal_core.domain.provinces import SealType
from seal_core.errors import SealError

Page = Response | str | tuple[str, int]

PROOF = "personal_proof"


def add(bp: Blueprint, pages: Pages) -> None:
    """``/portal/personal``"""
    _add_drawing(bp, pages)
    _add_confirming(bp, pages)


def _add_drawing(bp: Blueprint, pages: Pages) -> None:
    @bp.get("/personal")
    def personal() -> Page:
        actor = guard.actor(pages)
        return render_template(
            "enterprise/personal.html",
            actor=actor,
            types=pages.personal.types(actor),
            present=pages.personal.changeable(actor),
        )

    @bp.get("/personal/<type_code>")
    def personal_type(type_code: str) -> Page:
        return _show(pages, type_code)

    @bp.post("/personal/<type_code>")
    def sketch(type_code: str) -> Page:
        try:
            wanted, replaces = _wanted(pages, type_code), request.form.get("replaces", "")
            made = take_sketch(pages, guard.actor(pages), wanted, request.form, replaces)
        except SealError as exc:
            status, words = refusal(exc)
            return _show(pages, type_code, words), status
        return redirect(url_for("enterprise.sketch_page", sketch_id=made.id), 303)

    @bp.get("/personal/<type_code>/preview.png")
    def personal_preview(type_code: str) -> Response:
        actor = guard.actor(pages)
        return png(pages.personal.preview(actor, _wanted(pages, type_code)))


def _add_confirming(bp: Blueprint, pages: Pages) -> None:
    @bp.get("/personal/sketches/<sketch_id>")
    def sketch_page(sketch_id: str) -> Page:
        actor = guard.actor(pages)
        kept = pages.personal.get(actor, sketch_id)
        return render_template(
            "enterprise/sketch.html",
            actor=actor,
            sketch=kept,
            seal_type=pages.province.seal_type(kept.type),
        )

    @bp.get("/personal/sketches/<sketch_id>/picture.png")
    def sketch_png(sketch_id: str) -> Response:
        kept = pages.personal.get(guard.actor(pages), sketch_id)
        if not kept.picture:
            raise NotFound(sketch_id)
        return sketch_picture(kept.picture)

    @bp.post("/personal/sketches/<sketch_id>")
    def prove_sketch(sketch_id: str) -> Page:
        """Send the person to the face check, bound to exactly this picture."""
        actor = guard.actor(pages)
        digest = pages.personal.agreement(actor, sketch_id)
        if pages.willingness is None:
            raise ProofRefused("no identity source")
        back = f"{pages.base_url}{url_for('enterprise.sketch_proved', sketch_id=sketch_id)}"
        name = pages.province.seal_type(pages.personal.get(actor, sketch_id).type).name
        session_id, url = pages.willingness.begin(actor.person, f"申领{name}", digest, back)
        session[PROOF] = {"sketch": sketch_id, "session": session_id}
        return redirect(url, 303)

    @bp.get("/personal/sketches/<sketch_id>/proved")
    def sketch_proved(sketch_id: str) -> Page:
        actor, asked = guard.actor(pages), session.pop(PROOF, None)
        if asked is None or asked["sketch"] != sketch_id or pages.willingness is None:
            raise ProofRefused("nothing was asked in this browser")
        digest = pages.personal.agreement(actor, sketch_id)
        proof = pages.willingness.result(actor.person, digest, asked["session"])
        seal_id = pages.personal.apply(actor, sketch_id, proof)
        return redirect(url_for("enterprise.seal", seal_id=seal_id), 303)


def _show(pages: Pages, type_code: str, error: str = "") -> str:
    actor = guard.actor(pages)
    seal_type = _type(pages, type_code)
    if seal_type not in pages.personal.types(actor):
        raise NotFound(type_code)
    size = seal_type.sizes[0]
    present = pages.personal.changeable(actor) if seal_type.is_drawn else None
    return render_template(
        "enterprise/draw.html",
        actor=actor,
        seal_type=seal_type,
        size=(size.width_mm, size.height_mm),
        replaces=present.id if present and present.type == type_code else "",
        error=error,
    )


def _wanted(pages: Pages, type_code: str) -> WantedSeal:
    """A person chooses no size: there is no stamp of his that it would have to match."""
    return WantedSeal(type_code, _type(pages, type_code).sizes[0].label)


def _type(pages: Pages, type_code: str) -> SealType:
    """Raises NotFound: the code stands in an address."""
    for seal_type in pages.province.seal_types:
        if seal_type.code == type_code:
            return seal_type
    raise NotFound(type_code)
