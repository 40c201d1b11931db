"""What the picture in a seal is: told by its bytes, sized by its header, never decoded.

GM/T 0031-2014 names GIF, BMP and JPG; PNG, SVG and whole nested OFD packages (the norm for tax
invoices) are what vendors write. A picture that would burst a reader, run something or
fetch something from elsewhere is refused.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from seal_core.errors import MalformedData, PackageRefused
from seal_core.formats.ofd_model import page_size_mm, read_model
from seal_core.formats.ofd_package import Element, OfdPackage, local_name, parse_xml

MAX_PIXELS = 100_000_000  # a 60 mm seal at 2400 dpi has 32 million
MAX_SVG = 4 * 1024 * 1024  # octets
MAX_NESTED = 8 * 1024 * 1024  # octets of a nested package, inflated
MAX_NESTED_XML = 20_000  # tags and attributes, as OfdPackage counts them; some milliseconds

KINDS = ("png", "jpg", "gif", "bmp", "svg", "ofd")

_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = re.compile(
    rb"(?s)\A(?:\xef\xbb\xbf)?\s*(?:<\?xml.*?\?>)?\s*(?:<!--.*?-->\s*)*<(?:\w+:)?svg[\s>]"
)
_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # ISO/IEC 10918-1, table B.1
_ALIASES = {"jpeg": "jpg"}
_ACTIVE = frozenset({"script", "foreignObject", "iframe", "audio", "video", "handler"})
_HARMLESS_REFERENCE = re.compile(r"\s*(?:#|data:image/(?:png|jpeg|gif)[;,])", re.IGNORECASE)
_FETCHING = re.compile(r"@import|url\(\s*['\"]?\s*(?!['\"]?\s*(?:#|data:image/))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Picture:
    """*kind* is one of KINDS, or empty where the bytes are none of them.

    *width* and *height* are pixels, or mm of an OFD page; 0 where the header tells none.
    """

    kind: str
    width: float = 0
    height: float = 0

    def is_called(self, name: str) -> bool:
        """Whether *name* (``PNG``, ``jpeg`` …) is a name of this kind."""
        return _ALIASES.get(name.lower(), name.lower()) == self.kind


def describe(data: bytes) -> Picture:
    """Look at a picture. Raises MalformedData for one that no reader should be given."""
    kind = kind_of(data)
    if kind == "ofd":
        return _nested(data)
    if kind == "svg":
        _refuse_active(data)
        return Picture(kind)
    width, height = _pixels(kind, data)
    if width * height > MAX_PIXELS:
        raise MalformedData("picture", f"{width} × {height} pixels")
    return Picture(kind, width, height)


def kind_of(data: bytes) -> str:
    """One of KINDS by the first bytes; empty for anything else."""
    if data.startswith(_PNG):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if data.startswith(b"BM"):
        return "bmp"
    if data.startswith(b"PK\x03\x04"):
        return "ofd"
    return "svg" if _SVG.match(data[:4096]) else ""


def _pixels(kind: str, data: bytes) -> tuple[int, int]:
    try:
        match kind:
            case "png":
                width, height = struct.unpack_from(">2L", data, 16)
            case "gif":
                width, height = struct.unpack_from("<2H", data, 6)
            case "bmp":
                width, height = struct.unpack_from("<2l", data, 18)
            case "jpg":
                width, height = _jpeg_size(data)
            case _:
                return 0, 0
    except struct.error:
        return 0, 0
    return abs(width), abs(height)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """From the first frame header; every segment before it is skipped by its length."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">2H", data, at + 5)
            return width, height
        at += 2 + max(length, 2)
    return 0, 0


def _nested(data: bytes) -> Picture:
    """A package inside a seal: opened by the same rules, with less patience.

    Everything it shows lies inside the seal and is signed with it; what it names must lie in
    it as well, so that no reader goes looking in the package around it.
    """
    package = OfdPackage(data, structure_cost=MAX_NESTED_XML)
    if sum(map(package.size, package.paths)) > MAX_NESTED:
        raise PackageRefused("too_large", "nested")
    model = read_model(package)
    if model.faults:
        fault = model.faults[0]
        raise MalformedData("nested OFD", f"{fault.path}: {fault.reason} {fault.detail}"[:200])
    if not model.pages:
        raise MalformedData("nested OFD", "no page")
    if model.dangling:
        raise MalformedData("nested OFD", f"no file {model.dangling[0]}"[:200])
    body = next(body for body in model.bodies if body.pages)
    return Picture("ofd", *page_size_mm(package, body, body.pages[0]))


def _refuse_active(data: bytes) -> None:
    if len(data) > MAX_SVG:
        raise MalformedData("SVG", f"{len(data)} octets")
    for element in parse_xml(data, "SVG").iter():
        if local_name(element) in _ACTIVE or _fetches(element):
            raise MalformedData("SVG", f"active content: {local_name(element)[:50]}")


def _fetches(element: Element) -> bool:
    if local_name(element) == "style" and _FETCHING.search(element.text or ""):
        return True
    for written, value in element.items():
        name = str(written).rpartition("}")[2].lower()
        if name.startswith("on") or _FETCHING.search(str(value)):
            return True
        if name in ("href", "src") and not _HARMLESS_REFERENCE.match(str(value)):
            return True
    return False
