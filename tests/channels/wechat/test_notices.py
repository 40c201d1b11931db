"""Subscription notices: what WeChat would refuse with 47003 never leaves us."""

from __future__ import annotations

import pytest

from channels.errors import UnsendableNotice
from channels.wechat.notices import check_values

GOOD = [
    ("thing1", "合同专用章", "合同专用章"),
    ("thing1", "甲" * 21, "甲" * 19 + "…"),
    ("thing2", "一行\n两行\x00", "一行 两行"),
    ("phrase3", "审核通过", "审核通过"),
    ("name4", "欧阳" * 8, "欧阳" * 5),
    ("name4", "Li Lei", "Li Lei"),
    ("character_string5", "SQ-2026-0001", "SQ-2026-0001"),
    ("time6", "2026年11月20日 17:30", "2026年11月20日 17:30"),
    ("time6", "17:30", "17:30"),
    ("date7", "2026-11-20", "2026-11-20"),
    ("number8", "12.5", "12.5"),
    ("amount9", "¥120.00元", "¥120.00元"),
    ("phone_number1", "+86-0351-1234567", "+86-0351-1234567"),
]


@pytest.mark.parametrize(("field", "value", "sent"), GOOD)
def test_good_values(field: str, value: str, sent: str) -> None:
    assert check_values({field: value}) == {field: {"value": sent}}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("thing1", ""),
        ("thing1", " \n\x0b"),
        ("phrase1", "审核不通过了"),
        ("phrase1", "ok"),
        ("character_string1", "编号"),
        ("character_string1", "x" * 33),
        ("number1", "十二"),
        ("time1", "昨天"),
        ("secret1", "x"),
        ("thing", "x"),
        ("Thing1", "x"),
    ],
)
def test_refused_values(field: str, value: str) -> None:
    """The refusal names the field, not the value (it may be a person's name)."""
    with pytest.raises(UnsendableNotice) as caught:
        check_values({field: value})
    assert caught.value.field == field
