"""Sheets of paper for people to keep: a title, facts, tables, a note; A4, the font inside."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from io import BytesIO

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from portal.application_form import SONG, load_song

_BODY = ParagraphStyle("body", fontName=SONG, fontSize=10, leading=16, wordWrap="CJK")
_GREY = HexColor("#555555")
_SMALL = ParagraphStyle("small", parent=_BODY, fontSize=8, leading=12, textColor=_GREY)
_HEAD = ParagraphStyle("head", parent=_BODY, fontSize=12, leading=22, spaceBefore=6)
_TITLE = ParagraphStyle("title", parent=_BODY, fontSize=17, leading=30, alignment=1)
_WIDTH = 174 * mm


class Sheet:
    """Collects what is to be printed; the text is escaped, whoever wrote it."""

    def __init__(self, title: str, footer: str) -> None:
        load_song()
        self._title, self._footer = title, footer
        self._story: list[Flowable] = [Paragraph(escape(title), _TITLE), Spacer(1, 4 * mm)]

    def head(self, text: str) -> None:
        self._story.append(Paragraph(escape(text), _HEAD))

    def text(self, text: str, *, small: bool = False) -> None:
        lines = "<br/>".join(escape(line) for line in text.splitlines())
        self._story.append(Paragraph(lines, _SMALL if small else _BODY))

    def facts(self, rows: Sequence[tuple[str, str]]) -> None:
        """Name and value, one pair a row."""
        self._table([(f"{name}", value) for name, value in rows], (36 * mm, _WIDTH - 36 * mm))

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """The first row is the head."""
        self._table(rows, (_WIDTH / len(rows[0]),) * len(rows[0]))

    def pdf(self) -> bytes:
        out = BytesIO()
        paper = SimpleDocTemplate(
            out,
            pagesize=A4,
            title=self._title,
            leftMargin=18 * mm,
            rightMargin=18 * mm,
            topMargin=18 * mm,
            bottomMargin=20 * mm,
        )
        paper.build(self._story, onFirstPage=self._foot, onLaterPages=self._foot)
        return out.getvalue()

    def _table(self, rows: Sequence[Sequence[str]], widths: Sequence[float]) -> None:
        cells = [[Paragraph(escape(value), _BODY) for value in row] for row in rows]
        table = Table(cells, colWidths=list(widths))
        table.setStyle(
            TableStyle(
                [
                    ("GRID", (0, 0), (-1, -1), 0.5, "#999999"),
                    ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ]
            )
        )
        self._story += [table, Spacer(1, 3 * mm)]

    def _foot(self, canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.setFont(SONG, 8)
        canvas.drawString(18 * mm, 10 * mm, self._footer)
        canvas.drawRightString(A4[0] - 18 * mm, 10 * mm, f"第 {document.page} 页")
