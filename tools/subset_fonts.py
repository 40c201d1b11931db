"""Cut the fonts that seal faces are drawn with out of the complete open fonts.

    python tools/subset_fonts.py NotoSerifSC_700Bold.ttf Arimo_600SemiBold.ttf OUT_FOLDER

The first is Noto Serif SC Bold, the second Arimo SemiBold (metric-equal to Arial); both are
under the SIL Open Font License 1.1, whose texts lie beside the results. The cut is
repeatable: the same input gives the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

# 《通用规范汉字表》 (国发〔2013〕23号), level 3: the 1605 characters of names and places.
NAME_CHARACTERS = Path(__file__).with_name("name_characters.txt")

# Name characters people carry that neither GB 2312 nor the table has.
OTHER_NAME_CHARACTERS = "㐂彧囍濬晳堺㛄啟啓俢凃峯祎颢昪瀞慜珮喦陞枬椲嶔顥頔髙衞裴暐玮璟璠旸昺煊珣䶮"
CHINESE_PUNCTUATION = "，。、；：？！·…—～（）《》〈〉「」『』【】〔〕“”‘’〇○●△×＋－＝／％＆＠＃"
ASCII = "".join(map(chr, range(0x20, 0x7F)))


def gb2312() -> str:
    """Every character of GB/T 2312-1980, by its rows and cells."""
    rows = (bytes((row, cell)) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    return "".join(raw.decode("gb2312", errors="ignore") for raw in rows)


def song_characters() -> str:
    """What a seal, a form or a page in Chinese may have to show."""
    names = NAME_CHARACTERS.read_text(encoding="utf-8").replace("\n", "")
    return ASCII + CHINESE_PUNCTUATION + gb2312() + names + OTHER_NAME_CHARACTERS


def cut(source: Path, characters: str, target: Path) -> None:
    """Write the part of *source* that draws *characters*, without hints and layout rules."""
    options = subset.Options(
        layout_features=[],
        hinting=False,
        notdef_outline=True,
        name_IDs=[0, 1, 2, 4, 5, 6, 13, 14],
        drop_tables=[*subset.Options().drop_tables, "BASE", "STAT", "GPOS", "GSUB", "GDEF"],
    )
    font = TTFont(source, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=characters)
    subsetter.subset(font)
    font.save(target, reorderTables=True)
    absent = sorted(set(characters) - {chr(code) for code in font.getBestCmap()})
    print(f"{target.name}: {target.stat().st_size} bytes, absent: {''.join(absent) or 'none'}")


def main(song: str, digits: str, folder: str) -> None:
    cut(Path(song), song_characters(), Path(folder) / "NotoSerifSC-Bold-subset.ttf")
    cut(Path(digits), ASCII + "（）", Path(folder) / "Arimo-SemiBold-subset.ttf")


if __name__ == "__main__":
    main(*sys.argv[1:4])
