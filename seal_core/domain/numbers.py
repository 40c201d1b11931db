"""Check digits of the numbers people type."""

import re
from datetime import date

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
_USCC_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_MOBILE = re.compile(r"1[3-9][0-9]{9}")


def is_id_number(text: str) -> bool:
    """GB 11643-1999: 17 digits with a real birthday, and an ISO 7064 MOD 11-2 check character."""
    if not re.fullmatch(r"[0-9]{17}[0-9X]", text):
        return False
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(int(d) * w for d, w in zip(text, _ID_WEIGHTS, strict=False))
    return _ID_CHECK[total % 11] == text[17]


def is_uscc(text: str) -> bool:
    """GB 32100-2015 统一社会信用代码: 17 characters and a MOD 31 check character."""
    if len(text) != 18 or any(c not in _USCC_ALPHABET for c in text):
        return False
    pairs = zip(text, _USCC_WEIGHTS, strict=False)
    total = sum(_USCC_ALPHABET.index(c) * w for c, w in pairs)
    return _USCC_ALPHABET[(31 - total % 31) % 31] == text[17]


def is_mobile(text: str) -> bool:
    return bool(_MOBILE.fullmatch(text))
