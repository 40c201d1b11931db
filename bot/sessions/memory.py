"""Sessions and turns of one process, for tests and tools."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from bot.sessions.session import Session
from bot.sessions.store import TurnTaken


class MemorySessions:
    """See store.SessionStore."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def load(self, account_id: str) -> Session:
        text = self._kept.get(account_id)
        return Session.from_json(text) if text else Session()

    def save(self, account_id: str, session: Session) -> None:
        self._kept[account_id] = session.to_json()


class MemoryTurns:
    """See store.Turns."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)

    @contextmanager
    def take(self, account_id: str) -> Iterator[None]:
        lock = self._locks[account_id]
        if not lock.acquire(timeout=1):
            raise TurnTaken(account_id)
        try:
            yield
        finally:
            lock.release()
