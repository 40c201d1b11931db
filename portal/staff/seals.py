"""印章查询, 处置 by the authority with a second person, and 备案."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal import guard, receipts
from portal.context import Pages
from portal.paging import Paging
from portal.wording import refusal
from seal_core.domain.holders import NotFound
from seal_core.domain.seals import SealEvent
from seal_core.errors import SealError

Page = AnyResponse | str

WISHES = {SealEvent.CANCEL: "注销", SealEvent.FREEZE: "冻结"}
ROWS = 20


def add_seals(bp: Blueprint, pages: Pages) -> None:
    """``/staff/seals``, ``/staff/disposals``, ``/staff/filings``"""
    _add_search(bp, pages)
    _add_disposals(bp, pages)
    _add_filings(bp, pages)


def _add_search(bp: Blueprint, pages: Pages) -> None:
    @bp.get("/seals/")
    def seal_search() -> Page:
        member, words = guard.staff(pages), request.args.get("q", "")[:100]
        paging = Paging.of(request.args, 0, ROWS)
        rows, total = pages.desk.find_seals(member, words, limit=ROWS, offset=paging.offset)
        return render_template(
            "staff/seals.html",
            member=member,
            words=words,
            rows=rows,
            paging=Paging.of(request.args, total, ROWS),
        )

    @bp.get("/seals/<seal_id>")
    def seal_file(seal_id: str) -> Page:
        return _seal(pages, seal_id)

    @bp.post("/seals/<seal_id>")
    def propose(seal_id: str) -> Page | tuple[str, int]:
        member, given = guard.staff(pages), request.form
        wish = next((event for event in WISHES if event == given.get("event")), None)
        if wish is None:
            raise NotFound(seal_id)
        try:
            pages.desk.propose(member, seal_id, wish, given.get("reason", ""))
        except SealError as exc:
            status, words = refusal(exc)
            return _seal(pages, seal_id, words), status
        return redirect(url_for("staff.seal_file", seal_id=seal_id), 303)


def _seal(pages: Pages, seal_id: str, error: str = "") -> str:
    member = guard.staff(pages)
    seal, owner = pages.desk.seal(member, seal_id)
    return render_template(
        "staff/seal.html",
        member=member,
        seal=seal,
        owner=owner,
        disposals=pages.desk.disposals_of(member, seal_id),
        possible=pages.desk.possible(seal) if member.role == "reviewer" else [],
        wishes=WISHES,
        reason=request.form.get("reason", ""),
        error=error,
    )


def _add_disposals(bp: Blueprint, pages: Pages) -> None:
    @bp.get("/disposals/")
    def disposals() -> Page:
        member = guard.staff(pages)
        rows = pages.desk.open_disposals(member)
        return render_template("staff/disposals.html", member=member, rows=rows, wishes=WISHES)

    @bp.post("/disposals/<disposal_id>")
    def decide_disposal(disposal_id: str) -> Page:
        confirmed = request.form.get("decision") == "confirm"
        decide = pages.desk.confirm if confirmed else pages.desk.send_back
        decide(guard.staff(pages), disposal_id)
        return redirect(url_for("staff.disposals"), 303)


def _add_filings(bp: Blueprint, pages: Pages) -> None:
    @bp.get("/filings/")
    def filings() -> Page:
        member = guard.staff(pages)
        paging = Paging.of(request.args, 0, ROWS)
        rows, total = pages.filing.recent(member, limit=ROWS, offset=paging.offset)
        return render_template(
            "staff/filings.html",
            member=member,
            rows=rows,
            paging=Paging.of(request.args, total, ROWS),
        )

    @bp.get("/filings/<filing_id>.pdf")
    def filing_pdf(filing_id: str) -> Response:
        filing, seal = pages.filing.get(guard.staff(pages), filing_id)
        return receipts.pdf(filing, seal, pages.province)
