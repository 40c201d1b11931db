"""用户反馈 on the PC: 意见建议, 信息反馈, 历史反馈."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal import guard
from portal.context import Pages
from portal.paging import Paging
from portal.wording import refusal
from seal_core.domain.desk import Feedback, FeedbackIncomplete, FeedbackKind

Page = AnyResponse | str


def add_feedback(bp: Blueprint, pages: Pages) -> None:
    """``/portal/feedback``"""

    @bp.get("/feedback")
    def feedback() -> Page:
        return _page(pages)

    @bp.post("/feedback")
    def send_feedback() -> Page | tuple[str, int]:
        actor, picture = guard.actor(pages), request.files.get("picture")
        problem = request.form.get("kind") == FeedbackKind.PROBLEM
        kind = FeedbackKind.PROBLEM if problem else FeedbackKind.SUGGESTION
        data = picture.read() if picture is not None else b""
        try:
            pages.feedback.send(actor, kind, request.form.get("text", ""), data)
        except FeedbackIncomplete as exc:
            status, words = refusal(exc)
            return _page(pages, words), status
        return redirect(url_for("enterprise.feedback"), 303)

    @bp.get("/feedback/<feedback_id>/picture")
    def feedback_picture(feedback_id: str) -> Response:
        shown = pages.feedback.own(guard.actor(pages), feedback_id)
        return picture_of(pages, shown)


def picture_of(pages: Pages, shown: Feedback) -> Response:
    """The picture somebody sent; it is only ever shown as a picture."""
    data, media_type = pages.feedback.picture(shown)
    response = send_file(BytesIO(data), mimetype=media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _page(pages: Pages, error: str = "") -> str:
    actor = guard.actor(pages)
    paging = Paging.of(request.args, pages.feedback.count(actor))
    items = pages.feedback.history(actor, limit=paging.rows, offset=paging.offset)
    return render_template(
        "enterprise/feedback.html",
        actor=actor,
        items=items,
        paging=paging,
        error=error,
        text=request.form.get("text", ""),
        kind=request.form.get("kind", FeedbackKind.SUGGESTION),
    )
