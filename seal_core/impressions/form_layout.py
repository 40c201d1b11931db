"""Our own application form: what is printed where, shared by the printer and the reader.

Corner marks give position, turn and perspective; the QR code says which box is which seal.
Needs no OpenCV.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from seal_core.impressions.model import Box

PAGE_MM = (210.0, 297.0)
MARK_MM = 5.0
MARKS = ((10.0, 10.0), (200.0, 10.0), (200.0, 287.0), (10.0, 287.0))
"""Centres of the four black squares; printers reach to within 5 mm of the edge."""
QR_BOX = Box(170.0, 16.0, 20.0, 20.0)
"""The QR code without its white border."""

_VERSION = "ZYF1"
_LEFT, _RIGHT, _TOP = 18.0, 192.0, 92.0
MOST = 6
"""Seals a form has room for."""
_NOTHING = "-"
_PAYLOAD = re.compile(
    r"ZYF1:([a-z]{2,20}):([0-9A-Za-z-]{1,40}):([a-z_]{1,40}(?:,[a-z_]{1,40}){0,5})"
)


@dataclass(frozen=True, slots=True)
class FormCode:
    """What the QR code of a form says. *application* is empty on a blank form."""

    province: str
    application: str
    types: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.types) <= MOST:
            raise ValueError(f"{len(self.types)} seals")

    @property
    def payload(self) -> str:
        """The text of the QR code; version first, because boxes move with it."""
        return ":".join(
            (_VERSION, self.province, self.application or _NOTHING, ",".join(self.types))
        )

    @classmethod
    def parse(cls, payload: str) -> FormCode | None:
        """None for any other QR code."""
        found = _PAYLOAD.fullmatch(payload)
        if found is None:
            return None
        application = "" if found[2] == _NOTHING else found[2]
        return cls(found[1], application, tuple(found[3].split(",")))


def boxes(types: Sequence[str]) -> list[Box]:
    """The box of each type, two in a row."""
    width = (_RIGHT - _LEFT) / 2
    height = 54.0 if len(types) <= 4 else 52.0
    return [
        Box(_LEFT + (n % 2) * width, _TOP + (n // 2) * height, width, height)
        for n in range(len(types))
    ]


def box_at(types: Sequence[str], x: float, y: float) -> int | None:
    """Which box the point lies in, in mm of the form."""
    for n, box in enumerate(boxes(types)):
        if box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height:
            return n
    return None
