"""Standard seal faces as vectors in millimetres."""

from seal_core.faces.drawing import draw
from seal_core.faces.face import Face, nested_ofd
from seal_core.faces.fonts import Fonts, fonts_in_use, load_fonts, packaged_fonts, use_fonts
from seal_core.faces.handwriting import typed_signature
from seal_core.faces.layouts import BlockLayout, Layout, RingLayout, default_layout
from seal_core.faces.signatures import INK_BLACK, Stroke, Touch, draw_signature
from seal_core.faces.spec import INK_RED, FaceKind, FaceSpec, Shape

__all__ = [
    "INK_BLACK",
    "INK_RED",
    "BlockLayout",
    "Face",
    "FaceKind",
    "FaceSpec",
    "Fonts",
    "Layout",
    "RingLayout",
    "Shape",
    "Stroke",
    "Touch",
    "default_layout",
    "draw",
    "draw_signature",
    "fonts_in_use",
    "load_fonts",
    "nested_ofd",
    "packaged_fonts",
    "typed_signature",
    "use_fonts",
]
