"""文件盖章 on the PC: upload, choose seal and place on the page's picture, confirm, take away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.handlers.seal_document import describe
from bot.texts import DOCUMENT_REASONS
from portal import guard
from portal.context import Pages
from portal.enterprise.proving import ProofDesk
from portal.pictures import ToSeal, png, warning_of, wished_pages
from portal.placing import (
    TapPicture,
    fields_of,
    read_wish,
    shown_page,
    tap_picture,
    tapped,
    wish_so_far,
)
from portal.wording import refusal
from seal_core.domain.documents import Document, DocumentState
from seal_core.domain.holders import Actor, NotFound
from seal_core.domain.sealing import PlaceWish, SealingOrder, SealingTask, TaskState
from seal_core.domain.seals import Seal
from seal_core.errors import DocumentRefused, SealError
from seal_core.services.sealing import FORESEEN

Page = AnyResponse | str | tuple[str, int]

PURPOSE = "pc"
"""Of documents uploaded here: the chat does not ask what to do with them."""

TAP_PIXELS = 420
SHOWN = 20
"""Latest uploads on the page."""
WISH = ("place", "page", "x_mm", "y_mm", "text", "field", "flatten")
"""What a place is made of in form and address."""


def add_sealing(bp: Blueprint, pages: Pages) -> None:
    """``/portal/sealing``."""
    _add_files(bp, pages)
    _add_place(bp, pages)
    _add_order(bp, pages)


def _add_files(bp: Blueprint, pages: Pages) -> None:
    @bp.get("/sealing")
    def sealing() -> Page:
        return _files(pages, guard.actor(pages))

    @bp.post("/sealing")
    def bring() -> Page:
        actor = guard.actor(pages)
        problems = []
        files = [(f.filename or "", f.read()) for f in request.files.getlist("files") if f.filename]
        for name, data in files:
            try:
                pages.documents.receive(actor.person.id, name, data, PURPOSE)
            except DocumentRefused as exc:
                problems.append(f"《{name}》没有收下：{refusal(exc)[1]}")
        if problems or not files:
            return _files(pages, actor, tuple(problems) or ("请先选择文件。",)), 422
        return redirect(url_for("enterprise.sealing"), 303)

    @bp.get("/sealing/documents/<document_id>/<int:number>.png")
    def document_page(document_id: str, number: int) -> Response:
        document = pages.documents.get(document_id, guard.actor(pages).person.id)
        return png(pages.previews.page(document.id, number))


def _files(pages: Pages, actor: Actor, problems: tuple[str, ...] = ()) -> str:
    documents = pages.documents.brought(actor.person.id, PURPOSE, SHOWN)
    return render_template(
        "enterprise/sealing.html",
        actor=actor,
        documents=documents,
        waiting=any(d.state is DocumentState.RECEIVED for d in documents),
        seals=pages.sealing.usable_seals(actor),
        reasons=DOCUMENT_REASONS,
        problems=problems,
    )


# --- where the seal goes --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """What has been chosen so far; it travels in the address, so nothing of it is lost."""

    actor: Actor
    documents: tuple[Document, ...]
    seals: tuple[Seal, ...]
    seal: Seal

    @property
    def first(self) -> Document:
        """The one whose pages are shown."""
        return self.documents[0]

    def address(self, wish: PlaceWish | None, number: int) -> str:
        chosen: dict[str, Any] = {
            "document": [document.id for document in self.documents],
            "seal": self.seal.id,
            "show": number,
        }
        if wish is not None:
            chosen |= fields_of(wish)
        return url_for("enterprise.place", **chosen)


def _add_place(bp: Blueprint, pages: Pages) -> None:
    @bp.get("/sealing/place")
    def place() -> Page:
        ids = request.args.getlist("document")
        if not ids:
            return _files(pages, guard.actor(pages), ("请先勾选要盖章的文件。",)), 422
        return _show_place(pages, _choice(pages, ids, request.args.get("seal", "")))

    @bp.post("/sealing/place")
    def choose_place() -> Page:
        form = request.form
        choice = _choice(pages, form.getlist("document"), form.get("seal", ""))
        number = shown_page(choice.first, form.get("turn", form.get("shown", "")))
        try:
            if "turn" in form:
                return redirect(
                    choice.address(wish_so_far(form, choice.first, choice.seal), number), 303
                )
            if "at.x" in form:
                wish = tapped(form, choice.first, choice.seal, TAP_PIXELS)
                return redirect(choice.address(wish, number), 303)
            wish = read_wish(form, choice.first, choice.seal)
            if form.get("action") != "next":
                return redirect(choice.address(wish, number), 303)
            ids = [document.id for document in choice.documents]
            order = pages.sealing.draw_up(choice.actor, choice.seal.id, ids, wish)
        except SealError as exc:
            status, words = refusal(exc)
            return _show_place(pages, choice, words), status
        return redirect(url_for("enterprise.order", order_id=order.id), 303)


def _choice(pages: Pages, ids: Sequence[str], seal_id: str) -> Choice:
    """Raises NotFound for what is not the actor's, and where he has no seal to use."""
    actor = guard.actor(pages)
    documents = tuple(pages.documents.get(i, actor.person.id) for i in dict.fromkeys(ids))
    seals = tuple(pages.sealing.usable_seals(actor))
    if not documents or not seals:
        raise NotFound("documents or seals")
    for document in documents:
        document.must_be_accepted()
    seal = next((seal for seal in seals if seal.id == seal_id), seals[0])
    return Choice(actor, documents, seals, seal)


