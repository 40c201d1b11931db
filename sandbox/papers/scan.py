"""A PDF as it comes back from a scanner: one slightly turned, slightly noisy picture a page."""

from __future__ import annotations

import io
import random

import pypdfium2
from PIL import Image, ImageFilter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

_DPI = 300
_PAPER = (252, 251, 247)


def scanned(pdf: bytes, *, dpi: int = _DPI, skew: float = 0.4, seed: int = 1) -> bytes:
    """Print *pdf* and scan it again at *dpi*, *skew* degrees askew."""
    chance = random.Random(seed)
    document = pypdfium2.PdfDocument(pdf)
    out = io.BytesIO()
    canvas = Canvas(out)
    try:
        for page in document:
            width, height = page.get_size()
            picture = page.render(scale=dpi / 72).to_pil().convert("RGB")
            canvas.setPageSize((width, height))
            canvas.drawImage(_jpeg(_worn(picture, skew, chance)), 0, 0, width, height)
            canvas.showPage()
    finally:
        document.close()
    canvas.save()
    return out.getvalue()


def on_the_scanner(
    picture: Image.Image, size: tuple[float, float], *, skew: float = 0.4, seed: int = 1
) -> bytes:
    """A page that was inked by hand, *size* in points, as a PDF with one picture."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size)
    canvas.drawImage(_jpeg(_worn(picture, skew, random.Random(seed))), 0, 0, *size)
    canvas.save()
    return out.getvalue()


def _worn(picture: Image.Image, skew: float, chance: random.Random) -> Image.Image:
    turned = picture.rotate(skew, Image.Resampling.BICUBIC, fillcolor=(255, 255, 255))
    soft = turned.filter(ImageFilter.GaussianBlur(0.6))
    paper = Image.new("RGB", soft.size, _PAPER)
    grain = Image.effect_noise(soft.size, 9 + chance.random()).convert("RGB")
    on_paper = Image.blend(paper, grain, 0.03)
    return Image.composite(soft, on_paper, soft.convert("L").point(lambda v: 255 - v // 2))


def _jpeg(picture: Image.Image) -> ImageReader:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=82)
    return ImageReader(io.BytesIO(out.getvalue()))
