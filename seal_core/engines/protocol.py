"""What every document format offers to the sealing service."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, Protocol

from seal_core.ports import Signer, TimeStamper


@dataclass(frozen=True, slots=True)
class PageSize:
    """Width and height of a page as it is shown (rotation applied), in mm."""

    width_mm: float
    height_mm: float


@dataclass(frozen=True, slots=True)
class Outline:
    """What sealing needs to know of a document before it touches it."""

    media_type: str
    pages: tuple[PageSize, ...]
    signatures: int


@dataclass(frozen=True, slots=True)
class Found:
    """The middle of a text on a page (from 1), mm from its top left corner as shown."""

    page: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class AtPoint:
    """Top-left corner of the seal, mm from the top-left of the page as shown; pages from 1."""

    page: int
    x_mm: float
    y_mm: float


@dataclass(frozen=True, slots=True)
class AtKeyword:
    """Centred on a text found in the document; *nth* counts from 1, 0 means all of them."""

    text: str
    nth: int = 1
    dx_mm: float = 0.0
    dy_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class AtPattern:
    """As AtKeyword, for every text on one line that the regular expression matches.

    Blanks count nowhere and letters keep their case. For operators and scripts only: a
    pattern can be made that is searched for without end, so strangers give keywords.
    """

    pattern: re.Pattern[str]
    nth: int = 1
    dx_mm: float = 0.0
    dy_mm: float = 0.0


WhichPages = Literal["all", "odd", "even"]  # odd: the fronts of sheets printed on both sides


@dataclass(frozen=True, slots=True)
class OnEveryPage:
    """The same place on every page, or on every other."""

    x_mm: float
    y_mm: float
    pages: WhichPages = "all"


@dataclass(frozen=True, slots=True)
class Seam:
    """骑缝章: the seal cut over one edge of the pages; *offset*: its centre along it, 0 to 1."""

    edge: Literal["right", "left", "top", "bottom"] = "right"
    offset: float = 0.5
    pages: WhichPages = "all"


@dataclass(frozen=True, slots=True)
class FacingSeam:
    """对开骑缝章: of each two pages that follow each other the first bears the left half on its
    right edge, the second the right half on its left edge; *offset* as in Seam.

    So they meet in an open book, and on the two sides of one sheet at the same edge. An odd
    last page pairs with the one before it, which then bears two halves.
    """

    offset: float = 0.5


@dataclass(frozen=True, slots=True)
class AtField:
    """In the middle of the document's own empty signature field *name*, which becomes the
    signature's field. It has to hold the whole seal. PDF only."""

    name: str


Place = AtPoint | AtKeyword | AtPattern | AtField | OnEveryPage | Seam | FacingSeam


@dataclass(frozen=True, slots=True)
class SealMaterial:
    """The GB/T 38540 seal (DER) and its picture (PNG with alpha) at its size on paper in mm.

    *seal* is empty for RSA and ECDSA keys, which no such seal can list: a picture alone. *link*
    is shown as a QR code beside the seal where there is room for it; PDF only.
    """

    seal: bytes
    picture: bytes
    width_mm: float
    height_mm: float
    link: str = ""


class SealEngine(Protocol):
    """Puts a seal on one document format. Holds no key and no state."""

    media_type: ClassVar[str]

    def outline(self, document: bytes) -> Outline:
        """Read sizes and signatures. Raises DocumentRefused if it could not be sealed."""
        ...

    def flatten(self, document: bytes) -> bytes:
        """The document with its forms made part of the pages; formats without forms stay as they
        are. Raises DocumentRefused where something is signed or would get lost."""
        ...

    def find(self, document: bytes, keyword: str) -> tuple[Found, ...]:
        """Every place of *keyword*, in reading order. Raises DocumentRefused."""
        ...

    def seal(
        self,
        document: bytes,
        material: SealMaterial,
        places: Sequence[Place],
        signer: Signer,
        at: datetime,
        timestamper: TimeStamper | None = None,
    ) -> bytes:
        """Return the sealed document; earlier signatures stay as they were.

        *at* is aware and goes into the signature. Raises DocumentRefused or UnknownPlace.
        """
        ...
