"""Texts on an OFD page and where they stand (GB/T 33190-2016, clause 11)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, pairwise, repeat

from seal_core.formats.ofd_model import parse_box
from seal_core.formats.ofd_package import Element, children

_ASCENT, _DESCENT = 0.88, 0.12  # of the font size, as in most Chinese fonts
_MAX_GLYPHS = 200_000  # of one page

Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character and the box it fills on the page, in mm; *run* numbers the text objects."""

    character: str
    left: float
    top: float
    right: float
    bottom: float
    run: int

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


def page_glyphs(root: Element) -> list[Glyph]:
    """The visible characters of a page's Content.xml in the order they are drawn."""
    objects = enumerate(root.iter("{*}TextObject"))
    drawn = chain.from_iterable(_object_glyphs(element, run) for run, element in objects)
    return list(islice(drawn, _MAX_GLYPHS))


def find_text(glyphs: Sequence[Glyph], wanted: str | re.Pattern[str]) -> list[tuple[float, float]]:
    """The middle of each place where *wanted* stands, blanks not counted.

    Text may run on from one object to the next where they touch; a pattern never matches
    across a gap. If it is not found in the order of drawing, it is looked for line by line as
    people read.
    """
    if isinstance(wanted, re.Pattern):
        return _matches_of(glyphs, wanted) or _matches_of(_as_read(glyphs), wanted)
    wanted = "".join(wanted.split())
    if not wanted:
        return []
    return _matches(glyphs, wanted) or _matches(_as_read(glyphs), wanted)


def _matches(glyphs: Sequence[Glyph], wanted: str) -> list[tuple[float, float]]:
    text = "".join(glyph.character for glyph in glyphs)
    found: list[tuple[float, float]] = []
    at = text.find(wanted)
    while at >= 0:
        hit = glyphs[at : at + len(wanted)]
        joined = all(_adjoin(a, b) for a, b in pairwise(hit))
        if joined:
            found.append(_middle(hit))
        at = text.find(wanted, at + (len(wanted) if joined else 1))
    return found


def _matches_of(glyphs: Sequence[Glyph], pattern: re.Pattern[str]) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for piece in _pieces(glyphs):
        text = "".join(glyph.character for glyph in piece)
        hits = (match.span() for match in pattern.finditer(text))
        found += [_middle(piece[start:end]) for start, end in hits if start < end]
    return found


def _pieces(glyphs: Sequence[Glyph]) -> Iterator[Sequence[Glyph]]:
    """The glyphs cut wherever the next does not follow the last."""
    cuts = [at for at, (a, b) in enumerate(pairwise(glyphs), 1) if not _adjoin(a, b)]
    for start, end in pairwise((0, *cuts, len(glyphs))):
        yield glyphs[start:end]


def _adjoin(first: Glyph, second: Glyph) -> bool:
    """Whether the second follows the first: in one text object, or beside it on the line."""
    if first.run == second.run:
        return True
    height = max(first.bottom - first.top, second.bottom - second.top)
    level = abs(first.middle[1] - second.middle[1]) <= 0.6 * height
    return level and -0.5 * height <= second.left - first.right <= 1.5 * height


def _as_read(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """By lines from the top, each from the left; every glyph stands for itself."""
    by_height = sorted(glyphs, key=lambda g: g.middle[1])
    lines: list[list[Glyph]] = []
    for glyph in by_height:
        height = glyph.bottom - glyph.top
        if lines and glyph.middle[1] - lines[-1][0].middle[1] <= 0.5 * height:
            lines[-1].append(glyph)
        else:
            lines.append([glyph])
    ordered = chain.from_iterable(sorted(line, key=lambda g: g.left) for line in lines)
    return [Glyph(g.character, g.left, g.top, g.right, g.bottom, -n) for n, g in enumerate(ordered)]


def _middle(glyphs: Sequence[Glyph]) -> tuple[float, float]:
    left, right = min(g.left for g in glyphs), max(g.right for g in glyphs)
    top, bottom = min(g.top for g in glyphs), max(g.bottom for g in glyphs)
    return (left + right) / 2, (top + bottom) / 2


def _object_glyphs(element: Element, run: int) -> Iterator[Glyph]:
    boundary = parse_box(element.get("Boundary", ""))
    size = _number(element.get("Size"), 0.0)
    if boundary is None or size <= 0 or element.get("Visible") == "false":
        return
    matrix = _matrix(element.get("CTM", ""))
    x = y = 0.0
    for code in children(element, "TextCode"):
        x, y = _number(code.get("X"), x), _number(code.get("Y"), y)
        for character, left, base, advance in _laid_out(code, x, y, size):
            if not character.isspace():
                box = (left, base - _ASCENT * size, left + advance, base + _DESCENT * size)
                yield Glyph(character, *_on_page(box, matrix, boundary[0], boundary[1]), run)


def _laid_out(
    code: Element, x: float, y: float, size: float
) -> Iterator[tuple[str, float, float, float]]:
    """Character, position and width of one TextCode, in the object's own space."""
    text = (code.text or "").strip("\r\n\t")
    across, down = _deltas(code.get("DeltaX")), _deltas(code.get("DeltaY"))
    for character in text:
        width = size if ord(character) > 0x2E7F else size / 2
        yield character, x, y, width
        x += next(across, width if code.get("DeltaX") is None else 0.0)
        y += next(down, 0.0)


def _deltas(text: str | None) -> Iterator[float]:
    """Steps between characters; ``g n v`` stands for n times v."""
    words = iter((text or "").split())
    for word in words:
        if word != "g":
            yield _number(word, 0.0)
            continue
        count = int(max(0.0, _number(next(words, None), 0.0)))
        yield from repeat(_number(next(words, None), 0.0), count)


def _on_page(
    box: tuple[float, float, float, float], matrix: Matrix, x: float, y: float
) -> tuple[float, float, float, float]:
    """The upright box around *box* after CTM and the object's own corner."""
    a, b, c, d, e, f = matrix
    corners = [(u, v) for u in (box[0], box[2]) for v in (box[1], box[3])]
    xs = [a * u + c * v + e + x for u, v in corners]
    ys = [b * u + d * v + f + y for u, v in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _matrix(text: str) -> Matrix:
    values = [_number(word, math.nan) for word in text.split()]
    if len(values) != 6 or not all(map(math.isfinite, values)):
        return _IDENTITY
    return values[0], values[1], values[2], values[3], values[4], values[5]


def _number(text: str | None, default: float) -> float:
    try:
        value = float(text) if text is not None else default
    except ValueError:
        return default
    return value if math.isfinite(value) else default
