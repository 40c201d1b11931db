"""Verification of uploaded documents, in a confined process; and of our own before release."""

from __future__ import annotations

import json
from typing import Protocol

from seal_core.domain.seals import SealEvent, SealState
from seal_core.ports import DocumentStore, OpenWork
from seal_core.services.verification import VerificationService
from verify.confine import ConfinedVerifier, Limits
from verify.render.as_json import as_json
from verify.render.sights import pairs
from verify.status import SealStatus, SealStatusSource, Standing
from verify.trust import TrustStore
from verify.verifier import verify

LIMITS = Limits(wall=30, cpu=20)
"""A worker waits for an answer meanwhile: less patience than on the command line."""

STANDINGS = {
    SealState.SUSPENDED: (Standing.SUSPENDED, SealEvent.SUSPEND),
    SealState.FROZEN: (Standing.SUSPENDED, SealEvent.FREEZE),
    SealState.CANCELLED: (Standing.REVOKED, SealEvent.CANCEL),
    SealState.RENEWED: (Standing.REVOKED, SealEvent.RENEW),
    SealState.VOID: (Standing.REVOKED, SealEvent.VOID),
}
"""What the register says of a state, and the event that led there. Other states are good as
far as the register goes; periods are the judge's question."""


class TrustSource(Protocol):
    """Whom to believe at this moment."""

    def current(self) -> TrustStore: ...


class VerificationJob:
    """Joins the kept task, the stored bytes and the verifier.

    The confined verifier is kept from job to job and started anew when trust changes.
    """

    def __init__(
        self,
        tasks: VerificationService,
        store: DocumentStore,
        trust: TrustSource,
        status: SealStatusSource,
    ) -> None:
        self._tasks = tasks
        self._store = store
        self._trust = trust
        self._status = status
        self._believed: TrustStore | None = None
        self._verifier = ConfinedVerifier()

    def run(self, task_id: str) -> None:
        """Answer one verification task; bounded in time and memory whatever the file is."""
        task = self._tasks.task(task_id)
        data = self._store.get(task.document_id)
        report = self._current().verify(data, task.document_name, status=self._status)
        text = json.dumps(as_json(report), ensure_ascii=False)
        seen = [s for pair in pairs(report) for s in (pair.before, pair.after) if s]
        sights = [(sight.page, sight.octets) for sight in seen]
        self._tasks.settle(task.id, report.verdict.value, text, sights)

    def _current(self) -> ConfinedVerifier:
        trust = self._trust.current()
        if trust != self._believed:
            self._verifier.close()
            self._verifier, self._believed = ConfinedVerifier(trust, LIMITS), trust
        return self._verifier


class OwnRegister:
    """See verify.status.SealStatusSource: what became of the seals we made."""

    def __init__(self, open_work: OpenWork) -> None:
        self._open_work = open_work

    def look_up(self, seal_id: str) -> SealStatus | None:
        with self._open_work() as work:
            seal = work.seals.find(id=seal_id)
            if seal is None or seal.valid_from is None:
                return None
            if seal.state not in STANDINGS:
                return SealStatus(Standing.ACTIVE, seal.valid_from)
            standing, event = STANDINGS[seal.state]
            record = work.audit.last(seal.holder_id, seal.id, event)
            # A seal that was void from the start never sealed anything.
            if record is None or seal.state is SealState.VOID:
                return SealStatus(standing, seal.valid_from)
            lost = work.audit.last(seal.holder_id, seal.id, SealEvent.FREEZE)
            # 挂失 counts from its report, not from the cancellation that followed.
            return SealStatus(standing, min(record.at, lost.at) if lost else record.at)


class VerifiedBeforeRelease:
    """See seal_core.ports.Judge: the verifier reads what the sealer wrote."""

    def __init__(self, trust: TrustSource) -> None:
        self._trust = trust

    def verdict(self, document: bytes, name: str) -> str:
        return verify(document, name, trust=self._trust.current()).verdict.value
