"""A QR code beside the seal that leads to the page where the document can be verified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from seal_core.engines.pdf_keywords import PDFIUM
from seal_core.engines.pdf_picture import numbers
from seal_core.engines.placement import Impression, Rect, fits
from seal_core.engines.protocol import PageSize
from seal_core.errors import MalformedData
from seal_core.formats.pdf_page import Page

MODULE_MM = 0.5  # phones read it off paper; ISO/IEC 18004 leaves it to the reader
QUIET_MODULES = 4  # white around it on every side (ISO/IEC 18004:2015, 6.3.8)
GAP_MM = 2.0  # between seal and code, and to the edge of the page
_DPI = 100  # a hair line of 0.1 mm still darkens a pixel
_EVEN = 6  # levels of grey between which a background still counts as one


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code with its quiet zone in a *box* of its own on a page (from 1)."""

    page: int
    box: Rect
    rows: tuple[tuple[bool, ...], ...]


def rows_of(link: str) -> tuple[tuple[bool, ...], ...]:
    """The modules, dark ones true, from the top; without the quiet zone."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(link)
    code.make(fit=True)
    return tuple(tuple(map(bool, row)) for row in code.get_matrix())


def side_of(rows: Sequence[object]) -> float:
    """Millimetres of the code on paper, quiet zone included."""
    return (len(rows) + 2 * QUIET_MODULES) * MODULE_MM


def beside(
    document: bytes | Path, link: str, impressions: Sequence[Impression], pages: Sequence[PageSize]
) -> Code | None:
    """The code beside the first seal that stands whole on a page with room for it.

    It covers nothing that is drawn there and no other impression. None where there is no such
    room, or all impressions are parts. Raises MalformedData if PDFium cannot read the document.
    """
    rows = rows_of(link)
    side = side_of(rows)
    with PDFIUM:
        try:
            with pdfium.PdfDocument(document) as pdf:
                pdf.init_forms()  # else earlier seals are not drawn
                for seal in (each for each in impressions if each.clip is None):
                    others = [each for each in impressions if each.page == seal.page]
                    size, drawn = pages[seal.page - 1], _Drawn.page(pdf, seal.page)
                    for box in _around(seal.box, side):
                        if _is_free(box, size, others) and drawn.is_even(box, size):
                            return Code(seal.page, box, rows)
        except pdfium.PdfiumError as exc:
            raise MalformedData("pdf", str(exc)) from exc
    return None


def _around(seal: Rect, side: float) -> Iterator[Rect]:
    """Right, left, below, above; each at the lower or right end first, then middle, then start."""
    right, left = seal.x + seal.width + GAP_MM, seal.x - GAP_MM - side
    below, above = seal.y + seal.height + GAP_MM, seal.y - GAP_MM - side
    slack_y, slack_x = seal.height - side, seal.width - side
    for share in (1.0, 0.5, 0.0):
        for x in (right, left):
            yield Rect(x, seal.y + slack_y * share, side, side)
    for share in (1.0, 0.5, 0.0):
        for y in (below, above):
            yield Rect(seal.x + slack_x * share, y, side, side)


def _is_free(box: Rect, page: PageSize, others: Sequence[Impression]) -> bool:
    margin = Rect(box.x - GAP_MM, box.y - GAP_MM, box.width + 2 * GAP_MM, box.height + 2 * GAP_MM)
    return fits(margin, page) and not any(_overlap(box, each) for each in others)


def _overlap(box: Rect, impression: Impression) -> bool:
    clip = impression.clip or Rect(0, 0, impression.box.width, impression.box.height)
    left, top = impression.box.x + clip.x, impression.box.y + clip.y
    return (
        left < box.x + box.width
        and box.x < left + clip.width
        and top < box.y + box.height
        and box.y < top + clip.height
    )


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What is to be seen on a page, in grey."""

    image: Image.Image

    @classmethod
    def page(cls, pdf: pdfium.PdfDocument, number: int) -> _Drawn:
        page = pdf[number - 1]
        try:
            return cls(page.render(scale=_DPI / 72, grayscale=True).to_pil().convert("L"))
        finally:
            page.close()

    def is_even(self, box: Rect, page: PageSize) -> bool:
        """Whether nothing but background is drawn there."""
        x, y = self.image.width / page.width_mm, self.image.height / page.height_mm
        part = self.image.crop(
            (
                int(box.x * x),
                int(box.y * y),
                int((box.x + box.width) * x) + 1,
                int((box.y + box.height) * y) + 1,
            )
        )
        levels = [level for level, count in enumerate(part.histogram()) if count]
        return levels[-1] - levels[0] <= _EVEN


def add_code(writer: BasePdfFileWriter, code: Code, page: Page) -> generic.IndirectObject:
    """Write the code as a form XObject of filled rectangles on white."""
    module = MODULE_MM * page.view.units_per_mm
    side = (len(code.rows) + 2 * QUIET_MODULES) * module
    drawing = [f"1 g 0 0 {side:.4f} {side:.4f} re f 0 g"]
    for down, row in enumerate(code.rows):
        y = side - (QUIET_MODULES + down + 1) * module
        drawing += [
            f"{(QUIET_MODULES + begin) * module:.4f} {y:.4f} {length * module:.4f} {module:.4f} re"
            for begin, length in _runs(row)
        ]
    drawing.append("f")
    return writer.add_object(
        generic.StreamObject(
            {
                pdf_name("/Type"): pdf_name("/XObject"),
                pdf_name("/Subtype"): pdf_name("/Form"),
                pdf_name("/BBox"): numbers(0, 0, side, side),
                pdf_name("/Matrix"): numbers(*page.view.upright, 0, 0),
                pdf_name("/Resources"): generic.DictionaryObject(),
            },
            stream_data=" ".join(drawing).encode("ascii"),
        )
    )


def _runs(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Begin and length of each unbroken row of dark modules: one rectangle without seams."""
    begin = None
    for index, dark in enumerate((*row, False)):
        if dark and begin is None:
            begin = index
        elif not dark and begin is not None:
            yield begin, index - begin
            begin = None
