"""Which glyph of which font stands where (GB/T 33190-2016, clause 11)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from seal_core.errors import MalformedData
from seal_core.formats.ofd_package import Element, child, children, text_of
from seal_core.previews.canvas import Canvas, Matrix
from seal_core.previews.fonts import StandIns, is_heavy
from seal_core.previews.ofd_resources import Resources
from seal_core.previews.ofd_source import Source
from seal_core.previews.ofd_values import deltas, real, whole, words, yes
from seal_core.previews.sfnt import Font

_NARROWEST = 0.4  # below that a step is meant to print one over the other
_FIRST_WIDE = "\u2000"  # letters and digits are below, Han and its punctuation above
_SLANT = math.tan(math.radians(12))
_BOLD_FROM = 600
_MAX_CODES = 100_000
# A glyph that no font has: an open box as wide as a Han character, in thousandths of the em.
_BOX_EM = 1000
_BOX = "M80 -80H920V840H80ZM130 -30V790H870V-30Z"


@dataclass(frozen=True, slots=True)
class Family:
    """A Font resource: its own file if it can be read, and how its stand-in looks."""

    font: Font | None
    bold: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """A defined glyph and its way from font units into the object's space."""

    glyph: str
    matrix: Matrix


@dataclass(frozen=True, slots=True)
class _Sign:
    """One thing to be placed: an outline of a font, or the box for a missing one."""

    path: str
    advance: float  # in ems
    units: int
    key: object
    narrow: bool = False  # a letter of a stand-in, which may be wider than the one meant


class Typesetter:
    """Places the glyphs of text objects."""

    def __init__(
        self, canvas: Canvas, source: Source, resources: Resources, stand_ins: StandIns
    ) -> None:
        self._canvas = canvas
        self._source = source
        self._resources = resources
        self._stand_ins = stand_ins
        self._families: dict[str, Family] = {}

    def placed(self, text: Element) -> Iterator[Placed]:
        """The visible glyphs of a TextObject, in order."""
        size = real(text.get("Size"))
        if size <= 0:
            return
        family = self._family(text.get("Font", ""))
        bold = family.bold or whole(text.get("Weight"), 400) >= _BOLD_FROM
        shape = _shape(text)
        transforms = _glyph_transforms(text) if family.font else {}
        at, x, y = 0, 0.0, 0.0
        for code in children(text, "TextCode"):
            string = (code.text or "").strip("\r\n\t")[:_MAX_CODES]
            signs = [*self._signs(string, at, transforms, family, bold)]
            at += len(string)
            x, y = real(code.get("X"), x), real(code.get("Y"), y)
            for sign, left, base, share in _along(code, signs, x, y, text, size):
                if sign.path:
                    self._canvas.budget.spend_glyph()
                    fit = _into(_squeezed(shape, share), size / sign.units, left, base)
                    yield Placed(self._defined(sign), fit)

    def is_thickened(self, text: Element) -> bool:
        """Whether a weight is asked for that the document's own font does not have."""
        family = self._family(text.get("Font", ""))
        heavy = whole(text.get("Weight"), 400) >= _BOLD_FROM
        return heavy and family.font is not None and not family.bold

    def _defined(self, sign: _Sign) -> str:
        known = self._canvas.defined(sign.key)
        return known or self._canvas.define(f'<path id="{{id}}" d="{sign.path}"/>', sign.key)

    def _signs(
        self, string: str, at: int, transforms: dict[int, _Change], family: Family, bold: bool
    ) -> Iterator[_Sign]:
        """What is to be drawn for the characters *string*, the first being the object's *at*-th."""
        n = 0
        while n < len(string):
            change = transforms.get(at + n)
            if change is not None and family.font is not None and change.fits(family.font):
                yield from (_sign(family.font, glyph) for glyph in change.glyphs)
                n += change.codes
            else:
                yield self._sign_of(string[n], family.font, bold)
                n += 1

    def _sign_of(self, character: str, font: Font | None, bold: bool) -> _Sign:
        if font is not None and (glyph := font.glyph_of(character)):
            return _sign(font, glyph)
        if found := self._stand_ins.find(character, bold=bold):
            return replace(_sign(*found), narrow=character < _FIRST_WIDE)
        if character.isspace() or (not character.isprintable() and not _is_private(character)):
            return _Sign("", 1.0 if character == "\u3000" else 0.5, 1, None)
        self._canvas.note(f"no font has U+{ord(character):04X}")
        return _Sign(_BOX, 1.0, _BOX_EM, _BOX)

    def _family(self, key: str) -> Family:
        if key not in self._families:
            self._families[key] = self._open(key)
        return self._families[key]

    def _open(self, key: str) -> Family:
        found = self._resources.find("Font", key)
        if found is None:
            return Family(None, False)
        name = f"{found.element.get('FontName', '')} {found.element.get('FamilyName', '')}"
        bold = yes(found.element.get("Bold"), False) or is_heavy(name)
        if found.file is None:
            if text_of(child(found.element, "FontFile")):
                self._canvas.note(f"font file of {name.strip()} missing")
            return Family(None, bold)
        try:
            return Family(Font(self._source.package.read(found.file)), bold)
        except MalformedData as exc:
            self._canvas.note(f"font file {found.file} unreadable: {exc.detail}")
            return Family(None, bold)


