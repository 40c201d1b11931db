"""Rewrites a damaged PDF. Only for documents in which nothing is signed."""

from __future__ import annotations

from io import BytesIO

import pypdfium2 as pdfium

from seal_core.engines.pdf_keywords import PDFIUM
from seal_core.errors import MalformedData


def repair(document: bytes) -> bytes:
    """Let PDFium find the objects and write them anew with sound cross references.

    Raises MalformedData if PDFium cannot read it either.
    """
    output = BytesIO()
    with PDFIUM:
        try:
            with pdfium.PdfDocument(document) as pdf:
                pdf.save(output)
        except pdfium.PdfiumError as exc:
            raise MalformedData("pdf", str(exc)) from exc
    return output.getvalue()
