"""What a person carries from one device to another: pickup QR codes and one-time links."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from seal_core.errors import SealError


class TicketExpired(SealError):
    """The QR code or link is past its time."""

    code = "ticket.expired"


class TicketUsed(SealError):
    """The QR code or link did its work already."""

    code = "ticket.used"


class TicketForwarded(SealError):
    """Somebody else than the one it was made for holds the QR code or link."""

    code = "ticket.forwarded"


class NotInMiniProgram(SealError):
    """The page belongs into a mini-program, and what opens it did not prove to be that."""

    code = "ticket.mini_program"


class TicketUnknown(SealError):
    """No such QR code or link, or it was cancelled."""

    code = "ticket.unknown"


class PickupState(StrEnum):
    """等待扫码 → 已扫码 → 已确认 → 制作中 → 完成."""

    WAITING = "waiting"
    SCANNED = "scanned"
    CONFIRMED = "confirmed"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Pickup:
    """A pickup QR: shown on the PC page, scanned by the same person's phone.

    *scene* is the secret inside the QR (at most 64 characters for WeChat, platform facts 6).
    """

    id: str
    scene: str
    url: str
    holder_id: str
    person_id: str
    seal_ids: tuple[str, ...]
    state: PickupState
    created_at: datetime
    expires_at: datetime

    def scanned_by(self, person_id: str, now: datetime) -> Pickup:
        """The owner scanned it (again). Raises TicketExpired, TicketUsed or TicketForwarded."""
        self._must_be_open(person_id, now)
        return (
            self if self.state is PickupState.SCANNED else replace(self, state=PickupState.SCANNED)
        )

    def confirmed_by(self, person_id: str, now: datetime) -> Pickup:
        """The owner pressed 确定. Raises as `scanned_by`."""
        self._must_be_open(person_id, now)
        return replace(self, state=PickupState.CONFIRMED)

    def _must_be_open(self, person_id: str, now: datetime) -> None:
        if self.state is PickupState.CANCELLED:
            raise TicketUnknown(self.id)
        if self.person_id != person_id:
            raise TicketForwarded(self.id)
        if self.state is PickupState.DONE or self.state is PickupState.CONFIRMED:
            raise TicketUsed(self.id)
        if now >= self.expires_at:
            raise TicketExpired(self.id)


class LinkPurpose(StrEnum):
    """What a one-time link opens."""

    SIGN_IN = "sign_in"  # data: app, subject of the account to bind
    APPLY = "apply"  # data: wanted seals and region as chosen in the chat
    PERSONAL = "personal"  # data: type, size, replaces; a natural person draws and confirms
    UPLOAD = "upload"  # data: what the documents are for (``seal`` or ``verify``)
    COLLECT = "collect"  # data: seal_ids[, pickup_id]; the page takes the PIN or 意愿认证
    PLACE = "place"  # data: documents, seal_id; the page takes the place of the seal
    CONFIRM_ORDER = "confirm_order"  # data: order_id
    SEALS = "seals"  # data: none; 我的印章 with all that can be done there, until it expires
    PIN = "pin"  # data: doing, once identity is being proved; 密码管理
    INVITE = "invite"  # the new member's number is personal data and belongs on a page
    JOIN = "join"  # data: invitation_id, empty only to set a PIN
    AGENT = "agent"  # data: way
    GRANT = "grant"  # data: grant_id; the page takes the PIN or 意愿认证
    FEEDBACK = "feedback"  # data: kind; the page takes a text and a picture
    VIEW = "view"  # data: what to look at; may be opened many times until it expires


@dataclass(frozen=True, slots=True)
class OneTimeLink:
    """A link sent in a chat. Only the token's hash is kept; *nonce* binds what the page sends back.

    GET never uses it up (faults F41): previews and a second look are harmless.
    """

    id: str
    token_hash: str
    purpose: LinkPurpose
    person_id: str
    account_id: str
    data: dict[str, str]
    nonce: str
    expires_at: datetime
    used_at: datetime | None

    @staticmethod
    def hash_of(token: str) -> str:
        """Tokens are random, so a plain hash is enough to hide them at rest."""
        return hashlib.sha256(token.encode()).hexdigest()

    def must_be_open(self, now: datetime) -> None:
        """Raises TicketUsed or TicketExpired."""
        if self.used_at is not None:
            raise TicketUsed(self.id)
        if now >= self.expires_at:
            raise TicketExpired(self.id)

    def used(self, now: datetime) -> OneTimeLink:
        self.must_be_open(now)
        return self if self.purpose in _LASTING else replace(self, used_at=now)


_LASTING = frozenset({LinkPurpose.VIEW, LinkPurpose.SEALS})
"""Links that are good for many visits."""
