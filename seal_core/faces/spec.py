"""What a seal face says and how big it is; checked when made."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from seal_core.errors import FaceRefused

# No rule gives an RGB value; national texts say 红色. This is the usual printing red.
INK_RED = "#E60012"

LONGEST_NAME = 40
LONGEST_SECOND_LINE = 60
LARGEST_MM, SMALLEST_MM = 100.0, 8.0  # the upper bound is what seal platforms accept

# Letters that change with their neighbours or stand on each other.
_JOINING_SCRIPTS = ("ARABIC", "TIBETAN", "MONGOLIAN", "DEVANAGARI", "THAI", "TAI LE", "PHAGS-PA")


class FaceKind(StrEnum):
    """The faces of 国办发〔2025〕33号, article 3, and of the two provinces."""

    COMPANY = "company"  # 法定名称章
    CONTRACT = "contract"  # 合同专用章
    FINANCE = "finance"  # 财务专用章
    INVOICE = "invoice"  # 发票专用章
    SPECIAL = "special"  # other 业务专用章, its purpose in *centre_text*
    DEPARTMENT = "department"  # 内设机构章, the department in *centre_text*
    LEGAL_REPRESENTATIVE = "legal_representative"  # 法定代表人名章
    PERSONAL = "personal"  # 个人名章


class Shape(StrEnum):
    """How the edge of a face runs."""

    RING = "ring"  # round or oval
    BLOCK = "block"  # square or oblong


NAME_SEALS = frozenset({FaceKind.LEGAL_REPRESENTATIVE, FaceKind.PERSONAL})
PURPOSES = {
    FaceKind.CONTRACT: "合同专用章",
    FaceKind.FINANCE: "财务专用章",
    FaceKind.INVOICE: "发票专用章",
}


@dataclass(frozen=True, slots=True)
class FaceSpec:
    """One seal face. Raises FaceRefused for what no seal can show.

    *name* is the registered name, drawn as it is. *centre_text* is the purpose or the
    department; the kinds that have a fixed purpose fill it in. *code* is the seal's number,
    on invoice seals the taxpayer's. *number* tells several seals of one purpose apart.
    *second_line* is a translation of the name; *suffix* (印, 之印) belongs to name seals.
    """

    kind: FaceKind
    name: str
    width_mm: float
    height_mm: float
    centre_text: str = ""
    code: str = ""
    number: str = ""
    second_line: str = ""
    suffix: str = ""
    colour: str = INK_RED

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > LONGEST_NAME:
            raise FaceRefused("name_length", self.name)
        if len(self.second_line) > LONGEST_SECOND_LINE:
            raise FaceRefused("name_length", self.second_line)
        sides = sorted((self.width_mm, self.height_mm))
        if not SMALLEST_MM <= sides[0] <= sides[1] <= LARGEST_MM:
            raise FaceRefused("size", f"{self.width_mm}×{self.height_mm}")
        if not re.fullmatch(r"[0-9A-Z]{0,20}", self.code):
            raise FaceRefused("code", self.code)
        if not re.fullmatch(r"#[0-9A-Fa-f]{6}", self.colour):
            raise FaceRefused("colour", self.colour)
        for character in self.name + self.centre_text + self.number + self.second_line:
            _refuse_unprintable(character)

    @property
    def shape(self) -> Shape:
        """Name seals and the small square finance seal are blocks, the others rings."""
        small = self.width_mm == self.height_mm <= 25  # □ 22 against ○ 38
        if self.kind in NAME_SEALS or (self.kind is FaceKind.FINANCE and small):
            return Shape.BLOCK
        return Shape.RING

    @property
    def purpose(self) -> str:
        """The text of the centre: the caller's, or the one the kind always has."""
        return self.centre_text or PURPOSES.get(self.kind, "")


def _refuse_unprintable(character: str) -> None:
    name = unicodedata.name(character, "")
    if name.startswith(_JOINING_SCRIPTS) or unicodedata.category(character).startswith("M"):
        raise FaceRefused("script", f"U+{ord(character):04X}")
    if unicodedata.category(character)[0] in "CZ" and character not in {" ", "\u3000"}:
        raise FaceRefused("character", f"U+{ord(character):04X}")
