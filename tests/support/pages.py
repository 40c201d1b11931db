"""OFD pages written by hand, drawn, and looked at point by point."""

from __future__ import annotations

import io
from collections.abc import Mapping

from PIL import Image

from seal_core.previews import draw_page
from tests.support.ofd import OFD_NS, pack, root_xml

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
DPI = 127.0  # five pixels to the millimetre

WHITE = (255, 255, 255)
BLACK = (0, 0, 0)
RED = (255, 0, 0)
GREEN = (0, 255, 0)
BLUE = (0, 0, 255)


def package(
    content: str,
    *,
    resources: str = "",
    files: Mapping[str, bytes] | None = None,
    common: str = "",
    document: str = "",
    extra: str = "",
    root: str = "",
    size: tuple[float, float] = (40, 40),
) -> bytes:
    """A document of one page whose layers are *content*; page and resources are as short as
    a test can have them. *extra* stands before the content, *common* in CommonData."""
    area = f"<ofd:PhysicalBox>0 0 {size[0]} {size[1]}</ofd:PhysicalBox>"
    written = {
        "OFD.xml": root_xml("Doc_0/Document.xml", extra=root),
        "Doc_0/Document.xml": _xml(
            "Document",
            f"<ofd:CommonData><ofd:PageArea>{area}</ofd:PageArea>"
            f"<ofd:PublicRes>Res.xml</ofd:PublicRes>{common}</ofd:CommonData>"
            '<ofd:Pages><ofd:Page ID="1" BaseLoc="Page.xml"/></ofd:Pages>' + document,
        ),
        "Doc_0/Res.xml": _xml("Res", resources, ' BaseLoc="Res"'),
        "Doc_0/Page.xml": _xml("Page", f"{extra}<ofd:Content>{content}</ofd:Content>"),
    }
    return pack({name: text.encode() for name, text in written.items()} | dict(files or {}))


def layer(content: str, attributes: str = "") -> str:
    return f"<ofd:Layer {attributes}>{content}</ofd:Layer>"


def square(x: float, y: float, side: float, colour: str, attributes: str = "") -> str:
    """A filled square without an outline."""
    return path(f"M 0 0 L {side} 0 L {side} {side} L 0 {side} C", x, y, colour, attributes)


def path(
    figure: str, x: float, y: float, colour: str, attributes: str = "", inside: str = ""
) -> str:
    """A filled figure without an outline; *colour* is a Value."""
    return (
        f'<ofd:PathObject Boundary="{x} {y} 40 40" Stroke="false" Fill="true" {attributes}>'
        f'<ofd:FillColor Value="{colour}"/>{inside}'
        f"<ofd:AbbreviatedData>{figure}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def xml(name: str, content: str) -> bytes:
    """A file of the package."""
    return _xml(name, content).encode()


def drawn(data: bytes) -> Image.Image:
    """The first page, five pixels to the millimetre."""
    return opened(draw_page(data, 1, DPI).png)


def opened(png: bytes) -> Image.Image:
    with Image.open(io.BytesIO(png)) as picture:
        return picture.convert("RGB")


def at(picture: Image.Image, x_mm: float, y_mm: float) -> tuple[int, int, int]:
    """The colour of one point."""
    pixel = picture.getpixel((int(x_mm * 5), int(y_mm * 5)))
    assert isinstance(pixel, tuple)
    red, green, blue = pixel
    return int(red), int(green), int(blue)


def ink(picture: Image.Image, box_mm: tuple[float, float, float, float]) -> float:
    """The share of dark pixels within left, top, right, bottom."""
    left, top, right, bottom = (round(side * 5) for side in box_mm)
    part = picture.crop((left, top, right, bottom)).convert("L")
    dark = sum(part.histogram()[:128])
    return dark / (part.width * part.height)


def _xml(name: str, content: str, attributes: str = "") -> str:
    return f'{_HEAD}<ofd:{name} xmlns:ofd="{OFD_NS}"{attributes}>{content}</ofd:{name}>'
