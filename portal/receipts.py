"""备案回执: what was filed of a seal, as facts for a page and as a PDF."""

from __future__ import annotations

from flask import Response

from bot.texts import local
from portal.paper import Sheet
from portal.wording import event_name
from seal_core.domain.desk import Filing
from seal_core.domain.provinces import Province
from seal_core.domain.seals import Seal

TITLE = "电子印章备案回执"


def facts(filing: Filing, seal: Seal, province: Province) -> list[tuple[str, str]]:
    """Name and value of everything on the receipt."""
    return [
        ("备案编号", filing.number),
        ("备案事项", event_name(filing.event)),
        ("印章名称", seal.name),
        ("印章类型", province.seal_type(seal.type).name),
        ("印章编码", seal.code or seal.id),
        ("持有单位", seal.holder_name),
        ("证书序列号", filing.certificate or "—"),
        ("发生时间", local(filing.happened_at)),
        ("备案时间", local(filing.filed_at)),
        ("内容摘要 SM3", filing.digest),
    ]


def pdf(filing: Filing, seal: Seal, province: Province) -> Response:
    """The receipt to keep."""
    sheet = Sheet(TITLE, f"{province.system_name} · {filing.number}")
    sheet.facts(facts(filing, seal, province))
    sheet.text(
        "制作管理单位已按《电子印章管理办法》（国办发〔2025〕33号）第十七条备案。"
        "摘要由印章数据、印模和审计记录算出，可与系统中的备案记录核对。"
    )
    response = Response(sheet.pdf(), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{filing.number}.pdf"'
    return response
