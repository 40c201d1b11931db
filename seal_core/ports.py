"""What the core asks of the world, as small interfaces; joined in ``app/wiring.py``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from seal_core.domain.agents import AgentRegistration
from seal_core.domain.applications import Application, Draft
from seal_core.domain.desk import Claim, Disposal, Feedback, Filing, Preferences
from seal_core.domain.documents import Document
from seal_core.domain.entrances import Entrance
from seal_core.domain.grants import Grant
from seal_core.domain.holders import Account, Membership, Organisation, Person, Registration
from seal_core.domain.id_photos import IdPhotos
from seal_core.domain.impressions import Extraction, PictureChoice, Reading
from seal_core.domain.keys import Proof, SealKey, UserKey
from seal_core.domain.members import Invitation
from seal_core.domain.personal import Sketch
from seal_core.domain.pins import PinGuard
from seal_core.domain.records import (
    AuditRecord,
    Happening,
    InboxMessage,
    LeftDialog,
    Notice,
    Notification,
    OutgoingMessage,
    StaffMember,
)
from seal_core.domain.sealing import SealingOrder, SealingTask, VerificationTask
from seal_core.domain.seals import Seal
from seal_core.domain.secrets import Pin
from seal_core.domain.tickets import OneTimeLink, Pickup

Clock = Callable[[], datetime]
"""The current time, aware, UTC."""


# --- keys and trust -----------------------------------------------------------------


class Signer(Protocol):
    """Signs with a key that never leaves its keeper (file, HSM or UKey)."""

    @property
    def certificate(self) -> bytes:
        """The signer's X.509 certificate, DER."""
        ...

    @property
    def chain(self) -> tuple[bytes, ...]:
        """The issuers above it, DER, nearest first; may be empty."""
        ...

    def sign(self, message: bytes) -> bytes:
        """SM2 with SM3 over *message* (default ID), as DER SEQUENCE {r, s}.

        Keys of other kinds sign as seal_core.formats.suites has it for their certificate.
        """
        ...


class TimeStamper(Protocol):
    """A time-stamp authority (RFC 3161, GB/T 20520)."""

    def stamp(self, message: bytes) -> bytes:
        """Return a TimeStampToken (CMS ContentInfo, DER) over the digest of *message*."""
        ...


class CertificateAuthority(Protocol):
    """The lawful CA that certifies seal keys (国办发〔2025〕33号, article 12)."""

    def certify(self, request: bytes) -> tuple[bytes, tuple[bytes, ...]]:
        """Return certificate and chain (DER, nearest first) for a PKCS#10 *request* (DER)."""
        ...


class KeyKeeper(Protocol):
    """Makes, wraps and opens keys; nothing else ever holds one in the clear."""

    def enrol_with_pin(self, person_id: str, pin: Pin) -> tuple[bytes, UserKey]:
        """A new user key under *pin*: the PIN's verifier and the wrapped key."""
        ...

    def enrol_for_proofs(self, person_id: str) -> UserKey:
        """A new user key that opens with a Proof (意愿认证) instead of a PIN."""
        ...

    def new_seal_keys(self, seal_id: str, holders: Sequence[UserKey], name: str) -> list[SealKey]:
        """A new seal key wrapped to each of *holders*, with a certificate request for *name*."""
        ...

    def matches(self, verifier: bytes, pin: Pin) -> bool:
        """Whether *pin* is the one behind *verifier*; slow on purpose."""
        ...

    def envelope_with_pin(
        self, verifier: bytes, user: UserKey, pin: Pin, key: SealKey, order_id: str
    ) -> bytes | None:
        """The seal key for the workers, bound to *order_id*; None if the PIN is wrong."""
        ...

    def envelope_with_proof(
        self, user: UserKey, proof: Proof, digest: str, key: SealKey, order_id: str
    ) -> bytes:
        """As above with 意愿认证 for *digest*. Raises ProofRefused."""
        ...

    def share_with_pin(
        self, verifier: bytes, user: UserKey, pin: Pin, key: SealKey, delegate: UserKey
    ) -> SealKey | None:
        """The seal key that *user* can open, wrapped to *delegate*; None if the PIN is wrong."""
        ...

    def share_with_proof(
        self, user: UserKey, proof: Proof, digest: str, key: SealKey, delegate: UserKey
    ) -> SealKey:
        """As above with 意愿认证 for *digest*. Raises ProofRefused."""
        ...

    def rewrap(
        self, verifier: bytes, user: UserKey, old: Pin, new: Pin
    ) -> tuple[bytes, UserKey] | None:
        """The user key under a *new* PIN; None if the *old* one is wrong."""
        ...

    def open_envelope(
        self, envelope: bytes, order_id: str, certificate: bytes, chain: tuple[bytes, ...]
    ) -> Signer:
        """For workers only: the signer inside. Raises DecryptionFailed for another order."""
        ...


