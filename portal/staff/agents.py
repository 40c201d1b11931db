"""The desk for 代理人注册: what waits, the papers side by side, 通过 or 不通过 with a reason."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal import guard
from portal.agents import PAPERS
from portal.context import Pages
from portal.pictures import png
from portal.wording import refusal
from seal_core.domain.agents import AgentState, Paper
from seal_core.domain.holders import NotFound
from seal_core.domain.records import StaffMember, StaffRole
from seal_core.errors import SealError

Page = AnyResponse | str | tuple[str, int]

OPINIONS = (
    "营业执照复印件没有加盖公章，请补盖后重新上传。",
    "授权委托书没有法定代表人签字或公章，请补齐后重新上传。",
    "证件照片不清晰，请重新拍摄后上传。",
    "法定代表人与登记信息不一致，请核对后重新提交。",
)
"""Drafts that an applicant can act on."""


def add_agents(bp: Blueprint, pages: Pages) -> None:
    """``/staff/agents``"""

    @bp.get("/agents")
    def agent_queue() -> Page:
        member = _reviewer(pages)
        rows, now = pages.agents.queue(), pages.now()
        return render_template("staff/agents.html", member=member, rows=rows, now=now)

    @bp.get("/agents/<registration_id>")
    def agent_case(registration_id: str) -> Page:
        return _show(pages, registration_id)

    @bp.post("/agents/<registration_id>")
    def decide_agent(registration_id: str) -> Page:
        member, form = _reviewer(pages), request.form
        opinion = form.get("opinion", "").strip() or form.get("draft", "")
        try:
            if form.get("decision") == "approve":
                pages.agents.approve(member, registration_id)
            else:
                pages.agents.reject(member, registration_id, opinion)
        except SealError as exc:
            status, words = refusal(exc)
            return _show(pages, registration_id, words), status
        return redirect(url_for("staff.agent_case", registration_id=registration_id), 303)

    @bp.get("/agents/<registration_id>/<paper>-<int:number>.png")
    def agent_paper(registration_id: str, paper: str, number: int) -> Response:
        _reviewer(pages)
        papers = pages.agents.case(registration_id).registration.papers
        if paper not in papers:
            raise NotFound(paper)
        return png(pages.previews.page(papers[paper], number))


def _reviewer(pages: Pages) -> StaffMember:
    """Papers with ID numbers are for reviewers alone. Raises NotSignedIn or NotAllowed."""
    member = guard.staff(pages)
    member.must_be(StaffRole.REVIEWER)
    return member


def _show(pages: Pages, registration_id: str, error: str = "") -> str:
    member = _reviewer(pages)
    case = pages.agents.case(registration_id)
    registration = case.registration
    papers = [
        (paper, PAPERS[Paper(paper)], pages.documents.get(key), pages.previews.pictured(key).pages)
        for paper, key in registration.papers.items()
    ]
    return render_template(
        "staff/agent.html",
        member=member,
        case=case,
        registration=registration,
        papers=papers,
        known=pages.agents.known_as(registration),
        pending=registration.state is AgentState.SUBMITTED,
        opinions=OPINIONS,
        opinion=request.form.get("opinion", ""),
        error=error,
    )
