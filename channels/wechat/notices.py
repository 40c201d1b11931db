"""Checking the values of a subscription notice before WeChat does (its code 47003).

A value's rules follow from the letters of its name: ``thing1`` is a *thing*.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from channels.errors import UnsendableNotice
from channels.wire import clean


def _cut(characters: int) -> Callable[[str], str]:
    def cut(value: str) -> str:
        return value if len(value) <= characters else value[: characters - 1] + "…"

    return cut


def _keep(characters: int) -> Callable[[str], str]:
    return lambda value: value[:characters]


def _matching(pattern: str) -> Callable[[str], str]:
    form = re.compile(pattern)

    def check(value: str) -> str:
        if not form.fullmatch(value):
            raise ValueError(pattern)
        return value

    return check


_TIME = r"\d{1,2}:\d{2}(:\d{2})?"
_DAY = r"(\d{4}年\d{1,2}月\d{1,2}日|\d{4}[-/]\d{1,2}[-/]\d{1,2})"


def _name(value: str) -> str:
    return _keep(20)(value) if value.isascii() else _keep(10)(value)


# Lengths are WeChat's: 订阅消息参数值内容限制说明.
_RULES: dict[str, Callable[[str], str]] = {
    "thing": _cut(20),
    "phrase": _matching(r"[\u4e00-\u9fff]{1,5}"),
    "name": _name,
    "character_string": _matching(r"[\x21-\x7e]{1,32}"),
    "letter": _matching(r"[A-Za-z]{1,32}"),
    "symbol": _matching(r"[^\w\s]{1,5}"),
    "number": _matching(r"\d{1,32}(\.\d+)?"),
    "amount": _matching(r"[¥￥$€£]?\d{1,10}(\.\d{1,2})?元?"),
    "phone_number": _matching(r"[\d()+\- ]{1,17}"),
    "car_number": _matching(r".{1,8}"),
    "date": _matching(rf"{_DAY}( ?{_TIME})?"),
    "time": _matching(rf"({_DAY} ?)?{_TIME}|{_DAY}"),
}
_NAME = re.compile(r"([a-z_]+?)(\d+)")


def check_values(values: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return *values* as WeChat takes them; free text is cut to length.

    Raises UnsendableNotice for an unknown kind, an empty value or a wrong form.
    """
    return {field: {"value": _check(field, value)} for field, value in values.items()}


def _check(field: str, value: str) -> str:
    found = _NAME.fullmatch(field)
    rule = _RULES.get(found.group(1)) if found else None
    if rule is None:
        raise UnsendableNotice(field, "unknown kind of value")
    one_line = " ".join(clean(value).split())
    if not one_line:
        raise UnsendableNotice(field, "empty")
    try:
        return rule(one_line)
    except ValueError:
        raise UnsendableNotice(field, "wrong form or too long") from None
