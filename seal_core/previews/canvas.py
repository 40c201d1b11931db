"""The SVG that a page becomes: what is drawn, what it refers to, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from xml.sax.saxutils import escape

from seal_core.previews.budget import Budget

Matrix = tuple[float, float, float, float, float, float]

MAX_NOTES = 50


class Canvas:
    """Collects markup in drawing order. Everything repeated is defined once and used by id."""

    def __init__(self, budget: Budget, pixels_per_mm: float) -> None:
        self.budget = budget
        self.pixels_per_mm = pixels_per_mm  # how finely it will be looked at
        self._parts: list[str] = []
        self._definitions: list[str] = []
        self._known: dict[object, str] = {}
        self._notes: dict[str, None] = {}
        self._count = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not drawn as the document wants it; a few English words each."""
        return tuple(self._notes)

    def note(self, words: str) -> None:
        if len(self._notes) < MAX_NOTES:
            self._notes[words[:200]] = None

    def add(self, markup: str) -> None:
        self.budget.spend_svg(len(markup))
        self._parts.append(markup)

    def define(self, markup: str, key: object = None) -> str:
        """Define ``markup`` (with ``{id}`` where its id goes) and return the id."""
        if key is not None and key in self._known:
            return self._known[key]
        self._count += 1
        name = f"d{self._count}"
        self.budget.spend_svg(len(markup))
        self._definitions.append(markup.replace("{id}", name, 1))
        if key is not None:
            self._known[key] = name
        return name

    def defined(self, key: object) -> str | None:
        """The id of what was defined under *key*, if it was; empty for what cannot be drawn."""
        return self._known.get(key)

    def give_up(self, key: object) -> str:
        """Remember that *key* cannot be drawn, and tell so with an empty id."""
        self._known[key] = ""
        return ""

    @contextmanager
    def group(self, attributes: str) -> Iterator[None]:
        """Everything added meanwhile belongs to one ``<g>``; without attributes to none."""
        if not attributes:
            yield
            return
        self.add(f"<g{attributes}>")
        yield
        self.add("</g>")

    @contextmanager
    def aside(self) -> Iterator[list[str]]:
        """What is added meanwhile goes into the list given, not onto the page."""
        page, self._parts = self._parts, []
        try:
            yield self._parts
        finally:
            self._parts = page

    def svg(self, width_mm: float, height_mm: float, title: str = "") -> str:
        """The finished picture on white paper; user units are millimetres."""
        box = f"{number(width_mm)} {number(height_mm)}"
        width, height = box.split()
        definitions = f"<defs>{''.join(self._definitions)}</defs>" if self._definitions else ""
        heading = f"<title>{escape(title)}</title>" if title else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
            f'viewBox="0 0 {box}">{heading}{definitions}'
            f'<rect width="{width}" height="{height}" fill="#fff"/>{"".join(self._parts)}</svg>'
        )


def number(value: float) -> str:
    """Short, and finer than any printer."""
    return f"{value:.6g}"


def transform(matrix: Matrix) -> str:
    """The attribute, or nothing for the identity."""
    a, b, c, d, e, f = matrix
    if a == d == 1 and b == c == 0:
        return f' transform="translate({number(e)} {number(f)})"' if e or f else ""
    return f' transform="matrix({" ".join(map(number, matrix))})"'


def moved(matrix: Matrix, x: float, y: float) -> Matrix:
    """*matrix*, and then moved by x and y."""
    a, b, c, d, e, f = matrix
    return a, b, c, d, e + x, f + y