@dataclass(frozen=True, slots=True)
class _Change:
    """A CGTransform: so many characters become these glyphs."""

    codes: int
    glyphs: tuple[int, ...]

    def fits(self, font: Font) -> bool:
        """False for glyphs the font does not have: then the characters are looked up."""
        return all(0 <= glyph < font.glyph_count for glyph in self.glyphs)


def _glyph_transforms(text: Element) -> dict[int, _Change]:
    changes = {}
    for element in children(text, "CGTransform"):
        glyphs = tuple(whole(word, -1) for word in words(text_of(child(element, "Glyphs"))))
        codes = max(1, whole(element.get("CodeCount"), 1))
        changes[whole(element.get("CodePosition"), 0)] = _Change(codes, glyphs[:_MAX_CODES])
    return changes


def _sign(font: Font, glyph: int) -> _Sign:
    path, advance = font.outline(glyph)
    return _Sign(path, advance / font.units_per_em, font.units_per_em, (font, glyph))


def _along(
    code: Element, signs: list[_Sign], x: float, y: float, text: Element, size: float
) -> Iterator[tuple[_Sign, float, float, float]]:
    """Each sign, where it starts, and the share of its width it has room for.

    Too few steps: the last is repeated. None at all: as wide as the glyphs are, in the
    reading direction.
    """
    across, down = (deltas(code.get(name), len(signs)) for name in ("DeltaX", "DeltaY"))
    direction = math.radians(whole(text.get("ReadDirection"), 0))
    natural = 0.0 if across or down else size * real(text.get("HScale"), 1.0)
    step_x, step_y = math.cos(direction) * natural, math.sin(direction) * natural
    for n, sign in enumerate(signs):
        room = across[min(n, len(across) - 1)] if across else 0.0
        share = room / (sign.advance * size) if sign.narrow and room > 0 and sign.advance else 1.0
        yield sign, x, y, share if _NARROWEST < share < 1 else 1.0
        x += across[min(n, len(across) - 1)] if across else sign.advance * step_x
        y += down[min(n, len(down) - 1)] if down else sign.advance * step_y


def _squeezed(
    shape: tuple[float, float, float, float], share: float
) -> tuple[float, float, float, float]:
    a, b, c, d = shape
    return a * share, b * share, c, d


def _shape(text: Element) -> tuple[float, float, float, float]:
    """HScale, slant and CharDirection (clockwise), for outlines with y up."""
    turn = math.radians(whole(text.get("CharDirection"), 0))
    wide = real(text.get("HScale"), 1.0) or 1.0
    slant = _SLANT if yes(text.get("Italic"), False) else 0.0
    cos, sin = round(math.cos(turn), 9), round(math.sin(turn), 9)
    return wide * cos, -wide * sin, slant * cos + sin, cos - slant * sin


def _into(
    shape: tuple[float, float, float, float], scale: float, left: float, base: float
) -> Matrix:
    a, b, c, d = shape
    return scale * a, -scale * b, scale * c, -scale * d, left, base


def _is_private(character: str) -> bool:
    return 0xE000 <= ord(character) <= 0xF8FF or ord(character) >= 0xF0000
