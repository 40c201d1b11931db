"""The handbook of 信息公告, printed from the province's own data."""

from __future__ import annotations

from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate

from app.handbook import chapters
from portal.application_form import SONG, load_song
from seal_core.domain.provinces import Province

_BODY = ParagraphStyle("body", fontName=SONG, fontSize=11, leading=20, wordWrap="CJK")
_HEAD = ParagraphStyle("head", parent=_BODY, fontSize=13, leading=24, spaceBefore=8)
_TITLE = ParagraphStyle("title", parent=_BODY, fontSize=19, leading=32, alignment=1)


def handbook(province: Province) -> bytes:
    """《企业电子印章申领操作手册》 as it is for this province."""
    load_song()
    story: list[Flowable] = [Paragraph("企业电子印章申领操作手册", _TITLE)]
    for title, steps in chapters(province):
        story.append(Paragraph(title, _HEAD))
        story += [Paragraph(f"{n}. {step}", _BODY) for n, step in enumerate(steps, 1)]
    return _print("企业电子印章申领操作手册", story)


def _print(title: str, story: list[Flowable]) -> bytes:
    out = BytesIO()
    paper = SimpleDocTemplate(
        out, pagesize=A4, title=title, leftMargin=18 * mm, rightMargin=18 * mm, topMargin=16 * mm
    )
    paper.build(story)
    return out.getvalue()
