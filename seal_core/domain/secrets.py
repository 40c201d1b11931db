"""Values that hide themselves wherever they are printed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from seal_core.errors import SealError

_PIN_SHAPE = re.compile(r"[0-9]{6,12}")
_ASCENDING = "01234567890"


class WeakPin(SealError):
    """The PIN is not 6 to 12 digits, or one of those that are tried first."""

    code = "pin.weak"


@dataclass(frozen=True, slots=True, repr=False)
class Pin:
    """印章密码 as its owner typed it. Lives for one request and prints as ``Pin(***)``."""

    digits: str

    def __repr__(self) -> str:
        return "Pin(***)"

    def refuse_if_weak(self) -> None:
        """Raise WeakPin for wrong shapes, runs, repeats (domain facts 2.7)."""
        if not _PIN_SHAPE.fullmatch(self.digits):
            raise WeakPin("not 6 to 12 digits")
        if len(set(self.digits)) <= 2 or _is_run(self.digits) or _is_repetition(self.digits):
            raise WeakPin("a run or a repetition")


def _is_run(digits: str) -> bool:
    return digits in _ASCENDING or digits in _ASCENDING[::-1]


def _is_repetition(digits: str) -> bool:
    half, rest = divmod(len(digits), 2)
    return rest == 0 and digits[:half] == digits[half:]


@dataclass(frozen=True, slots=True, repr=False)
class IdNumber:
    """居民身份证号 (GB 11643). Kept encrypted, shown masked."""

    value: str

    def __repr__(self) -> str:
        return f"IdNumber({self.masked})"

    @property
    def masked(self) -> str:
        return f"{self.value[:3]}***********{self.value[-4:]}" if len(self.value) > 7 else "***"


@dataclass(frozen=True, slots=True, repr=False)
class Photo:
    """A photo of a person's card (JPEG). Kept encrypted, shown to reviewers alone."""

    jpeg: bytes

    def __repr__(self) -> str:
        return f"Photo({len(self.jpeg)} octets)"


@dataclass(frozen=True, slots=True, repr=False)
class Mobile:
    """A mainland mobile number. Kept encrypted, shown masked."""

    value: str

    def __repr__(self) -> str:
        return f"Mobile({self.masked})"

    @property
    def masked(self) -> str:
        return f"{self.value[:3]}****{self.value[-4:]}" if len(self.value) > 7 else "***"
