"""代申领 on the phone."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.agents import next_step, show_steps, take_step
from portal.h5.visit import Visit


def show(visit: Visit) -> str:
    return _show(visit)


def act(visit: Visit) -> Response | tuple[str, int]:
    person, key = visit.actor.person, visit.link.data["registration"]
    status, words, field = take_step(visit.pages, person, key)
    if status != 303:
        return _show(visit, error=words, field=field), status
    onward = next_step(visit.pages, person, key)
    if onward is not None:
        return redirect(url_for("h5.show", token=visit.token, step=onward), 303)
    visit.spend()
    return visit.to_progress()


def progress(_: Visit) -> str:
    return render_template("h5/done.html", title="申请已提交", actor=None)


def _show(visit: Visit, **more: str) -> str:
    key = visit.link.data["registration"]
    return show_steps(visit.pages, visit.actor.person, key, "h5/agent.html", visit=visit, **more)
