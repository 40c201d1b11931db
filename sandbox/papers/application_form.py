"""《山西省政务服务领域电子印章申请表》, filled in, with the impressions asked for."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from sandbox.papers import impressions
from sandbox.papers.impressions import RoundSeal, SquareSeal
from sandbox.papers.pdf import draw_page
from sandbox.papers.type import A4, POINT, Page, Rule, Run, Typeface
from sandbox.people import Person

TITLE = "山西省政务服务领域电子印章申请表"
KINDS = ("法定名称章", "合同专用章", "财务专用章", "法人名章")
_LEFT, _RIGHT = 22.0, 188.0
_TURNS = (3.5, -2.5, 5.0, -4.0)  # degrees; nobody stamps straight


@dataclass(frozen=True, slots=True)
class Applicant:
    """What the form asks for."""

    holder: Person
    handler: Person
    kinds: Sequence[str]
    date: str


def application_form(
    font: Path | None,
    person: Person,
    *,
    handler: Person | None = None,
    kinds: Sequence[str] = ("法定名称章", "合同专用章"),
    date: str = "2026年11月20日",
) -> bytes:
    """The form of *person*'s enterprise for the seals *kinds*, stamped and signed."""
    if unknown := set(kinds) - set(KINDS):
        raise ValueError(f"unknown kinds of seal: {', '.join(sorted(unknown))}")
    face = Typeface.load(font)
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(A4[0] * mm, A4[1] * mm))
    canvas.setTitle(TITLE)
    draw(canvas, Applicant(person, handler or person, kinds, date), face)
    canvas.save()
    return out.getvalue()


def draw(canvas: Canvas, applicant: Applicant, face: Typeface) -> None:
    """Rules and text first, the ink on top."""
    page = Page()
    x = (A4[0] - face.width(TITLE, 18.0)) / 2
    page.runs.append(Run(x, 28.0, 18.0, TITLE))
    y = _particulars(page, face, applicant, 38.0)
    centres = _impression_boxes(page, face, applicant, y)
    _declaration(page, face, applicant, centres[-1][1] + 34.0)
    draw_page(canvas, page, face)
    for kind, (centre, level), turn in zip(applicant.kinds, centres, _TURNS, strict=False):
        seal = impression_of(kind, applicant.holder)
        impressions.draw(canvas, seal, face, centre, A4[1] - level, turn)
    company = impression_of("法定名称章", applicant.holder)
    impressions.draw(canvas, company, face, 152.0, 38.0, -6.0)


def impression_of(kind: str, person: Person) -> RoundSeal | SquareSeal:
    """The physical seal of *kind* that *person*'s enterprise has."""
    if person.enterprise is None:
        raise ValueError(f"{person.key} represents no enterprise")
    name = person.enterprise.name
    code = f"{person.enterprise.region}{person.enterprise.uscc[-8:-1]}"
    digits = "".join(char if char.isdigit() else str(ord(char) % 10) for char in code)
    faces: dict[str, RoundSeal | SquareSeal] = {
        "法定名称章": RoundSeal(name, 40.0, code=digits),
        "合同专用章": RoundSeal(name, 38.0, words="合同专用章"),
        "财务专用章": RoundSeal(name, 38.0, words="财务专用章"),
        "法人名章": SquareSeal((person.name + "之印")[:3] + "印", 20.0),
    }
    return faces[kind]


def _particulars(page: Page, face: Typeface, applicant: Applicant, top: float) -> float:
    holder, handler = applicant.holder, applicant.handler
    if holder.enterprise is None:
        raise ValueError(f"{holder.key} represents no enterprise")
    rows = (
        ("企业名称", holder.enterprise.name, "", ""),
        ("统一社会信用代码", holder.enterprise.uscc, "单位所属区划", _short(holder)),
        ("法定代表人", holder.name, "联系电话", holder.mobile),
        ("经办人姓名", handler.name, "经办人手机号", handler.mobile),
        ("经办人身份证号", handler.id_number, "印章形式", "手机印章"),
    )
    y = top
    for label, value, label2, value2 in rows:
        _row(page, face, y, (label, value, label2, value2))
        y += 10.5
    page.rules += [Rule(_LEFT, top, _LEFT, y), Rule(_RIGHT, top, _RIGHT, y)]
    page.rules.append(Rule(_LEFT + 34, top, _LEFT + 34, y))
    for x in (_LEFT + 88, _LEFT + 118):
        page.rules.append(Rule(x, top + 10.5, x, y))
    return y


