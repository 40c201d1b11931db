"""Pictures in seals: what they are, and which are refused before any reader sees them."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from seal_core.errors import MalformedData
from seal_core.formats.pictures import Picture, describe, kind_of
from tests.support.ofd import ofd, ofd_files, pack
from tests.support.samples import sample

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink">{}</svg>'


def raster(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30)).save(out, kind)
    return out.getvalue()


RASTERS = [("PNG", "png"), ("JPEG", "jpg"), ("GIF", "gif"), ("BMP", "bmp")]
HEADS = [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"GIF89a"]


@pytest.mark.parametrize(("kind", "name"), RASTERS)
def test_rasters_tell_their_size_in_the_header(kind: str, name: str) -> None:
    """The kind by the bytes, whatever the seal calls it; JPEG has two names."""
    picture = describe(raster(kind))

    assert picture == Picture(name, 40, 30)
    assert picture.is_called(kind)
    assert not picture.is_called("ofd")


def test_a_nested_package_tells_the_size_of_its_page() -> None:
    """Millimetres, from the first page."""
    assert describe(ofd(1, sizes=[(42, 40)])) == Picture("ofd", 42, 40)


def test_drawings_are_drawings_with_or_without_declaration() -> None:
    """References inside the drawing and embedded pictures are fine."""
    inner = '<use x:href="#a"/><image href="data:image/png;base64,AA=="/><a style="fill:url(#g)"/>'
    for text in (SVG.format(inner), '<?xml version="1.0"?>\n<!-- x -->' + SVG.format("")):
        assert describe(text.encode()).kind == "svg"


@pytest.mark.parametrize(
    "inner",
    [
        "<script>1</script>",
        '<rect onclick="x()"/>',
        '<image x:href="http://127.0.0.1/"/>',
        '<use href="file:///etc/passwd#a"/>',
        "<style>@import 'x.css';</style>",
        '<rect style="fill:url(http://127.0.0.1/)"/>',
        "<foreignObject/>",
    ],
)
def test_drawings_that_do_or_fetch_something_are_refused(inner: str) -> None:
    """A seal is looked at and does nothing."""
    with pytest.raises(MalformedData):
        describe(SVG.format(inner).encode())


def test_a_document_type_in_a_drawing_is_refused() -> None:
    """Entities could grow without end."""
    with pytest.raises(MalformedData):
        describe(b'<?xml version="1.0"?><svg xmlns="x">' + b"<a>" * 300)
    assert kind_of(b'<!DOCTYPE svg [<!ENTITY a "b">]><svg/>') == ""


def test_pictures_that_would_burst_a_reader_are_refused() -> None:
    """60 000 × 60 000 pixels in a file of a few hundred octets."""
    header = struct.pack(">L4s2L", 13, b"IHDR", 60_000, 60_000)
    with pytest.raises(MalformedData, match="pixels"):
        describe(b"\x89PNG\r\n\x1a\n" + header + bytes(100))


@pytest.mark.parametrize(
    "change",
    [
        {"Doc_0/Res/logo.png": None},  # would be looked for elsewhere
        {"OFD.xml": b"<a/>"},
        {"../evil": b"x"},
        {"Doc_0/Document.xml": b"<broken"},
        {"Doc_0/Res/logo.png": bytes(9 * 1024 * 1024)},
        {"Doc_0/PublicRes.xml": b"<Res>" + b"<a/>" * 30_000 + b"</Res>"},
    ],
)
def test_nested_packages_must_be_whole_and_small(change: dict[str, bytes | None]) -> None:
    """Everything they name lies in them; names stay inside; no bombs."""
    files = {name: c for name, c in (ofd_files() | change).items() if c is not None}
    with pytest.raises(MalformedData):
        describe(pack(files))


@pytest.mark.samples
def test_the_picture_of_a_real_seal() -> None:
    """UserV4.esl holds a PNG."""
    seal = sample("seals/UserV4.esl")
    at = seal.index(b"\x89PNG")
    assert describe(seal[at:]).kind == "png"


@given(st.binary(max_size=300), st.sampled_from(HEADS))
def test_any_bytes_get_an_answer(data: bytes, head: bytes) -> None:
    """A picture or a refusal."""
    try:
        assert describe(head + data).width >= 0
    except MalformedData:
        return