class PinOpener(Protocol):
    """Opens what a PIN page encrypted in the browser."""

    @property
    def public_key(self) -> str:
        """The SM2 point (hex, with 04) the page encrypts to."""
        ...

    def open(self, ciphertext: str, nonce: str) -> Pin:
        """The PIN inside *ciphertext* (hex), made for *nonce*. Raises DecryptionFailed."""
        ...


# --- people and places outside ------------------------------------------------------


class WillingnessCheck(Protocol):
    """意愿认证 / face check at the province's identity source."""

    def begin(self, person: Person, purpose: str, digest: str, return_url: str) -> tuple[str, str]:
        """Start a check of *person* for *purpose*; session id and the page to send him to."""
        ...

    def result(self, person: Person, digest: str, session_id: str) -> Proof:
        """The proof for exactly *digest* (hex). Raises ProofRefused."""
        ...


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """What the enterprise registry says; *active* is false after 注销 or 吊销."""

    uscc: str
    name: str
    legal_representative: str
    region: str
    active: bool


class EnterpriseRegistry(Protocol):
    """The business registry."""

    def look_up(self, uscc: str) -> RegistryEntry | None: ...


class PickupCodes(Protocol):
    """Makes the QR content that brings a scanning phone back to us with *scene*."""

    def qr_content(self, channel: str, scene: str, seconds: int) -> str: ...


class Judge(Protocol):
    """The verifier, as the sealer's second pair of eyes: nothing leaves unverified."""

    def verdict(self, document: bytes, name: str) -> str:
        """``valid``, ``invalid``, … of the document as a whole."""
        ...


class DocumentStore(Protocol):
    """Keeps bytes under ids; write-once."""

    def put(self, document_id: str, data: bytes) -> None:
        """Raises FileExistsError if the id is taken by other bytes; the same bytes are fine."""
        ...

    def get(self, document_id: str) -> bytes:
        """Raises KeyError."""
        ...


# --- storage ------------------------------------------------------------------------

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class UpTo:
    """For `Records.select`: the field's moment is not later than this one."""

    moment: datetime


@dataclass(frozen=True, slots=True)
class Between:
    """For `Records.select`: a moment from *first* on and before *until*; None is open."""

    first: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Containing:
    """For `Records.select`: a text with *part* somewhere in it."""

    part: str


class Records(Protocol[T]):
    """One kind of record; the first field of its dataclass is the key."""

    def get(self, key: str) -> T:
        """Raises NotFound."""
        ...

    def lock(self, key: str) -> T:
        """As get, and nobody else changes the record until the work ends."""
        ...

    def find(self, **equal: Any) -> T | None:
        """The newest record whose fields equal these, if there is one."""
        ...

    def select(self, *, limit: int = 100, offset: int = 0, **equal: Any) -> list[T]:
        """Newest first; a tuple as value means "one of", an UpTo what is not later; see
        also Between and Containing."""
        ...

    def due(self, moment: str, by: datetime, *, limit: int = 100, **equal: Any) -> list[T]:
        """Those whose field *moment* lies at or before *by*, the oldest moment first."""
        ...

    def count(self, **equal: Any) -> int: ...

    def tally(self, *names: str, **equal: Any) -> dict[tuple[Any, ...], int]:
        """How many records there are for each combination of these fields' values."""
        ...

    def put(self, record: T) -> None:
        """Insert, or replace the record of the same key."""
        ...

    def delete(self, key: str) -> None: ...


