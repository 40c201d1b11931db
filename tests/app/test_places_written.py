"""Places as operators write them on the command line."""

from __future__ import annotations

import re

import pytest

from app.commands._places import parse_place
from seal_core.engines.protocol import (
    AtField,
    AtKeyword,
    AtPattern,
    AtPoint,
    FacingSeam,
    OnEveryPage,
    Place,
    Seam,
)


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("2:120,230.5", AtPoint(2, 120, 230.5)),
        ("page:2:120mm,230", AtPoint(2, 120, 230)),
        ("every:10,20", OnEveryPage(10, 20)),
        ("every:10,20,odd", OnEveryPage(10, 20, "odd")),
        ("keyword:盖章", AtKeyword("盖章")),
        ("keyword:盖章：(公章)#3", AtKeyword("盖章：(公章)", 3)),
        ("keyword:盖章#all@10,-5", AtKeyword("盖章", 0, 10, -5)),
        ("keyword:C#", AtKeyword("C#")),
        ("regex:[甲乙]方#2", AtPattern(re.compile("[甲乙]方"), 2)),
        ("field:甲方签章", AtField("甲方签章")),
        ("field:Form.Sig:1", AtField("Form.Sig:1")),
        ("seam:right", Seam("right")),
        ("seam:left,even,0.25", Seam("left", 0.25, "even")),
        ("seam:top,0.1,odd", Seam("top", 0.1, "odd")),
        ("seam:facing,0.3", FacingSeam(0.3)),
    ],
)
def test_a_place_is_read_as_it_is_meant(written: str, place: Place) -> None:
    """The forms of ./zhangyin seal --help."""
    assert parse_place(written) == place


_POINTS = ("", "1", "1:2", "1:2,3,4", "x:1,2", "0x1:1,2", "1:nan,2", "every:", "every:1")
_TEXTS = ("keyword:", "keyword: ", "keyword:a#0", "field:", "field: ", "regex:(", "regex:")
_SEAMS = ("seam:", "seam:middle", "seam:right,2", "seam:right,0.1,0.2", "seam:facing,odd")


@pytest.mark.parametrize("written", [*_POINTS, "every:1,2,all", *_TEXTS, *_SEAMS])
def test_anything_else_is_refused(written: str) -> None:
    """Nothing is guessed: a seal in the wrong place cannot be taken back."""
    with pytest.raises(ValueError, match=r"\w"):
        parse_place(written)
