"""代申领 on the PC: the three ways, the five steps, and the 法定代表人's answer."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.texts_agents import agent_state
from portal import guard
from portal.agents import next_step, show_steps, take_step
from portal.context import Pages
from seal_core.domain.agents import Way
from seal_core.domain.holders import NotFound

Page = AnyResponse | str | tuple[str, int]


def add_agents(bp: Blueprint, pages: Pages) -> None:
    """``/portal/agents``"""

    @bp.get("/agents")
    def agents() -> Page:
        actor = guard.actor(pages)
        mine = [(each, agent_state(each)) for each in pages.agents.registrations(actor.person)]
        return render_template("enterprise/agents.html", actor=actor, mine=mine)

    @bp.post("/agents")
    def begin_agent() -> Page:
        try:
            way = Way(request.form.get("way", ""))
        except ValueError:
            raise NotFound("way") from None
        draft = pages.agents.begin(guard.actor(pages).person, way)
        return redirect(url_for("enterprise.agent", registration_id=draft.id), 303)

    @bp.get("/agents/<registration_id>")
    def agent(registration_id: str) -> Page:
        return _show(pages, registration_id)

    @bp.post("/agents/<registration_id>")
    def take_agent_step(registration_id: str) -> Page:
        person = guard.actor(pages).person
        status, words, field = take_step(pages, person, registration_id)
        if status != 303:
            return _show(pages, registration_id, error=words, field=field), status
        onward = next_step(pages, person, registration_id)
        url = url_for("enterprise.agent", registration_id=registration_id, step=onward)
        return redirect(url, 303)

    @bp.post("/agents/<registration_id>/answer")
    def answer_agent(registration_id: str) -> Page:
        """法定代表人确认."""
        accepted = request.form.get("action") == "accept"
        pages.agents.answer(guard.actor(pages), registration_id, accepted)
        return redirect(url_for("enterprise.members"), 303)


def _show(pages: Pages, registration_id: str, **more: str) -> str:
    actor = guard.actor(pages)
    return show_steps(
        pages, actor.person, registration_id, "enterprise/agent.html", actor=actor, **more
    )
