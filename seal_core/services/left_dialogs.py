"""Dialogs that were begun and left: reminded of, put aside, and taken up again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from seal_core.domain.holders import Account
from seal_core.domain.records import LeftDialog, LeftStage
from seal_core.ports import Between, Clock, OpenWork

KEPT = timedelta(days=7)
"""How long a dialog that was put aside can be taken up again."""


class LeftDialogService:
    """Keeps the place of everybody who stands in a dialog, one for each account."""

    def __init__(self, open_work: OpenWork, clock: Clock) -> None:
        self._open_work = open_work
        self._now = clock

    def keep(self, account: Account, dialog: str, steps: str, patience: timedelta) -> None:
        """The person answered and stands at *steps* now; remind him after *patience*."""
        draft = LeftDialog(
            account_id=account.id,
            person_id=account.person_id,
            dialog=dialog,
            steps=steps,
            stage=LeftStage.OPEN,
            due_at=self._now() + patience,
        )
        with self._open_work() as work:
            work.left_dialogs.put(draft)
            work.commit()

    def finish(self, account_id: str) -> None:
        """The dialog came to its end; one that was put aside stays."""
        with self._open_work() as work:
            draft = work.left_dialogs.find(account_id=account_id)
            if draft is not None and draft.stage is not LeftStage.PAUSED:
                work.left_dialogs.delete(account_id)
                work.commit()

    def forget(self, account_id: str) -> None:
        """The person gave it up, or is not himself any more: nothing is left to take up."""
        with self._open_work() as work:
            work.left_dialogs.delete(account_id)
            work.commit()

    def pause(self, account_id: str) -> None:
        """Put the dialog aside, if there is one."""
        with self._open_work() as work:
            draft = work.left_dialogs.find(account_id=account_id)
            if draft is not None and draft.stage is not LeftStage.PAUSED:
                work.left_dialogs.put(self._paused(draft))
                work.commit()

    def paused(self, account_id: str, person_id: str) -> LeftDialog | None:
        """What the person of this account could take up again."""
        with self._open_work() as work:
            return work.left_dialogs.find(
                account_id=account_id, person_id=person_id, stage=LeftStage.PAUSED
            )

    def due(self) -> list[LeftDialog]:
        """Those whose time has come."""
        with self._open_work() as work:
            return work.left_dialogs.select(due_at=Between(until=self._now()))

    def advance(self, account_id: str, warning: timedelta) -> LeftDialog | None:
        """The next stage of a draft that is due; None if somebody was faster.

        What is reminded of has *warning* left.
        """
        with self._open_work() as work:
            draft = work.left_dialogs.find(account_id=account_id)
            if draft is None or draft.due_at >= self._now():
                return None
            if draft.stage is LeftStage.PAUSED:
                work.left_dialogs.delete(account_id)
            elif draft.stage is LeftStage.REMINDED:
                work.left_dialogs.put(self._paused(draft))
            else:
                due_at = self._now() + warning
                work.left_dialogs.put(replace(draft, stage=LeftStage.REMINDED, due_at=due_at))
            work.commit()
        return draft

    def _paused(self, draft: LeftDialog) -> LeftDialog:
        return replace(draft, stage=LeftStage.PAUSED, due_at=self._now() + KEPT)