def _show_place(pages: Pages, choice: Choice, error: str = "") -> str:
    given = {"place": "corner"} | request.values.to_dict()
    number = shown_page(choice.first, given.get("show", given.get("page", "")))
    return render_template(
        "enterprise/place.html",
        actor=choice.actor,
        choice=choice,
        given={name: given.get(name, "") for name in WISH},
        chosen=given["place"],
        picture=_tap_picture(pages, choice, wish_so_far(given, choice.first, choice.seal), number),
        number=number,
        error=error,
    )


def _tap_picture(
    pages: Pages, choice: Choice, wish: PlaceWish | None, number: int
) -> TapPicture | None:
    document, seal = choice.first, choice.seal
    return tap_picture(
        pages,
        document,
        seal,
        wish,
        number,
        TAP_PIXELS,
        lambda n: url_for("enterprise.document_page", document_id=document.id, number=n),
        url_for("enterprise.picture", seal_id=seal.id),
    )


# --- 盖章授权单 -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OrderPage:
    """An order on the PC, and where it is confirmed."""

    pages: Pages
    desk: ProofDesk
    order: SealingOrder
    seal: Seal
    tasks: tuple[SealingTask, ...]

    @property
    def actor(self) -> Actor:
        return self.desk.actor

    @property
    def agreement(self) -> str:
        return self.pages.sealing.agreement(self.order, self.tasks)


def _add_order(bp: Blueprint, pages: Pages) -> None:
    @bp.get("/sealing/orders/<order_id>")
    def order(order_id: str) -> Page:
        return _show_order(_order(pages, order_id))

    @bp.post("/sealing/orders/<order_id>")
    def confirm(order_id: str) -> Page:
        shown = _order(pages, order_id)
        try:
            if request.form.get("action") == "cancel":
                pages.sealing.cancel(shown.actor, order_id)
                return redirect(url_for("enterprise.sealing"), 303)
            if not shown.desk.by_pin:
                back = url_for("enterprise.order_proved", order_id=order_id)
                return shown.desk.ask_for_proof("使用电子印章", shown.agreement, back)
            pages.sealing.confirm_with_pin(shown.actor, order_id, shown.desk.pin())
        except SealError as exc:
            status, words = refusal(exc)
            return _show_order(shown, words), status
        return redirect(url_for("enterprise.sealed", order_id=order_id), 303)

    @bp.get("/sealing/orders/<order_id>/proof")
    def order_proved(order_id: str) -> Page:
        """Back from the identity source with 意愿认证 for exactly this order."""
        shown = _order(pages, order_id)
        proof = shown.desk.proof(shown.agreement)
        pages.sealing.confirm_with_proof(shown.actor, order_id, proof)
        return redirect(url_for("enterprise.sealed", order_id=order_id), 303)

    @bp.get("/sealing/orders/<order_id>/result")
    def sealed(order_id: str) -> Page:
        shown = _order(pages, order_id)
        waiting = any(task.state is TaskState.QUEUED for task in shown.tasks)
        return render_template(
            "enterprise/sealed.html",
            actor=shown.actor,
            order=shown.order,
            tasks=list(reversed(shown.tasks)),
            waiting=waiting,
        )


def _order(pages: Pages, order_id: str) -> OrderPage:
    actor = guard.actor(pages)
    order, seal, tasks = pages.sealing.order(order_id, actor.person.id)
    return OrderPage(pages, ProofDesk(pages, actor, order.id), order, seal, tuple(tasks))


def _show_order(shown: OrderPage, error: str = "") -> str:
    documents = shown.pages.documents
    return render_template(
        "enterprise/order.html",
        actor=shown.actor,
        shown=shown,
        files=[(task, documents.get(task.document_id)) for task in reversed(shown.tasks)],
        place=describe(shown.order.place),
        pictures=[
            picture
            for file in _to_seal(shown)
            for picture in wished_pages(
                shown.pages,
                file,
                _page_address(file.document),
                url_for("enterprise.picture", seal_id=shown.seal.id),
            )
        ],
        warnings=[words for file in _to_seal(shown) if (words := warning_of(shown.pages, file))],
        error=error,
    )


def _to_seal(shown: OrderPage) -> list[ToSeal]:
    """The first files as they will look."""
    documents = shown.pages.documents
    return [
        ToSeal(shown.order.place, task, documents.get(task.document_id), shown.seal)
        for task in islice(reversed(shown.tasks), FORESEEN)
    ]


def _page_address(document: Document) -> Any:
    return lambda n: url_for("enterprise.document_page", document_id=document.id, number=n)
