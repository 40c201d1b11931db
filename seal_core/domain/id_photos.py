"""身份证照片 of people whom the province's face check does not know (外省法人, 省外自然人)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from seal_core.domain.secrets import Photo
from seal_core.errors import SealError


class PhotoRefused(SealError):
    """A photo that cannot be used; *side* is ``front`` or ``back``, *reason* one of REASONS."""

    code = "photo.refused"

    REASONS = frozenset(
        {
            "missing",
            "heic",  # a format phones use that browsers and reviewers' screens do not
            "not_a_photo",  # neither JPEG nor PNG, or damaged
            "too_large",  # octets or pixels
            "too_small",  # nobody could read the card
            "same",  # one side twice
        }
    )

    def __init__(self, side: str, reason: str) -> None:
        if reason not in self.REASONS:
            raise ValueError(reason)
        super().__init__(f"{side}: {reason}")
        self.side = side
        self.reason = reason


@dataclass(frozen=True, slots=True)
class IdPhotos:
    """Both sides of one person's card, for one application; kept encrypted, for a while."""

    application_id: str
    person_id: str
    front: Photo
    back: Photo
    created_at: datetime
