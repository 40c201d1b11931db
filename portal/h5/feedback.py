"""用户反馈 on the phone: a text and, if wanted, a picture."""

from __future__ import annotations

from flask import render_template, request
from werkzeug.wrappers import Response

from portal.h5.visit import Visit
from portal.wording import refusal
from seal_core.domain.desk import FeedbackIncomplete, FeedbackKind


def show(visit: Visit, error: str = "") -> str:
    kind = FeedbackKind(visit.link.data["kind"])
    text = request.form.get("text", "")
    return render_template("h5/feedback.html", visit=visit, kind=kind, text=text, error=error)


def act(visit: Visit) -> Response | str | tuple[str, int]:
    kind, picture = FeedbackKind(visit.link.data["kind"]), request.files.get("picture")
    data = picture.read() if picture is not None else b""
    try:
        visit.pages.feedback.send(visit.actor, kind, request.form.get("text", ""), data)
    except FeedbackIncomplete as exc:
        status, words = refusal(exc)
        return show(visit, words), status
    visit.spend()
    return visit.to_progress()


def progress(visit: Visit) -> str:
    return render_template("h5/done.html", visit=visit, title="反馈已收到", actor=None)
