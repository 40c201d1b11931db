"""印章系统 on the PC: 信息公告, 印章服务, 文件验签, 日志管理."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal import guard, receipts, reports
from portal.context import Pages
from portal.enterprise import agents, entering, lending, members, personal, pin, seals
from portal.enterprise.feedback import add_feedback
from portal.enterprise.log import add_log
from portal.enterprise.page import page
from portal.enterprise.preferences import add_preferences
from portal.enterprise.sealing import add_sealing
from portal.h5.view import attachment
from portal.pictures import changed_pages, png, shown_pages
from portal.qr import qr_png
from seal_core.domain.holders import NotSignedIn

Page = AnyResponse | str

PAGE_ROWS = 10
"""Rows of 印章申领记录 on a page, as in the seeds (图 15)."""

HIGHEST_PAGE = 10_000
"""Beyond this a page number is a typing error or mischief."""


def create_blueprint(pages: Pages, pickup_channels: tuple[str, ...]) -> Blueprint:
    """``/portal``: every page but the first needs the province's sign-in."""
    bp = Blueprint("enterprise", __name__, url_prefix="/portal")
    _add_home(bp, pages, pickup_channels)
    _add_collection(bp, pages, pickup_channels)
    _add_reports(bp, pages)
    add_sealing(bp, pages)
    _add_records(bp, pages)
    seals.add_seals(bp, pages)
    pin.add_pin(bp, pages)
    personal.add(bp, pages)
    lending.add_grants(bp, pages)
    members.add_members(bp, pages)
    entering.add(bp, pages, pickup_channels)
    agents.add_agents(bp, pages)
    add_feedback(bp, pages)
    add_log(bp, pages)
    add_preferences(bp, pages)
    return bp


def _add_home(bp: Blueprint, pages: Pages, pickup_channels: tuple[str, ...]) -> None:
    @bp.get("/")
    def home() -> Page:
        try:
            actor = guard.actor(pages)
        except NotSignedIn:
            onward = guard.own_path(request.args.get("next", ""), "/portal/")
            return render_template(
                "enterprise/welcome.html", onward=onward, channels=pickup_channels
            )
        notices = pages.holdings.notices()
        return page(pages, "enterprise/notices.html", actor=actor, notices=notices)

    @bp.get("/notices/<notice_id>")
    def notice(notice_id: str) -> Page:
        actor = guard.actor(pages)
        shown = pages.holdings.notice(notice_id)
        return page(pages, "enterprise/notice.html", actor=actor, notice=shown)

    @bp.get("/inbox")
    def inbox() -> Page:
        news = pages.holdings.inbox(guard.actor(pages), limit=50)
        return page(pages, "enterprise/inbox.html", news=news)

    @bp.post("/logout")
    def leave() -> Page:
        guard.let_out()
        return redirect(url_for("enterprise.home"), 303)


def _add_collection(bp: Blueprint, pages: Pages, channels: tuple[str, ...]) -> None:
    @bp.get("/pickups")
    def ready() -> Page:
        return _ready(pages, channels)

    @bp.post("/pickups")
    def open_pickup() -> Page | tuple[str, int]:
        actor = guard.actor(pages)
        channel = request.form.get("channel", channels[0])
        seal_ids = request.form.getlist("seal")
        if channel not in channels or not seal_ids:
            error = "请至少选择一枚要领取的印章。"
            seals = pages.collection.ready(actor)
            refused = page(
                pages, "enterprise/ready.html", seals=seals, channels=channels, error=error
            )
            return refused, 422
        pickup = pages.collection.open_pickup(actor, seal_ids, channel)
        return redirect(url_for("enterprise.pickup", pickup_id=pickup.id), 303)

    @bp.get("/pickups/<pickup_id>")
    def pickup(pickup_id: str) -> Page:
        actor = guard.actor(pages)
        current = pages.collection.pickup(pickup_id, actor)
        seals = [pages.holdings.seal(actor, seal_id) for seal_id in current.seal_ids]
        late = datetime.now(UTC) >= current.expires_at
        return page(pages, "enterprise/pickup.html", pickup=current, seals=seals, late=late)

    @bp.get("/pickups/<pickup_id>/qr.png")
    def qr(pickup_id: str) -> Response:
        return qr_png(pages.collection.pickup(pickup_id, guard.actor(pages)).url)

    @bp.post("/pickups/<pickup_id>/cancel")
    def cancel(pickup_id: str) -> Page:
        pages.collection.cancel_pickup(pickup_id, guard.actor(pages))
        return redirect(url_for("enterprise.ready"), 303)


