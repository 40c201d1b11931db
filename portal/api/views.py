"""For other systems: verification as JSON. The report is that of design/verify-report."""

from __future__ import annotations

import json

from flask import Blueprint, Response, jsonify, request, url_for

from portal.context import Pages
from seal_core.domain.identifiers import new_token
from seal_core.domain.sealing import TaskState


def create_blueprint(pages: Pages) -> Blueprint:
    """``/api/v1``: POST a document, poll its report."""
    bp = Blueprint("api", __name__, url_prefix="/api/v1")

    @bp.post("/verifications")
    def verify() -> tuple[Response, int]:
        """The document as ``file`` (multipart) or as the body with ``?name=``."""
        file = request.files.get("file")
        name = (file.filename or "") if file else request.args.get("name", "")
        data = file.read() if file else request.get_data()
        owner = f"api-{new_token()}"
        document = pages.documents.receive(owner, name, data, "api")
        task = pages.verification.request(owner, document.id)
        where = url_for("api.report", task_id=task.id, owner=owner)
        return jsonify(id=task.id, state=task.state, report=where), 202

    @bp.get("/verifications/<task_id>")
    def report(task_id: str) -> Response:
        """``state`` is ``queued`` until ``report`` is there."""
        task = pages.verification.task(task_id, request.args.get("owner", ""))
        content = json.loads(task.report) if task.state is TaskState.DONE else None
        return jsonify(id=task.id, state=task.state, report=content)

    return bp
