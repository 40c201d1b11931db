"""A photographed paper, made anew: what staff look at are our pixels, never a stranger's bytes."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps

from seal_core.errors import DocumentRefused, PreviewRefused

MAX_PIXELS = 50_000_000
"""The largest phone cameras make; more is a bomb or of no use."""

SHOWN_PIXELS = 1600  # the longer side; an ID card fills a photo
SHOWN_DPI = 150.0
_MM_PER_INCH = 25.4
_FORMATS = ("PNG", "JPEG")
_FAULTS = (OSError, ValueError, SyntaxError, LookupError, OverflowError, TypeError)


def is_photo(data: bytes) -> bool:
    return data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"))


def photo_size_mm(data: bytes) -> tuple[float, float]:
    """The size at which it is shown. Raises DocumentRefused for what cannot be decoded."""
    try:
        width, height = _opened(data).size
    except PreviewRefused:
        raise DocumentRefused("not_a_document") from None
    return width / SHOWN_DPI * _MM_PER_INCH, height / SHOWN_DPI * _MM_PER_INCH


def draw_photo(data: bytes) -> tuple[bytes, int, int]:
    """PNG, width and height in pixels, without what the camera wrote beside.

    Raises PreviewRefused.
    """
    picture = _opened(data)
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=3)
    return out.getvalue(), picture.width, picture.height


def _opened(data: bytes) -> Image.Image:
    """Upright, opaque, no longer than SHOWN_PIXELS."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise PreviewRefused("too_much", "pixels")
                upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (Image.DecompressionBombError, *_FAULTS) as exc:
        raise PreviewRefused("not_a_document", type(exc).__name__) from None
    upright.thumbnail((SHOWN_PIXELS, SHOWN_PIXELS))
    return upright
