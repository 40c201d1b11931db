"""领办, 移交 and 退回 of applications."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from portal import guard
from portal.context import Pages


def add_cases(bp: Blueprint, pages: Pages) -> None:
    """``/staff/applications/<id>/…``; what is refused shows as an error page with its reason."""

    @bp.post("/applications/<application_id>/claim")
    def claim(application_id: str) -> Response:
        pages.desk.claim(guard.staff(pages), application_id)
        return redirect(url_for("staff.dossier", application_id=application_id), 303)

    @bp.post("/applications/<application_id>/release")
    def release(application_id: str) -> Response:
        pages.desk.release(guard.staff(pages), application_id)
        return redirect(url_for("staff.queue"), 303)

    @bp.post("/applications/<application_id>/hand-over")
    def hand_over(application_id: str) -> Response:
        colleague = request.form.get("colleague", "")
        pages.desk.hand_over(guard.staff(pages), application_id, colleague)
        return redirect(url_for("staff.queue"), 303)
