"""A typeface with measurable widths, and pages as runs of text and rules, in millimetres.

One layout serves PDF and OFD: positions count from the top left corner of the page, y down,
as OFD has it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

POINT = 25.4 / 72  # millimetres
A4 = (210.0, 297.0)  # millimetres
_BUILT_IN = "STSong-Light"  # Adobe's name; the reader supplies the glyphs
_NO_LINE_START = frozenset("，。、；：？！）》」』】”’…,.;:?!)]}%")
_NO_LINE_END = frozenset("（《「『【“‘([{")
_registering = threading.Lock()


@dataclass(frozen=True, slots=True)
class Typeface:
    """A font known to reportlab by *name*; *path* where it came from a file."""

    name: str
    path: Path | None = None

    @classmethod
    def load(cls, path: Path | None) -> Typeface:
        """Register the TrueType file *path*, or reportlab's Song where there is none."""
        name = path.stem if path else _BUILT_IN
        with _registering:
            if name not in pdfmetrics.getRegisteredFontNames():
                made = TTFont(name, str(path)) if path else UnicodeCIDFont(_BUILT_IN)
                pdfmetrics.registerFont(made)
        return cls(name, path)

    def width(self, text: str, size: float) -> float:
        """The width of *text* in millimetres at *size* points."""
        return float(pdfmetrics.stringWidth(text, self.name, size)) * POINT

    def wrap(self, text: str, size: float, width: float, first_indent: float = 0.0) -> list[str]:
        """Break *text* into lines; no line starts with closing punctuation."""
        lines: list[str] = []
        line, room = "", width - first_indent
        for char in text:
            if line and self.width(line + char, size) > room and char not in _NO_LINE_START:
                kept = line.rstrip("".join(_NO_LINE_END))
                lines.append(kept)
                line, room = line[len(kept) :], width
            line += char
        return [*lines, line]


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text; *y* is its baseline."""

    x: float
    y: float
    size: float  # points
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight black line."""

    x1: float
    y1: float
    x2: float
    y2: float
    weight: float = 0.25  # millimetres


@dataclass(slots=True)
class Page:
    """One A4 page."""

    runs: list[Run] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
