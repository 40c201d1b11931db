"""What was read from an applicant's form, and which picture the reviewer chose for each seal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from seal_core.errors import SealError


class PictureNotChosen(SealError):
    """A seal whose impression was read cannot be approved before a person chose its picture."""

    code = "review.picture"


class BoxRefused(SealError):
    """The place a reviewer gave is not on the form, or no seal is that small or large."""

    code = "review.box"


class ReadingState(StrEnum):
    """A form, and each picture a reviewer asks for, is read by a job."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"  # the file ended the reader, or cannot be read


@dataclass(frozen=True, slots=True)
class Reading:
    """One form read for these wishes; asked for when it is uploaded.

    *wanted* are (type, size label) as in the application, *name* the holder's registered name.
    *findings* are (code, detail) of the whole form; *form* is what the QR code of our own form
    says; *version* that of the reader.
    """

    id: str
    document_id: str
    holder_id: str
    name: str
    wanted: tuple[tuple[str, str], ...]
    state: ReadingState
    version: str
    form: str
    findings: tuple[tuple[str, str], ...]
    requested_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Extraction:
    """One seal cut from a form: found by the reader, or at a place a reviewer gave.

    *type* is the wish it answers, empty if none; *number* counts in the order of the form.
    The box is in mm of the page as displayed, *angle* in degrees clockwise; *width_mm* and
    *height_mm* are as measured. *sm3* is the digest of the picture (hex), *fingerprint* what
    pictures of one seal have in common (hex), *findings* are (code, detail). *made_by* is the
    reviewer who gave the place, empty for the reader.
    """

    id: str
    reading_id: str
    document_id: str
    holder_id: str
    type: str
    number: int
    state: ReadingState
    page: int
    outline: str
    x: float
    y: float
    width: float
    height: float
    angle: float
    width_mm: float
    height_mm: float
    quality: dict[str, float]
    findings: tuple[tuple[str, str], ...]
    version: str
    sm3: str
    fingerprint: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class PictureChoice:
    """What a reviewer decided a seal shall look like; no *extraction_id*: the drawn face."""

    seal_id: str
    extraction_id: str
    reviewer_id: str
    chosen_at: datetime
