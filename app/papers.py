"""The two papers of 信息公告, printed from the province's own data."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from app.config import ROOT
from seal_core.domain.provinces import Authorisation, HolderKind, IssuePolicy, Province
from seal_core.impressions.form_layout import MARK_MM, MARKS, QR_BOX, FormCode, boxes

SONG = "Song"
_FONT = ROOT / "seal_core" / "faces" / "fonts" / "NotoSerifSC-Bold-subset.ttf"
_BODY = ParagraphStyle("body", fontName=SONG, fontSize=11, leading=20, wordWrap="CJK")
_HEAD = ParagraphStyle("head", parent=_BODY, fontSize=13, leading=24, spaceBefore=8)
_NOTE = ParagraphStyle("note", parent=_BODY, fontSize=9, leading=13)
_TITLE = ParagraphStyle("title", parent=_BODY, fontSize=19, leading=32, alignment=1)


def handbook(province: Province) -> bytes:
    """《企业电子印章申领操作手册》 as it is for this province."""
    _load_font()
    story: list[Flowable] = [Paragraph("企业电子印章申领操作手册", _TITLE)]
    for title, steps in _chapters(province):
        story.append(Paragraph(title, _HEAD))
        story += [Paragraph(f"{n}. {step}", _BODY) for n, step in enumerate(steps, 1)]
    return _print("企业电子印章申领操作手册", story)


def blank_application_form(province: Province) -> bytes:
    """《政务服务领域企业电子印章申请表》 to be filled in, stamped and signed.

    Its corner marks and QR code let the reader find each impression exactly.
    """
    _load_font()
    title = f"{province.name}政务服务领域企业电子印章申请表"
    rows = [
        ["企业名称", "", "统一社会信用代码", ""],
        ["单位所属区划", "", "法定代表人", ""],
        ["经办人姓名", "", "经办人身份证号", ""],
        ["经办人手机号", "", "申请日期", "年　　月　　日"],
    ]
    story: list[Flowable] = [
        Paragraph(title, _TITLE),
        Spacer(1, 11 * mm),
        _grid(rows, [28 * mm, 55 * mm, 36 * mm, 55 * mm], 9 * mm),
        Spacer(1, 2 * mm),
        Paragraph(
            "请用红色印泥把实物印章端正地盖在对应的框内，不压线、不压字；用彩色模式、300 dpi 以上扫描。",
            _NOTE,
        ),
    ]
    code = FormCode(
        province.code, "", tuple(t.code for t in province.types_for(HolderKind.ORGANISATION))
    )

    def draw(canvas: Canvas, _: object) -> None:
        _marks(canvas, code)
        _impression_boxes(canvas, province)

    return _print(title, story, draw)


def _marks(canvas: Canvas, code: FormCode) -> None:
    """What seal_core.impressions.form_marks looks for."""
    for x, y in MARKS:
        _square(canvas, x - MARK_MM / 2, y - MARK_MM / 2, MARK_MM)
    picture = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    picture.add_data(code.payload)
    cells = picture.get_matrix()
    cell = QR_BOX.width / len(cells)
    for row, line in enumerate(cells):
        for column, dark in enumerate(line):
            if dark:
                # a hair wider than a cell: no printer leaves white lines between neighbours
                _square(canvas, QR_BOX.x + column * cell, QR_BOX.y + row * cell, cell + 0.02)


def _square(canvas: Canvas, x: float, y: float, side: float) -> None:
    """A black square; mm from the top left."""
    canvas.rect(x * mm, A4[1] - (y + side) * mm, side * mm, side * mm, stroke=0, fill=1)


def _impression_boxes(canvas: Canvas, province: Province) -> None:
    """A box per seal, its name and sizes above; the signatures below."""
    types = province.types_for(HolderKind.ORGANISATION)
    placed = boxes([t.code for t in types])
    canvas.setLineWidth(0.6)
    for seal_type, box in zip(types, placed, strict=True):
        bottom = A4[1] - (box.y + box.height) * mm
        canvas.rect(box.x * mm, bottom, box.width * mm, box.height * mm)
        top = A4[1] - (box.y + 4.5) * mm
        canvas.setFont(SONG, 10)
        canvas.drawString((box.x + 2) * mm, top, seal_type.name)
        canvas.setFont(SONG, 6)
        sizes = " ".join(f"□ {size.label}" for size in seal_type.sizes)
        canvas.drawRightString((box.x + box.width - 2) * mm, top, sizes)
    below = A4[1] - (placed[-1].y + placed[-1].height + 10) * mm
    canvas.setFont(SONG, 11)
    canvas.drawString(18 * mm, below, "法定代表人签字：＿＿＿＿＿＿＿＿　　　单位（盖章）")


def _load_font() -> None:
    """Paragraphs ask for the font when they are made, not when they are printed."""
    if SONG not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(SONG, str(_FONT)))
        pdfmetrics.registerFontFamily(SONG, SONG, SONG, SONG, SONG)


def _chapters(province: Province) -> list[tuple[str, list[str]]]:
    by_review = province.issue_policy is IssuePolicy.REVIEW
    types = "、".join(t.name for t in province.types_for(HolderKind.ORGANISATION))
    proof = (
        "在安全页面设置印章密码，领取成功。"
        if province.authorisation is Authorisation.PIN
        else "完成意愿认证，领取成功。"
    )
    apply = (
        [
            "下载申请表，填写并加盖印模、签字盖章，扫描为彩色 PDF。",
            "选择印章和印模尺寸，上传申请表，提交。",
        ]
        if by_review
        else ["核对企业信息，完成企业法人身份核验。"]
    )
    return [
        ("一、登录", [f"通过{province.sign_in_name}以法人身份登录。", f"在{province.app_name}选择“我的印章”。"]),
        ("二、申请", [f"可以申请：{types}。", *apply, "在“申领记录”查看进度；没有通过时按审核意见修改后重新申请。"]),
        ("三、领取", ["在电脑端“印章领取”点“领取”，用手机扫码；或直接在手机上领取。", proof]),
        ("四、使用和验签", ["回复“文件盖章”，上传 PDF 或 OFD，选择印章和位置，核对盖章授权单后确认。", "回复“文件验签”，查看验证结果、印章信息和签章信息。"]),
    ]  # fmt: skip


def _grid(rows: list[list[str]], widths: list[float], height: float) -> Table:
    table = Table(rows, colWidths=widths, rowHeights=[9 * mm] + [height] * (len(rows) - 1))
    table.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), SONG, 10),
                ("GRID", (0, 0), (-1, -1), 0.6, "black"),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ]
        )
    )
    return table


def _print(
    title: str, story: list[Flowable], draw: Callable[[Canvas, object], None] | None = None
) -> bytes:
    """The pages of *story*; *draw* adds what stands at fixed places of the first."""
    out = BytesIO()
    paper = SimpleDocTemplate(
        out, pagesize=A4, title=title, leftMargin=18 * mm, rightMargin=18 * mm, topMargin=16 * mm
    )
    if draw is None:
        paper.build(story)
    else:
        paper.build(story, onFirstPage=draw)
    return out.getvalue()
