"""Raster pictures and seals on OFD pages."""

from __future__ import annotations

import io
import struct
from datetime import UTC, datetime

import pytest
from PIL import Image, ImageChops
from PIL.TiffImagePlugin import TiffImageFile

from seal_core.engines.ofd import OfdEngine
from seal_core.engines.protocol import AtPoint, Place, SealMaterial, Seam
from seal_core.formats import ses
from seal_core.previews import draw_page
from tests.support.ofd import OFD_NS, unpack
from tests.support.ofd import pack as packed
from tests.support.pages import (
    BLACK,
    BLUE,
    RED,
    WHITE,
    at,
    drawn,
    ink,
    layer,
    opened,
    package,
    square,
)
from tests.support.pdf import COMPANY, NOON, material, signer

PICTURES = (
    '<ofd:MultiMedias><ofd:MultiMedia ID="4" Type="Image"><ofd:MediaFile>picture</ofd:MediaFile>'
    '</ofd:MultiMedia><ofd:MultiMedia ID="5" Type="Image"><ofd:MediaFile>mask</ofd:MediaFile>'
    "</ofd:MultiMedia></ofd:MultiMedias>"
)
Ink = int | tuple[int, ...]
INK = (216, 0, 15)  # of tests.support.pdf's seal
AT = datetime(2026, 11, 21, tzinfo=UTC)


def halves(kind: str, mode: str = "RGB", size: int = 40) -> bytes:
    """Left half red (or black), right half blue (or white)."""
    colours: dict[str, tuple[Ink, Ink]] = {
        "1": (0, 1),
        "L": (0, 255),
        "CMYK": ((0, 255, 255, 0), (255, 255, 0, 0)),
    }
    left, right = colours.get(mode, (RED, BLUE))
    picture = Image.new(mode, (size, size), right)
    picture.paste(left, (0, 0, size // 2, size))
    saved = io.BytesIO()
    picture.save(saved, kind)
    return saved.getvalue()


def shown(picture: bytes, attributes: str = "", mask: bytes = b"") -> bytes:
    """A page with the picture 20 mm square at (10, 10)."""
    content = (
        f'<ofd:ImageObject ResourceID="4" Boundary="10 10 20 20" CTM="20 0 0 20 0 0" {attributes}/>'
    )
    files = {"Doc_0/Res/picture": picture, "Doc_0/Res/mask": mask}
    return package(layer(content), resources=PICTURES, files=files)


def near(colour: tuple[int, int, int], wanted: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 24 for a, b in zip(colour, wanted, strict=True))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "TIFF"])
def test_formats(kind: str) -> None:
    """All of them fill the Boundary the CTM spans, whatever their pixels."""
    picture = drawn(shown(halves(kind)))
    assert near(at(picture, 12, 20), RED)
    assert near(at(picture, 28, 20), BLUE)
    assert (at(picture, 8, 20), at(picture, 32, 20)) == (WHITE, WHITE)


def test_large_pictures_are_averaged_down() -> None:
    """A pixel pattern finer than the page becomes grey, not stripes."""
    stripes = Image.new("L", (2000, 2000), 255)
    for x in range(0, 2000, 2):
        stripes.paste(0, (x, 0, x + 1, 2000))
    saved = io.BytesIO()
    stripes.save(saved, "PNG")
    colour = at(drawn(shown(saved.getvalue())), 20, 20)
    assert all(110 < channel < 145 for channel in colour)


def test_printers_colours_are_turned_into_screen_colours() -> None:
    """A JPEG in CMYK."""
    picture = drawn(shown(halves("TIFF", "CMYK")))
    assert near(at(picture, 12, 20), RED)


def test_mask_and_alpha() -> None:
    """White of the mask shows the picture, black does not; Alpha pales it."""
    data = shown(halves("PNG"), 'ImageMask="5"', halves("PNG", "L"))
    picture = drawn(data)
    assert (at(picture, 12, 20), at(picture, 28, 20)) == (WHITE, BLUE)
    assert near(at(drawn(shown(halves("PNG"), 'Alpha="51"')), 12, 20), (255, 204, 204))


def test_jbig2() -> None:
    """A fax-coded picture in a JBIG2 file, sequential and random-access."""
    for random_access in (False, True):
        picture = drawn(shown(jbig2(halves("PNG", "1", 64), random_access=random_access)))
        assert (at(picture, 12, 20), at(picture, 28, 20)) == (BLACK, WHITE)


