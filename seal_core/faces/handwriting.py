"""A typed name as a signature, for people who cannot draw one on a glass.

It does not imitate anybody's hand: a leaning line of type over a pen stroke, the same for
everybody of that name.
"""

from __future__ import annotations

import math

from seal_core.errors import FaceRefused
from seal_core.faces.face import Face
from seal_core.faces.fonts import Fonts, fonts_in_use
from seal_core.faces.paths import Box, Matrix, Path, joined
from seal_core.faces.setting import text_body
from seal_core.faces.signatures import INK_BLACK, Touch, draw_signature

_LEAN = math.tan(math.radians(13))
_RISE = 0.05  # of the line: it climbs a little, as a quick hand does
_CLOSE = 0.9  # of a character's width from one to the next
_SWING = 1.1  # height of the stroke below, in tenths of the box
LONGEST_TYPED = 24


def typed_signature(
    name: str,
    width_mm: float = 40.0,
    height_mm: float = 20.0,
    colour: str = INK_BLACK,
    fonts: Fonts | None = None,
) -> Face:
    """*name* as leaning type with a pen stroke below. Raises MissingGlyph and FaceRefused."""
    if not name.strip() or len(name) > LONGEST_TYPED:
        raise FaceRefused("name_length", name)
    line = _line(name, fonts or fonts_in_use())
    room = Box(width_mm * 0.06, height_mm * 0.06, width_mm * 0.94, height_mm * 0.76)
    path = line.fitted(room) + _stroke_below(width_mm, height_mm)
    return Face(path, width_mm, height_mm, colour)


def _line(name: str, fonts: Fonts) -> Path:
    """The characters behind each other, in em units."""
    x, drawn = 0.0, []
    for k, character in enumerate(name):
        glyph = fonts.text(character)
        size = 1.0 + 0.06 * math.sin(2.1 * k)  # no two neighbours quite alike
        shift = -_RISE * x
        drawn.append(glyph.path.moved(Matrix(size, 0.0, -_LEAN * size, size, x, shift)))
        x += text_body(character, glyph).width * size * _CLOSE
    return joined(drawn)


def _stroke_below(width_mm: float, height_mm: float) -> Path:
    """A swung line in the lowest part of the box."""
    touches = [
        Touch(t, _SWING * math.sin(t / 100 * math.pi * 1.6) - t * 0.05, at_ms=t * (3 - t / 50))
        for t in range(0, 101, 4)
    ]
    drawn = draw_signature([touches], width_mm * 0.9, height_mm, INK_BLACK).path
    box = drawn.box()
    low = height_mm * 0.93 - box.bottom
    return drawn.moved(Matrix(e=width_mm * 0.05, f=low))
