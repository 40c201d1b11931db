"""文件验签 as a task: asked for in a chat or on a page, answered by a worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from seal_core.domain.holders import NotFound
from seal_core.domain.identifiers import new_id
from seal_core.domain.records import News
from seal_core.domain.sealing import TaskState, VerificationTask
from seal_core.ports import Clock, OpenWork
from seal_core.services.documents import DocumentService
from seal_core.services.telling import tell


class VerificationService:
    """Keeps what was asked and what was found; the finding itself is ``verify``'s."""

    def __init__(self, open_work: OpenWork, clock: Clock, documents: DocumentService) -> None:
        self._open_work = open_work
        self._now = clock
        self._documents = documents

    def request(self, owner_id: str, document_id: str, account_id: str = "") -> VerificationTask:
        """Queue the verification of a stored document. Raises NotFound."""
        document = self._documents.get(document_id, owner_id)
        task = VerificationTask(
            id=new_id(),
            owner_id=owner_id,
            account_id=account_id,
            document_id=document.id,
            document_name=document.name,
            state=TaskState.QUEUED,
            verdict="",
            report="",
            requested_at=self._now(),
            finished_at=None,
        )
        with self._open_work() as work:
            work.verifications.put(task)
            work.outbox.add("verify_document", task.id)
            work.commit()
        return task

    def task(self, task_id: str, owner_id: str | None = None) -> VerificationTask:
        """Raises NotFound, also for somebody else's."""
        with self._open_work() as work:
            task = work.verifications.get(task_id)
        if owner_id is not None and task.owner_id != owner_id:
            raise NotFound(task_id)
        return task

    def settle(
        self, task_id: str, verdict: str, report: str, sights: Sequence[tuple[int, int]] = ()
    ) -> None:
        """Write the report down; the first of two answers counts.

        *sights* are pages to be drawn for it: number, and how many octets of the file are the
        document meant (``PreviewService.draw``).
        """
        now = self._now()
        with self._open_work() as work:
            task = work.verifications.lock(task_id)
            if task.state is not TaskState.QUEUED:
                return
            work.verifications.put(
                replace(task, state=TaskState.DONE, verdict=verdict, report=report, finished_at=now)
            )
            for page, octets in dict.fromkeys(sights):
                work.outbox.add("draw_preview", f"{task.document_id}.{page}.{octets}")
            tell(
                work,
                task.owner_id,
                News.VERIFICATION_DONE,
                now,
                task_id=task.id,
                name=task.document_name,
                verdict=verdict,
            )
            work.commit()
