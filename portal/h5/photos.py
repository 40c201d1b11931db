"""拍照上传身份证, for those whom the province's face check does not know."""

from __future__ import annotations

from flask import render_template, request

from portal.h5.visit import Visit

PHOTOS = "photos"
"""``?step=photos`` shows the upload."""


def wanted() -> bool:
    return request.args.get("step") == PHOTOS


def show(visit: Visit, error: str = "") -> str:
    return render_template(
        "h5/photos.html", visit=visit, days=visit.pages.id_photos.days, error=error
    )


def uploaded() -> tuple[bytes, bytes] | None:
    """Front and back, if this request brings photos."""
    if "front" not in request.files and "back" not in request.files:
        return None
    front, back = (request.files.get(side) for side in ("front", "back"))
    return (front.read() if front else b"", back.read() if back else b"")