def _short(person: Person) -> str:
    region = person.enterprise.region_name if person.enterprise else ""
    return region.partition("省")[2] or region


def _row(page: Page, face: Typeface, y: float, cells: tuple[str, str, str, str]) -> None:
    page.rules.append(Rule(_LEFT, y, _RIGHT, y))
    columns = ((_LEFT, 34.0), (_LEFT + 34, 54.0), (_LEFT + 88, 30.0), (_LEFT + 118, 48.0))
    for text, (x, width) in zip(cells, columns, strict=True):
        size = 10.5
        inset = max((width - face.width(text, size)) / 2, 1.5)
        if text and not cells[2] and text == cells[1]:
            inset = 4.0  # a name across the whole row stands at its left
        page.runs.append(Run(x + inset, y + 6.6, size, text))


def _impression_boxes(
    page: Page, face: Typeface, applicant: Applicant, top: float
) -> list[tuple[float, float]]:
    """Two boxes a row, each with its caption; returns the centres for the stamps."""
    page.rules.append(Rule(_LEFT, top, _RIGHT, top))
    caption = "印模（请在框内加盖需申请电子印章的实物印章，印迹清晰、不得压线）"
    page.runs.append(Run(_LEFT + 3, top + 6.2, 10.0, caption))
    top, height = top + 9.0, 54.0
    middle = (_LEFT + _RIGHT) / 2
    count = (len(applicant.kinds) + 1) // 2
    centres = []
    for index, kind in enumerate(applicant.kinds):
        left = _LEFT if index % 2 == 0 else middle
        y = top + (index // 2) * height
        seal = impression_of(kind, applicant.holder)
        words = f"{kind}　印模尺寸：{_size(seal)}"
        page.runs.append(Run(left + 4, y + 6.0, 9.5, words))
        centres.append((left + (middle - _LEFT) / 2, y + 31.0))
    bottom = top + count * height
    for row in range(count + 1):
        page.rules.append(Rule(_LEFT, top + row * height, _RIGHT, top + row * height))
    for x in (_LEFT, middle, _RIGHT):
        page.rules.append(Rule(x, top, x, bottom))
    page.rules += [Rule(x, top - 9.0, x, top) for x in (_LEFT, _RIGHT)]
    return centres


def _size(seal: RoundSeal | SquareSeal) -> str:
    if isinstance(seal, RoundSeal):
        return f"直径{seal.diameter:g}mm"
    return f"{seal.side:g}mm×{seal.side:g}mm"


def _declaration(page: Page, face: Typeface, applicant: Applicant, top: float) -> None:
    text = (
        "本单位承诺：以上所填信息及所附印模真实、有效，与公安机关备案的实物印章一致；"
        "申请的电子印章由本单位妥善保管、依法使用，并承担相应的法律责任。"
    )
    size, y = 10.5, top
    indent = face.width("　　", size)
    for number, line in enumerate(face.wrap(text, size, _RIGHT - _LEFT - 6, indent)):
        page.runs.append(Run(_LEFT + 3 + (0 if number else indent), y, size, line))
        y += size * POINT * 1.75
    y = A4[1] - 50.0
    page.runs.append(Run(_LEFT + 3, y, size, "法定代表人（签字）："))
    page.runs.append(Run(_LEFT + 42, y - 0.6, 15.0, applicant.holder.name))
    page.runs.append(Run(_LEFT + 3, y + 10.5, size, "经办人（签字）："))
    page.runs.append(Run(_LEFT + 42, y + 9.9, 15.0, applicant.handler.name))
    page.runs.append(Run(_LEFT + 92, y, size, "申请单位（盖章）："))
    page.runs.append(Run(_LEFT + 92, y + 10.5, size, applicant.date))
