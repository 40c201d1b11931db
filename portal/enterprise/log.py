"""日志管理: every record of the holder, filtered, in pages, and as a table to take away."""

from __future__ import annotations

import csv
from io import StringIO

from flask import Blueprint, Response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from portal import guard
from portal.context import Pages
from portal.logs import GROUPS, Row, kept_of, log_rows, wanted_of
from portal.paging import Paging

Page = AnyResponse | str

ROWS = 20
MOST_EXPORTED = 10_000
"""Rows of one export; who has more chooses a shorter time."""

HEAD = ("序号", "时间", "事件", "操作人", "渠道", "对象")


def add_log(bp: Blueprint, pages: Pages) -> None:
    """``/portal/log`` and ``/portal/log.csv``"""

    @bp.get("/log")
    def log() -> Page:
        actor, wanted = guard.actor(pages), wanted_of(request.args)
        paging = Paging.of(request.args, pages.holdings.log_count(actor, wanted), ROWS)
        return render_template(
            "enterprise/log.html",
            actor=actor,
            rows=log_rows(pages, actor, wanted, paging.rows, paging.offset),
            paging=paging,
            groups=list(GROUPS),
            kept=kept_of(request.args),
        )

    @bp.get("/log.csv")
    def log_csv() -> Response:
        actor, wanted = guard.actor(pages), wanted_of(request.args)
        return as_csv(log_rows(pages, actor, wanted, MOST_EXPORTED))


def as_csv(found: list[Row]) -> Response:
    """UTF-8 with a mark, which spreadsheets here expect."""
    out = StringIO()
    table = csv.writer(out)
    table.writerow(HEAD)
    for row in found:
        cells = (str(row.number), row.at, row.event, row.who, row.channel, row.about)
        table.writerow([_harmless(cell) for cell in cells])
    response = Response("\ufeff" + out.getvalue(), mimetype="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="log.csv"'
    return response


def _harmless(cell: str) -> str:
    """A name must not become a formula where the table is opened."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
