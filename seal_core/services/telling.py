"""Writing down what happened and who must hear of it, inside the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from seal_core.domain.holders import Actor
from seal_core.domain.identifiers import new_id
from seal_core.domain.records import Happening, News, Notification
from seal_core.ports import Work

SYSTEM = "system"
"""Actor and channel of what the service does by itself."""


def tell(work: Work, person_id: str, kind: News, now: datetime, **data: str) -> None:
    """Put *kind* into the person's in-site inbox and queue its delivery to his accounts."""
    notification = Notification(
        id=new_id(), person_id=person_id, kind=kind, data=data, created_at=now, delivered_at=None
    )
    work.notifications.put(notification)
    work.outbox.add("deliver_notification", notification.id)


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
    work.audit.append(happening, now)


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
    work.audit.append(happening, now)
