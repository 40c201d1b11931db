"""Sealed PDF that stay provable for years: validation data and time stamps, renewed in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from seal_core.domain.documents import Document
from seal_core.domain.sealing import DocumentChanged
from seal_core.engines.pdf_archive import archive, protected_until
from seal_core.engines.pdf_evidence import Proof
from seal_core.errors import SealError
from seal_core.gm import sm3
from seal_core.ports import Clock, DocumentStore, Judge, OpenWork, TimeStamper, Work
from seal_core.services.telling import note_system

AHEAD = timedelta(days=90)
"""How long before its certificate's end a time stamp is renewed."""
AGAIN = timedelta(days=1)
"""When a document that could not be archived is tried again."""
AT_ONCE = 100
"""How many documents one look queues; the next look takes the next."""


class ArchiveRefused(SealError):
    """The archived document would be worth less than the one at hand, which stays."""

    code = "archive.refused"


class ArchiveService:
    """Puts new revisions beside the old; what was handed out is never changed."""

    def __init__(
        self,
        open_work: OpenWork,
        clock: Clock,
        store: DocumentStore,
        judge: Judge,
        proof: Callable[[], Proof],
        timestamper: TimeStamper | None,
    ) -> None:
        """*proof*: all that is known of authorities now. Without *timestamper* nothing is done."""
        self._open_work = open_work
        self._now = clock
        self._store = store
        self._judge = judge
        self._proof = proof
        self._timestamper = timestamper

    def queue_due(self) -> None:
        """Queue every document whose time has come, once a day at most."""
        if self._timestamper is None:
            return
        now = self._now()
        with self._open_work() as work:
            for document in work.documents.due("renew_at", now, limit=AT_ONCE):
                work.documents.put(replace(document, renew_at=now + AGAIN))
                work.outbox.add("archive_document", document.id)
            work.commit()

    def renew(self, document_id: str) -> None:
        """Archive one document, or stamp it anew. Safe to run again: what is not due yet, or has
        a successor, stays as it is.

        Raises DocumentChanged, ArchiveRefused, and what documents and authorities refuse.
        """
        with self._open_work() as work:
            document = work.documents.get(document_id)
        if document.renew_at is None or self._timestamper is None:
            return
        data = self._store.get(document.id)
        if sm3.digest(data).hex() != document.sm3:
            raise DocumentChanged(document.id)
        until, now = protected_until(data), self._now()
        if until is not None and now < until - AHEAD:
            self._put_off(document, until - AHEAD)
            return
        archived = archive(data, self._proof(), self._timestamper)
        self._succeed(document, self._keep(document, data, archived))

    def _keep(self, document: Document, data: bytes, archived: bytes) -> bytes:
        """Store the successor under an id that follows from the document's: of two runs the first
        one's bytes count."""
        before = self._judge.verdict(data, document.name)
        after = self._judge.verdict(archived, document.name)
        if after not in (before, "valid"):
            raise ArchiveRefused(f"{after} after {before}")
        successor = successor_of(document.id)
        try:
            self._store.put(successor, archived)
        except FileExistsError:
            return self._store.get(successor)
        return archived

    def _put_off(self, document: Document, renew_at: datetime) -> None:
        with self._open_work() as work:
            current = work.documents.lock(document.id)
            if current.renew_at is not None:
                work.documents.put(replace(current, renew_at=renew_at))
                work.commit()

    def _succeed(self, document: Document, archived: bytes) -> None:
        now = self._now()
        with self._open_work() as work:
            current = work.documents.lock(document.id)
            if current.renew_at is None:
                return
            work.documents.put(replace(current, renew_at=None))
            new = replace(
                document,
                id=successor_of(document.id),
                size=len(archived),
                sm3=sm3.digest(archived).hex(),
                signatures=document.signatures + 1,
                received_at=now,
                renew_at=_next_time(protected_until(archived), now),
            )
            work.documents.put(new)
            work.outbox.add("draw_preview", new.id)
            self._hand_over(work, document.id, new.id, now)
            work.commit()

    def _hand_over(self, work: Work, old: str, new: str, now: datetime) -> None:
        """Whoever asks for the result of a sealing gets the newest revision."""
        for task in work.tasks.select(result_id=old):
            work.tasks.put(replace(task, result_id=new))
            note_system(work, task.holder_id, "seal:archive", task.seal_id, now, task=task.id)


def successor_of(document_id: str) -> str:
    """The id of the next revision of a document."""
    return sm3.digest(f"archived {document_id}".encode()).hex()[:32]


def _next_time(until: datetime | None, now: datetime) -> datetime:
    if until is None:
        return now + AGAIN
    return until - min(AHEAD, (until - now) / 2)
