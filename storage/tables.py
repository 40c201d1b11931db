"""The tables: one for each kind of record, its columns read from the dataclass."""

from __future__ import annotations

import dataclasses
import typing
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from seal_core.domain.agents import AgentRegistration
from seal_core.domain.applications import Application, Draft
from seal_core.domain.desk import Claim, Disposal, Feedback, Filing, Preferences
from seal_core.domain.documents import Document
from seal_core.domain.entrances import Entrance
from seal_core.domain.grants import Grant
from seal_core.domain.holders import Account, Membership, Organisation, Person, Registration
from seal_core.domain.id_photos import IdPhotos
from seal_core.domain.impressions import Extraction, PictureChoice, Reading
from seal_core.domain.keys import SealKey, UserKey
from seal_core.domain.members import Invitation
from seal_core.domain.personal import Sketch
from seal_core.domain.pins import PinGuard
from seal_core.domain.records import (
    AuditRecord,
    InboxMessage,
    LeftDialog,
    Notice,
    Notification,
    OutgoingMessage,
    StaffMember,
)
from seal_core.domain.sealing import SealingOrder, SealingTask, VerificationTask
from seal_core.domain.seals import Seal
from seal_core.domain.tickets import OneTimeLink, Pickup
from storage.columns import UtcDateTime, column_type

T = TypeVar("T")

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A province writes tens of millions of audit records a day; SQLite counts in INTEGER only."""

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


@dataclass(frozen=True, slots=True)
class Mapping(Generic[T]):
    """A dataclass and its table; ``serial`` keeps the order of insertion."""

    record: type[T]
    table: sa.Table

    @property
    def key(self) -> sa.Column[Any]:
        return self.table.columns[dataclasses.fields(self.record)[0].name]  # type: ignore[arg-type]

    def to_row(self, record: T) -> dict[str, Any]:
        fields = dataclasses.fields(record)  # type: ignore[arg-type]
        return {field.name: getattr(record, field.name) for field in fields}

    def from_row(self, row: sa.Row[Any]) -> T:
        values = dict(row._mapping)
        values.pop("serial")
        values.pop("dedupe_key", None)
        return self.record(**values)


def _table(
    name: str, record: type[T], *extra: sa.schema.SchemaItem, index: tuple[str, ...] = ()
) -> Mapping[T]:
    hints = typing.get_type_hints(record)
    columns: list[sa.schema.SchemaItem] = [
        sa.Column("serial", SERIAL, primary_key=True, autoincrement=True)
    ]
    for position, field in enumerate(dataclasses.fields(record)):  # type: ignore[arg-type]
        kind, nullable = column_type(hints[field.name])
        columns.append(sa.Column(field.name, kind, nullable=nullable, unique=position == 0))
    indexes = [sa.Index(None, *spec.split()) for spec in index]
    return Mapping(record, sa.Table(name, metadata, *columns, *indexes, *extra))


people = _table("people", Person, sa.UniqueConstraint("subject"), index=("name",))
organisations = _table("organisations", Organisation, sa.UniqueConstraint("uscc"))
memberships = _table(
    "memberships",
    Membership,
    sa.UniqueConstraint("person_id", "organisation_id"),
    index=("organisation_id",),
)
invitations = _table("invitations", Invitation, index=("organisation_id state", "name state"))
agents = _table(
    "agent_registrations",
    AgentRegistration,
    index=("person_id state", "uscc state", "state remind_at"),
)
grants = _table(
    "grants", Grant, index=("holder_id state", "seal_id state", "delegate_id state", "state until")
)
registrations = _table("registrations", Registration, index=("checked_at",))
accounts = _table(
    "accounts", Account, sa.UniqueConstraint("channel", "app", "subject"), index=("person_id",)
)
applications = _table("applications", Application, index=("holder_id",))
drafts = _table("drafts", Draft, index=("kept_at",))
seals = _table(
    "seals",
    Seal,
    index=("holder_id state", "application_id", "state valid_to", "state reviewed_at", "replaces"),
)
id_photos = _table("id_photos", IdPhotos)
sketches = _table("sketches", Sketch, index=("person_id", "seal_id"))
guards = _table("pin_guards", PinGuard)
user_keys = _table("user_keys", UserKey)
seal_keys = _table("seal_keys", SealKey, sa.UniqueConstraint("seal_id", "person_id"))
pickups = _table("pickups", Pickup, sa.UniqueConstraint("scene"), index=("person_id state",))
entrances = _table("entrances", Entrance, sa.UniqueConstraint("scene"))
links = _table("links", OneTimeLink, sa.UniqueConstraint("token_hash"))
documents = _table("documents", Document, index=("owner_id", "renew_at"))
orders = _table("sealing_orders", SealingOrder, index=("seal_id", "person_id", "grant_id state"))
tasks = _table("sealing_tasks", SealingTask, index=("order_id", "seal_id state"))
verifications = _table("verifications", VerificationTask, index=("owner_id", "state"))
readings = _table("readings", Reading, index=("document_id",))
extractions = _table("extractions", Extraction, index=("reading_id", "outline state"))
choices = _table("picture_choices", PictureChoice)
notices = _table("notices", Notice)
notifications = _table("notifications", Notification, index=("person_id",))
staff = _table("staff", StaffMember, sa.UniqueConstraint("login"))
left_dialogs = _table("left_dialogs", LeftDialog, index=("stage due_at",))
feedback = _table("feedback", Feedback, index=("person_id", "replied_at"))
claims = _table("claims", Claim)
disposals = _table("disposals", Disposal, index=("seal_id", "state"))
filings = _table("filings", Filing, sa.UniqueConstraint("number"), index=("seal_id", "holder_id"))
preferences = _table("preferences", Preferences)
outgoing = _table("outgoing_messages", OutgoingMessage, index=("account_id",))
inbox = _table(
    "inbox_messages",
    InboxMessage,
    sa.Column("dedupe_key", sa.String(200), nullable=False, unique=True),
    index=("account_id handled_at",),
)
audit = _table("audit_records", AuditRecord, sa.UniqueConstraint("holder_id", "sequence"))

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("serial", SERIAL, primary_key=True, autoincrement=True),
    sa.Column("job", sa.String(64), nullable=False),
    sa.Column("subject_id", sa.String(64), nullable=False),
    sa.Column("created_at", UtcDateTime(), nullable=False),
    sa.Column("queued_at", UtcDateTime(), nullable=True),
    sa.Column("done_at", UtcDateTime(), nullable=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Index(None, "done_at", "queued_at"),
)
"""Jobs that committed work asked for. SQL decides what is done; Redis only carries it."""
