"""通知设置: what a person wants to be sent, and when not to be disturbed."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from seal_core.domain.desk import Preferences
from seal_core.domain.holders import Actor
from seal_core.domain.records import Notification
from seal_core.ports import Clock, OpenWork, Work

BEIJING = ZoneInfo("Asia/Shanghai")

AWAKE = timedelta(minutes=30)
"""Whoever said something so lately is not asleep, whatever the hour."""

KEPT = timedelta(days=2)
"""News that nobody could be sent in this time are read in the inbox."""


class PreferenceService:
    """Keeps wishes, and says what they mean for a piece of news."""

    def __init__(self, open_work: OpenWork, clock: Clock) -> None:
        self._open_work = open_work
        self._now = clock

    def of(self, actor: Actor) -> Preferences:
        with self._open_work() as work:
            return _of(work, actor.person.id)

    def keep(self, preferences: Preferences) -> None:
        with self._open_work() as work:
            work.preferences.put(preferences)
            work.commit()

    def wants(self, notification: Notification) -> bool:
        """Whether the person wants to be sent it at all."""
        with self._open_work() as work:
            return _of(work, notification.person_id).wants(notification.kind)

    def must_wait(self, notification: Notification, account_id: str) -> bool:
        """Whether it is night for the person, and he does not speak with us just now."""
        now = self._now()
        with self._open_work() as work:
            wishes = _of(work, notification.person_id)
            if not wishes.is_quiet(notification.kind, now.astimezone(BEIJING).hour):
                return False
            spoken = work.inbox.select(account_id=account_id, limit=1)
        return not spoken or now - spoken[0].received_at > AWAKE

    def waiting(self) -> list[str]:
        """News that were held back, oldest first; what is too old stays in the inbox."""
        oldest = self._now() - KEPT
        with self._open_work() as work:
            held = work.notifications.select(delivered_at=None, limit=500)
        return [each.id for each in reversed(held) if each.created_at >= oldest]


def _of(work: Work, person_id: str) -> Preferences:
    return work.preferences.find(person_id=person_id) or Preferences(person_id)
