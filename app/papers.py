"""The handbook of 信息公告, printed from the province's own data."""

from __future__ import annotations

from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate

from portal.application_form import SONG, load_song
from seal_core.domain.provinces import Authorisation, HolderKind, IssuePolicy, Province

_BODY = ParagraphStyle("body", fontName=SONG, fontSize=11, leading=20, wordWrap="CJK")
_HEAD = ParagraphStyle("head", parent=_BODY, fontSize=13, leading=24, spaceBefore=8)
_TITLE = ParagraphStyle("title", parent=_BODY, fontSize=19, leading=32, alignment=1)


def handbook(province: Province) -> bytes:
    """《企业电子印章申领操作手册》 as it is for this province."""
    load_song()
    story: list[Flowable] = [Paragraph("企业电子印章申领操作手册", _TITLE)]
    for title, steps in _chapters(province):
        story.append(Paragraph(title, _HEAD))
        story += [Paragraph(f"{n}. {step}", _BODY) for n, step in enumerate(steps, 1)]
    return _print("企业电子印章申领操作手册", story)


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
            "选择印章和印模尺寸，核对经办人，下载已经填好的申请表。",
            "打印申请表，加盖印模、签字盖章，扫描为彩色 PDF。",
            "上传申请表，核对后提交。",
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


def _print(title: str, story: list[Flowable]) -> bytes:
    out = BytesIO()
    paper = SimpleDocTemplate(
        out, pagesize=A4, title=title, leftMargin=18 * mm, rightMargin=18 * mm, topMargin=16 * mm
    )
    paper.build(story)
    return out.getvalue()
