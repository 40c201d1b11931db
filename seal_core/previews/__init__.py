"""Pictures of document pages: PDF by PDFium, OFD by our own drawing to SVG and resvg."""

from seal_core.previews.fonts import StandIns, stand_ins
from seal_core.previews.preview import (
    DEFAULT_DPI,
    Drawing,
    Preview,
    draw_page,
    draw_svg,
    is_pdf,
    sealed_pages,
)

__all__ = [
    "DEFAULT_DPI",
    "Drawing",
    "Preview",
    "StandIns",
    "draw_page",
    "draw_svg",
    "is_pdf",
    "sealed_pages",
    "stand_ins",
]
