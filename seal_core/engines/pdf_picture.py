"""Seal pictures as PDF objects: one image with soft mask, windows on it as form XObjects."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageCms, UnidentifiedImageError
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.writer import BasePdfFileWriter

from seal_core.errors import MalformedData
from seal_core.formats.pdf_objects import entry

MAX_PIXELS = 16_000_000  # a 58 mm seal at 1200 dpi has 7.5 million
DEFLATE_LEVEL = 6

Entries = dict[generic.NameObject, generic.PdfObject]


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """Colour and coverage of a picture, deflated and ready to be written."""

    width: int
    height: int
    colour: bytes
    coverage: bytes


@lru_cache(maxsize=64)
def encode_picture(picture: bytes) -> EncodedPicture:
    """Deflate a PNG (or any raster image) once; seals are used again and again.

    Raises MalformedData for what is no picture or has too many pixels to be a seal.
    """
    try:
        with Image.open(BytesIO(picture)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise MalformedData("seal picture", f"{image.width} × {image.height} pixels")
            rgba = image.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as exc:
        raise MalformedData("seal picture", str(exc)[:200]) from exc
    return EncodedPicture(
        rgba.width,
        rgba.height,
        zlib.compress(rgba.convert("RGB").tobytes(), DEFLATE_LEVEL),
        zlib.compress(rgba.getchannel("A").tobytes(), DEFLATE_LEVEL),
    )


def add_picture(writer: BasePdfFileWriter, picture: bytes) -> generic.IndirectObject:
    """Write the picture as image XObject; transparency becomes its soft mask."""
    encoded = encode_picture(picture)
    space = _colours(writer)
    mask = writer.add_object(_image(encoded, pdf_name("/DeviceGray"), encoded.coverage))
    image = _image(encoded, space, encoded.colour)
    image["/SMask"] = mask
    return writer.add_object(image)


def _colours(writer: BasePdfFileWriter) -> generic.PdfObject:
    """sRGB with its profile where the document names the colours it is made for (PDF/A): there
    bare RGB is allowed for some intents only (ISO 19005-2, 6.2.4.3)."""
    if entry(writer.root, "/OutputIntents") is None:
        return pdf_name("/DeviceRGB")
    entries = {
        pdf_name("/N"): generic.NumberObject(3),
        pdf_name("/Alternate"): pdf_name("/DeviceRGB"),
    }
    profile = writer.add_object(generic.StreamObject(entries, stream_data=_srgb()))
    return generic.ArrayObject([pdf_name("/ICCBased"), profile])


@lru_cache(maxsize=1)
def _srgb() -> bytes:
    """The profile, marked as version 4.2: the newest that PDF/A-2 knows, and no more is in it."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile[:8] + b"\x04\x20\x00\x00" + profile[12:]


def _image(encoded: EncodedPicture, space: generic.PdfObject, data: bytes) -> generic.StreamObject:
    return generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Image"),
            pdf_name("/Width"): generic.NumberObject(encoded.width),
            pdf_name("/Height"): generic.NumberObject(encoded.height),
            pdf_name("/ColorSpace"): space,
            pdf_name("/BitsPerComponent"): generic.NumberObject(8),
            pdf_name("/Filter"): pdf_name("/FlateDecode"),
        },
        encoded_data=data,
    )


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the picture: its size, and where the picture lies under it, in user units."""

    width: float
    height: float
    picture_x: float  # lower-left corner of the whole picture, seen from the window's
    picture_y: float
    picture_width: float
    picture_height: float
    upright: tuple[int, int, int, int]  # see PageView.upright


def add_window(
    writer: BasePdfFileWriter, image: generic.IndirectObject, window: Window, extra: Entries
) -> generic.IndirectObject:
    """Write the form XObject that shows *window*; readers fit it into the annotation's /Rect.

    *extra* entries go into its dictionary.
    """
    resources = generic.DictionaryObject(
        {pdf_name("/XObject"): generic.DictionaryObject({pdf_name("/Seal"): image})}
    )
    content = (
        f"q {window.picture_width:.4f} 0 0 {window.picture_height:.4f} "
        f"{window.picture_x:.4f} {window.picture_y:.4f} cm /Seal Do Q"
    )
    return writer.add_object(
        generic.StreamObject(
            {
                pdf_name("/Type"): pdf_name("/XObject"),
                pdf_name("/Subtype"): pdf_name("/Form"),
                pdf_name("/BBox"): numbers(0, 0, window.width, window.height),
                pdf_name("/Matrix"): numbers(*window.upright, 0, 0),
                pdf_name("/Resources"): resources,
                **extra,
            },
            stream_data=content.encode("ascii"),
        )
    )


def numbers(*values: float) -> generic.ArrayObject:
    """An array of numbers, with a precision far below anything visible."""
    return generic.ArrayObject(generic.FloatObject(f"{value:.4f}") for value in values)