@pytest.mark.parametrize(
    "broken",
    [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n" + bytes(40), b"\xff\xd8\xff" + bytes(40), b"<svg/>"],
)
def test_broken_picture_is_told(broken: bytes) -> None:
    """The page is drawn without it."""
    preview = draw_page(shown(broken))
    assert len(preview.notes) <= 1
    assert opened(preview.png).getbbox() is not None


@pytest.mark.parametrize("cut", [9, 14, 30, 45, 60])
def test_broken_jbig2_is_told(cut: int) -> None:
    """Cut anywhere."""
    draw_page(shown(jbig2(halves("PNG", "1", 64))[:cut]))


def test_missing_picture_is_told() -> None:
    """As in files whose picture got lost."""
    content = '<ofd:ImageObject ResourceID="77" Boundary="0 0 9 9"/>'
    preview = draw_page(package(layer(content), resources=PICTURES))
    assert preview.notes == ("picture 77 is not drawn: picture: missing",)


# --- seals --------------------------------------------------------------------------


def sealed(*places: Place, picture: SealMaterial | None = None, content: str = "") -> bytes:
    document = package(layer(content or square(0, 0, 1, "255 255 255")), size=(100, 100))
    return OfdEngine().seal(document, picture or material(), places, signer(COMPANY), AT)


def seal_of(picture: bytes, kind: str) -> SealMaterial:
    """A seal whose picture is *picture*."""
    der = ses.build_seal(
        seal_id="14000000000002",
        name=COMPANY,
        seal_type=1,
        vendor="ZHANGYIN",
        certificates=[signer(COMPANY).certificate],
        created_at=NOON,
        valid_from=NOON.replace(year=2020),
        valid_to=NOON.replace(year=2040),
        picture=picture,
        picture_type=kind,
        width_mm=20,
        height_mm=20,
        maker=signer("制章单位"),
        version=4,
    )
    return SealMaterial(der, picture, 20, 20)


def test_seal_is_drawn_where_it_was_put() -> None:
    """42 mm wide from the point given, its bar across the middle."""
    picture = drawn(sealed(AtPoint(1, 30, 20)))
    assert at(picture, 51, 41) == INK
    assert at(picture, 31, 41) == INK
    assert at(picture, 29, 41) == WHITE
    assert at(picture, 51, 30) == WHITE


def test_seam_is_cut() -> None:
    """Only the strip of this page is shown."""
    one = package(layer(""), size=(100, 100))
    files = unpack(one)
    files["Doc_0/Document.xml"] = files["Doc_0/Document.xml"].replace(
        b"</ofd:Pages>", b'<ofd:Page ID="2" BaseLoc="Page.xml"/></ofd:Pages>'
    )
    document = OfdEngine().seal(packed(files), material(), [Seam()], signer(COMPANY), AT)
    first, second = (opened(draw_page(document, page, 127).png) for page in (1, 2))
    assert at(first, 99, 50) == INK
    assert at(first, 78, 50) == WHITE
    assert at(second, 99, 50) == INK
    assert draw_page(document, 2).pages == 2


def test_seal_drawn_as_ofd() -> None:
    """A nested package is drawn over the seal's box, transparent where it has no ink."""
    nested = package(layer(square(0, 0, 10, "255 0 0")), size=(20, 20))
    picture = drawn(
        sealed(
            AtPoint(1, 40, 40),
            picture=seal_of(nested, "ofd"),
            content=square(0, 0, 100, "0 0 255"),
        )
    )
    assert (at(picture, 45, 45), at(picture, 55, 55)) == (RED, BLUE)


def test_opaque_seal_leaves_the_text_to_be_seen() -> None:
    """A JPEG has no transparency: its white lets the paper through, its red is ink."""
    picture = drawn(
        sealed(
            AtPoint(1, 40, 40),
            picture=seal_of(halves("JPEG"), "jpg"),
            content=square(0, 0, 100, "0 0 0"),
        )
    )
    assert at(picture, 45, 45) == BLACK


def test_seal_beside_its_signature_is_used_where_the_value_is_no_seal() -> None:
    """Seal.esl; and where neither can be read, a note."""
    files = unpack(sealed(AtPoint(1, 30, 20)))
    value = next(name for name in files if name.endswith("SignedValue.dat"))
    beside = next(name for name in files if name.endswith("Seal.esl"))
    files[value] = b"no signature"
    assert at(drawn(packed(files)), 51, 41) == INK
    files[beside] = b"no seal"
    (note,) = draw_page(packed(files)).notes
    assert "is not drawn" in note


def test_broken_signatures_do_not_hide_the_page() -> None:
    """What is wrong with signatures is the verifier's to say."""
    files = unpack(sealed(AtPoint(1, 30, 20), content=square(0, 0, 9, "255 0 0")))
    listing = next(name for name in files if name.endswith("Signatures.xml"))
    files[listing] = f'<ofd:Wrong xmlns:ofd="{OFD_NS}"/>'.encode()
    preview = draw_page(packed(files), 1, 127)
    assert preview.notes == ("list of signatures unreadable",)
    assert ink(opened(preview.png), (0, 0, 9, 9)) == 1.0


def jbig2(png: bytes, *, random_access: bool = False) -> bytes:
    """A JBIG2 file (T.88) of one generic region in MMR coding, which is TIFF's group 4."""
    with Image.open(io.BytesIO(png)) as picture:
        bits = ImageChops.invert(picture.convert("1"))  # black is 1 in JBIG2, 0 in this TIFF
    tiff = io.BytesIO()
    bits.save(tiff, "TIFF", compression="group4", tiffinfo={278: bits.height})
    tiff.seek(0)
    with TiffImageFile(tiff) as coded:
        start, length = coded.tag_v2[273][0], coded.tag_v2[279][0]
    code = tiff.getvalue()[start : start + length]
    size = struct.pack(">2L", *bits.size)
    bodies = [
        (48, size + bytes(8) + b"\x00" + b"\x00\x00"),  # page information, white
        (38, size + bytes(8) + b"\x00" + b"\x01" + code),  # immediate region, MMR
        (49, b""),
        (51, b""),
    ]
    heads = [
        struct.pack(">LBBBL", number, kind, 0, 1, len(body))
        for number, (kind, body) in enumerate(bodies)
    ]
    magic = b"\x97JB2\r\n\x1a\n" + bytes([0 if random_access else 1]) + struct.pack(">L", 1)
    if random_access:
        return magic + b"".join(heads) + b"".join(body for _, body in bodies)
    return magic + b"".join(head + body for head, (_, body) in zip(heads, bodies, strict=True))
