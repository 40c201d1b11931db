"""From what a seal says to its finished face."""

from __future__ import annotations

import functools

from seal_core.errors import FaceRefused
from seal_core.faces.blocks import BlockFace
from seal_core.faces.face import Face
from seal_core.faces.fonts import Fonts, fonts_in_use
from seal_core.faces.layouts import BlockLayout, Layout, RingLayout, default_layout
from seal_core.faces.rings import RingFace
from seal_core.faces.spec import FaceSpec, Shape


def draw(spec: FaceSpec, layout: Layout | None = None, fonts: Fonts | None = None) -> Face:
    """Draw *spec*; the same arguments give the same face, byte for byte.

    *layout* defaults to the table in ``layouts``, *fonts* to those in use (``use_fonts``). Raises
    MissingGlyph for a character no font has and FaceRefused for what does not fit.
    """
    return _draw(spec, layout or default_layout(spec), fonts or fonts_in_use())


@functools.lru_cache(maxsize=32)  # a few hundred kilobytes each
def _draw(spec: FaceSpec, layout: Layout, fonts: Fonts) -> Face:
    path = drawing(spec, layout, fonts).path()
    return Face(path, spec.width_mm, spec.height_mm, spec.colour)


def drawing(spec: FaceSpec, layout: Layout, fonts: Fonts) -> RingFace | BlockFace:
    """The drawing of *spec* with its parts still apart. Refuses a layout of another shape."""
    if spec.shape is Shape.RING and isinstance(layout, RingLayout):
        return RingFace(spec, layout, fonts)
    if spec.shape is Shape.BLOCK and isinstance(layout, BlockLayout):
        return BlockFace(spec, layout, fonts)
    raise FaceRefused("size", f"{spec.kind} has no such layout")
