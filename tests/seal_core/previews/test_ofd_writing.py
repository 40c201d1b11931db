"""Texts: which glyph, from which font, where, how wide, which way up."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from seal_core.errors import MalformedData
from seal_core.previews import draw_page, stand_ins
from seal_core.previews.fonts import PACKAGED_SONG, PACKAGED_SONG_BOLD
from seal_core.previews.sfnt import Font
from tests.support.pages import RED, WHITE, at, drawn, ink, layer, package

NOTO = Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc")
SONG = '<ofd:Fonts><ofd:Font ID="1" FontName="宋体"/></ofd:Fonts>'
OWN = (
    '<ofd:Fonts><ofd:Font ID="1" FontName="Own"><ofd:FontFile>own.ttf</ofd:FontFile></ofd:Font>'
    "</ofd:Fonts>"
)


def text(
    words: str, attributes: str = "", code: str = "", before: str = "", x: float = 0, y: float = 0
) -> str:
    """A TextObject of 10 mm whose first baseline is 10 mm below its corner."""
    return (
        f'<ofd:TextObject Boundary="{x} {y} 40 12" Font="1" Size="10" {attributes}>'
        '<ofd:FillColor Value="255 0 0"/>'
        f'{before}<ofd:TextCode X="0" Y="10" {code}>{words}</ofd:TextCode></ofd:TextObject>'
    )


def block_font(*, cff: bool = False) -> bytes:
    """Glyph 1 (A) fills the em's left half, glyph 2 (B) is a composite or a full em."""
    builder = FontBuilder(1000, isTTF=not cff)
    builder.setupGlyphOrder([".notdef", "A", "B"])
    builder.setupCharacterMap({0x41: "A", 0x42: "B"})
    shapes = {".notdef": 0, "A": 500, "B": 1000}
    drawn_glyphs = {}
    for name, width in shapes.items():
        pen = T2CharStringPen(1000, None) if cff else TTGlyphPen(None)
        if width:
            corners = [(0, 0), (0, 1000), (width, 1000), (width, 0)]
            pen.moveTo(corners[0])
            for corner in corners[1:]:
                pen.lineTo(corner)
            pen.closePath()
        drawn_glyphs[name] = pen.getCharString() if cff else pen.glyph()
    if cff:
        builder.setupCFF("Own", {}, drawn_glyphs, {})
    else:
        pen = TTGlyphPen(drawn_glyphs)
        pen.addComponent("A", (1, 0, 0, 1, 0, 0))
        pen.addComponent("A", (1, 0, 0, 1, 500, 0))
        drawn_glyphs["B"] = pen.glyph()
        builder.setupGlyf(drawn_glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(shapes, (1000, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Own"})
    builder.setupOS2()
    builder.setupPost()
    saved = io.BytesIO()
    builder.save(saved)
    return saved.getvalue()


def own(content: str, font: bytes | None = None) -> bytes:
    files = {"Doc_0/Res/own.ttf": font or block_font()}
    return package(layer(content), resources=OWN, files=files)


@pytest.mark.parametrize("cff", [False, True], ids=["TrueType", "CFF"])
def test_embedded_font_draws_its_own_glyphs(cff: bool) -> None:
    """By character, and by glyph where a CGTransform says so."""
    change = (
        '<ofd:CGTransform CodePosition="1" CodeCount="1" GlyphCount="1"><ofd:Glyphs>2</ofd:Glyphs>'
        "</ofd:CGTransform>"
    )
    data = own(text("AX", code='DeltaX="10"', before=change), block_font(cff=cff))
    picture = drawn(data)
    assert [at(picture, x, 5) for x in (2, 7, 12, 18)] == [RED, WHITE, RED, RED]
    assert draw_page(data).notes == ()


def test_bare_cff_has_glyphs_by_number_only() -> None:
    """Some writers embed the CFF table alone."""
    with TTFont(io.BytesIO(block_font(cff=True))) as font:
        bare = font.getTableData("CFF ")
    change = (
        '<ofd:CGTransform CodePosition="0" CodeCount="1" GlyphCount="1"><ofd:Glyphs>1</ofd:Glyphs>'
        "</ofd:CGTransform>"
    )
    picture = drawn(own(text("?", before=change), bare))
    assert (at(picture, 2, 5), at(picture, 7, 5)) == (RED, WHITE)


def test_one_code_may_become_several_glyphs() -> None:
    """The steps are then those between glyphs."""
    change = (
        '<ofd:CGTransform CodePosition="0" CodeCount="1" GlyphCount="3">'
        "<ofd:Glyphs>1 1 1</ofd:Glyphs></ofd:CGTransform>"
    )
    picture = drawn(own(text("A", code='DeltaX="g 2 10"', before=change)))
    assert [at(picture, x, 5) for x in (2, 12, 22, 32)] == [RED, RED, RED, WHITE]


def test_glyphs_a_font_does_not_have_fall_back_to_the_characters() -> None:
    """A CGTransform out of range, or for another font, does not lose the text."""
    change = (
        '<ofd:CGTransform CodePosition="0" CodeCount="1" GlyphCount="1">'
        "<ofd:Glyphs>900</ofd:Glyphs></ofd:CGTransform>"
    )
    assert at(drawn(own(text("A", before=change))), 2, 5) == RED


def test_steps() -> None:
    """``g`` repeats, a list too short repeats its last, DeltaY goes down."""
    content = (
        text("AAAA", code='DeltaX="g 3 8"')
        + text("AAA", code='DeltaX="8"', y=12)
        + text("AAA", code='DeltaX="0" DeltaY="g 2 4"', x=20, y=24).replace('"10"', '"3"')
    )
    picture = drawn(own(content))
    assert [at(picture, x, 5) for x in (2, 10, 18, 26, 34)] == [RED] * 4 + [WHITE]
    assert [at(picture, x, 17) for x in (2, 10, 18, 26)] == [RED] * 3 + [WHITE]
    assert [at(picture, 21, y) for y in (26, 30, 34, 38)] == [RED, RED, RED, WHITE]


def test_without_steps_glyphs_stand_side_by_side() -> None:
    """Nothing is printed over the other where a writer leaves DeltaX out."""
    picture = drawn(own(text("AAA")))
    assert [at(picture, x, 5) for x in (2, 7, 12, 17, 22)] == [RED, WHITE, RED, WHITE, RED]
    down = drawn(own(text("AA", 'ReadDirection="90"')))
    assert [at(down, 2, y) for y in (5, 15, 25)] == [RED, RED, WHITE]


def test_direction_width_and_slant() -> None:
    """CharDirection turns clockwise about the glyph's start, HScale widens, Italic slants."""
    content = (
        text("A", 'CharDirection="90"', x=20, y=-8)
        + text("A", 'HScale="2"', y=12)
        + text("A", 'Italic="true"', x=20, y=24)
    )
    picture = drawn(own(content))
    assert at(picture, 25, 4) == RED  # the left half of the em lies at the top now
    assert at(picture, 25, 9) == WHITE
    assert (at(picture, 8, 17), at(picture, 11, 17)) == (RED, WHITE)
    assert (at(picture, 26, 25), at(picture, 20.5, 25)) == (RED, WHITE)


def test_stroked_and_weighted_text() -> None:
    """Stroke adds an outline of LineWidth; a Weight the own font lacks thickens it."""
    content = text("A", 'Stroke="true" LineWidth="2"').replace(
        "<ofd:FillColor", '<ofd:StrokeColor Value="0 0 255"/><ofd:FillColor'
    )
    picture = drawn(own(content + text("A", 'Weight="800"', x=20, y=20)))
    assert at(picture, 5.5, 5) == (0, 0, 255)
    assert at(picture, 2, 5) == RED
    assert at(picture, 25.1, 25) != WHITE


def test_stand_in_is_used_where_the_document_brings_no_font() -> None:
    """Regular and bold; the bold one is darker."""
    content = text("国", code="") + text("国", 'Weight="700"', x=20)
    data = package(layer(content.replace("255 0 0", "0 0 0")), resources=SONG)
    picture = drawn(data)
    assert 0.1 < ink(picture, (0, 0, 10, 12)) < ink(picture, (20, 0, 30, 12)) < 0.6
    assert draw_page(data).notes == ()


def test_letters_of_a_stand_in_are_squeezed_into_their_steps() -> None:
    """A W of ours is wider than half an em; it must not run into its neighbour."""
    black = text("WW", code='DeltaX="5"').replace("255 0 0", "0 0 0")
    picture = drawn(package(layer(black), resources=SONG))
    assert ink(picture, (10.2, 0, 20, 12)) == 0


def test_missing_glyph_is_a_box_and_a_note() -> None:
    """What no font has is never silently dropped; blanks and controls are no loss."""
    data = package(layer(text("\U00020000")), resources=SONG)
    picture = drawn(data)
    assert at(picture, 1, 5) == RED
    assert at(picture, 5, 5) == WHITE
    assert draw_page(data).notes == ("no font has U+20000",)
    assert draw_page(package(layer(text(" \u3000\u200b")), resources=SONG)).notes == ()


@pytest.mark.skipif(not NOTO.exists(), reason="needs fonts-noto-cjk")
def test_installed_fonts_help_out() -> None:
    """A deployment names them in its settings; of a collection the simplified member is taken."""
    data = package(layer(text("\U00020bb7")), resources=SONG)
    assert draw_page(data).notes == ("no font has U+20BB7",)
    assert draw_page(data, fonts=stand_ins([NOTO])).notes == ()


@pytest.mark.parametrize(
    "broken", [b"", b"no font at all", block_font()[:200], b"\x01\x00\x04\x02"]
)
def test_broken_font_is_told_and_replaced(broken: bytes) -> None:
    """The text is then drawn with the stand-in."""
    data = own(text("A").replace("255 0 0", "0 0 0"), broken or b"\x00")
    preview = draw_page(data)
    assert preview.notes[0].startswith("font file /Doc_0/Res/own.ttf unreadable")
    assert ink(drawn(data), (0, 0, 10, 12)) > 0.05


@pytest.mark.parametrize("path", [PACKAGED_SONG, PACKAGED_SONG_BOLD], ids=["regular", "bold"])
def test_outlines_are_those_of_the_font(path: Path) -> None:
    """Our reader and fontTools find the same glyph, width and box for characters of all kinds."""
    ours = Font(path.read_bytes())
    with TTFont(path) as font:
        known, metrics, glyphs = font.getBestCmap(), font["hmtx"], font["glyf"]
        for character in "国喆，A1%犇":
            name = known[ord(character)]
            number = ours.glyph_of(character)
            assert font.getGlyphName(number) == name
            figure, advance = ours.outline(number)
            assert advance == metrics[name][0]
            assert figure.count("M") == max(glyphs[name].numberOfContours, 0)


def test_every_character_of_the_packaged_font_is_found_or_told_absent() -> None:
    """The character table is read as fontTools reads it."""
    font = Font(PACKAGED_SONG.read_bytes())
    with TTFont(PACKAGED_SONG) as theirs:
        known = theirs.getBestCmap()
        for code in range(0x20, 0xFFFF, 7):
            expected = theirs.getGlyphID(known[code]) if code in known else 0
            assert font.glyph_of(chr(code)) == expected


def test_font_that_is_cut_short_is_refused() -> None:
    """Typed, whatever is missing."""
    whole = block_font()
    for length in range(0, len(whole), 97):
        try:
            font = Font(whole[:length])
        except MalformedData:
            continue
        font.outline(1)
        font.outline(2)
