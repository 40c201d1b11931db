"""盖章授权单: what exactly is agreed to, and the proof of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from bot.handlers.seal_document import describe
from portal.h5.view import page_address
from portal.h5.visit import Visit
from portal.pictures import ToSeal, warning_of, wished_pages
from portal.wording import refusal
from seal_core.domain.sealing import SealingOrder, SealingTask, TaskState
from seal_core.domain.seals import Seal
from seal_core.errors import SealError
from seal_core.services.sealing import FORESEEN


def show(visit: Visit, error: str = "") -> str:
    order, seal, tasks = visit.pages.sealing.order(_order_id(visit), visit.link.person_id)
    shown = _files(visit, order, seal, tasks)
    seal_address = url_for("h5.order_seal", token=visit.token)
    pictures = [
        picture
        for file in shown
        for picture in wished_pages(
            visit.pages, file, page_address(visit.token, file.document.id), seal_address
        )
    ]
    return render_template(
        "h5/confirm.html",
        visit=visit,
        order=order,
        seal=seal,
        files=[(t, visit.pages.documents.get(t.document_id)) for t in reversed(tasks)],
        place=describe(order.place),
        pictures=pictures,
        warnings=[words for file in shown if (words := warning_of(visit.pages, file))],
        error=error,
    )


def _files(
    visit: Visit, order: SealingOrder, seal: Seal, tasks: Sequence[SealingTask]
) -> list[ToSeal]:
    """The first files as they will look."""
    documents = visit.pages.documents
    return [
        ToSeal(order.place, task, documents.get(task.document_id), seal)
        for task in islice(reversed(tasks), FORESEEN)
    ]


def act(visit: Visit) -> Response | str | tuple[str, int]:
    try:
        if request.form.get("action") == "cancel":
            visit.pages.sealing.cancel(visit.actor, _order_id(visit))
            visit.spend()
            return render_template(
                "h5/done.html", title="已放弃，没有盖章", actor=None, visit=visit
            )
        if not visit.by_pin:
            return visit.ask_for_proof("使用电子印章", _agreement(visit))
        visit.pages.sealing.confirm_with_pin(visit.actor, _order_id(visit), visit.pin())
    except SealError as exc:
        status, words = refusal(exc)
        return show(visit, words), status
    visit.spend()
    return visit.to_progress()


def finish_with_proof(visit: Visit) -> Response:
    proof = visit.proof(_agreement(visit))
    visit.pages.sealing.confirm_with_proof(visit.actor, _order_id(visit), proof)
    visit.spend()
    return visit.to_progress()


def progress(visit: Visit) -> str:
    tasks = visit.pages.sealing.results(_order_id(visit), visit.link.person_id)
    waiting = any(task.state is TaskState.QUEUED for task in tasks)
    return render_template("h5/sealing.html", visit=visit, tasks=tasks, waiting=waiting)


def _order_id(visit: Visit) -> str:
    return visit.link.data["order_id"]


def _agreement(visit: Visit) -> str:
    order, _, tasks = visit.pages.sealing.order(_order_id(visit), visit.link.person_id)
    return visit.pages.sealing.agreement(order, tasks)
