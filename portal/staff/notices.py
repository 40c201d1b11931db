"""信息公告 at the desk: write, publish, withdraw."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal import guard
from portal.context import Pages
from portal.wording import refusal
from seal_core.errors import SealError

Page = AnyResponse | str


def add_notices(bp: Blueprint, pages: Pages) -> None:
    """``/staff/notices``, for operators."""

    @bp.get("/notices/")
    def notice_desk() -> Page:
        return _page(pages)

    @bp.post("/notices/")
    def publish() -> Page | tuple[str, int]:
        member, given = guard.staff(pages), request.form
        files = [(f.filename or "", f.read()) for f in request.files.getlist("files") if f.filename]
        try:
            pages.publishing.publish(member, given.get("title", ""), given.get("body", ""), files)
        except SealError as exc:
            status, words = refusal(exc)
            return _page(pages, words), status
        return redirect(url_for("staff.notice_desk"), 303)

    @bp.post("/notices/<notice_id>/withdraw")
    def withdraw(notice_id: str) -> Page:
        pages.publishing.withdraw(guard.staff(pages), notice_id)
        return redirect(url_for("staff.notice_desk"), 303)


def _page(pages: Pages, error: str = "") -> str:
    member = guard.staff(pages)
    return render_template(
        "staff/notices.html",
        member=member,
        notices=pages.publishing.all(member),
        title=request.form.get("title", ""),
        body=request.form.get("body", ""),
        error=error,
    )
