"""通知设置 on the PC."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.texts import TOPICS
from portal import guard
from portal.context import Pages
from portal.wording import refusal
from seal_core.domain.desk import HoursUnclear, Topic

Page = Response | str


def add_preferences(bp: Blueprint, pages: Pages) -> None:
    """``/portal/preferences``"""

    @bp.get("/preferences")
    def preferences() -> Page:
        return _page(pages)

    @bp.post("/preferences")
    def keep_preferences() -> Page | tuple[str, int]:
        wishes, told = pages.preferences.of(guard.actor(pages)), request.form.getlist("told")
        for topic in Topic:
            wishes = wishes.with_topic(topic, told=topic in told)
        try:
            first = request.form.get("quiet_from", -1, type=int)
            wishes = wishes.with_hours(first, request.form.get("quiet_until", -1, type=int))
        except HoursUnclear as exc:
            status, words = refusal(exc)
            return _page(pages, words), status
        pages.preferences.keep(wishes)
        return redirect(url_for("enterprise.preferences", kept=1), 303)


def _page(pages: Pages, error: str = "") -> str:
    actor = guard.actor(pages)
    return render_template(
        "enterprise/preferences.html",
        actor=actor,
        wishes=pages.preferences.of(actor),
        topics=TOPICS,
        kept=bool(request.args.get("kept")),
        error=error,
    )
