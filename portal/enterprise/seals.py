"""印章列表, 详情 and 印章管理 on the PC."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, Response, redirect, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal import guard, managing
from portal.context import Pages
from portal.enterprise.page import page
from portal.wording import refusal
from seal_core.domain.holders import NotFound
from seal_core.domain.seals import ENDED
from seal_core.errors import SealError
from seal_core.services.custody import NoKeyToTakeOver
from seal_core.services.terms import collect_by

Page = AnyResponse | str | tuple[str, int]


def add_seals(bp: Blueprint, pages: Pages) -> None:
    """``/portal/seals``"""

    @bp.get("/seals")
    def seals() -> Page:
        found = pages.holdings.seals(guard.actor(pages))
        ordered = sorted(found, key=lambda seal: seal.state in ENDED)
        return page(pages, "enterprise/seals.html", seals=ordered)

    @bp.get("/seals/<seal_id>")
    def seal(seal_id: str) -> Page:
        return _seal(pages, seal_id)

    @bp.post("/seals/<seal_id>")
    def change(seal_id: str) -> Page:
        if not request.form.get("sure"):
            return _seal(pages, seal_id, "请先勾选“我已了解，确定办理”。"), 422
        try:
            waiting = managing.act(pages, guard.actor(pages), seal_id)
        except NotFound:
            raise
        except SealError as exc:
            status, words = refusal(exc)
            return _seal(pages, seal_id, words), status
        if waiting:  # 续期 and 重新制作 end with a collection
            return redirect(url_for("enterprise.ready"), 303)
        return redirect(url_for("enterprise.seal", seal_id=seal_id), 303)

    @bp.post("/seals/<seal_id>/custody")
    def take_over(seal_id: str) -> Page:
        """法定代表人接管经办人代领的印章."""
        try:
            pages.custody.take_over(guard.actor(pages), seal_id)
        except NoKeyToTakeOver as exc:
            status, words = refusal(exc)
            return _seal(pages, seal_id, words), status
        return redirect(url_for("enterprise.seal", seal_id=seal_id), 303)

    @bp.get("/seals/<seal_id>/picture.png")
    def picture(seal_id: str) -> Response:
        shown = pages.holdings.seal(guard.actor(pages), seal_id)
        if not shown.picture:
            raise NotFound(seal_id)
        return send_file(BytesIO(shown.picture), mimetype="image/png")


def _seal(pages: Pages, seal_id: str, error: str = "") -> str:
    actor = guard.actor(pages)
    shown = pages.holdings.seal(actor, seal_id)
    uses = pages.sealing.uses(actor, seal_id)
    return page(
        pages,
        "enterprise/seal.html",
        seal=shown,
        uses=uses,
        by_whom=pages.sealing.by_whom(uses),
        elsewhere=shown.id in {seal.id for seal in pages.custody.in_others_hands(actor)},
        offers=managing.offers(pages, actor, shown),
        collect_by=collect_by(shown, pages.province),
        filings=pages.filing.of_seal(actor, seal_id),
        error=error,
    )
