"""文件验签 for everybody: no sign-in, the same report as everywhere."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask import redirect as to
from werkzeug.wrappers import Response

from portal import guard, reports
from portal.context import Pages
from portal.pictures import ChangedPicture, PagePicture, changed_pages, png, shown_pages
from portal.wording import refusal
from seal_core.domain.sealing import TaskState, VerificationTask
from seal_core.errors import DocumentRefused

Page = Response | str


def create_blueprint(pages: Pages) -> Blueprint:
    """``/verify``: upload, wait, read."""
    bp = Blueprint("public", __name__, url_prefix="/verify")

    @bp.get("/")
    def start() -> Page:
        return render_template("public/upload.html", error="")

    @bp.post("/")
    def upload() -> Page | tuple[str, int]:
        file = request.files.get("file")
        name, data = (file.filename or "", file.read()) if file else ("", b"")
        try:
            document = pages.documents.receive(guard.visitor(), name, data, "public")
        except DocumentRefused as exc:
            status, words = refusal(exc)
            page = render_template("public/upload.html", error=words)
            return page, status
        task = pages.verification.request(guard.visitor(), document.id)
        return to(url_for("public.report", task_id=task.id), 303)

    @bp.get("/<task_id>")
    def report(task_id: str) -> Page:
        task = pages.verification.task(task_id, guard.visitor())
        content = json.loads(task.report) if task.state is TaskState.DONE else None
        return render_template(
            "public/report.html",
            task=task,
            report=content,
            pictures=_pictures(task),
            changes=_changes(task, content),
        )

    @bp.get("/<task_id>/report.pdf")
    def report_pdf(task_id: str) -> Response:
        task = pages.verification.task(task_id, guard.visitor())
        return reports.pdf(task, pages.province.system_name)

    @bp.get("/<task_id>/report.json")
    def report_json(task_id: str) -> Response:
        return reports.as_json_file(pages.verification.task(task_id, guard.visitor()))

    @bp.get("/<task_id>/pages/<int:number>.png")
    def page_picture(task_id: str, number: int) -> Page:
        task = pages.verification.task(task_id, guard.visitor())
        return png(pages.previews.page(task.document_id, number))

    @bp.get("/<task_id>/pages/<int:number>-<int:octets>.png")
    def sight_picture(task_id: str, number: int, octets: int) -> Page:
        task = pages.verification.task(task_id, guard.visitor())
        return png(pages.previews.page(task.document_id, number, octets))

    def _pictures(task: VerificationTask) -> list[PagePicture]:
        document = pages.documents.get(task.document_id)
        return shown_pages(
            pages,
            document,
            lambda number: url_for("public.page_picture", task_id=task.id, number=number),
        )

    def _changes(task: VerificationTask, report: dict[str, Any] | None) -> list[ChangedPicture]:
        return changed_pages(
            pages,
            pages.documents.get(task.document_id),
            report,
            lambda number, octets: url_for(
                "public.sight_picture", task_id=task.id, number=number, octets=octets
            ),
        )

    return bp