def _add_records(bp: Blueprint, pages: Pages) -> None:
    @bp.get("/records")
    def records() -> Page:
        actor = guard.actor(pages)
        number = _page_number()
        offset = (number - 1) * PAGE_ROWS
        rows = pages.applications.records(actor, limit=PAGE_ROWS, offset=offset)
        total = pages.applications.count(actor)
        return page(
            pages,
            "enterprise/records.html",
            rows=rows,
            handlers=pages.applications.handlers(rows),
            total=total,
            first=offset + 1,
            number=number,
            last=max(1, -(-total // PAGE_ROWS)),
        )

    @bp.get("/filings/<filing_id>.pdf")
    def filing(filing_id: str) -> Response:
        filed, about = pages.filing.own(guard.actor(pages), filing_id)
        return receipts.pdf(filed, about, pages.province)

    @bp.get("/files/<document_id>")
    def download(document_id: str) -> Response:
        document = pages.documents.get(document_id, guard.actor(pages).person.id)
        return attachment(document, pages.store.get(document.id))


def _add_reports(bp: Blueprint, pages: Pages) -> None:
    @bp.get("/reports/<task_id>")
    def report(task_id: str) -> Page:
        task = pages.verification.task(task_id, guard.actor(pages).person.id)
        content = json.loads(task.report) if task.report else None
        document = pages.documents.get(task.document_id)
        pictures = shown_pages(
            pages,
            document,
            lambda number: url_for("enterprise.page_picture", task_id=task.id, number=number),
        )
        changes = changed_pages(
            pages,
            document,
            content,
            lambda number, octets: url_for(
                "enterprise.sight_picture", task_id=task.id, number=number, octets=octets
            ),
        )
        return page(
            pages,
            "enterprise/report.html",
            task=task,
            report=content,
            pictures=pictures,
            changes=changes,
        )

    @bp.get("/reports/<task_id>/report.pdf")
    def report_pdf(task_id: str) -> Response:
        task = pages.verification.task(task_id, guard.actor(pages).person.id)
        return reports.pdf(task, pages.province.system_name)

    @bp.get("/reports/<task_id>/report.json")
    def report_json(task_id: str) -> Response:
        task = pages.verification.task(task_id, guard.actor(pages).person.id)
        return reports.as_json_file(task)

    @bp.get("/reports/<task_id>/pages/<int:number>.png")
    def page_picture(task_id: str, number: int) -> Response:
        task = pages.verification.task(task_id, guard.actor(pages).person.id)
        return png(pages.previews.page(task.document_id, number))

    @bp.get("/reports/<task_id>/pages/<int:number>-<int:octets>.png")
    def sight_picture(task_id: str, number: int, octets: int) -> Response:
        task = pages.verification.task(task_id, guard.actor(pages).person.id)
        return png(pages.previews.page(task.document_id, number, octets))


def _ready(pages: Pages, channels: tuple[str, ...], error: str = "") -> str:
    seals = pages.collection.ready(guard.actor(pages))
    return page(pages, "enterprise/ready.html", seals=seals, channels=channels, error=error)


def _page_number() -> int:
    return min(HIGHEST_PAGE, max(1, request.args.get("page", 1, type=int)))
