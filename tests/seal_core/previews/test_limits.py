"""Strangers' files: refused by type or drawn with notes, within bounds; never a crash."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from seal_core.errors import PreviewRefused
from seal_core.previews import draw_page, draw_svg
from seal_core.previews.budget import Budget
from tests.support.ofd import ofd, ofd_files, unpack
from tests.support.ofd import pack as packed
from tests.support.pages import layer, opened, package, path, square
from tests.support.pdf import encrypted_pdf, simple_pdf

PICTURE = (
    '<ofd:MultiMedias><ofd:MultiMedia ID="4" Type="Image"><ofd:MediaFile>bomb.png</ofd:MediaFile>'
    "</ofd:MultiMedia></ofd:MultiMedias>"
)


def composites(*contents: str) -> str:
    units = "".join(
        f'<ofd:CompositeGraphicUnit ID="{n}"><ofd:Content>{content}</ofd:Content>'
        "</ofd:CompositeGraphicUnit>"
        for n, content in enumerate(contents)
    )
    return f"<ofd:CompositeGraphicUnits>{units}</ofd:CompositeGraphicUnits>"


def use(key: int) -> str:
    return f'<ofd:CompositeObject ResourceID="{key}" Boundary="0 0 9 9"/>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not_a_document"),
        (b"hello", "not_a_document"),
        (b"PK\x03\x04" + bytes(100), "not_a_document"),
        (b"%PDF-1.7 and nothing else", "not_a_document"),
        (packed({"OFD.xml": b"<OFD/>"}), "not_a_document"),
        (packed({"readme.txt": b""}), "not_a_document"),
        (encrypted_pdf("secret"), "encrypted"),
    ],
    ids=["empty", "text", "zip", "pdf", "no_body", "no_root", "encrypted"],
)
def test_what_is_no_document_is_refused(data: bytes, reason: str) -> None:
    """A type, never an exception of some library."""
    with pytest.raises(PreviewRefused) as refusal:
        draw_page(data)
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    "data", [ofd(2), simple_pdf(["/MediaBox [0 0 595 842]"] * 2)], ids=["ofd", "pdf"]
)
@pytest.mark.parametrize("page", [0, 3, -1])
def test_page_that_is_not_there(data: bytes, page: int) -> None:
    """Pages count from 1."""
    with pytest.raises(PreviewRefused) as refusal:
        draw_page(data, page)
    assert refusal.value.reason == "no_such_page"


@pytest.mark.parametrize(
    "resources",
    [
        composites(use(0)),
        composites(use(1), use(0)),
        composites(*(use(n + 1) * 10 for n in range(7)), square(0, 0, 1, "0")),
    ],
    ids=["itself", "each_other", "ten_to_the_seventh"],
)
def test_nesting_and_multiplying_end(resources: str) -> None:
    """A picture in itself, and few lines that would draw millions of squares."""
    with pytest.raises(PreviewRefused) as refusal:
        draw_svg(package(layer(use(0)), resources=resources))
    assert refusal.value.reason == "too_much"


def test_patterns_in_patterns_end() -> None:
    """Every cell holds a cell."""
    content = square(0, 0, 1, "0 0 0")
    for _ in range(30):
        cell = f'<ofd:Pattern Width="1" Height="1"><ofd:CellContent>{content}</ofd:CellContent>'
        content = square(0, 0, 1, "0 0 0").replace(
            "/>", f">{cell}</ofd:Pattern></ofd:FillColor>", 1
        )
    with pytest.raises(PreviewRefused):
        draw_page(package(layer(content)))


def test_repeated_steps_cost_nothing() -> None:
    """``g`` with a huge count is as long as the text."""
    resources = '<ofd:Fonts><ofd:Font ID="1" FontName="宋体"/></ofd:Fonts>'
    text = (
        '<ofd:TextObject Boundary="0 0 9 9" Font="1" Size="3"><ofd:TextCode X="0" Y="3" '
        'DeltaX="g 999999999 3">一二三</ofd:TextCode></ofd:TextObject>'
    )
    assert draw_page(package(layer(text), resources=resources)).notes == ()


def test_pictures_are_bounded_by_their_pixels() -> None:
    """A kilobyte of PNG that would become gigabytes."""
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    content = '<ofd:ImageObject ResourceID="4" Boundary="0 0 9 9" CTM="9 0 0 9 0 0"/>'
    data = package(layer(content), resources=PICTURE, files={"Doc_0/Res/bomb.png": bomb.getvalue()})
    assert draw_page(data).notes == ("picture 4 is not drawn: picture: too large",)


@pytest.mark.parametrize(
    "data", [package(layer(""), size=(5000, 9000)), simple_pdf(["/MediaBox [0 0 9000 14400]"])]
)
def test_huge_pages_are_drawn_smaller(data: bytes) -> None:
    """Bounded pixels, the same proportions, and a note."""
    preview = draw_page(data, 1, 600)
    assert preview.width * preview.height <= 16_100_000
    assert preview.width / preview.height == pytest.approx(
        preview.width_mm / preview.height_mm, rel=0.01
    )
    assert "dpi" in preview.notes[0]
    assert opened(preview.png).size == (preview.width, preview.height)


@pytest.mark.parametrize(
    "figure",
    ["M 0 0 L 1e300 1e300", "M -9999999 0 L 9999999 9999999 C", "M 0 0 A 1e9 1e-9 7 1 1 1e7 1e7"],
)
@pytest.mark.parametrize("ctm", ["1 0 0 1 0 0", "0 0 0 0 0 0", "1e7 0 0 1e7 0 0", "1 2 3", "a b"])
def test_wild_numbers(figure: str, ctm: str) -> None:
    """Whatever is written, something is drawn or nothing, in time."""
    line = f"<ofd:AbbreviatedData>{figure}</ofd:AbbreviatedData></ofd:PathObject>"
    content = path(figure, 0, 0, "1 2 3", f'CTM="{ctm}"') + (
        f'<ofd:PathObject Boundary="0 0 1 1" LineWidth="1e7" DashPattern="0.001 0.02" '
        f'CTM="{ctm}">{line}'
    )
    draw_page(package(layer(content)))


def test_markup_in_values_stays_text() -> None:
    """Attributes and texts of the document never become markup of the SVG."""
    evil = "&quot;/&gt;&lt;image href=&quot;file:///etc/passwd&quot;/&gt;"
    content = "".join(
        f'<ofd:PathObject Boundary="{evil}" CTM="{evil}" LineWidth="{evil}" Cap="{evil}" '
        f'DashPattern="{evil}" Rule="{evil}" Fill="true" DrawParam="{evil}">'
        f'<ofd:FillColor Value="{value}" ColorSpace="{evil}"/>'
        f"<ofd:AbbreviatedData>M 0 0 L 9 9 {evil}</ofd:AbbreviatedData></ofd:PathObject>"
        for value in (evil, "#" + evil, "1 2 3")
    )
    svg = draw_svg(package(layer(content))).svg
    assert "passwd" not in svg
    assert "<image" not in svg


def test_budget_of_time() -> None:
    """Drawing gives up when its time is over."""
    with pytest.raises(PreviewRefused) as refusal:
        Budget(seconds=-1).spend_object()
    assert refusal.value.reason == "too_slow"


_FILES = ofd_files(1)
_XML = sorted(name for name in _FILES if name.endswith(".xml"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(_XML),
    at=st.integers(0, 3000),
    new=st.one_of(st.binary(max_size=8), st.sampled_from([b"<", b'"', b"ofd:Clips", b"-1e9 "])),
)
def test_any_damage_is_refused_or_drawn(name: str, at: int, new: bytes) -> None:
    """Every XML file of a package, hit anywhere."""
    content = _FILES[name]
    at %= len(content)
    damaged = dict(_FILES) | {name: content[:at] + new + content[at + len(new) :]}
    try:
        preview = draw_page(packed(damaged), 1, 20)
    except PreviewRefused:
        return
    assert preview.png.startswith(b"\x89PNG")


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(0, 2000), junk=st.binary(max_size=20))
def test_any_damaged_pdf_is_refused_or_drawn(cut: int, junk: bytes) -> None:
    """PDFium mends much; what it cannot mend is a typed refusal."""
    whole = simple_pdf()
    with suppress(PreviewRefused):
        assert draw_page(whole[: cut % len(whole)] + junk, 1, 20).pages == 1


def test_missing_page_file() -> None:
    """An empty page and a note."""
    files = unpack(ofd(1))
    del files["Doc_0/Pages/Page_0/Content.xml"]
    assert draw_page(packed(files)).notes == ("the page's file is missing",)
