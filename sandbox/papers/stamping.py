"""Somebody prints a form, stamps it in the boxes, signs, and puts it on a scanner.

He sees where a seal belongs as anybody does: the box with the seal's name in it.
"""

from __future__ import annotations

import io
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image, ImageFilter
from reportlab.pdfgen.canvas import Canvas

from sandbox.papers import impressions
from sandbox.papers.application_form import impression_of
from sandbox.papers.scan import on_the_scanner
from sandbox.papers.type import POINT, Typeface
from sandbox.people import Person

DPI = 300
_SMALLEST_BOX = 45.0  # mm
_TURNS = (2.5, -1.5, 3.0, -2.0)  # degrees; nobody stamps straight


class NoBox(Exception):
    """The form has no box of this name."""


@dataclass(frozen=True, slots=True)
class Box:
    """In mm from the lower left corner of the page."""

    left: float
    bottom: float
    right: float
    top: float

    def holds(self, x: float, y: float) -> bool:
        return self.left < x < self.right and self.bottom < y < self.top


def stamped(
    form: bytes,
    font: Path | None,
    person: Person,
    seals: Mapping[str, str],
    *,
    onto_text: str = "",
    seed: int = 1,
) -> bytes:
    """The scan of *form* with the impressions of *person*'s *seals* in their boxes.

    *seals* maps the name a box bears to the kind of seal; the one of the box *onto_text* is
    stamped carelessly, across the print above its box.
    """
    face = Typeface.load(font)
    document = pypdfium2.PdfDocument(form)
    try:
        page = document[0]
        size = page.get_size()
        out = io.BytesIO()
        canvas = Canvas(out, pagesize=size)
        for (name, kind), turn in zip(seals.items(), _TURNS, strict=False):
            seal, (x, y) = impression_of(kind, person), _middle(page, name)
            if name == onto_text:
                y = _box(page, name).top - 4
            impressions.draw(canvas, seal, face, x, y, turn)
        canvas.save()
        paper = page.render(scale=DPI / 72).to_pil().convert("RGB")
    finally:
        document.close()
    return on_the_scanner(_inked(paper, out.getvalue(), random.Random(seed)), size, seed=seed)


def _middle(page: pypdfium2.PdfPage, name: str) -> tuple[float, float]:
    box = _box(page, name)
    return (box.left + box.right) / 2, (box.bottom + box.top) / 2 - 2.5


def _box(page: pypdfium2.PdfPage, name: str) -> Box:
    """The smallest large rectangle around the words *name*."""
    x, y = _words(page, name)
    found = [box for box in _boxes(page) if box.holds(x, y)]
    if not found:
        raise NoBox(name)
    return min(found, key=lambda b: (b.right - b.left) * (b.top - b.bottom))


def _words(page: pypdfium2.PdfPage, name: str) -> tuple[float, float]:
    text = page.get_textpage()
    for index in iter(text.search(name).get_next, None):
        left, bottom, right, top = text.get_charbox(index[0])
        at = (left + right) / 2 * POINT, (bottom + top) / 2 * POINT
        if any(box.holds(*at) for box in _boxes(page)):
            return at
    raise NoBox(name)


def _boxes(page: pypdfium2.PdfPage) -> list[Box]:
    paths = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH])
    every = [Box(*(side * POINT for side in path.get_bounds())) for path in paths]
    return [b for b in every if min(b.right - b.left, b.top - b.bottom) > _SMALLEST_BOX]


def _inked(paper: Image.Image, overlay: bytes, chance: random.Random) -> Image.Image:
    """Ink is transparent and uneven: it takes a part of the light, here more and there less."""
    document = pypdfium2.PdfDocument(overlay)
    ink = document[0].render(scale=DPI / 72).to_pil().convert("RGB").resize(paper.size)
    document.close()
    grain = np.random.default_rng(chance.randrange(2**32)).normal(0.82, 0.3, paper.size[::-1])
    pressed = Image.fromarray(np.clip(grain * 255, 0, 255).astype(np.uint8))
    pressed = pressed.filter(ImageFilter.GaussianBlur(1.6))
    strength = np.asarray(pressed, np.float32)[..., None] / 255
    light = np.asarray(ink, np.float32) / 255
    swallowed = np.asarray(paper, np.float32) * (1 - strength * (1 - light))
    return Image.fromarray(swallowed.astype(np.uint8))
