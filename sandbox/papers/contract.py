"""A purchase contract of three pages: parties, goods, clauses, a place for both seals."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.papers.type import A4, POINT, Page, Rule, Run, Typeface
from sandbox.people import Enterprise

KEYWORD = "甲方（盖章）"  # where the seal goes
_LEFT, _RIGHT, _TOP, _BOTTOM = 28.0, 26.0, 30.0, 28.0  # millimetres
_WIDTH = A4[0] - _LEFT - _RIGHT
_BODY = 12.0  # points, 小四
_LEADING = 8.2  # millimetres

_GOODS = (
    ("序号", "名称", "规格型号", "数量", "单价（元）", "金额（元）"),
    ("1", "办公用台式计算机", "六核，16GB，512GB", "20台", "4,680.00", "93,600.00"),
    ("2", "激光打印机", "A4双面，每分钟30页", "5台", "2,150.00", "10,750.00"),
    ("3", "千兆网络交换机", "24口，机架式", "3台", "1,890.00", "5,670.00"),
    ("合计", "人民币壹拾壹万零贰拾元整", "", "", "", "110,020.00"),
)
_COLUMNS = (14.0, 38.0, 44.0, 16.0, 21.0, 23.0)  # millimetres, together the text width

_CLAUSES = (
    (
        "第二条　质量标准",
        "乙方保证所供货物为全新、未使用过的合格产品，符合国家现行标准及生产厂家的出厂标准，"
        "并随货提供合格证、保修卡和中文使用说明书。",
        "货物质量保证期为自验收合格之日起三十六个月。质量保证期内出现非人为原因造成的故障，"
        "乙方应当在接到通知后二十四小时内响应，四十八小时内到场免费维修或者更换。",
    ),
    (
        "第三条　交货与验收",
        "乙方应当于本合同生效之日起十五日内将货物送至甲方指定地点，运输、装卸和保险费用由乙方承担。",
        "甲方应当在货物到达后五个工作日内完成验收。验收合格的，双方签署验收单；外观、数量或者规格"
        "不符合约定的，甲方有权拒收，乙方应当在七日内予以更换。",
        "货物毁损、灭失的风险，在验收合格之前由乙方承担，验收合格之后由甲方承担。",
    ),
    (
        "第四条　付款方式",
        "本合同生效后五个工作日内，甲方向乙方支付合同总价的百分之三十作为预付款；货物验收合格后"
        "十个工作日内，支付至合同总价的百分之九十五；余款百分之五作为质量保证金，于质量保证期满后"
        "十个工作日内无息付清。",
        "甲方每次付款前，乙方应当开具等额的增值税专用发票。",
    ),
    (
        "第五条　双方的权利和义务",
        "甲方应当按照约定接收货物、支付价款，并为乙方安装调试提供必要的场地和条件。",
        "乙方应当对甲方人员进行不少于一天的操作培训，并对履行本合同过程中知悉的甲方商业秘密、"
        "个人信息承担保密义务，该义务不因本合同终止而免除。",
    ),
    (
        "第六条　违约责任",
        "乙方逾期交货的，每逾期一日，应当向甲方支付合同总价千分之一的违约金；逾期超过三十日的，"
        "甲方有权解除合同并要求赔偿损失。",
        "甲方逾期付款的，每逾期一日，应当向乙方支付逾期金额千分之一的违约金。",
    ),
    (
        "第七条　不可抗力",
        "因不可抗力不能履行合同的，根据不可抗力的影响，部分或者全部免除责任。遭遇不可抗力的一方"
        "应当及时通知对方，并在十五日内提供证明。",
    ),
    (
        "第八条　争议解决",
        "因本合同引起的或者与本合同有关的争议，双方应当协商解决；协商不成的，任何一方均可向甲方"
        "住所地有管辖权的人民法院提起诉讼。",
    ),
    (
        "第九条　其他",
        "本合同可以采用数据电文形式订立，双方使用可靠的电子签名或者电子印章签署的，与手写签名或者"
        "盖章具有同等的法律效力。",
        "本合同自双方盖章之日起生效，一式两份，双方各执一份。未尽事宜，由双方另行签订补充协议，"
        "补充协议与本合同具有同等效力。",
    ),
)


@dataclass(frozen=True, slots=True)
class Contract:
    """Who buys (甲方) and who sells."""

    party_a: Enterprise
    party_b: Enterprise
    number: str = "CG-2026-1108"
    date: str = "2026年11月20日"


class _Column:
    """Fills pages from top to bottom."""

    def __init__(self, face: Typeface) -> None:
        self._face = face
        self.pages = [Page()]
        self.y = _TOP

    def need(self, height: float) -> None:
        """Go to a new page unless *height* millimetres are left."""
        if self.y + height > A4[1] - _BOTTOM:
            self.pages.append(Page())
            self.y = _TOP

    def skip(self, height: float) -> None:
        self.y += height

    def line(self, x: float, text: str, size: float = _BODY) -> None:
        """One line at *x*, without moving on."""
        self.pages[-1].runs.append(Run(x, self.y + size * POINT * 0.88, size, text))

    def centred(self, text: str, size: float) -> None:
        width = self._face.width(text, size)
        self.line((A4[0] - width) / 2, text, size)
        self.y += size * POINT * 1.6

    def paragraph(self, text: str, indent: int = 2) -> None:
        """Wrapped text whose first line is indented by *indent* characters."""
        offset = self._face.width("　" * indent, _BODY)
        for number, line in enumerate(self._face.wrap(text, _BODY, _WIDTH, offset)):
            self.need(_LEADING)
            self.line(_LEFT + (offset if number == 0 else 0), line)
            self.y += _LEADING

    def table(self, rows: tuple[tuple[str, ...], ...]) -> None:
        """Rows of one line each, ruled; cells of the last row join up to the right."""
        height, size = 9.0, 10.0
        self.need(height * len(rows) + 4)
        page, top = self.pages[-1], self.y
        for row in rows:
            x = _LEFT
            page.rules.append(Rule(_LEFT, self.y, _LEFT + _WIDTH, self.y))
            for cell, width in zip(row, _COLUMNS, strict=True):
                is_total = row is rows[-1] and cell
                if not is_total or width == _COLUMNS[0] or cell == row[-1]:
                    inset = max((width - self._face.width(cell, size)) / 2, 1.0)
                else:
                    inset = 3.0
                if cell:
                    run = Run(x + inset, self.y + height / 2 + size * POINT * 0.38, size, cell)
                    page.runs.append(run)
                x += width
            self.y += height
        page.rules.append(Rule(_LEFT, self.y, _LEFT + _WIDTH, self.y))
        self._uprights(page, top, self.y - height)
        self.skip(6.0)

    def _uprights(self, page: Page, top: float, last_row: float) -> None:
        x = _LEFT
        for index in range(len(_COLUMNS) + 1):
            is_joined = 2 <= index <= 4  # the amount in words takes four cells
            bottom = last_row if is_joined else self.y
            page.rules.append(Rule(x, top, x, bottom))
            x += _COLUMNS[index] if index < len(_COLUMNS) else 0


def contract_pages(contract: Contract, face: Typeface) -> list[Page]:
    """Set the contract on A4 pages."""
    column = _Column(face)
    _opening(column, contract)
    column.paragraph("第一条　采购内容与价款", indent=0)
    column.paragraph(
        "甲方向乙方采购下列货物，合同总价为人民币110,020.00元（大写：壹拾壹万零贰拾元整），"
        "该价款包含货物、税费、运输、安装调试及培训等全部费用。"
    )
    column.skip(1.5)
    column.table(_GOODS)
    for heading, *paragraphs in _CLAUSES:
        column.need(_LEADING * 3)
        column.paragraph(heading, indent=0)
        for text in paragraphs:
            column.paragraph(text)
    _signatures(column, contract, face)
    for number, page in enumerate(column.pages, 1):
        _footer(page, face, f"第 {number} 页　共 {len(column.pages)} 页")
    return column.pages


def _opening(column: _Column, contract: Contract) -> None:
    column.skip(4.0)
    column.centred("采 购 合 同", 22.0)
    column.skip(4.0)
    column.line(_LEFT + 96.0, f"合同编号：{contract.number}", 10.5)
    column.skip(_LEADING + 2)
    for role, party in (("甲方（采购方）", contract.party_a), ("乙方（供货方）", contract.party_b)):
        column.paragraph(f"{role}：{party.name}", indent=0)
        column.paragraph(f"统一社会信用代码：{party.uscc}", indent=0)
        column.paragraph(f"住所地：{party.region_name}", indent=0)
        column.skip(1.5)
    column.paragraph(
        "根据《中华人民共和国民法典》等有关法律法规，甲乙双方遵循平等、自愿、公平和诚信的原则，"
        "就办公设备采购事宜协商一致，订立本合同，以资共同遵守。"
    )


def _signatures(column: _Column, contract: Contract, face: Typeface) -> None:
    column.need(78.0)
    column.skip(14.0)
    right = _LEFT + _WIDTH / 2 + 4
    rows = (
        (f"{KEYWORD}：", "乙方（盖章）："),
        (contract.party_a.name, contract.party_b.name),
        ("法定代表人（签字）：", "法定代表人（签字）："),
        (f"日期：{contract.date}", "日期：　　　年　　月　　日"),
    )
    for left_text, right_text in rows:
        column.line(_LEFT, left_text)
        column.line(right, right_text)
        column.skip(_LEADING * 1.7)


def _footer(page: Page, face: Typeface, text: str) -> None:
    x = (A4[0] - face.width(text, 9.0)) / 2
    page.runs.append(Run(x, A4[1] - 15.0, 9.0, text))
