"""What is written down beside the business: audit, notices, messages, jobs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from seal_core.domain.holders import NotAllowed
from seal_core.gm import sm3


class News(StrEnum):
    """What a person can be told of; bot/texts.py and the portal have the words."""

    SIGNED_IN = "signed_in"
    DOCUMENT_ACCEPTED = "document_accepted"
    DOCUMENT_REFUSED = "document_refused"
    APPLICATION_SUBMITTED = "application_submitted"
    APPLICATION_APPROVED = "application_approved"
    APPLICATION_REJECTED = "application_rejected"
    APPLICATION_WITHDRAWN = "application_withdrawn"
    DRAFT_WAITS = "draft_waits"
    SEALS_READY = "seals_ready"
    SEALS_ISSUED = "seals_issued"
    PICKUP_FORWARDED = "pickup_forwarded"
    PIN_LOCKED = "pin_locked"
    PIN_CHANGED = "pin_changed"
    PIN_UNLOCKED = "pin_unlocked"
    PIN_RESET = "pin_reset"
    SEALING_DONE = "sealing_done"
    SEALING_FAILED = "sealing_failed"
    VERIFICATION_DONE = "verification_done"
    SEAL_SUSPENDED = "seal_suspended"
    SEAL_RESUMED = "seal_resumed"
    SEAL_CANCELLED = "seal_cancelled"
    SEAL_FROZEN = "seal_frozen"
    SEAL_RENEWING = "seal_renewing"
    SEAL_REMAKING = "seal_remaking"
    SEAL_EXPIRED = "seal_expired"
    SEAL_ENDS_SOON = "seal_ends_soon"
    COLLECTION_ENDS_SOON = "collection_ends_soon"
    COLLECTION_ENDED = "collection_ended"
    INVITED = "invited"
    INVITATION_ANSWERED = "invitation_answered"
    ROLE_CHANGED = "role_changed"
    PIN_NEEDED = "pin_needed"
    GRANT_GIVEN = "grant_given"
    GRANT_RECEIVED = "grant_received"
    GRANT_USED = "grant_used"
    GRANT_ENDED = "grant_ended"
    REGISTRY_RENAMED = "registry_renamed"
    REGISTRY_REPRESENTATIVE = "registry_representative"
    REGISTRY_CLOSED = "registry_closed"
    AGENT_SUBMITTED = "agent_submitted"
    AGENT_ASKS = "agent_asks"
    AGENT_APPROVED = "agent_approved"
    AGENT_REJECTED = "agent_rejected"
    AGENT_BOUND = "agent_bound"
    COLLECTED_FOR_YOU = "collected_for_you"
    FEEDBACK_RECEIVED = "feedback_received"
    FEEDBACK_ANSWERED = "feedback_answered"
    SEAL_DISPOSED = "seal_disposed"
    TAKEN_OVER_FROM_YOU = "taken_over_from_you"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something to be written into a holder's audit chain.

    *event* reads subject:what (``seal:issue``, ``pin:wrong``, ``key:sign``); *detail* holds
    identifiers and codes, never secrets.
    """

    holder_id: str
    event: str
    subject_id: str
    actor_id: str
    channel: str
    detail: dict[str, str]


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One link of a holder's chain: *sequence* from 1, *digest* over all of it and *previous*."""

    id: str
    holder_id: str
    sequence: int
    at: datetime
    event: str
    subject_id: str
    actor_id: str
    channel: str
    detail: dict[str, str]
    previous: bytes
    digest: bytes

    def expected_digest(self) -> bytes:
        """SM3 over the canonical JSON of the record and its predecessor's digest."""
        body = {
            "holder": self.holder_id,
            "sequence": self.sequence,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "event": self.event,
            "subject": self.subject_id,
            "actor": self.actor_id,
            "channel": self.channel,
            "detail": self.detail,
            "previous": self.previous.hex(),
        }
        text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return sm3.digest(text.encode())


@dataclass(frozen=True, slots=True)
class Notice:
    """信息公告 with its attachments as (name, document id); withdrawn ones are for staff only."""

    id: str
    title: str
    body: str
    attachments: tuple[tuple[str, str], ...]
    published_at: datetime
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """Something a person must hear of. *kind* selects the words, *data* fills them.

    The in-site inbox keeps every one of them; delivery to accounts is a job.
    """

    id: str
    person_id: str
    kind: News
    data: dict[str, str]
    created_at: datetime
    delivered_at: datetime | None


class StaffRole(StrEnum):
    """Who is who behind the desk; one role an account (三权分立)."""

    REVIEWER = "reviewer"  # 审核员: decides applications, proposes disposals
    MAKER = "maker"  # 制章备案员: confirms disposals, keeps the filing
    OPERATOR = "operator"  # 运维人员: notices and feedback
    AUDITOR = "auditor"  # 审计员: reads the audit log, and nothing else


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody behind the desk. *password* is an argon2id hash."""

    id: str
    login: str
    name: str
    password: str
    role: StaffRole = StaffRole.REVIEWER

    def must_be(self, *roles: StaffRole) -> None:
        """Raise NotAllowed for any other role."""
        if self.role not in roles:
            raise NotAllowed(f"{self.role} is none of {', '.join(roles)}")


class LeftStage(StrEnum):
    """How long ago the person last answered in a dialog he began."""

    OPEN = "open"
    REMINDED = "reminded"
    PAUSED = "paused"  # put aside; 继续 takes it up again


@dataclass(frozen=True, slots=True)
class LeftDialog:
    """A dialog that was begun and not finished, in the form of ``bot.sessions`` as JSON.

    *due_at* is when the reminder, the putting aside or the deletion comes next.
    """

    account_id: str
    person_id: str
    dialog: str
    steps: str
    stage: LeftStage
    due_at: datetime


OVER_OUR_INTERFACE = "miniprogram "
"""How the keys of messages begin that a mini-program sent to us itself."""


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """A push that was accepted, in the channel-neutral form of ``bot.messages`` as JSON."""

    id: str
    account_id: str
    body: str
    received_at: datetime
    handled_at: datetime | None
    answer: str


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A chat message to one account, in the form of ``bot.messages`` as JSON; wiped once sent."""

    id: str
    account_id: str
    body: str
    created_at: datetime
    sent_at: datetime | None
    failure: str
