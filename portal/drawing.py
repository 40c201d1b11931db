"""What the pages for 个人手绘签名 send, and how the rest of a sketch is shown."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO

from flask import Response, send_file

from portal.context import Pages
from seal_core.domain.applications import WantedSeal
from seal_core.domain.holders import Actor
from seal_core.domain.personal import Sketch
from seal_core.services.personal import Drawn, Typed


def take_sketch(
    pages: Pages, actor: Actor, wanted: WantedSeal, form: Mapping[str, str], replaces: str
) -> Sketch:
    """Keep what was drawn or typed. Raises what PersonalSealService.sketch raises."""
    return pages.personal.sketch(actor, wanted, _ink(form), replaces)


def _ink(form: Mapping[str, str]) -> Drawn | Typed | None:
    """Strokes if there are any, else the typed name; None for a seal that is not drawn."""
    strokes, typed = form.get("strokes"), form.get("typed", "").strip()
    if strokes is None:
        return None
    return Typed(typed) if typed and strokes in ("", "[]") else Drawn(strokes)


def sketch_picture(picture: bytes) -> Response:
    """What was drawn; the next drawing has the same address."""
    response = send_file(BytesIO(picture), mimetype="image/png")
    response.headers["Cache-Control"] = "no-store"
    return response
