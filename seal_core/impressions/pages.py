"""A page of the PDF as pixels, at the resolution its scan really has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray
from pypdfium2 import raw

from seal_core.errors import DocumentRefused

Pixels = NDArray[np.uint8]
Matrix = NDArray[np.float64]

MM_PER_INCH = 25.4
MAX_PAGES = 10  # a form has one to three
MAX_IMAGE_PIXELS = 80_000_000  # A4 at 800 dpi is 62 million; PDFium decodes an image whole
MAX_RASTER_PIXELS = 36_000_000  # A4 at 600 dpi is 34.8 million
LONGEST_SIDE_MM = 620.0  # a little over A2; forms are A4
LOWEST_DPI, HIGHEST_DPI, VECTOR_DPI = 100.0, 600.0, 300.0
_IMAGES_LOOKED_AT = 200
_SCAN_COVERS = 0.3  # of the page: smaller pictures are logos


@dataclass(frozen=True)
class Raster:
    """Pixels with a true scale. *to_page* maps its pixels to mm on the page as displayed.

    *dpi* is the resolution of the picture the page shows, *scan* whether there is one.
    """

    page: int
    rgb: Pixels
    per_mm: float
    to_page: Matrix
    dpi: float
    scan: bool


class PageTooLarge(DocumentRefused):
    """The page, or an image on it, would take more memory than a form deserves."""

    def __init__(self, page: int) -> None:
        super().__init__("too_complex", f"page {page}")
        self.page = page


class Form:
    """An uploaded PDF. Raises DocumentRefused if it cannot be opened at all."""

    def __init__(self, data: bytes) -> None:
        try:
            self._pdf = pdfium.PdfDocument(data)
            self._pdf.init_forms()  # else visible signatures are not drawn
        except pdfium.PdfiumError as exc:
            raise DocumentRefused("not_a_document", str(exc)) from None
        self.pages = len(self._pdf)

    def __enter__(self) -> Form:
        return self

    def __exit__(self, *_: object) -> None:
        self._pdf.close()

    def raster(self, number: int) -> Raster:
        """Page *number* (from 1). Raises PageTooLarge, or DocumentRefused if it is damaged."""
        try:
            page = self._pdf[number - 1]
            try:
                return _raster(page, number)
            finally:
                page.close()
        except pdfium.PdfiumError as exc:
            raise DocumentRefused("not_a_document", str(exc)) from None


def _raster(page: pdfium.PdfPage, number: int) -> Raster:
    width, height = (side / 72 * MM_PER_INCH for side in page.get_size())
    if max(width, height) > LONGEST_SIDE_MM:
        raise PageTooLarge(number)
    found = _scan_dpi(page, number)
    dpi = min(max(found or VECTOR_DPI, LOWEST_DPI), HIGHEST_DPI)
    area = max(width * height, 1.0) / MM_PER_INCH**2
    dpi = min(dpi, (MAX_RASTER_PIXELS / area) ** 0.5)
    bitmap = page.render(scale=dpi / 72, rev_byteorder=True, prefer_bgrx=False)
    rgb = np.ascontiguousarray(bitmap.to_numpy()[..., :3])
    bitmap.close()
    if rgb.ndim != 3 or rgb.shape[2] != 3:
        raise DocumentRefused("not_a_document", f"page {number}")
    to_page = np.diag([width / rgb.shape[1], height / rgb.shape[0], 1.0])
    per_mm = rgb.shape[1] / width
    return Raster(number, rgb, per_mm, to_page, found or VECTOR_DPI, found is not None)


def _scan_dpi(page: pdfium.PdfPage, number: int) -> float | None:
    """The resolution of the largest picture on the page; None if the page is no scan."""
    page_area = page.get_width() * page.get_height()
    best, dpi = _SCAN_COVERS * page_area, None
    for image in _images(page):
        columns, rows = image.get_px_size()
        if columns * rows > MAX_IMAGE_PIXELS:
            raise PageTooLarge(number)
        a, b, c, d, *_ = image.get_matrix().get()
        across, down = (a * a + b * b) ** 0.5, (c * c + d * d) ** 0.5
        if across * down > best:
            best = across * down
            dpi = min(columns / across, rows / down) * 72
    return dpi


def _images(page: pdfium.PdfPage) -> Iterator[pdfium.PdfImage]:
    found = page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=5)
    for count, image in enumerate(found):
        if count >= _IMAGES_LOOKED_AT:
            return
        yield image
