"""自然人: what he drew or chose, between the page and the seal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from seal_core.errors import SealError


class NoPersonalSeals(SealError):
    """The province issues no seals to natural persons."""

    code = "personal.none"


@dataclass(frozen=True, slots=True)
class Sketch:
    """A personal seal that waits for its owner's confirmation, then for its making.

    *picture* is the drawn signature (PNG), redrawn by us from the strokes, which are not kept;
    empty for 个人名章. *replaces* is the seal it takes the place of, *seal_id* the one it became.
    """

    id: str
    person_id: str
    type: str
    size: str
    picture: bytes
    replaces: str
    seal_id: str
    created_at: datetime
