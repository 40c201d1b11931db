"""Glyph outlines from the packaged fonts, then from the fonts the deployment adds.

A face is drawn from outlines, so whoever looks at it needs no font. Lookups walk a chain;
a character none of its fonts has is refused by name, never drawn as a blank box.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTCollection, TTFont

from seal_core.errors import MissingGlyph
from seal_core.faces.paths import Box, Path, Point, Segment

PACKAGED = FilePath(__file__).with_name("fonts")
PACKAGED_SONG = PACKAGED / "NotoSerifSC-Bold-subset.ttf"
PACKAGED_DIGITS = PACKAGED / "Arimo-SemiBold-subset.ttf"


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character's ink in em units, y down, the baseline's start at the origin."""

    path: Path
    advance: float
    box: Box | None  # None: a space


class Font:
    """One opened font file. Outlines are read when first asked for and kept."""

    def __init__(self, path: FilePath, face_name: str = "") -> None:
        self._font: Any = _open(path, face_name)
        self._characters: dict[int, str] = self._font.getBestCmap()
        self._outlines: Any = self._font.getGlyphSet()
        self._em: int = self._font["head"].unitsPerEm
        self._known: dict[str, Glyph] = {}

    def __contains__(self, character: str) -> bool:
        return ord(character) in self._characters

    def glyph(self, character: str) -> Glyph:
        """The outline of *character*, which must be in the font."""
        if character not in self._known:
            self._known[character] = self._read(character)
        return self._known[character]

    def _read(self, character: str) -> Glyph:
        outline = self._outlines[self._characters[ord(character)]]
        pen = _OutlinePen(self._outlines, self._em)
        outline.draw(pen)
        path = Path(tuple(pen.segments))
        return Glyph(path, outline.width / self._em, path.box() if path.segments else None)


@dataclass(frozen=True, slots=True)
class Fonts:
    """The chains a face is drawn with: 宋体 for text, 仿宋 for the invoice seal, digits.

    Without a 仿宋 of its own a deployment's invoice seal falls back to 宋体: no freely
    licensed simplified 仿宋 could be packaged.
    """

    song: tuple[Font, ...]
    digits: tuple[Font, ...]
    fangsong: tuple[Font, ...] = field(default=())

    def text(self, character: str) -> Glyph:
        """Raises MissingGlyph."""
        return _first(self.song, character)

    def invoice_text(self, character: str) -> Glyph:
        """Raises MissingGlyph."""
        return _first((*self.fangsong, *self.song), character)

    def digit(self, character: str) -> Glyph:
        """Raises MissingGlyph."""
        return _first((*self.digits, *self.song), character)


def load_fonts(
    song: Iterable[FilePath] = (),
    fangsong: Iterable[FilePath] = (),
    digits: Iterable[FilePath] = (),
) -> Fonts:
    """Open the packaged fonts and, behind them, those of the deployment.

    A configured 仿宋 stands before everything on invoice seals; configured digits stand
    before the packaged ones. Each file is opened once per process.
    """
    return Fonts(
        song=(_shared(PACKAGED_SONG), *map(_shared, song)),
        fangsong=tuple(map(_shared, fangsong)),
        digits=(*map(_shared, digits), _shared(PACKAGED_DIGITS)),
    )


@functools.cache
def packaged_fonts() -> Fonts:
    """The fonts that come with the service."""
    return load_fonts()


class _Deployment:
    """The font files of this process's deployment, told once at its start."""

    song: tuple[FilePath, ...] = ()
    fangsong: tuple[FilePath, ...] = ()


def use_fonts(song: Iterable[FilePath], fangsong: Iterable[FilePath]) -> None:
    """From now on faces are drawn with these fonts too; they are opened when first needed."""
    _Deployment.song, _Deployment.fangsong = tuple(song), tuple(fangsong)
    fonts_in_use.cache_clear()


@functools.cache
def fonts_in_use() -> Fonts:
    """What faces are drawn with unless a caller says otherwise."""
    if not (_Deployment.song or _Deployment.fangsong):
        return packaged_fonts()
    return load_fonts(_Deployment.song, _Deployment.fangsong)


@functools.cache
def _shared(path: FilePath) -> Font:
    return Font(path, "SC")


def _first(chain: tuple[Font, ...], character: str) -> Glyph:
    for font in chain:
        if character in font:
            return font.glyph(character)
    raise MissingGlyph(character)


def _open(path: FilePath, face_name: str) -> Any:
    """Open *path*; of a collection, the member whose family name ends with *face_name*."""
    if path.suffix.lower() not in {".ttc", ".otc"}:
        return TTFont(path, lazy=True)
    members: list[Any] = TTCollection(path, lazy=True).fonts
    named = [m for m in members if str(m["name"].getDebugName(1)).endswith(face_name)]
    return (named or members)[0]


class _OutlinePen(BasePen):  # type: ignore[misc]  # fontTools carries no types
    """Collects a glyph's contours in em units with y turned down."""

    def __init__(self, glyphs: object, em: int) -> None:
        super().__init__(glyphs)
        self.segments: list[Segment] = []
        self._em = em

    def _add(self, name: str, *points: Point) -> None:
        self.segments.append((name, tuple((x / self._em, -y / self._em) for x, y in points)))

    def _moveTo(self, pt: Point) -> None:  # noqa: N802 - names of fontTools' pens
        self._add("M", pt)

    def _lineTo(self, pt: Point) -> None:  # noqa: N802
        self._add("L", pt)

    def _qCurveToOne(self, pt1: Point, pt2: Point) -> None:  # noqa: N802
        self._add("Q", pt1, pt2)

    def _curveToOne(self, pt1: Point, pt2: Point, pt3: Point) -> None:  # noqa: N802
        self._add("C", pt1, pt2, pt3)

    def _closePath(self) -> None:  # noqa: N802
        self._add("Z")
