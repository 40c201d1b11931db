"""Looking: a notice, the results of an order, a verification report."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any
from urllib.parse import quote

from flask import Response, render_template, request, send_file, url_for

from portal.h5.visit import Visit
from portal.logs import GROUPS, kept_of, log_rows, wanted_of
from portal.paging import Paging
from portal.pictures import Address, ChangedPicture, PagePicture, changed_pages, png, shown_pages
from seal_core.domain.documents import Document
from seal_core.domain.holders import NotFound
from seal_core.domain.sealing import SealingTask, VerificationTask
from seal_core.domain.seals import Seal
from seal_core.domain.tickets import LinkPurpose


def show(visit: Visit) -> str:
    data = visit.link.data
    if "notice_id" in data:
        notice = visit.pages.holdings.notice(data["notice_id"])
        return render_template("h5/notice.html", visit=visit, notice=notice)
    if "feedback" in data:
        items = visit.pages.feedback.history(visit.actor, limit=50)
        return render_template("h5/feedback_history.html", visit=visit, items=items)
    if "log" in data:
        return _log(visit)
    if "records" in data:
        return _records(visit)
    if "seal_ids" in data:
        return render_template("h5/seals.html", visit=visit, seals=_seals(visit))
    if "order_id" in data:
        tasks = visit.pages.sealing.results(data["order_id"], visit.link.person_id)
        return render_template(
            "h5/results.html", visit=visit, tasks=tasks, pictures=_results_shown(visit, tasks)
        )
    task = verification(visit)
    report = json.loads(task.report)
    return render_template(
        "h5/report.html",
        visit=visit,
        task=task,
        report=report,
        pictures=_pictures(visit, task.document_id),
        changes=_changes(visit, task.document_id, report),
    )


def _log(visit: Visit) -> str:
    wanted, holdings = wanted_of(request.args), visit.pages.holdings
    paging = Paging.of(request.args, holdings.log_count(visit.actor, wanted))
    return render_template(
        "h5/log.html",
        visit=visit,
        rows=log_rows(visit.pages, visit.actor, wanted, paging.rows, paging.offset),
        paging=paging,
        groups=list(GROUPS),
        kept=kept_of(request.args),
    )


def _records(visit: Visit) -> str:
    applications = visit.pages.applications
    paging = Paging.of(request.args, applications.count(visit.actor))
    rows = applications.records(visit.actor, limit=paging.rows, offset=paging.offset)
    return render_template(
        "h5/records.html",
        visit=visit,
        rows=rows,
        handlers=applications.handlers(rows),
        paging=paging,
    )


def download(visit: Visit, document_id: str) -> Response:
    """A file this link shows. Raises NotFound for any other."""
    if document_id not in _shown(visit):
        raise NotFound(document_id)
    document = visit.pages.documents.get(document_id, visit.link.person_id)
    return attachment(document, visit.pages.store.get(document.id))


def seal_picture(visit: Visit, seal_id: str) -> Response:
    """The picture of a seal this link shows. Raises NotFound for any other."""
    own = visit.link.purpose is LinkPurpose.SEALS
    for seal in visit.pages.holdings.living(visit.actor) if own else _seals(visit):
        if seal.id == seal_id and seal.picture:
            return send_file(BytesIO(seal.picture), mimetype="image/png")
    raise NotFound(seal_id)


def verification(visit: Visit) -> VerificationTask:
    """The verification this link is about. Raises NotFound for a link about something else."""
    task_id = visit.link.data.get("verification_id", "")
    return visit.pages.verification.task(task_id, visit.link.person_id)


def page_picture(
    visit: Visit, document_id: str, number: int, octets: int | None = None
) -> Response:
    """A page of a document this link is about. Raises NotFound for any other."""
    data = visit.link.data
    if "order_id" in data:
        tasks = visit.pages.sealing.results(data["order_id"], visit.link.person_id)
        known = {i for task in tasks for i in (task.document_id, task.result_id) if i}
    elif visit.link.purpose is LinkPurpose.PLACE:
        known = set(data["documents"].split(","))
    else:
        known = {verification(visit).document_id}
    if document_id not in known:
        raise NotFound(document_id)
    return png(visit.pages.previews.page(document_id, number, octets))


def thumbnail(visit: Visit) -> Response:
    """For the chat: the first sealed page of this link's order, too small to be read."""
    for task in visit.pages.sealing.results(
        visit.link.data.get("order_id", ""), visit.link.person_id
    ):
        if task.result_id:
            return png(visit.pages.previews.thumbnail(task.result_id))
    raise NotFound(visit.link.id)


def order_seal(visit: Visit) -> Response:
    """The picture of the seal this link's order is, or will be, about."""
    if visit.link.purpose is LinkPurpose.PLACE:
        return png(visit.pages.holdings.seal(visit.actor, visit.link.data["seal_id"]).picture)
    order_id = visit.link.data.get("order_id", "")
    _, seal, _ = visit.pages.sealing.order(order_id, visit.link.person_id)
    return png(seal.picture)


def page_address(token: str, document_id: str) -> Address:
    """Where a page's picture is found on this link."""
    return lambda number: url_for(
        "h5.page_picture", token=token, document_id=document_id, number=number
    )


def attachment(document: Document, data: bytes) -> Response:
    """The bytes under the name its owner knows."""
    response = send_file(BytesIO(data), mimetype=document.media_type)
    response.headers["Content-Disposition"] = (
        f"attachment; filename*=UTF-8''{quote(document.name, safe='')}"
    )
    return response


def _pictures(visit: Visit, document_id: str) -> list[PagePicture]:
    document = visit.pages.documents.get(document_id)
    return shown_pages(visit.pages, document, page_address(visit.token, document.id))


def _changes(visit: Visit, document_id: str, report: dict[str, Any]) -> list[ChangedPicture]:
    return changed_pages(
        visit.pages,
        visit.pages.documents.get(document_id),
        report,
        lambda number, octets: url_for(
            "h5.sight_picture",
            token=visit.token,
            document_id=document_id,
            number=number,
            octets=octets,
        ),
    )


def _results_shown(visit: Visit, tasks: list[SealingTask]) -> dict[str, list[PagePicture]]:
    """The sealed pages of each file, by the task."""
    return {task.id: _pictures(visit, task.result_id) for task in tasks if task.result_id}


def _seals(visit: Visit) -> list[Seal]:
    ids = visit.link.data.get("seal_ids", "")
    return [visit.pages.holdings.seal(visit.actor, i) for i in ids.split(",") if i]


def _shown(visit: Visit) -> set[str]:
    if "order_id" not in visit.link.data:
        return set()
    tasks = visit.pages.sealing.results(visit.link.data["order_id"], visit.link.person_id)
    return {task.result_id for task in tasks if task.result_id}
