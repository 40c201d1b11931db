"""The one door to PDFium, which must not be entered twice at once.

PDFium is not thread-safe and keeps its state for the whole process, so every call from
opening to closing happens behind one lock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pypdfium2
from PIL import Image
from pypdfium2 import raw

_one_at_a_time = threading.Lock()
MAX_PAGES_SEARCHED = 500
MAX_FIELDS = 1000  # of one page

_PASSWORD = 4  # FPDF_ERR_PASSWORD

Size = tuple[float, float]  # of the page as shown, in points


class PdfiumFault(Exception):
    """PDFium cannot open or draw it; *reason* as in PreviewRefused."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def render(
    data: bytes, page: int, pixels: tuple[int, int] | Callable[[Size], tuple[int, int]]
) -> Image.Image:
    """Page *page* (from 1) at the size in pixels, or the one made of its size in points.

    Raises PdfiumFault.
    """
    with _one_at_a_time:
        document = _open(data)
        try:
            if not 1 <= page <= len(document):
                raise PdfiumFault("no_such_page")
            shown = document[page - 1]
            size = pixels(shown.get_size()) if callable(pixels) else pixels
            return _drawn(shown, size)
        except pypdfium2.PdfiumError as exc:
            raise PdfiumFault("not_a_document") from exc
        finally:
            document.close()


def page_sizes(data: bytes) -> list[Size]:
    """Width and height of every page as shown, in points. Raises PdfiumFault."""
    with _one_at_a_time:
        document = _open(data)
        try:
            return [document.get_page_size(n) for n in range(len(document))]
        except pypdfium2.PdfiumError as exc:
            raise PdfiumFault("not_a_document") from exc
        finally:
            document.close()


def sealed_pages(data: bytes) -> list[int]:
    """The pages (from 1) on which a signature field has a size to be seen. Raises PdfiumFault."""
    with _one_at_a_time:
        document = _open(data)
        try:
            most = min(len(document), MAX_PAGES_SEARCHED)
            return [n + 1 for n in range(most) if _has_seal(document, document[n])]
        except pypdfium2.PdfiumError as exc:
            raise PdfiumFault("not_a_document") from exc
        finally:
            document.close()


def _has_seal(document: Any, page: Any) -> bool:
    form = document.formenv
    return form is not None and any(
        _is_seal(form, page, n) for n in range(min(raw.FPDFPage_GetAnnotCount(page), MAX_FIELDS))
    )


def _is_seal(form: Any, page: Any, index: int) -> bool:
    annotation = raw.FPDFPage_GetAnnot(page, index)
    if not annotation:
        return False
    try:
        if raw.FPDFAnnot_GetSubtype(annotation) != raw.FPDF_ANNOT_WIDGET:
            return False
        if raw.FPDFAnnot_GetFormFieldType(form, annotation) != raw.FPDF_FORMFIELD_SIGNATURE:
            return False
        box = raw.FS_RECTF()
        known = raw.FPDFAnnot_GetRect(annotation, box)
        return bool(known) and box.right > box.left and box.top > box.bottom
    finally:
        raw.FPDFPage_CloseAnnot(annotation)


def _open(data: bytes) -> Any:
    """The document, its form fields ready before any page is loaded.

    Without the forms no signature field is drawn, so no seal would be seen.
    """
    try:
        document = pypdfium2.PdfDocument(data)
        document.init_forms()
    except pypdfium2.PdfiumError as exc:
        locked = getattr(exc, "err_code", None) == _PASSWORD
        raise PdfiumFault("encrypted" if locked else "not_a_document") from exc
    return document


def _drawn(page: Any, size: tuple[int, int]) -> Image.Image:
    """On white, exactly as large as asked: the scale of PDFium's own helper rounds up."""
    bitmap = pypdfium2.PdfBitmap.new_native(*size, raw.FPDFBitmap_BGRx)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, *size)
    flags = raw.FPDF_ANNOT
    raw.FPDF_RenderPageBitmap(bitmap, page, 0, 0, *size, 0, flags)
    if page.formenv is not None:
        raw.FPDF_FFLDraw(page.formenv, bitmap, page, 0, 0, *size, 0, flags)
    picture: Image.Image = bitmap.to_pil()
    return picture.convert("RGB")  # a copy: the bitmap's own memory goes with it
