"""One page of a PDF or OFD as a picture.

What is drawn is what a reader would show; whether the seals are genuine is not asked here.
Files come from strangers: what the drawing may cost is bounded, and it belongs into a
process with limits of its own (the untrusted queue).
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import resvg_py

from seal_core.errors import MalformedData, PackageRefused, PreviewRefused
from seal_core.previews import pdfium
from seal_core.previews.budget import Budget
from seal_core.previews.canvas import Canvas
from seal_core.previews.fonts import StandIns, stand_ins
from seal_core.previews.ofd_page import PageDrawer
from seal_core.previews.ofd_source import Source
from seal_core.previews.ofd_stamps import StampDrawer, signatures_of
from seal_core.previews.pdfium import PdfiumFault, Size, page_sizes, render
from seal_core.previews.photos import SHOWN_DPI, draw_photo, is_photo

MAX_PIXELS = 16_000_000  # A4 at 300 dpi has 8.7 million
MAX_SIDE = 10_000  # pixels
DEFAULT_DPI = 100.0
_VECTOR_DPI = 300.0  # how fine the raster pictures within an SVG stay

_ROOT_SIZE = re.compile(r'width="[^"]*mm" height="[^"]*mm"')

_MM_PER_INCH = 25.4
_POINTS_PER_INCH = 72.0


@dataclass(frozen=True, slots=True)
class Preview:
    """A page as PNG. *notes* name what is not drawn as the document wants it."""

    png: bytes
    page: int
    pages: int
    width: int  # pixels
    height: int
    width_mm: float
    height_mm: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    """A page as SVG that needs no font and no other file; user units are millimetres."""

    svg: str
    page: int
    pages: int
    width_mm: float
    height_mm: float
    notes: tuple[str, ...] = ()


def draw_page(
    data: bytes, page: int = 1, dpi: float = DEFAULT_DPI, fonts: StandIns | None = None
) -> Preview:
    """Page *page* (from 1) of a PDF or OFD at *dpi*, less where it would become too large.

    *fonts* stand in for those an OFD does not bring. Raises PreviewRefused, nothing else.
    """
    if dpi <= 0:
        raise ValueError("dpi must be positive")
    if is_photo(data):
        return _draw_photo(data, page)
    if is_pdf(data):
        return _draw_pdf(data, page, dpi)
    drawing = _draw_ofd(data, page, dpi, fonts or stand_ins())
    width, height, reduced = _pixels(drawing.width_mm, drawing.height_mm, dpi)
    try:
        png = resvg_py.svg_to_bytes(
            svg_string=_sized(drawing.svg, width, height), dpi=96, skip_system_fonts=True
        )
    except ValueError as exc:
        raise PreviewRefused("too_much", str(exc)[:100]) from exc
    return Preview(
        bytes(png),
        page,
        drawing.pages,
        width,
        height,
        drawing.width_mm,
        drawing.height_mm,
        drawing.notes + reduced,
    )


def draw_svg(data: bytes, page: int = 1, fonts: StandIns | None = None) -> Drawing:
    """Page *page* of an OFD as SVG. Raises PreviewRefused, nothing else."""
    return _draw_ofd(data, page, _VECTOR_DPI, fonts or stand_ins())


def sealed_pages(data: bytes) -> list[int]:
    """The pages (from 1) on which a seal stands, genuine or not; of a PDF those of the fields,
    not those of other parts of a seam. Raises PreviewRefused."""
    if is_photo(data):
        return []
    try:
        if is_pdf(data):
            return pdfium.sealed_pages(data)
        source = Source(data)
        stamped = {
            (body.index, stamp.page_id)
            for body in source.model.bodies
            for signature in signatures_of(source, body, _unheard)
            for stamp in signature.stamps
        }
    except PdfiumFault as exc:
        raise PreviewRefused(exc.reason) from exc
    except MalformedData as exc:
        raise PreviewRefused("not_a_document", str(exc)) from exc
    return [
        page.number
        for body in source.model.bodies
        for page in body.pages
        if (body.index, page.id) in stamped
    ]


def is_pdf(data: bytes) -> bool:
    """By the bytes, never by the name."""
    return b"%PDF-" in data[:1024]


def _draw_photo(data: bytes, page: int) -> Preview:
    if page != 1:
        raise PreviewRefused("no_such_page", str(page))
    png, width, height = draw_photo(data)
    scale = _MM_PER_INCH / SHOWN_DPI
    return Preview(png, 1, 1, width, height, width * scale, height * scale)


def _draw_pdf(data: bytes, page: int, dpi: float) -> Preview:
    shown: list[tuple[float, float, int, int, tuple[str, ...]]] = []

    def fit(size: Size) -> tuple[int, int]:
        width_mm, height_mm = (side / _POINTS_PER_INCH * _MM_PER_INCH for side in size)
        width, height, reduced = _pixels(width_mm, height_mm, dpi)
        shown.append((width_mm, height_mm, width, height, reduced))
        return width, height

    try:
        pages = len(page_sizes(data))
        picture = render(data, page, fit)
    except PdfiumFault as exc:
        raise PreviewRefused(exc.reason) from exc
    saved = io.BytesIO()
    picture.save(saved, "PNG", compress_level=1)
    width_mm, height_mm, width, height, notes = shown[0]
    return Preview(saved.getvalue(), page, pages, width, height, width_mm, height_mm, notes)


def _draw_ofd(data: bytes, page: int, dpi: float, fonts: StandIns) -> Drawing:
    try:
        source = Source(data)
        found = source.page(page)
        if found is None:
            raise PreviewRefused("no_such_page", str(page))
        canvas = Canvas(Budget(), dpi / _MM_PER_INCH)
        drawer = PageDrawer(canvas, source, *found, fonts)
        drawer.draw()
        StampDrawer(canvas, source, *found, fonts).draw()
        width_mm, height_mm = drawer.size_mm
    except PackageRefused as exc:
        reason = "too_much" if exc.reason.startswith("too_") else "not_a_document"
        raise PreviewRefused(reason, str(exc)) from exc
    except MalformedData as exc:
        raise PreviewRefused("not_a_document", str(exc)) from exc
    pages = len(source.model.pages)
    svg = canvas.svg(width_mm, height_mm)
    return Drawing(svg, page, pages, width_mm, height_mm, canvas.notes)


def _unheard(_words: str) -> None:
    """What is wrong with signatures is told where they are judged."""


def _sized(svg: str, width: int, height: int) -> str:
    """The same picture, exactly so many pixels large."""
    size = f'width="{width}" height="{height}" preserveAspectRatio="none"'
    return _ROOT_SIZE.sub(size, svg, count=1)


def _pixels(width_mm: float, height_mm: float, dpi: float) -> tuple[int, int, tuple[str, ...]]:
    """The size in pixels within the bounds, and a note where it is less than asked."""
    width, height = (max(side / _MM_PER_INCH * dpi, 1.0) for side in (width_mm, height_mm))
    factor = min(1.0, (MAX_PIXELS / (width * height)) ** 0.5, MAX_SIDE / max(width, height))
    note = (f"drawn at {dpi * factor:.0f} dpi",) if factor < 1 else ()
    return max(1, round(width * factor)), max(1, round(height * factor)), note
