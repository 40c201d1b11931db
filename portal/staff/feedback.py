"""用户反馈 at the desk: what waits for a reply, and what was replied."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal import guard
from portal.context import Pages
from portal.enterprise.feedback import picture_of
from portal.wording import refusal
from seal_core.errors import SealError

Page = AnyResponse | str


def add_feedback(bp: Blueprint, pages: Pages) -> None:
    """``/staff/feedback``, for operators."""

    @bp.get("/feedback/")
    def feedback_desk() -> Page:
        member = guard.staff(pages)
        return render_template(
            "staff/feedback.html",
            member=member,
            waiting=pages.feedback.waiting(member),
            recent=[each for each in pages.feedback.recent(member) if each.replied_at],
        )

    @bp.get("/feedback/<feedback_id>")
    def feedback(feedback_id: str) -> Page:
        return _page(pages, feedback_id)

    @bp.post("/feedback/<feedback_id>")
    def reply(feedback_id: str) -> Page | tuple[str, int]:
        member = guard.staff(pages)
        try:
            pages.feedback.reply(member, feedback_id, request.form.get("reply", ""))
        except SealError as exc:
            status, words = refusal(exc)
            return _page(pages, feedback_id, words), status
        return redirect(url_for("staff.feedback", feedback_id=feedback_id), 303)

    @bp.get("/feedback/<feedback_id>/picture")
    def feedback_picture(feedback_id: str) -> Response:
        return picture_of(pages, pages.feedback.get(guard.staff(pages), feedback_id))


def _page(pages: Pages, feedback_id: str, error: str = "") -> str:
    member = guard.staff(pages)
    return render_template(
        "staff/feedback_one.html",
        member=member,
        item=pages.feedback.get(member, feedback_id),
        reply=request.form.get("reply", ""),
        error=error,
    )
