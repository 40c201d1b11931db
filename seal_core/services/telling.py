"""Writing down what happened and who must hear of it, inside the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from seal_core.domain.desk import FILED
from seal_core.domain.holders import MANAGERS, Actor
from seal_core.domain.identifiers import new_id
from seal_core.domain.records import Happening, News, Notification
from seal_core.ports import Work

SYSTEM = "system"
"""Actor and channel of what the service does by itself."""

PC = "pc"
"""The channel of the portal."""

DESK = "desk"
"""Holder of the chain for what staff do to no holder's records."""


def tell(work: Work, person_id: str, kind: News, now: datetime, **data: str) -> None:
    """Put *kind* into the person's in-site inbox and queue its delivery to his accounts."""
    notification = Notification(
        id=new_id(), person_id=person_id, kind=kind, data=data, created_at=now, delivered_at=None
    )
    work.notifications.put(notification)
    work.outbox.add("deliver_notification", notification.id)


def owners_of(work: Work, holder_id: str) -> list[str]:
    """Who manages the holder's seals: its managers, or the natural person himself."""
    if work.people.find(id=holder_id) is not None:
        return [holder_id]
    managers = work.memberships.select(organisation_id=holder_id, role=tuple(MANAGERS))
    return [member.person_id for member in managers]


def tell_owners(
    work: Work, holder_id: str, kind: News, now: datetime, *, by: Actor | None = None, **data: str
) -> None:
    """Tell all who manage the holder's seals.

    Who did it himself sees the answer where he did it; on the PC his phone tells him as well,
    in case it was not he.
    """
    for person_id in owners_of(work, holder_id):
        if by is None or by.person.id != person_id or by.channel == PC:
            tell(work, person_id, kind, now, **data)


def note(
    work: Work, actor: Actor, event: str, subject_id: str, now: datetime, **detail: str
) -> None:
    """Append *event* to the chain of the actor's holder."""
    happening = Happening(
        holder_id=actor.holder_id,
        event=event,
        subject_id=subject_id,
        actor_id=actor.person.id,
        channel=actor.channel,
        detail=detail,
    )
    _append(work, happening, now)


def note_system(
    work: Work, holder_id: str, event: str, subject_id: str, now: datetime, **detail: str
) -> None:
    """As `note`, for what a worker or a member of staff does to a holder's records."""
    happening = Happening(
        holder_id=holder_id,
        event=event,
        subject_id=subject_id,
        actor_id=detail.pop("actor", SYSTEM),
        channel=detail.pop("channel", SYSTEM),
        detail=detail,
    )
    _append(work, happening, now)


def _append(work: Work, happening: Happening, now: datetime) -> None:
    """What makes or changes a seal is also filed (国办发〔2025〕33号, article 17)."""
    work.audit.append(happening, now)
    if happening.event in FILED:
        work.outbox.add("file_seal", happening.subject_id)
