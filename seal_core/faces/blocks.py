"""Square and oblong faces: name seals and the small finance seal."""

from __future__ import annotations

import itertools
import math
import unicodedata
from dataclasses import dataclass

from seal_core.errors import FaceRefused
from seal_core.faces.fonts import Fonts
from seal_core.faces.layouts import BlockLayout
from seal_core.faces.paths import Box, Path, frame, joined
from seal_core.faces.setting import Body, Cell, Size, ink, row, squeezes, text_body
from seal_core.faces.spec import NAME_SEALS, FaceSpec
from seal_core.faces.tracks import Stand

# Family names of two characters, so that 诸葛亮 stands as 诸葛 beside 亮.
_DOUBLE_FAMILY_NAMES = (
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 "
    "澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 "
    "司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 "
    "夹谷 轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 梁丘 左丘 东门 西门 第五 "
    "完颜 纳兰 叶赫 "
)
_TALLEST = 1.9  # height of a stretched character as a share of its width
_FLATTEST = 0.62
_SMALLEST_MM = 1.6  # a character's side; below this a print is not legible


@dataclass(frozen=True, slots=True)
class BlockFace:
    """One square or oblong face being drawn."""

    spec: FaceSpec
    layout: BlockLayout
    fonts: Fonts

    def path(self) -> Path:
        """All of the ink. Raises MissingGlyph and FaceRefused."""
        return joined([*self.furniture(), ink(self.cells())])

    def furniture(self) -> list[Path]:
        """The border, unless the layout has none."""
        if not self.layout.border:
            return []
        return [frame(self.spec.width_mm, self.spec.height_mm, self.layout.border)]

    def cells(self) -> list[Cell]:
        """Every character in its place."""
        text = self._text()
        if not any(map(_is_chinese, text)):
            return self._latin(text)
        text = text.replace(" ", "").replace("\u3000", "")
        if self.spec.width_mm >= 1.6 * self.spec.height_mm:
            return self._lines(text)
        return self._columns(self._split(text))

    def _text(self) -> str:
        spec = self.spec
        return spec.name + (spec.suffix if spec.kind in NAME_SEALS else spec.purpose)

    def _room(self) -> Box:
        inset = self.layout.border + self.layout.padding
        return Box(inset, inset, self.spec.width_mm - inset, self.spec.height_mm - inset)

    def _split(self, text: str) -> list[str]:
        """The columns from right to left; the left ones take what does not divide."""
        name, suffix = self.spec.name, self.spec.suffix
        if len(text) == 3 and (name[:2] in _DOUBLE_FAMILY_NAMES or (len(name) == 2 and suffix)):
            return [text[:2], text[2:]]
        purpose = "" if self.spec.kind in NAME_SEALS else self.spec.purpose
        if purpose and len(name := text.removesuffix(purpose)) > 6:
            deep = 4 if len(name) <= 16 else 5 if len(name) <= 25 else 6
            return [*_even_parts(name, math.ceil(len(name) / deep)), purpose]
        return _even_parts(text, _columns_for(len(text), self.spec.width_mm / self.spec.height_mm))

    def _columns(self, columns: list[str]) -> list[Cell]:
        room, gap = self._room(), self.layout.gap
        pitch = (room.right - room.left + gap) / len(columns)
        cells = []
        for k, column in enumerate(columns):
            x = room.right - pitch * k - (pitch - gap) / 2
            cells += self._column(column, x, pitch - gap)
        return cells

    def _column(self, column: str, x: float, width: float) -> list[Cell]:
        """Characters one below the other, stretched to fill the height as far as looks right."""
        room, gap = self._room(), self.layout.gap
        shares = [_SMALL_SHARE if c in _SMALL else 1.0 for c in column]
        height = (room.bottom - room.top + gap) / sum(shares) - gap
        spare = max(0.0, height - width * _TALLEST)
        height, width = height - spare, min(width, height / _FLATTEST)
        if min(width, height) < _SMALLEST_MM:
            raise FaceRefused("does_not_fit", column)
        cells, y = [], room.top - gap / 2
        for character, share in zip(column, shares, strict=True):
            step = (height + gap + spare) * share
            cells.append(self._upright(character, x, y + step / 2, width, height))
            y += step
        return cells

    def _upright(self, character: str, x: float, y: float, width: float, height: float) -> Cell:
        """One character of a column; brackets lie there as vertical text has them."""
        body = text_body(character, self.fonts.text(_FULL.get(character, character)))
        if character in _FULL or character in _TURNED:
            depth = min(height * _SMALL_SHARE, width * body.width / body.height)
            return Cell(body, Stand((x, y), math.pi / 2), depth, width)
        if body.width < body.height * 0.9:  # dots and letters keep their shape
            return Cell(body, Stand((x, y), 0.0), width * body.width / body.height, height)
        return Cell(body, Stand((x, y), 0.0), width, height)

    def _lines(self, text: str) -> list[Cell]:
        """An oblong seal: one line from left to right, two when the name is long."""
        count = 1 if len(text) <= 5 else math.ceil(len(text) / 8) if len(text) > 16 else 2
        length = math.ceil(len(text) / count)
        return self._rows([text[k : k + length] for k in range(0, len(text), length)])

    def _latin(self, text: str) -> list[Cell]:
        """A name in Latin letters: its words below each other, level."""
        words = text.split()
        if self.spec.width_mm >= 1.6 * self.spec.height_mm and len(words) < 4:
            words = [" ".join(words)]
        return self._rows(words)

    def _rows(self, rows: list[str]) -> list[Cell]:
        room, gap = self._room(), self.layout.gap
        pitch = (room.bottom - room.top + gap) / len(rows)
        height = pitch - gap
        cells = []
        for k, text in enumerate(rows):
            at = (self.spec.width_mm / 2, room.top - gap / 2 + pitch * (k + 0.5))
            bodies = [text_body(c, self.fonts.text(c)) for c in text]
            cells += row(bodies, at, room.right - room.left, self._row_sizes(bodies, height), text)
        return cells

    def _row_sizes(self, bodies: list[Body], height: float) -> list[Size]:
        room = self._room()
        units = sum(body.width / body.height for body in bodies)
        widest = (room.right - room.left - self.layout.gap * (len(bodies) - 1)) / units
        return squeezes(height, min(1.0, max(0.6, widest / height)), self.layout.gap / height)


_TURNED = frozenset("（）〔〕《》【】「」『』")
_FULL = {"(": "（", ")": "）"}
_SMALL = _TURNED | frozenset("()·•・")  # these take less of a column's height
_SMALL_SHARE = 0.45


def _columns_for(count: int, ratio: float) -> int:
    """How many columns keep the characters nearest to square."""
    if count <= 2:
        return 1 if count == 1 else 2
    return max(1, round(math.sqrt(count * ratio) + 0.01))


def _even_parts(text: str, count: int) -> list[str]:
    """*text* in *count* parts, the last ones longer where it does not divide."""
    least, more = divmod(len(text), count)
    lengths = [least + (k >= count - more) for k in range(count)]
    ends = itertools.accumulate(lengths)
    return [text[end - length : end] for end, length in zip(ends, lengths, strict=True)]


def _is_chinese(character: str) -> bool:
    return unicodedata.east_asian_width(character) == "W"
