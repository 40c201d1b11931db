"""Tapping the place of a seal on the phone, for an order begun in the chat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.h5.visit import Visit
from portal.placing import (
    fields_of,
    read_wish,
    shown_page,
    tap_picture,
    tapped,
    wish_so_far,
)
from portal.wording import refusal
from seal_core.domain.documents import Document
from seal_core.domain.sealing import PlaceWish
from seal_core.domain.seals import Seal
from seal_core.domain.tickets import LinkPurpose
from seal_core.errors import SealError

TAP_PIXELS = 296
"""Fits a phone of 360 px."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The first of the documents, on whose pages one taps, and the seal."""

    document_ids: tuple[str, ...]
    document: Document
    seal: Seal


def show(visit: Visit, error: str = "") -> str:
    sheet = _sheet(visit)
    wish = wish_so_far(request.values, sheet.document, sheet.seal)
    number = shown_page(sheet.document, request.values.get("show", ""))
    picture = tap_picture(
        visit.pages,
        sheet.document,
        sheet.seal,
        wish,
        number,
        TAP_PIXELS,
        lambda n: url_for(
            "h5.page_picture", token=visit.token, document_id=sheet.document.id, number=n
        ),
        url_for("h5.order_seal", token=visit.token),
    )
    return render_template(
        "h5/place.html",
        visit=visit,
        sheet=sheet,
        wish=wish,
        number=number,
        picture=picture,
        error=error,
    )


def act(visit: Visit) -> Response | tuple[str, int]:
    sheet, form = _sheet(visit), request.form
    try:
        if "turn" in form:
            so_far = wish_so_far(form, sheet.document, sheet.seal)
            return _again(visit, so_far, shown_page(sheet.document, form["turn"]))
        if "at.x" in form:
            wish = tapped(form, sheet.document, sheet.seal, TAP_PIXELS)
            return _again(visit, wish, wish.page)
        wish = read_wish(form, sheet.document, sheet.seal)
        order = visit.pages.sealing.draw_up(visit.actor, sheet.seal.id, sheet.document_ids, wish)
    except SealError as exc:
        status, words = refusal(exc)
        return show(visit, words), status
    visit.spend()
    link = visit.link
    onward = visit.pages.links.make(
        LinkPurpose.CONFIRM_ORDER, link.account_id, link.person_id, order_id=order.id
    )
    return redirect(onward, 303)


def _sheet(visit: Visit) -> Sheet:
    ids = tuple(visit.link.data["documents"].split(","))
    document = visit.pages.documents.get(ids[0], visit.link.person_id)
    seal = visit.pages.holdings.seal(visit.actor, visit.link.data["seal_id"])
    return Sheet(ids, document, seal)


def _again(visit: Visit, wish: PlaceWish | None, number: int) -> Response:
    chosen: dict[str, Any] = fields_of(wish) if wish else {}
    return redirect(url_for("h5.show", token=visit.token, show=number, **chosen), 303)
