"""Looking: a notice, the results of an order, a verification report."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any
from urllib.parse import quote

from flask import Response, render_template, send_file, url_for

from portal.h5.visit import Visit
from portal.pictures import Address, ChangedPicture, PagePicture, changed_pages, png, shown_pages
from seal_core.domain.documents import Document
from seal_core.domain.holders import NotFound
from seal_core.domain.sealing import SealingTask
from seal_core.domain.seals import Seal
from seal_core.domain.tickets import LinkPurpose


def show(visit: Visit) -> str:
    data = visit.link.data
    if "notice_id" in data:
        notice = visit.pages.holdings.notice(data["notice_id"])
        return render_template("h5/notice.html", visit=visit, notice=notice)
    if "seal_ids" in data:
        return render_template("h5/seals.html", visit=visit, seals=_seals(visit))
    if "order_id" in data:
        tasks = visit.pages.sealing.results(data["order_id"], visit.link.person_id)
        return render_template(
            "h5/results.html", visit=visit, tasks=tasks, pictures=_results_shown(visit, tasks)
        )
    task = visit.pages.verification.task(data["verification_id"], visit.link.person_id)
    report = json.loads(task.report)
    return render_template(
        "h5/report.html",
        visit=visit,
        task=task,
        report=report,
        pictures=_pictures(visit, task.document_id),
        changes=_changes(visit, task.document_id, report),
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
        task = visit.pages.verification.task(data.get("verification_id", ""), visit.link.person_id)
        known = {task.document_id}
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
