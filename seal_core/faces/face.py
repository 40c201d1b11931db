"""A finished face: one path in one ink, as SVG, PNG and OFD picture."""

from __future__ import annotations

import functools
import io
import zipfile
from dataclasses import dataclass

import resvg_py
from PIL import Image

from seal_core.faces.paths import Path, number

_MM_PER_INCH = 25.4
_ALPHA_LEVELS = 16  # of a 4-bit palette: a third of the bytes, opacity off by at most 8/255


@dataclass(frozen=True)
class Face:
    """A seal face of *width_mm* × *height_mm*, its ink in *colour* (#rrggbb)."""

    path: Path
    width_mm: float
    height_mm: float
    colour: str

    @functools.cached_property
    def svg(self) -> str:
        """One filled path in millimetres; needs no font to be shown."""
        width, height = number(self.width_mm), number(self.height_mm)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm"'
            f' viewBox="0 0 {width} {height}"><path fill="{self.colour}" d="{self.path.svg()}"/>'
            "</svg>"
        )

    def png(self, dpi: int = 600) -> bytes:
        """A transparent picture whose ``pHYs`` gives its true size.

        One ink and 16 steps of opacity, so even a 42 mm seal stays below 60 kB at 600 dpi.
        """
        if not 72 <= dpi <= 2400:
            raise ValueError(dpi)
        return _png(self.svg, self.width_mm, self.height_mm, self.colour, dpi)


def nested_ofd(face: Face) -> bytes:
    """The face as a complete one-page OFD package: SES picture type ``ofd``.

    The same face gives the same bytes.
    """
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _ofd_files(face).items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # no clock in a picture
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text.encode())
    return package.getvalue()


@functools.lru_cache(maxsize=64)  # the same picture goes into the chat, the page and the seal
def _png(svg: str, width_mm: float, height_mm: float, colour: str, dpi: int) -> bytes:
    size = round(width_mm / _MM_PER_INCH * dpi), round(height_mm / _MM_PER_INCH * dpi)
    drawn = resvg_py.svg_to_bytes(
        svg_string=svg, dpi=dpi, width=size[0], height=size[1], skip_system_fonts=True
    )
    with Image.open(io.BytesIO(drawn)) as raster:
        opacity = raster.convert("RGBA").getchannel("A").resize(size)
    levels = opacity.point([round(a * (_ALPHA_LEVELS - 1) / 255) for a in range(256)])
    picture = Image.frombytes("P", size, levels.tobytes())
    picture.putpalette([int(colour[i : i + 2], 16) for i in (1, 3, 5)] * _ALPHA_LEVELS)
    alpha = bytes(255 * level // (_ALPHA_LEVELS - 1) for level in range(_ALPHA_LEVELS))
    saved = io.BytesIO()
    picture.save(saved, "PNG", bits=4, transparency=alpha, dpi=(dpi, dpi), compress_level=9)
    return saved.getvalue()


def _ofd_files(face: Face) -> dict[str, str]:
    """The three files of the smallest package (GB/T 33190-2016, 7)."""
    box = f"0 0 {number(face.width_mm)} {number(face.height_mm)}"
    ink = " ".join(str(int(face.colour[i : i + 2], 16)) for i in (1, 3, 5))
    area = f"<ofd:PhysicalBox>{box}</ofd:PhysicalBox>"
    return {
        "OFD.xml": _xml(
            "OFD",
            "<ofd:DocBody><ofd:DocInfo><ofd:DocID>00000000000000000000000000000001</ofd:DocID>"
            "</ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody>",
            ' Version="1.1" DocType="OFD"',
        ),
        "Doc_0/Document.xml": _xml(
            "Document",
            f"<ofd:CommonData><ofd:MaxUnitID>3</ofd:MaxUnitID><ofd:PageArea>{area}</ofd:PageArea>"
            '</ofd:CommonData><ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/>'
            "</ofd:Pages>",
        ),
        "Doc_0/Pages/Page_0/Content.xml": _xml(
            "Page",
            f'<ofd:Area>{area}</ofd:Area><ofd:Content><ofd:Layer ID="2">'
            f'<ofd:PathObject ID="3" Boundary="{box}" Stroke="false" Fill="true" Rule="NonZero">'
            f'<ofd:FillColor Value="{ink}"/>'
            f"<ofd:AbbreviatedData>{face.path.ofd()}</ofd:AbbreviatedData>"
            "</ofd:PathObject></ofd:Layer></ofd:Content>",
        ),
    }


def _xml(root: str, content: str, attributes: str = "") -> str:
    namespace = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ofd:{root} {namespace}{attributes}>'
        f"{content}</ofd:{root}>"
    )
