"""What is asked of a form, and what was found on it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

VERSION = "impressions-3"
"""Goes into the audit record: the same version makes the same pictures of the same file.

Change it with anything that changes a picture, a figure or a finding.
"""


class Outline(StrEnum):
    """The edge of a seal."""

    ROUND = "round"
    OVAL = "oval"
    RECTANGLE = "rectangle"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A seal the applicant asks for: its type (a code of the province) and chosen 印模尺寸.

    *ring* is the registered name, where the seal bears it on its ring.
    """

    type: str
    outline: Outline
    width_mm: float
    height_mm: float
    ring: str = ""

    def __post_init__(self) -> None:
        if not 8.0 <= self.height_mm <= self.width_mm <= 100.0:
            raise ValueError(f"{self.width_mm}×{self.height_mm} mm")


class FindingCode(StrEnum):
    """What a reviewer must look at. The values are stored: never rename them."""

    # of the form as a whole
    GREY_SCAN = "grey_scan"
    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    TOO_MANY_PAGES = "too_many_pages"
    PAGE_TOO_LARGE = "page_too_large"
    UNREADABLE = "unreadable"
    PRINT_SCALED = "print_scaled"
    OTHER_FORM = "other_form"
    # of one seal
    SIZE_DIFFERS = "size_differs"
    SIZE_WRONG = "size_wrong"
    RING_BROKEN = "ring_broken"
    TEXT_ACROSS = "text_across"
    RED_ACROSS = "red_across"
    FAINT = "faint"
    BLURRED = "blurred"
    CLIPPED = "clipped"
    DPI_LOW = "dpi_low"
    DPI_TOO_LOW = "dpi_too_low"
    PERSPECTIVE = "perspective"
    PASTED = "pasted"
    UPRIGHT_UNCERTAIN = "upright_uncertain"
    WHICH_UNCERTAIN = "which_uncertain"
    RING_DIFFERS = "ring_differs"
    RING_UNLIKE = "ring_unlike"
    RING_UNREAD = "ring_unread"
    SEEN_ELSEWHERE = "seen_elsewhere"


MUST_STAMP_AGAIN = frozenset(
    {
        FindingCode.GREY_SCAN,
        FindingCode.TOO_FEW,
        FindingCode.SIZE_WRONG,
        FindingCode.RING_BROKEN,
        FindingCode.TEXT_ACROSS,
        FindingCode.RED_ACROSS,
        FindingCode.FAINT,
        FindingCode.BLURRED,
        FindingCode.CLIPPED,
        FindingCode.DPI_TOO_LOW,
        FindingCode.PERSPECTIVE,
        FindingCode.PASTED,
        FindingCode.PAGE_TOO_LARGE,
        FindingCode.UNREADABLE,
        FindingCode.OTHER_FORM,
    }
)
"""Findings the applicant can put right; the others are for the reviewer's eyes."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One doubt. *seal* counts from 1 in the order of the reading; 0 is the whole form."""

    code: FindingCode
    seal: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A place on the page as displayed: mm, y down, before it is turned about its centre."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Quality:
    """Figures behind the findings.

    *dpi* is that of the picture in the PDF; *closed* the part of the outline that was printed;
    *ink* the strength of the ink (1 a full print); *edge_mm* how far the edge is smeared;
    *crossed* the part of the ink under black; *red_around* the part of a belt outside the seal
    that is red; *grain* how uneven the ink is and *paper* how grainy the paper (grey levels);
    *squareness* is 1 for a seal seen straight from above.
    """

    dpi: float
    closed: float
    ink: float
    edge_mm: float
    crossed: float
    red_around: float
    grain: float
    paper: float
    squareness: float


@dataclass(frozen=True, slots=True)
class Impression:
    """One seal found on the form (or drawn by the reviewer).

    *wanted* is the place in the caller's list, None if it answers no wish. *angle* is how far
    the seal stands turned on the page, in degrees clockwise. *picture* is the clean seal,
    upright, a 600 dpi PNG of one ink and its opacity, of exactly the wanted size (or the
    measured one); *original* the same cut from the page, straightened only, with a margin, and
    *overlay* the picture in green over it; *strip* the ring unrolled, empty for rectangles.
    *fingerprint* is for ``likeness.alike``.
    """

    page: int
    wanted: int | None
    outline: Outline
    box: Box
    width_mm: float
    height_mm: float
    angle: float
    picture: bytes
    original: bytes
    overlay: bytes
    strip: bytes
    fingerprint: str
    quality: Quality
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class FormReading:
    """Everything read from one form. *form* is what our own form's QR code says, if any."""

    version: str
    impressions: tuple[Impression, ...]
    findings: tuple[Finding, ...]
    form: str = ""
