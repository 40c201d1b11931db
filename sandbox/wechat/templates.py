"""Template messages: what a value may look like and who agreed to get one (§3.2, §3.3)."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

# keyword prefix -> what the whole value must match
_VALUE_RULES: Final[dict[str, re.Pattern[str]]] = {
    "thing": re.compile(r"[^\n]{1,20}"),
    "character_string": re.compile(r"[\x21-\x7e]{1,32}"),
    "number": re.compile(r"-?\d{1,32}(\.\d+)?"),
    "amount": re.compile(r"[¥$€]?\d{1,10}(\.\d{1,2})?元?"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(r"[^\w\s]{1,5}"),
    "phrase": re.compile(r"[\u4e00-\u9fff]{1,5}"),
    "name": re.compile(r"[\u4e00-\u9fff·]{1,10}|[A-Za-z .]{1,20}"),
    "phone_number": re.compile(r"[\d+\- ]{1,17}"),
    "car_number": re.compile(r"[\u4e00-\u9fff]?[A-Z0-9]{5,8}[\u4e00-\u9fff]?"),
    "date": re.compile(r"\d{4}(-|/|年)\d{1,2}(-|/|月)\d{1,2}日?( \d{1,2}:\d{2}(:\d{2})?)?"),
    "time": re.compile(
        r"(\d{4}(-|/|年)\d{1,2}(-|/|月)\d{1,2}日? )?\d{1,2}:\d{2}(:\d{2})?"
        r"|\d{4}(-|/|年)\d{1,2}(-|/|月)\d{1,2}日?"
    ),
}


def wrong_keyword(keywords: Sequence[str], data: Any) -> str | None:
    """The first keyword of *data* the platform would not accept, or None if all is well."""
    if not isinstance(data, Mapping):
        return "data"
    for keyword in keywords:
        entry = data.get(keyword)
        value = entry.get("value") if isinstance(entry, Mapping) else None
        rule = _VALUE_RULES[keyword.rstrip("0123456789")]
        if not isinstance(value, str) or not rule.fullmatch(value):
            return f"data.{keyword}.value"
    return None


class Consents:
    """One accept, one message: only the person's client can add to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: Counter[tuple[str, str]] = Counter()

    def accept(self, openid: str, template_id: str) -> None:
        """The person allowed one message."""
        with self._lock:
            self._left[openid, template_id] += 1

    def withdraw(self, openid: str, template_id: str) -> None:
        """The person switched the template off."""
        with self._lock:
            del self._left[openid, template_id]

    def use(self, openid: str, template_id: str) -> bool:
        """Whether a message was allowed; it is used up."""
        with self._lock:
            if self._left[openid, template_id] <= 0:
                return False
            self._left[openid, template_id] -= 1
            return True
