"""How long what has served is kept: links, pushes and messages, never audit, inbox or seals."""

from __future__ import annotations

from datetime import timedelta

from seal_core.ports import Clock, OpenWork

KEPT = timedelta(days=30)
"""Long after the last repeat of a push (a day) and the last look at a link (a day)."""

AT_ONCE = 500


class RetentionService:
    """Deletes a little at a time; run now and then by one worker."""

    def __init__(self, open_work: OpenWork, clock: Clock) -> None:
        self._open_work = open_work
        self._now = clock

    def forget_old(self) -> None:
        """One-time links past their end, pushes that were handled, messages that were sent."""
        limit = self._now() - KEPT
        with self._open_work() as work:
            for link in work.links.due("expires_at", limit, limit=AT_ONCE):
                work.links.delete(link.id)
            for push in work.inbox.due("handled_at", limit, limit=AT_ONCE):
                work.inbox.delete(push.id)
            for message in work.outgoing.due("sent_at", limit, limit=AT_ONCE):
                work.outgoing.delete(message.id)
            work.commit()
