"""《政务服务领域企业电子印章申请表》: printed from the province's data, blank or filled in.

Its corner marks and its QR code let the reader find, straighten and measure each impression
exactly; the same answers give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import qrcode.constants
from qrcode.main import QRCode
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from seal_core import faces
from seal_core.domain.provinces import HolderKind, Province, SealType
from seal_core.errors import SealError
from seal_core.impressions.form_layout import MARK_MM, MARKS, MOST, QR_BOX, FormCode, boxes

SONG = "Song"
FONT = Path(faces.__file__).parent / "fonts" / "NotoSerifSC-Bold-subset.ttf"

_LEFT, _RIGHT = 18.0, 192.0  # mm, as the boxes
_TABLE_TOP, _ROW = 41.0, 8.2
_LABEL = 30.0
_NOTE = (
    "请用红色印泥把实物印章端正地盖在对应的框内，不压线、不压字；"
    "再用彩色模式、300 dpi 以上扫描成 PDF 上传。"
)
_PROMISE = "本单位承诺以上信息及印模真实、有效，与备案的实物印章一致，并依法使用电子印章。"


class TooManySeals(SealError):
    """A form has room for six impressions."""

    code = "application.too_many_seals"


@dataclass(frozen=True, slots=True)
class Filled:
    """What is known before the form is printed; numbers of people are masked.

    *wanted* are (type, size label).
    """

    name: str
    uscc: str
    legal_representative: str
    region: str
    handler_name: str
    handler_id_number: str
    handler_mobile: str
    date: str
    wanted: tuple[tuple[str, str], ...]


def blank_form(province: Province) -> bytes:
    """To be filled in by hand: a box for each type of the province, sizes to be ticked."""
    nobody = Filled("", "", "", "", "", "", "", "年　　月　　日", ())
    boxed = [
        (t, "  ".join(f"□ {s.label}" for s in t.sizes))
        for t in province.types_for(HolderKind.ORGANISATION)
    ]
    return _printed(province, nobody, boxed)


def filled_form(province: Province, filled: Filled) -> bytes:
    """Only to be stamped and signed. Raises TooManySeals, UnknownSealType, SizeNotOffered."""
    if not 1 <= len(filled.wanted) <= MOST:
        raise TooManySeals(str(len(filled.wanted)))
    types = [(province.seal_type(code), label) for code, label in filled.wanted]
    boxed = [(t, f"印模尺寸：{t.size(label).label}") for t, label in types]
    return _printed(province, filled, boxed)


def load_song() -> None:
    """The one font of our papers."""
    if SONG not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(SONG, str(FONT)))
        pdfmetrics.registerFontFamily(SONG, SONG, SONG, SONG, SONG)


def _printed(province: Province, filled: Filled, boxed: Sequence[tuple[SealType, str]]) -> bytes:
    load_song()
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    title = f"{province.name}政务服务领域企业电子印章申请表"
    canvas.setTitle(title)
    paper = _Paper(canvas)
    paper.middle(title, 105.0, 27.0, 17.0, 148.0)
    _particulars(paper, filled)
    paper.text(_NOTE, _LEFT, 87.5, 8.0, _RIGHT - _LEFT)
    codes = [t.code for t, _ in boxed]
    _marks(paper, FormCode(province.code, filled.uscc, tuple(codes)))
    bottom = 0.0
    for (seal_type, sizes), box in zip(boxed, boxes(codes), strict=True):
        paper.frame(box.x, box.y, box.width, box.height)
        paper.text(seal_type.name, box.x + 2, box.y + 5.2, 10.0, 34.0)
        paper.right(sizes, box.x + box.width - 2, box.y + 5.2, 8.0, box.width - 40.0)
        bottom = max(bottom, box.y + box.height)
    paper.text(_PROMISE, _LEFT, bottom + 7, 9.0, _RIGHT - _LEFT)
    paper.text("法定代表人签字：＿＿＿＿＿＿＿＿＿", _LEFT, bottom + 17, 11.0, 80.0)
    paper.text("单位（盖章）：", 125.0, bottom + 17, 11.0, 40.0)
    canvas.save()
    return out.getvalue()


def _particulars(paper: _Paper, filled: Filled) -> None:
    rows: tuple[tuple[str, str, str, str], ...] = (
        ("企业名称", filled.name, "", ""),
        ("统一社会信用代码", filled.uscc, "法定代表人", filled.legal_representative),
        ("单位所属区划", filled.region, "申请日期", filled.date),
        ("经办人姓名", filled.handler_name, "经办人手机号", filled.handler_mobile),
        ("经办人身份证号", filled.handler_id_number, "印章形式", "手机印章"),
    )
    middle = (_LEFT + _RIGHT) / 2
    for number, (label, value, label2, value2) in enumerate(rows):
        y = _TABLE_TOP + number * _ROW
        paper.frame(_LEFT, y, _RIGHT - _LEFT, _ROW)
        for x, words, given in ((_LEFT, label, value), (middle, label2, value2)):
            if not words:
                continue
            room = (_RIGHT if not label2 else x + (_RIGHT - _LEFT) / 2) - x - _LABEL - 4
            paper.frame(x, y, _LABEL, _ROW)
            paper.text(words, x + 2, y + 5.4, 9.5, _LABEL - 3)
            paper.text(given, x + _LABEL + 2, y + 5.4, 10.5, room)


def _marks(paper: _Paper, code: FormCode) -> None:
    """What seal_core.impressions.form_marks looks for."""
    for x, y in MARKS:
        paper.square(x - MARK_MM / 2, y - MARK_MM / 2, MARK_MM)
    picture = QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    picture.add_data(code.payload)
    cells = picture.get_matrix()
    cell = QR_BOX.width / len(cells)
    for row, line in enumerate(cells):
        for column, dark in enumerate(line):
            if dark:
                # a hair wider than a cell: no printer leaves white lines between neighbours
                paper.square(QR_BOX.x + column * cell, QR_BOX.y + row * cell, cell + 0.02)


class _Paper:
    """A canvas in mm from the top left; text is made smaller until it fits."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas

    def text(self, words: str, x: float, y: float, points: float, room: float) -> None:
        self._set(words, points, room)
        self._canvas.drawString(x * mm, A4[1] - y * mm, words)

    def right(self, words: str, x: float, y: float, points: float, room: float) -> None:
        self._set(words, points, room)
        self._canvas.drawRightString(x * mm, A4[1] - y * mm, words)

    def middle(self, words: str, x: float, y: float, points: float, room: float) -> None:
        self._set(words, points, room)
        self._canvas.drawCentredString(x * mm, A4[1] - y * mm, words)

    def frame(self, x: float, y: float, width: float, height: float) -> None:
        self._canvas.setLineWidth(0.6)
        self._canvas.rect(x * mm, A4[1] - (y + height) * mm, width * mm, height * mm)

    def square(self, x: float, y: float, side: float) -> None:
        bottom = A4[1] - (y + side) * mm
        self._canvas.rect(x * mm, bottom, side * mm, side * mm, stroke=0, fill=1)

    def _set(self, words: str, points: float, room: float) -> None:
        width = pdfmetrics.stringWidth(words, SONG, points) / mm
        self._canvas.setFont(SONG, points * min(1.0, room / width if width else 1.0))
