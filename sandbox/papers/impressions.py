"""Impressions of the physical seals an enterprise owns, in red ink on the form.

Drawn after the usual faces (round with star, square name seal) in true millimetres; a little
turned, as a hand puts them down.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from reportlab.lib.colors import Color
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from sandbox.papers.type import POINT, Typeface

_INK = Color(0.83, 0.05, 0.09, alpha=0.88)


@dataclass(frozen=True, slots=True)
class RoundSeal:
    """Name along the ring, star in the middle, words or a code below."""

    name: str
    diameter: float  # millimetres
    words: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class SquareSeal:
    """A personal name seal: four characters, read from right to left, top to bottom."""

    text: str
    side: float  # millimetres


def draw(
    canvas: Canvas, seal: RoundSeal | SquareSeal, face: Typeface, x: float, y: float, turn: float
) -> None:
    """Stamp *seal* with its centre at (*x*, *y*) millimetres from below left."""
    with _inked(canvas, x, y, turn):
        if isinstance(seal, RoundSeal):
            _round(canvas, seal, face)
        else:
            _square(canvas, seal, face)


@contextmanager
def _inked(canvas: Canvas, x: float, y: float, turn: float) -> Iterator[None]:
    canvas.saveState()
    canvas.translate(x * mm, y * mm)
    canvas.rotate(turn)
    canvas.setFillColor(_INK)
    canvas.setStrokeColor(_INK)
    yield
    canvas.restoreState()


def _round(canvas: Canvas, seal: RoundSeal, face: Typeface) -> None:
    radius = seal.diameter / 2
    border = 1.2 if seal.diameter >= 42 else 1.0
    canvas.setLineWidth(border * mm)
    canvas.circle(0, 0, (radius - border / 2) * mm, stroke=1, fill=0)
    _star(canvas, 0.18 * seal.diameter)
    height = min(0.14 * seal.diameter, 5.6)
    _ring(canvas, seal.name, face, radius - border - 1.0 - height, height, _span(seal.name))
    if seal.words:
        size = 0.1 * seal.diameter / POINT
        canvas.setFont(face.name, size)
        canvas.drawCentredString(0, -0.33 * seal.diameter * mm, seal.words)
    if seal.code:
        _ring(canvas, seal.code, face, radius - border - 2.2, 1.7, -78.0)


def _span(name: str) -> float:
    """Degrees of the ring that *name* takes: long names close it further."""
    return min(160.0 + 9.0 * len(name), 280.0)


def _ring(
    canvas: Canvas, text: str, face: Typeface, radius: float, height: float, span: float
) -> None:
    """Characters on a circle of *radius*: above it if *span* is positive, below otherwise."""
    above = span > 0
    step = span / max(len(text) - 1, 1)
    size = height / POINT
    for index, char in enumerate(text):
        around = span / 2 - index * step
        canvas.saveState()
        canvas.rotate(around if above else 180 + around)
        canvas.translate(0, radius * mm)
        if not above:
            canvas.rotate(180)
        canvas.scale(0.72 if above else 1.0, 1.0)
        canvas.setFont(face.name, size)
        canvas.drawCentredString(0, 0.06 * height * mm, char)
        canvas.restoreState()


def _star(canvas: Canvas, radius: float) -> None:
    inner = radius * math.sin(math.radians(18)) / math.sin(math.radians(54))
    path = canvas.beginPath()
    for corner in range(10):
        reach = radius if corner % 2 == 0 else inner
        angle = math.radians(90 + 36 * corner)
        point = (reach * math.cos(angle) * mm, reach * math.sin(angle) * mm)
        if corner:
            path.lineTo(*point)
        else:
            path.moveTo(*point)
    path.close()
    canvas.drawPath(path, stroke=0, fill=1)


def _square(canvas: Canvas, seal: SquareSeal, face: Typeface) -> None:
    side, border = seal.side, 0.05 * seal.side
    canvas.setLineWidth(border * mm)
    edge = (side - border) / 2
    canvas.rect(-edge * mm, -edge * mm, 2 * edge * mm, 2 * edge * mm, stroke=1, fill=0)
    cell = (side - 2 * border) / 2 * 0.94
    canvas.setFont(face.name, cell * 0.94 / POINT)
    right_to_left = ((1, 1), (1, -1), (-1, 1), (-1, -1))
    for char, (column, row) in zip(seal.text, right_to_left, strict=True):
        x, y = column * cell / 2, row * cell / 2 - 0.36 * cell
        canvas.drawCentredString(x * mm, y * mm, char)
