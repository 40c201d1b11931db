"""The handbook says what each province offers, in letters the paper's font has."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from fontTools.ttLib import TTFont

from app.handbook import chapters
from app.papers import handbook
from app.provinces import load_province
from seal_core.faces import fonts

FONT = Path(fonts.__file__).parent / "fonts" / "NotoSerifSC-Bold-subset.ttf"


@pytest.mark.parametrize("name", ["shanxi", "jiangxi"])
def test_the_printed_handbook_has_every_word(name: str) -> None:
    """
    Eight chapters, and no letter that would be printed as a box.
    """
    province = load_province(name)
    told = [text for title, steps in chapters(province) for text in (title, *steps)]
    assert len(chapters(province)) == 8
    letters = set("".join(told)) - {"\n"}
    assert letters - {chr(code) for code in TTFont(FONT).getBestCmap()} == set()
    document = pypdfium2.PdfDocument(handbook(province))
    printed = "".join(page.get_textpage().get_text_range() for page in document)
    squeezed = "".join(printed.split())
    for text in told:
        assert "".join(text.split()) in squeezed, text


def test_provinces_differ() -> None:
    """
    A stamped form and a PIN here, an identity check and 意愿认证 there.
    """
    shanxi, jiangxi = (
        "".join(step for _, steps in chapters(load_province(name)) for step in steps)
        for name in ("shanxi", "jiangxi")
    )
    assert "审核意见" in shanxi
    assert "印章密码" in shanxi
    assert "审核意见" not in jiangxi
    assert "密码" not in jiangxi
    assert "意愿认证" in jiangxi
    assert "发票专用章" in jiangxi
