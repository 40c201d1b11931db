"""盖章授权单 and the sealing tasks it covers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from seal_core.errors import SealError


class OrderExpired(SealError):
    """The sealing order was not confirmed in time."""

    code = "order.expired"


class OrderNotOpen(SealError):
    """The sealing order was confirmed or cancelled already."""

    code = "order.not_open"


class TooManyDocuments(SealError):
    """One order covers at most ``DOCUMENTS_PER_ORDER`` documents."""

    code = "order.too_many"


class DocumentChanged(SealError):
    """The document's bytes are not those the order names (faults F36)."""

    code = "order.document_changed"


DOCUMENTS_PER_ORDER = 50
"""What a person can look through before he agrees to it."""


class OrderState(StrEnum):
    """待确认 → 已确认 → 完成."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class PlaceWish:
    """Where the seal shall go, as stored and shown; the engines' places are made from it.

    *kind*: ``corner`` (bottom right of the last page), ``point`` (page, x_mm, y_mm), ``keyword``
    (text), ``field`` (text: the name of an empty signature field), ``every_page`` (x_mm, y_mm),
    ``seam`` (edge). *flatten*: forms in PDF become part of the pages before.
    """

    kind: str
    page: int = 0
    x_mm: float = 0.0
    y_mm: float = 0.0
    text: str = ""
    edge: str = "right"
    flatten: bool = False


@dataclass(frozen=True, slots=True)
class SealingOrder:
    """What the holder agrees to by proving himself once: this seal on exactly these bytes.

    *grant_id* is the grant a delegate acts on, empty for whom the seal belongs to; *envelope*
    holds the seal's key for the workers, bound to this order; it is made at the
    confirmation and wiped when the last task is done (design, Keys and PINs, 4).
    """

    id: str
    seal_id: str
    holder_id: str
    person_id: str
    channel: str
    place: PlaceWish
    state: OrderState
    created_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None
    envelope: bytes
    grant_id: str = ""

    def confirmed(self, envelope: bytes, now: datetime) -> SealingOrder:
        """Raises OrderNotOpen or OrderExpired."""
        self.must_be_open(now)
        return replace(self, state=OrderState.CONFIRMED, confirmed_at=now, envelope=envelope)

    def must_be_open(self, now: datetime) -> None:
        if self.state is not OrderState.OPEN:
            raise OrderNotOpen(self.state)
        if now >= self.expires_at:
            raise OrderExpired(self.id)


class TaskState(StrEnum):
    """等待确认 → 排队 → 完成 | 失败."""

    DRAFT = "draft"
    QUEUED = "queued"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SealingTask:
    """One document under an order. *sm3* is what the holder agreed to, in hex."""

    id: str
    order_id: str
    seal_id: str
    holder_id: str
    document_id: str
    document_name: str
    sm3: str
    state: TaskState
    reason: str
    result_id: str
    signed_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class VerificationTask:
    """One document handed in for verification; *report* is the report's JSON once done."""

    id: str
    owner_id: str
    account_id: str
    document_id: str
    document_name: str
    state: TaskState
    verdict: str
    report: str
    requested_at: datetime
    finished_at: datetime | None
