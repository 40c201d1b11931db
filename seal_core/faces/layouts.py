"""Where things sit on a face, in mm: defaults by kind and size, with their sources.

Only the diameters of 国发〔1999〕25号 and the whole invoice seal (国家税务总局公告2011年第7号)
are national rules. The rest is local practice that differs between provinces, so every value
is data: a province passes its own layout to ``draw``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from seal_core.errors import FaceRefused
from seal_core.faces.spec import FaceKind, FaceSpec, Shape


@dataclass(frozen=True, slots=True)
class RingLayout:
    """A round or oval face. Heights and gaps in mm, spans in degrees seen from the centre.

    Places below the centre are to the middle of the text. A *star* of 0 is no star, an
    *inner_line* of 0 no second line inside the border.
    """

    border: float
    star: float  # diameter of the circle through its tips
    name_height: float
    name_gap: float  # from the border's inner edge to the characters
    name_span: float  # at most
    purpose_height: float
    purpose_below: float
    purpose_width: float  # of the whole row, at most
    name_span_least: float = 0.0
    name_width: float = 0.82  # of a character, as a share of its height, before any squeeze
    name_spacing: float = 0.62  # between characters, as a share of the height, before any squeeze
    purpose_char_width: float = 0.84  # share of the height
    number_height: float = 2.2
    number_char_width: float = 1.7
    number_below: float = 14.0
    code_height: float = 1.4  # 1.2 to 1.5
    code_char_width: float = 0.95
    code_pitch: float = 1.3
    code_gap: float = 0.65
    code_in_centre: bool = False
    second_height: float = 2.2
    second_span: float = 110.0
    inner_line: float = 0.0
    inner_line_gap: float = 0.0
    fangsong: bool = False


@dataclass(frozen=True, slots=True)
class BlockLayout:
    """A square or oblong face."""

    border: float
    padding: float  # between the border and the characters
    gap: float  # between characters


Layout = RingLayout | BlockLayout

# 国家税务总局公告2011年第7号, annex: oval 40×30, border 1; tax number Arial 3.7 × 1.3, all 18
# within 26; name 仿宋 4.2 high on 210–260°, 0.5 from the edge; 发票专用章 仿宋 4.6 × 3.0, its top
# 4.2 below the middle; number 2.2 × 1.7, its top 10.0 below the middle.
INVOICE = RingLayout(
    border=1.0,
    star=0.0,
    name_height=4.2,
    name_gap=0.5,
    name_span=260.0,
    name_span_least=210.0,
    name_width=0.75,
    purpose_height=4.6,
    purpose_char_width=3.0 / 4.6,
    purpose_below=4.2 + 4.6 / 2,
    purpose_width=17.4,
    number_height=2.2,
    number_char_width=1.7,
    number_below=10.0 + 2.2 / 2,
    code_height=3.7,
    code_char_width=1.3,
    code_pitch=(26.0 - 1.3) / 17,
    code_in_centre=True,
    fangsong=True,
)
INVOICE_SIZE = (40.0, 30.0)

# Local police practice for a limited company: ○ 40, border 1.0, star's tip circle 13.3
# (14 on ○ 42, where the border is 1.2), name in 宋体 left to right, code on the lower arc.
COMPANY_40 = RingLayout(
    border=1.0,
    star=13.4,
    name_height=5.6,
    name_gap=0.8,
    name_span=262.0,
    purpose_height=4.0,
    purpose_below=11.0,
    purpose_width=19.0,
)
# 合同, 财务 and other purposes: ○ 38, border 1.0, no star, the purpose across the middle.
PURPOSE_38 = RingLayout(
    border=1.0,
    star=0.0,
    name_height=5.2,
    name_gap=0.8,
    name_span=256.0,
    purpose_height=4.4,
    purpose_below=2.4,
    purpose_width=19.2,
    number_height=2.4,
    number_char_width=1.8,
    number_below=7.6,
)
# Companies with foreign capital: ⬭ 45 × 30, border 1.0, no star; a translation on the lower arc.
OVAL_45 = RingLayout(
    border=1.0,
    star=0.0,
    name_height=4.6,
    name_gap=0.7,
    name_span=228.0,
    second_span=118.0,
    purpose_height=4.2,
    purpose_below=0.8,
    purpose_width=24.0,
    number_height=2.0,
    number_char_width=1.55,
    number_below=5.6,
)
BORDER_42 = 1.2
FINANCE_BLOCK_22 = BlockLayout(border=1.0, padding=0.7, gap=0.35)
NAME_BLOCK_20 = BlockLayout(border=1.0, padding=0.75, gap=0.45)


def default_layout(spec: FaceSpec) -> Layout:
    """The layout of *spec*'s kind, brought to its size. Raises FaceRefused("size")."""
    if spec.shape is Shape.BLOCK:
        return _block_layout(spec)
    if spec.kind is FaceKind.INVOICE:
        if (spec.width_mm, spec.height_mm) != INVOICE_SIZE:
            raise FaceRefused("size", "发票专用章 is 40×30")
        return INVOICE
    if spec.width_mm != spec.height_mm:
        return _scaled(OVAL_45, spec.height_mm / 30)
    if spec.kind in {FaceKind.COMPANY, FaceKind.DEPARTMENT}:
        layout = _scaled(COMPANY_40, spec.width_mm / 40)
    else:
        layout = _scaled(PURPOSE_38, spec.width_mm / 38)
    return replace(layout, border=BORDER_42) if spec.width_mm >= 42 else layout


def _block_layout(spec: FaceSpec) -> BlockLayout:
    if spec.kind is FaceKind.FINANCE:
        return FINANCE_BLOCK_22
    factor = max(0.6, min(spec.width_mm, spec.height_mm) / 20)
    base = NAME_BLOCK_20
    return BlockLayout(base.border * factor, base.padding * factor, base.gap * factor)


def _scaled(layout: RingLayout, factor: float) -> RingLayout:
    """*layout* on a face *factor* times as large; border and code keep their size in mm."""
    return replace(
        layout,
        star=layout.star * factor,
        name_height=layout.name_height * factor,
        purpose_height=layout.purpose_height * factor,
        purpose_below=layout.purpose_below * factor,
        purpose_width=layout.purpose_width * factor,
        number_height=layout.number_height * factor,
        number_char_width=layout.number_char_width * factor,
        number_below=layout.number_below * factor,
        second_height=layout.second_height * factor,
    )
