from __future__ import annotations

import pytest

from seal_core.errors import MissingGlyph
from seal_core.faces.fonts import PACKAGED, fonts_in_use, load_fonts, packaged_fonts, use_fonts

RARE_NAME_CHARACTERS = "㐂喆堃犇彧䶮㛃𬍛𬭸镕昇燚濬"


def gb2312() -> str:
    rows = (bytes((row, cell)) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF))
    return "".join(raw.decode("gb2312", errors="ignore") for raw in rows)


def test_packaged_fonts_draw_every_gb2312_character_and_rare_names() -> None:
    """All 6763 characters of GB 2312, the brackets of company names and rare name characters."""
    fonts = packaged_fonts()
    characters = gb2312() + RARE_NAME_CHARACTERS + "（）《》·〇"
    assert len(gb2312()) == 6763
    assert all(fonts.text(c).box for c in characters)
    assert all(fonts.digit(c).box for c in "0123456789ABCDEFGHJKLMNPQRTUWXY")


def test_an_absent_character_is_refused_by_name() -> None:
    """A character no font has is named in the refusal."""
    with pytest.raises(MissingGlyph) as refused:
        packaged_fonts().text("\U0002a6a5")
    assert refused.value.character == "\U0002a6a5"
    assert "U+2A6A5" in str(refused.value)


def test_configured_fonts_stand_behind_the_packaged_song() -> None:
    """A deployment's font fills gaps and never changes what the package draws."""
    digits_only = load_fonts(song=[PACKAGED / "Arimo-SemiBold-subset.ttf"])
    assert digits_only.text("国") is packaged_fonts().text("国")
    assert len(digits_only.song) == 2


def test_every_font_file_has_its_licence_beside_it() -> None:
    """The licence asks to travel with the font."""
    for font in PACKAGED.glob("*.ttf"):
        licence = PACKAGED / f"OFL-{font.name.split('-')[0]}.txt"
        assert "SIL Open Font License" in licence.read_text(encoding="utf-8")


def test_a_deployment_s_fonts_are_used_until_others_are_told() -> None:
    """Without any it is the packaged ones; 仿宋 changes invoice seals alone."""
    mine = PACKAGED / "Arimo-SemiBold-subset.ttf"
    use_fonts([mine], [mine])
    try:
        assert len(fonts_in_use().song) == 2
        assert fonts_in_use().invoice_text("A") is not fonts_in_use().text("A")
    finally:
        use_fonts([], [])
    assert fonts_in_use() is packaged_fonts()
