"""Sessions and turns shared by all web processes and workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis
from redis.exceptions import LockNotOwnedError, RedisError

from bot.sessions.session import Session
from bot.sessions.store import SECONDS, TURN_SECONDS, TurnTaken

WAIT_SECONDS = 1.0
"""How long a message waits for the one before it; the platform's patience is five."""


class RedisSessions:
    """See store.SessionStore. What is lost with Redis is only a place in a conversation."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def load(self, account_id: str) -> Session:
        text = self._client.get(f"session:{account_id}")
        return Session.from_json(text.decode()) if isinstance(text, bytes) else Session()

    def save(self, account_id: str, session: Session) -> None:
        self._client.set(f"session:{account_id}", session.to_json(), ex=SECONDS)


class RedisTurns:
    """See store.Turns."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    @contextmanager
    def take(self, account_id: str) -> Iterator[None]:
        lock = self._client.lock(
            f"turn:{account_id}", timeout=TURN_SECONDS, blocking_timeout=WAIT_SECONDS
        )
        try:
            taken = lock.acquire()
        except RedisError:
            # The message is stored; it is handled when Redis is back (faults F18).
            raise TurnTaken(account_id) from None
        if not taken:
            raise TurnTaken(account_id)
        try:
            yield
        finally:
            self._release(lock)

    def _release(self, lock: redis.lock.Lock) -> None:
        try:
            lock.release()
        except LockNotOwnedError:
            return  # the turn outlived its time and is somebody else's by now
