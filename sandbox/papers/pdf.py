"""Laid-out pages as PDF."""

from __future__ import annotations

import io
from collections.abc import Sequence

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from sandbox.papers.type import A4, Page, Typeface


def as_pdf(pages: Sequence[Page], face: Typeface, *, title: str) -> bytes:
    """A PDF 1.4 with searchable text, one A4 page each."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(A4[0] * mm, A4[1] * mm))
    canvas.setTitle(title)
    canvas.setAuthor("仿真环境")
    for page in pages:
        draw_page(canvas, page, face)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def draw_page(canvas: Canvas, page: Page, face: Typeface) -> None:
    """Rules and runs of *page*; y runs upwards in PDF."""
    for rule in page.rules:
        canvas.setLineWidth(rule.weight * mm)
        start, end = (rule.x1 * mm, (A4[1] - rule.y1) * mm), (rule.x2 * mm, (A4[1] - rule.y2) * mm)
        canvas.line(*start, *end)
    for run in page.runs:
        canvas.setFont(face.name, run.size)
        canvas.drawString(run.x * mm, (A4[1] - run.y) * mm, run.text)
