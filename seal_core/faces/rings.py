"""Round and oval faces: border, ring text, centre, code."""

from __future__ import annotations

from dataclasses import dataclass

from seal_core.errors import FaceRefused
from seal_core.faces.fonts import Fonts
from seal_core.faces.layouts import RingLayout
from seal_core.faces.paths import Path, Point, joined, oval_ring, star
from seal_core.faces.setting import (
    Arc,
    Body,
    Cell,
    digit_body,
    figure_body,
    figure_share,
    ink,
    overlap,
    row,
    squeezes,
    text_body,
)
from seal_core.faces.spec import FaceSpec
from seal_core.faces.tracks import Stand, track

_WIDE_BRACKETS = str.maketrans("()", "（）")
_NARROW_BRACKETS = str.maketrans("（）", "()")
# Room in mm between the ends of the name and the text on the lower arc, and the inner text.
_ROOM_BELOW = 1.3
_ROOM_INSIDE = 0.4


@dataclass(frozen=True, slots=True)
class RingFace:
    """One round or oval face being drawn."""

    spec: FaceSpec
    layout: RingLayout
    fonts: Fonts

    def path(self) -> Path:
        """All of the ink. Raises MissingGlyph and FaceRefused."""
        cells = self.cells()
        return joined([*self.furniture(), ink(cells)])

    def furniture(self) -> list[Path]:
        """Border, inner line and star."""
        layout, centre = self.layout, self._centre
        rx, ry = centre
        parts = [oval_ring(centre, rx, ry, layout.border)]
        if layout.inner_line:
            inset = layout.border + layout.inner_line_gap
            parts.append(oval_ring(centre, rx - inset, ry - inset, layout.inner_line))
        if layout.star:
            parts.append(star(centre, layout.star / 2))
        return parts

    def cells(self) -> list[Cell]:
        """Every character in its place; none comes near another."""
        code = self._code()
        inner, lower = [*self._purpose(), *self._number()], self._second_line()
        (inner if self.layout.code_in_centre else lower).extend(code)
        return [*self._name(inner, lower), *inner, *lower]

    @property
    def _centre(self) -> Point:
        return self.spec.width_mm / 2, self.spec.height_mm / 2

    def _arc(self, gap: float, most: float, least: float = 0.0, hanging: bool = False) -> Arc:
        edge = self.layout.border
        if self.layout.inner_line:
            edge += self.layout.inner_line_gap + self.layout.inner_line
        rx, ry = self._centre
        return Arc((rx, ry), rx - edge, ry - edge, gap, most, least, hanging)

    def _name(self, inner: list[Cell], lower: list[Cell]) -> list[Cell]:
        """The ring text: as wide open as allowed while it keeps off the other text."""
        layout, name = self.layout, self.spec.name.translate(_WIDE_BRACKETS)
        bodies = self._text_bodies(name)
        sizes = squeezes(layout.name_height, layout.name_width, layout.name_spacing)
        span = layout.name_span
        while span >= max(layout.name_span_least, 120.0):
            arc = self._arc(layout.name_gap, span, layout.name_span_least)
            cells = arc.set(bodies, sizes, name)
            if not (_near(cells, inner, _ROOM_INSIDE) or _near(cells, lower, _ROOM_BELOW)):
                return cells
            span -= 6.0
        raise FaceRefused("does_not_fit", name)

    def _purpose(self) -> list[Cell]:
        layout, text = self.layout, self.spec.purpose
        if not text:
            return []
        sizes = squeezes(layout.purpose_height, layout.purpose_char_width, 0.14)
        at = self._below(layout.purpose_below)
        return row(self._text_bodies(text), at, layout.purpose_width, sizes, text)

    def _number(self) -> list[Cell]:
        """（1）, （2）… in the face of the code; （一） in that of the text."""
        layout, text = self.layout, self.spec.number.translate(_NARROW_BRACKETS)
        if not text:
            return []
        if text.isascii():
            bodies = [figure_body(self.fonts.digit(c)) for c in text]
            share = figure_share(layout.number_char_width, layout.number_height)
        else:
            bodies, share = self._text_bodies(text.translate(_WIDE_BRACKETS)), 0.84
        sizes = squeezes(layout.number_height, share, 0.0)
        at = self._below(layout.number_below)
        return row(bodies, at, layout.purpose_width * 0.6, sizes, text)

    def _code(self) -> list[Cell]:
        """Figures in equal cells: on the lower arc, or level through the centre."""
        layout, text = self.layout, self.spec.code
        if layout.code_in_centre:
            stand = self._level
        else:
            arc = self._arc(layout.code_gap, 0.0)
            depth = layout.code_gap + layout.code_height / 2
            stand = track(arc.centre, arc.rx, arc.ry, depth).hanging
        bodies = [digit_body(self.fonts.digit(c)) for c in text]
        pitch = min(layout.code_pitch, layout.code_pitch * 17 / max(len(text) - 1, 1))
        width = min(layout.code_char_width, pitch * 0.9)
        middle = (len(text) - 1) / 2
        return [
            Cell(body, stand((k - middle) * pitch), width, layout.code_height)
            for k, body in enumerate(bodies)
        ]

    def _level(self, along: float) -> Stand:
        return Stand((self._centre[0] + along, self._centre[1]), 0.0)

    def _second_line(self) -> list[Cell]:
        layout, text = self.layout, self.spec.second_line
        if not text:
            return []
        gap = layout.name_gap + (layout.code_height + 0.5 if self.spec.code else 0.0)
        sizes = squeezes(layout.second_height, 0.86, 0.08)
        arc = self._arc(gap, layout.second_span, hanging=True)
        return arc.set(self._text_bodies(text), sizes, text)

    def _below(self, distance: float) -> Point:
        return self._centre[0], self._centre[1] + distance

    def _text_bodies(self, text: str) -> list[Body]:
        draw = self.fonts.invoice_text if self.layout.fangsong else self.fonts.text
        return [text_body(character, draw(character)) for character in text]


def _near(cells: list[Cell], others: list[Cell], room: float) -> bool:
    return any(overlap(cell, other, room) for cell in cells for other in others)
