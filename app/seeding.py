"""What a new deployment starts with: the notice everybody reads first, and its attachments."""

from __future__ import annotations

from app.papers import handbook
from app.wiring import Wiring, now
from portal.application_form import blank_form
from seal_core.domain.documents import PDF, Document, DocumentState
from seal_core.domain.identifiers import new_id
from seal_core.domain.provinces import Province
from seal_core.domain.records import Notice
from seal_core.gm import sm3

OPERATOR = "operator"


def seed_notices(wiring: Wiring) -> None:
    """Publish the first notice once; a second start changes nothing."""
    with wiring.database.open_work() as work:
        if work.notices.count():
            return
        province = wiring.province
        papers = {
            "企业电子印章申领操作手册.pdf": handbook(province),
            f"{province.name}政务服务领域企业电子印章申请表.pdf": blank_form(province),
        }
        attachments = []
        for name, data in papers.items():
            document = _document(name, data)
            wiring.store.put(document.id, data)
            work.documents.put(document)
            attachments.append((name, document.id))
        work.notices.put(_notice(province, tuple(attachments)))
        work.commit()


def _notice(province: Province, attachments: tuple[tuple[str, str], ...]) -> Notice:
    return Notice(
        id=new_id(),
        title=f"关于在{province.app_name}申领企业电子印章的公告",
        body=(
            f"{province.name}企业可通过{province.portal_name}和{province.app_name}免费申领电子印章。\n"
            "电子印章与实物印章具有同等法律效力（国务院令第716号第九条）。\n"
            "申领前请先阅读操作手册；需要申请表的，请下载、填写并加盖印模后上传。"
        ),
        attachments=attachments,
        published_at=now(),
    )


def _document(name: str, data: bytes) -> Document:
    return Document(
        id=new_id(),
        owner_id=OPERATOR,
        name=name,
        media_type=PDF,
        size=len(data),
        sm3=sm3.digest(data).hex(),
        purpose="notice",
        state=DocumentState.ACCEPTED,
        reason="",
        pages=(),
        signatures=0,
        received_at=now(),
    )
