"""Asking a register of seals what became of a seal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Standing(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class SealStatus:
    """How a seal stands, and since when."""

    standing: Standing
    since: datetime


class StatusUnavailableError(Exception):
    """The register cannot answer now."""


class SealStatusSource(Protocol):
    """A register of seals: the service's own, or a province's."""

    def look_up(self, seal_id: str) -> SealStatus | None:
        """None for a seal that is not in this register. Raises StatusUnavailableError."""
        ...
