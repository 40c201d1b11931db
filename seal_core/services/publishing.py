"""信息公告 made by operators: published with attachments, and withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from seal_core.domain.documents import Document, DocumentState
from seal_core.domain.holders import NotFound
from seal_core.domain.identifiers import new_id
from seal_core.domain.records import Notice, StaffMember, StaffRole
from seal_core.errors import SealError
from seal_core.gm import sm3
from seal_core.ports import Clock, DocumentStore, OpenWork
from seal_core.services.documents import clean_name, sniff
from seal_core.services.telling import DESK, note_system

TITLE_LENGTH = 100
BODY_LENGTH = 10_000
OWNER = "operator"


class NoticeIncomplete(SealError):
    """A notice needs a title and a text, neither longer than its limit."""

    code = "notice.incomplete"


class PublishingService:
    """Publishes and withdraws; everybody reads through HoldingsService."""

    def __init__(self, open_work: OpenWork, clock: Clock, store: DocumentStore) -> None:
        self._open_work = open_work
        self._now = clock
        self._store = store

    def all(self, member: StaffMember) -> list[Notice]:
        """Withdrawn ones too. Raises NotAllowed."""
        member.must_be(StaffRole.OPERATOR)
        with self._open_work() as work:
            return work.notices.select()

    def publish(
        self, member: StaffMember, title: str, body: str, files: Sequence[tuple[str, bytes]]
    ) -> Notice:
        """Publish with *files* (name, PDF or OFD) attached.

        Raises NotAllowed, NoticeIncomplete, or DocumentRefused for a file that is none.
        """
        member.must_be(StaffRole.OPERATOR)
        title, body = (words.replace("\0", "").strip() for words in (title, body))
        if not 2 <= len(title) <= TITLE_LENGTH or not 2 <= len(body) <= BODY_LENGTH:
            raise NoticeIncomplete
        documents = [(self._document(name, data), data) for name, data in files]
        now = self._now()
        notice = Notice(
            id=new_id(),
            title=title,
            body=body,
            attachments=tuple((document.name, document.id) for document, _ in documents),
            published_at=now,
        )
        for document, data in documents:
            self._store.put(document.id, data)
        with self._open_work() as work:
            for document, _ in documents:
                work.documents.put(document)
            work.notices.put(notice)
            detail = {"actor": member.id, "channel": "staff"}
            note_system(work, DESK, "notice:publish", notice.id, now, **detail)
            work.commit()
        return notice

    def withdraw(self, member: StaffMember, notice_id: str) -> None:
        """Take a notice and its attachments off everybody's pages. Raises NotAllowed, NotFound."""
        member.must_be(StaffRole.OPERATOR)
        now = self._now()
        with self._open_work() as work:
            notice = work.notices.lock(notice_id)
            if notice.withdrawn_at is not None:
                raise NotFound(notice_id)
            work.notices.put(replace(notice, withdrawn_at=now))
            detail = {"actor": member.id, "channel": "staff"}
            note_system(work, DESK, "notice:withdraw", notice.id, now, **detail)
            work.commit()

    def _document(self, name: str, data: bytes) -> Document:
        return Document(
            id=new_id(),
            owner_id=OWNER,
            name=clean_name(name),
            media_type=sniff(data),
            size=len(data),
            sm3=sm3.digest(data).hex(),
            purpose="notice",
            state=DocumentState.ACCEPTED,
            reason="",
            pages=(),
            signatures=0,
            received_at=self._now(),
        )
