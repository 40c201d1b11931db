"""统计 for everybody behind the desk, 审计 for auditors."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from bot.texts import SEAL_STATES
from portal import guard
from portal.context import Pages
from portal.paging import Paging
from portal.wording import refusal
from seal_core.domain.holders import NotFound
from seal_core.services.oversight import Chain, Statistics

Page = AnyResponse | str

ROWS = 20


def add_oversight(bp: Blueprint, pages: Pages) -> None:
    """``/staff/statistics``, ``/staff/audit``"""

    @bp.get("/statistics/")
    def statistics() -> Page:
        member = guard.staff(pages)
        found = pages.oversight.statistics(member)
        return render_template(
            "staff/statistics.html",
            member=member,
            days=found.days,
            most=max((max(d.applied, d.issued, d.used, d.verified) for d in found.days), default=0),
            table=_by_type(pages, found),
        )

    @bp.get("/audit/")
    def audit() -> Page | tuple[str, int]:
        member, words = guard.staff(pages), request.args.get("q", "")[:100]
        paging = Paging.of(request.args, 0, ROWS)
        chain: Chain | None = None
        error, status = "", 200
        try:
            chain = pages.oversight.chain(member, words, limit=ROWS, offset=paging.offset)
        except NotFound as exc:
            status, error = refusal(exc)
        page = render_template(
            "staff/audit.html",
            member=member,
            words=words,
            chain=chain,
            error=error,
            paging=Paging.of(request.args, chain.total if chain else 0, ROWS),
        )
        return page, status


def _by_type(pages: Pages, found: Statistics) -> list[tuple[str, list[tuple[str, int]]]]:
    """For each type of the province the states that occur, in the order of a seal's life."""
    return [
        (
            kind.name,
            [
                (words, found.seals[kind.code, state])
                for state, words in SEAL_STATES.items()
                if (kind.code, state) in found.seals
            ],
        )
        for kind in pages.province.seal_types
    ]
