"""Files of 信息公告, for everybody."""

from __future__ import annotations

from flask import Blueprint, Response

from portal.context import Pages
from portal.h5.view import attachment
from seal_core.domain.holders import NotFound


def create_blueprint(pages: Pages) -> Blueprint:
    """``/notices/<notice>/<document>``"""
    bp = Blueprint("attachments", __name__, url_prefix="/notices")

    @bp.get("/<notice_id>/<name>")
    def download(notice_id: str, name: str) -> Response:
        notice = pages.holdings.notice(notice_id)
        if name not in {document_id for _, document_id in notice.attachments}:
            raise NotFound(name)
        document = pages.documents.get(name)
        return attachment(document, pages.store.get(document.id))

    return bp
