"""Photographed papers: drawn anew, upright, bounded; bombs and wrong names are refused."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from seal_core.errors import DocumentRefused, PreviewRefused
from seal_core.previews import draw_page, sealed_pages
from seal_core.previews.photos import SHOWN_PIXELS, photo_size_mm
from seal_core.services.documents import sniff


def photo(kind: str, size: tuple[int, int] = (300, 200), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, kind, **more)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_photo_is_one_page(kind: str) -> None:
    """
    It has a size in mm, one page, no seals; what is shown is PNG of our own making.
    """
    data = photo(kind)
    drawn = draw_page(data)
    assert (drawn.pages, drawn.width, drawn.height) == (1, 300, 200)
    assert drawn.png != data
    assert drawn.png.startswith(b"\x89PNG")
    assert photo_size_mm(data) == pytest.approx((drawn.width_mm, drawn.height_mm))
    assert sealed_pages(data) == []
    with pytest.raises(PreviewRefused):
        draw_page(data, 2)


def test_what_a_camera_writes_beside_is_left_out() -> None:
    """
    Turned upright as the camera says, without its place and time; a large one is made smaller.
    """
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "secret maker"  # turned by 90 degrees
    drawn = draw_page(photo("JPEG", (4000, 2000), exif=exif))
    assert (drawn.width, drawn.height) == (SHOWN_PIXELS // 2, SHOWN_PIXELS)
    assert b"secret maker" not in drawn.png


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff" + b"\0" * 100,
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        photo("PNG")[:60],
        photo("PNG", (9000, 9000)),
    ],
)
def test_what_is_no_photo_is_refused(data: bytes) -> None:
    """
    Cut, made up, or with more pixels than any camera makes.
    """
    with pytest.raises(DocumentRefused):
        photo_size_mm(data)


@pytest.mark.parametrize("data", [photo("PNG"), photo("JPEG"), photo("GIF"), b"<svg/>", b""])
def test_a_picture_is_taken_only_where_one_is_asked_for(data: bytes) -> None:
    """
    What is to be sealed or verified is PDF or OFD; nowhere is it GIF or SVG.
    """
    with pytest.raises(DocumentRefused):
        sniff(data)
    if data[:4] in (b"GIF8", b"<svg", b""):
        with pytest.raises(DocumentRefused):
            sniff(data, pictures=True)
