"""Raster pictures of strangers, made fit for the SVG: JPEG and PNG, bounded in size."""

from __future__ import annotations

import base64
import io
import struct
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from seal_core.errors import MalformedData
from seal_core.previews import jbig2
from seal_core.previews.budget import Budget

MAX_PIXELS = 50_000_000  # of one picture: A4 at 600 dpi has 35 million
_FINER = 1.25  # pixels of the picture to one of the page before it is averaged down

Size = tuple[float, float]  # pixels

_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF")
_FAULTS = (OSError, ValueError, SyntaxError, struct.error, LookupError, OverflowError, TypeError)


def data_uri(data: bytes, budget: Budget, shown: Size, mask: bytes | None = None) -> str:
    """The picture as a data URI, fit to be shown at so many pixels; *mask* is black where
    nothing is seen.

    A JPEG or PNG of about that size goes in as it is; larger ones are averaged down, which
    the rasteriser would not do. Raises MalformedData for what is no picture, PreviewRefused
    when all pictures together are too large.
    """
    most = max(16, round(shown[0] * _FINER)), max(16, round(shown[1] * _FINER))
    if mask is None and (plain := _as_it_is(data, budget, most)):
        return plain
    picture = _opened(data, budget, most)
    if mask is not None:
        picture = _masked(picture, _opened(mask, budget, most))
    saved = io.BytesIO()
    picture.save(saved, "PNG", compress_level=1)
    return _uri("png", saved.getvalue())


def is_opaque(data: bytes) -> bool:
    """Whether the picture covers all below it, as scans and JPEGs do."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            return not picture.has_transparency_data
    except _FAULTS:
        return False


def _as_it_is(data: bytes, budget: Budget, most: tuple[int, int]) -> str | None:
    if not data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return None
    with _looked_at(data) as picture:
        pixels = picture.width * picture.height
        if pixels > MAX_PIXELS or picture.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
            return None
        if picture.width > most[0] or picture.height > most[1]:
            return None
        if picture.format == "JPEG" and picture.getexif().get(0x0112, 1) != 1:
            return None  # viewers of OFD do not turn it, those of SVG may
        budget.spend_pixels(pixels)
        return _uri(str(picture.format).lower(), data)


def _opened(data: bytes, budget: Budget, most: tuple[int, int]) -> Image.Image:
    """Decoded as RGB or RGBA, no larger than *most* if it was."""
    if jbig2.is_jbig2(data):
        return _reduced(jbig2.decode(data, budget), most)
    with _looked_at(data) as picture:
        pixels = picture.width * picture.height
        if pixels > MAX_PIXELS:
            raise MalformedData("picture", "too large")
        budget.spend_pixels(pixels)
        if picture.format == "JPEG":
            picture.draft(None, most)  # skips what would be averaged away
        try:
            shown = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
        except _FAULTS as exc:
            raise MalformedData("picture", str(exc)[:100]) from exc
    return _reduced(shown, most)


def _reduced(picture: Image.Image, most: tuple[int, int]) -> Image.Image:
    size = min(picture.width, most[0]), min(picture.height, most[1])
    if size == picture.size:
        return picture
    return picture.resize(size, Image.Resampling.BOX)


def _looked_at(data: bytes) -> Image.Image:
    """The header alone is read; the pixels wait."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # large pictures: we have our own bound
            return Image.open(io.BytesIO(data), formats=_FORMATS)
    except Image.DecompressionBombError as exc:
        raise MalformedData("picture", "too large") from exc
    except (UnidentifiedImageError, *_FAULTS) as exc:
        raise MalformedData("picture", str(exc)[:100]) from exc


def _masked(picture: Image.Image, mask: Image.Image) -> Image.Image:
    opacity = ImageOps.grayscale(mask)
    size = max(picture.width, mask.width), max(picture.height, mask.height)
    shown = picture.convert("RGBA").resize(size)
    shown.putalpha(opacity.resize(size))
    return shown


def _uri(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
