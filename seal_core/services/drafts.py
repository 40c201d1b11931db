"""Answers that are kept: of an application begun and not submitted, or not passed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from seal_core.domain.applications import Draft
from seal_core.domain.holders import Actor
from seal_core.domain.provinces import Province, UnknownSealType
from seal_core.domain.records import News
from seal_core.domain.seals import Seal, SealState
from seal_core.ports import Clock, OpenWork, Work
from seal_core.services.applications import OPEN_STATES
from seal_core.services.telling import tell

REMIND_AFTER = timedelta(days=1)
FORGET_AFTER = timedelta(days=30)
TURNED_DOWN = (SealState.REJECTED, SealState.WITHDRAWN)
AT_ONCE = 200


class DraftService:
    """Keeps what was answered so far, longer than a conversation lasts."""

    def __init__(self, open_work: OpenWork, clock: Clock, province: Province) -> None:
        self._open_work = open_work
        self._now = clock
        self._province = province

    def keep(
        self,
        actor: Actor,
        types: Sequence[str],
        sizes: Sequence[str],
        region: str = "",
        document_id: str = "",
    ) -> None:
        """Replaces what was kept before."""
        draft = Draft(
            id=Draft.id_of(actor.person.id, actor.holder_id),
            person_id=actor.person.id,
            holder_id=actor.holder_id,
            types=tuple(types),
            sizes=tuple(sizes),
            region=region,
            document_id=document_id,
            kept_at=self._now(),
            reminded_at=None,
        )
        with self._open_work() as work:
            work.drafts.put(draft)
            work.commit()

    def find(self, actor: Actor) -> Draft | None:
        """What the person began; else his last application as far as it was turned down or
        withdrawn, and its types are still free.
        """
        with self._open_work() as work:
            kept = work.drafts.find(id=Draft.id_of(actor.person.id, actor.holder_id))
            return kept or self._from_last(work, actor)

    def drop(self, actor: Actor) -> None:
        """The person begins anew."""
        with self._open_work() as work:
            work.drafts.delete(Draft.id_of(actor.person.id, actor.holder_id))
            work.commit()

    def tidy(self) -> None:
        """Remind once of what lies a day, drop what lies a month; run now and then."""
        now = self._now()
        with self._open_work() as work:
            for draft in work.drafts.due("kept_at", now - FORGET_AFTER, limit=AT_ONCE):
                work.drafts.delete(draft.id)
            waiting = work.drafts.due(
                "kept_at", now - REMIND_AFTER, reminded_at=None, limit=AT_ONCE
            )
            for draft in waiting:
                work.drafts.put(replace(draft, reminded_at=now))
                names = "、".join(self._province.seal_type(code).name for code in draft.types)
                tell(work, draft.person_id, News.DRAFT_WAITS, now, seals=names)
            work.commit()

    def _from_last(self, work: Work, actor: Actor) -> Draft | None:
        last = work.applications.find(holder_id=actor.holder_id, applicant_id=actor.person.id)
        if last is None:
            return None
        seals = work.seals.select(application_id=last.id, state=TURNED_DOWN)
        wanted = [pair for pair in map(self._wanted, reversed(seals)) if pair]
        free = [
            (code, label)
            for code, label in wanted
            if not work.seals.count(holder_id=actor.holder_id, type=code, state=OPEN_STATES)
        ]
        if not free:
            return None
        return Draft(
            id=Draft.id_of(actor.person.id, actor.holder_id),
            person_id=actor.person.id,
            holder_id=actor.holder_id,
            types=tuple(code for code, _ in free),
            sizes=tuple(label for _, label in free),
            region=last.region,
            document_id=last.document_id,
            kept_at=last.submitted_at,
            reminded_at=None,
        )

    def _wanted(self, seal: Seal) -> tuple[str, str] | None:
        """Type and size as the province offers them today; None if it does not any more."""
        try:
            sizes = self._province.seal_type(seal.type).sizes
        except UnknownSealType:
            return None
        measured = (seal.width_mm, seal.height_mm)
        labels = [size.label for size in sizes if (size.width_mm, size.height_mm) == measured]
        return (seal.type, labels[0]) if labels else None