class Inbox(Records[InboxMessage], Protocol):
    def accept(self, message: InboxMessage, dedupe_key: str) -> bool:
        """Store *message* unless *dedupe_key* was seen; False for a repeat."""
        ...

    def answer_to(self, dedupe_key: str) -> str:
        """What was answered to the push first seen with *dedupe_key*; empty if nothing."""
        ...

    def pushed_since(self, account_id: str, since: datetime) -> bool:
        """Whether the account's platform pushed something; OVER_OUR_INTERFACE does not count."""
        ...

    def waiting(self, account_id: str) -> list[InboxMessage]:
        """Unhandled messages of one account, oldest first."""
        ...


class AuditLog(Protocol):
    def append(self, happening: Happening, at: datetime) -> None:
        """The next link of the holder's chain."""
        ...

    def of(
        self, holder_id: str, *, limit: int = 100, offset: int = 0, **equal: Any
    ) -> list[AuditRecord]:
        """Those whose fields equal these, newest first; values as for `Records.select`."""
        ...

    def count(self, holder_id: str, **equal: Any) -> int: ...

    def about(self, holder_id: str, subject_id: str, events: tuple[str, ...]) -> list[AuditRecord]:
        """All records of these *events* on *subject_id*, oldest first."""
        ...

    def last(self, holder_id: str, subject_id: str, event: str) -> AuditRecord | None:
        """The newest record of *event* on *subject_id* in the holder's chain."""
        ...


class Outbox(Protocol):
    def add(self, job: str, subject_id: str) -> None:
        """Run *job* (a name of jobs.registry) for *subject_id* once this work is committed."""
        ...


class Work(AbstractContextManager["Work"], Protocol):
    """One transaction. Leaving the block without commit() forgets everything."""

    people: Records[Person]
    organisations: Records[Organisation]
    memberships: Records[Membership]
    invitations: Records[Invitation]
    grants: Records[Grant]
    registrations: Records[Registration]
    agents: Records[AgentRegistration]
    accounts: Records[Account]
    applications: Records[Application]
    drafts: Records[Draft]
    seals: Records[Seal]
    sketches: Records[Sketch]
    id_photos: Records[IdPhotos]
    guards: Records[PinGuard]
    user_keys: Records[UserKey]
    seal_keys: Records[SealKey]
    pickups: Records[Pickup]
    entrances: Records[Entrance]
    links: Records[OneTimeLink]
    documents: Records[Document]
    orders: Records[SealingOrder]
    tasks: Records[SealingTask]
    verifications: Records[VerificationTask]
    readings: Records[Reading]
    extractions: Records[Extraction]
    choices: Records[PictureChoice]
    notices: Records[Notice]
    notifications: Records[Notification]
    staff: Records[StaffMember]
    left_dialogs: Records[LeftDialog]
    feedback: Records[Feedback]
    claims: Records[Claim]
    disposals: Records[Disposal]
    filings: Records[Filing]
    preferences: Records[Preferences]
    outgoing: Records[OutgoingMessage]
    inbox: Inbox
    audit: AuditLog
    outbox: Outbox

    def alone(self, name: str) -> None:
        """Until this work ends, nobody else gets past here with the same *name*.

        For what cannot be locked because it may not exist yet. Call it before anything else.
        """
        ...

    def commit(self) -> None: ...


OpenWork = Callable[[], Work]
