"""Reading answers: a number of the list, or the words themselves, as people write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_SEPARATORS = re.compile(r"[\s,，、;；和]+")
_ORDINAL = re.compile(
    r"(?:我?选|选择|第)?\s*([0-9]{1,3}|[一二三四五六七八九十])\s*(?:个|项|号|枚|种|条)?"
)
_FIGURES = {figure: number for number, figure in enumerate("一二三四五六七八九十", 1)}

YES = frozenset({"1", "确定", "确认", "是", "是的", "对", "好", "好的", "可以", "同意", "嗯"})
NO = frozenset({"2", "取消", "不", "不是", "不要", "不用", "算了", "否", "放弃"})


def tidy(text: str) -> str:
    """The words without what does not matter: width of figures, spaces around, a full stop."""
    return unicodedata.normalize("NFKC", text).strip().rstrip(".。!！,，、~ ")


def number_in(text: str) -> int | None:
    """The number a short answer means: ``2``, ``２``, ``2.``, ``第二个``, ``选2``."""
    found = _ORDINAL.fullmatch(tidy(text))
    if found is None:
        return None
    return _FIGURES.get(found[1]) or int(found[1])


def pick(text: str, options: Sequence[tuple[str, T]]) -> T | None:
    """The one option meant by *text*: its number, its label, or a part of one label only."""
    number = number_in(text)
    if number is not None and 1 <= number <= len(options):
        return options[number - 1][1]
    word = _squeezed(text)
    exact = [value for label, value in options if _squeezed(label) == word]
    close = [value for label, value in options if len(word) >= 2 and word in _squeezed(label)]
    found = exact or close
    return found[0] if len(found) == 1 else None


def pick_several(text: str, options: Sequence[tuple[str, T]]) -> list[T]:
    """All options meant by *text*, in the order of the list; empty if any word is unclear."""
    if tidy(text) in ("全部", "都要", "全选", "全都要"):
        return [value for _, value in options]
    chosen = []
    for word in _SEPARATORS.split(tidy(text)):
        value = pick(word, options)
        if value is None:
            return []
        chosen.append(value)
    return [value for _, value in options if value in chosen]


def yes_or_no(text: str) -> bool | None:
    """What a person says to a question with 确定 and 取消; None if it is neither."""
    word = tidy(text)
    if word in YES:
        return True
    return False if word in NO else None


def _squeezed(text: str) -> str:
    """For comparing: people write 40mm where the list says 40 mm."""
    return re.sub(r"\s", "", tidy(text)).lower()
