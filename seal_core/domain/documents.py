"""Documents people bring and take away. Bytes live in the document store, not here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from seal_core.errors import DocumentRefused, SealError

PDF = "application/pdf"
OFD = "application/ofd"
PNG = "image/png"
JPEG = "image/jpeg"
PICTURES = frozenset({PNG, JPEG})
"""Photographed papers: to be looked at by staff, never to be sealed."""
SUFFIXES = {PDF: ".pdf", OFD: ".ofd", PNG: ".png", JPEG: ".jpg"}


class DocumentNotReady(SealError):
    """The document is still being looked at."""

    code = "document.not_ready"


class DocumentState(StrEnum):
    """A document is looked at in a limited child before anything trusts it."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Document:
    """What is known of a stored file.

    *name* is what its owner called it (shown, never a path); *sm3* the digest of its bytes in
    hex; *pages* its page sizes in mm once accepted; *reason* a code of DocumentRefused; *renew_at*
    when a sealed PDF is to be archived, or archived again, None if never or done by a successor.
    """

    id: str
    owner_id: str
    name: str
    media_type: str
    size: int
    sm3: str
    purpose: str
    state: DocumentState
    reason: str
    pages: tuple[tuple[float, float], ...]
    signatures: int
    received_at: datetime
    renew_at: datetime | None = None

    def must_be_accepted(self) -> None:
        """Raises DocumentNotReady or DocumentRefused."""
        if self.state is DocumentState.REFUSED:
            raise DocumentRefused(self.reason)
        if self.state is DocumentState.RECEIVED:
            raise DocumentNotReady(self.id)

    def accepted(self, pages: tuple[tuple[float, float], ...], signatures: int) -> Document:
        return replace(self, state=DocumentState.ACCEPTED, pages=pages, signatures=signatures)

    def refused(self, reason: str) -> Document:
        return replace(self, state=DocumentState.REFUSED, reason=reason)
