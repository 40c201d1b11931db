"""身份证照片 in the dossier: shown small and marked, to reviewers alone, and written down."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, Response, send_file

from portal import guard
from portal.context import Pages


def add(bp: Blueprint, pages: Pages) -> None:
    """``/staff/applications/<id>/id-front.jpg`` and ``id-back.jpg``"""
    bp.add_app_template_global(pages.id_photos.of, "id_photos_of")

    @bp.get("/applications/<application_id>/id-<side>.jpg")
    def id_photo(application_id: str, side: str) -> Response:
        picture = pages.id_photos.show(guard.staff(pages), application_id, side)
        response = send_file(BytesIO(picture), mimetype="image/jpeg")
        response.headers["Cache-Control"] = "no-store"
        return response
