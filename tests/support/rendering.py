"""Pages as two renderers show them: PDFium, which browsers use, and poppler."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image


def pdfium_pages(document: bytes, dpi: int) -> list[Image.Image]:
    """All pages, forms and their signatures drawn."""
    images = []
    with pdfium.PdfDocument(document) as opened:
        opened.init_forms()  # else signature fields are not drawn
        for index in range(len(opened)):
            leaf = opened[index]
            images.append(leaf.render(scale=dpi / 72).to_pil().convert("RGB"))
            leaf.close()
    return images


def poppler_pages(document: bytes, folder: Path, dpi: int) -> list[Image.Image]:
    """All pages at their crop box. Fails where poppler says anything: it warns of repairs."""
    source = folder / "in.pdf"
    source.write_bytes(document)
    for old in folder.glob("page*.png"):
        old.unlink()
    command = ("pdftoppm", "-r", str(dpi), "-cropbox", "-png", source, folder / "page")
    told = subprocess.run(command, check=True, capture_output=True).stderr
    assert told == b"", told.decode()
    return [Image.open(path).convert("RGB") for path in sorted(folder.glob("page*.png"))]
