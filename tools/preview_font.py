"""Make the font that stands in on previews out of an installed Noto Serif CJK.

    python tools/preview_font.py NotoSerifCJK-Regular.ttc OUT_FOLDER

It draws the characters of the faces' font (see subset_fonts) and the punctuation, symbols
and widths that office documents use besides. Outlines become quadratic, which our reader of
outlines takes ten times faster; at 1/1000 em nobody sees the difference. SIL OFL 1.1.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont, newTable

from tools.subset_fonts import song_characters

# Latin, general punctuation, currencies, letterlike, arrows, mathematics, technical, circled,
# boxes and shapes, radicals and CJK punctuation, enclosed and squared, vertical and full-width.
_RANGES = (
    (0x00A0, 0x017F),
    (0x2000, 0x206F),
    (0x20A0, 0x20BF),
    (0x2100, 0x23FF),
    (0x2460, 0x26FF),
    (0x2E80, 0x303F),
    (0x3200, 0x33FF),
    (0xFE30, 0xFE4F),
    (0xFF00, 0xFFEF),
)
_TOLERANCE = 1.0  # font units, of 1000
_NO_PROGRAMS = {
    "maxZones": 1,
    "maxTwilightPoints": 0,
    "maxStorage": 0,
    "maxFunctionDefs": 0,
    "maxInstructionDefs": 0,
    "maxStackElements": 0,
    "maxSizeOfInstructions": 0,
    "maxPoints": 0,  # this and what follows is counted when the font is saved
    "maxContours": 0,
    "maxCompositePoints": 0,
    "maxCompositeContours": 0,
    "maxComponentElements": 0,
    "maxComponentDepth": 0,
}


def characters() -> set[int]:
    """The code points a page may have to show."""
    ranges = {code for first, last in _RANGES for code in range(first, last + 1)}
    return ranges | set(map(ord, song_characters()))


def cut(font: TTFont) -> None:
    """Keep the wanted characters, without hints and layout rules."""
    options = subset.Options(
        layout_features=[],
        hinting=False,
        desubroutinize=True,
        notdef_outline=True,
        name_IDs=[0, 1, 2, 4, 5, 6, 13, 14],
        drop_tables=[
            *subset.Options().drop_tables,
            *("BASE", "GPOS", "GSUB", "GDEF", "VORG", "vhea", "vmtx"),
        ],
    )
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters())
    subsetter.subset(font)


def make_quadratic(font: TTFont) -> None:
    """Replace the charstrings by TrueType outlines."""
    order, outlines = font.getGlyphOrder(), font.getGlyphSet()
    glyphs = {}
    for name in order:
        pen = TTGlyphPen(None)
        outlines[name].draw(Cu2QuPen(pen, _TOLERANCE, reverse_direction=True))
        glyphs[name] = pen.glyph()
    font["loca"], font["glyf"] = newTable("loca"), newTable("glyf")
    font["glyf"].glyphOrder, font["glyf"].glyphs = order, glyphs
    del font["CFF "]
    font.sfntVersion = "\x00\x01\x00\x00"
    font["maxp"].tableVersion = 0x00010000
    for name, value in _NO_PROGRAMS.items():
        setattr(font["maxp"], name, value)
    font["head"].glyphDataFormat = 0
    font["post"].formatType = 3.0


def main(collection: str, folder: str) -> None:
    members = TTCollection(collection, lazy=True, recalcTimestamp=False).fonts
    font = next(m for m in members if str(m["name"].getDebugName(1)).endswith("SC"))
    cut(font)
    make_quadratic(font)
    target = Path(folder) / "NotoSerifSC-Regular-subset.ttf"
    font.save(target, reorderTables=True)
    print(f"{target.name}: {target.stat().st_size} bytes, {len(font.getGlyphOrder())} glyphs")


if __name__ == "__main__":
    main(*sys.argv[1:])
