"""One access token per account, shared by all processes and renewed by one at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from redis import Redis
from redis.exceptions import LockError, RedisError

from channels.errors import PlatformBusy

# stable_token renews 300 s before the end, so a token is always good for that long.
RESERVE = 300  # seconds
LOCK_HOLDS = 10.0  # seconds; longer than the token endpoint may take
LOCK_WAITS = 8.0  # seconds


class TokenStore(Protocol):
    """Keeps tokens where every process of the service finds them."""

    def get(self, appid: str) -> str | None: ...

    def put(self, appid: str, token: str, seconds: int) -> None: ...

    def renewing(self, appid: str) -> AbstractContextManager[None]:
        """Hold the right to renew; others wait. Raises PlatformBusy when it takes too long."""
        ...


class MemoryTokens:
    """Tokens of one process: for tests and single-process tools."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._tokens: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def get(self, appid: str) -> str | None:
        token, ends = self._tokens.get(appid, ("", 0.0))
        return token if token and self._now() < ends else None

    def put(self, appid: str, token: str, seconds: int) -> None:
        self._tokens[appid] = (token, self._now() + seconds)

    @contextmanager
    def renewing(self, appid: str) -> Iterator[None]:
        if not self._lock.acquire(timeout=LOCK_WAITS):
            raise PlatformBusy(f"token of {appid} is being renewed")
        try:
            yield
        finally:
            self._lock.release()


class RedisTokens:
    """Tokens in Redis. A token store that is down is a passing fault: PlatformBusy."""

    def __init__(self, redis: Redis, prefix: str = "wechat:token:") -> None:
        self._redis = redis
        self._prefix = prefix

    def get(self, appid: str) -> str | None:
        with _reachable():
            value = self._redis.get(self._prefix + appid)
        return value.decode() if isinstance(value, bytes) else value or None

    def put(self, appid: str, token: str, seconds: int) -> None:
        with _reachable():
            self._redis.set(self._prefix + appid, token, ex=seconds)

    @contextmanager
    def renewing(self, appid: str) -> Iterator[None]:
        lock = self._redis.lock(
            f"{self._prefix}{appid}:lock",
            timeout=LOCK_HOLDS,
            sleep=0.02,
            blocking_timeout=LOCK_WAITS,
        )
        with _reachable():
            taken = lock.acquire()
        if not taken:
            raise PlatformBusy(f"token of {appid} is being renewed")
        try:
            yield
        finally:
            _release(lock.release)


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except RedisError as exc:
        raise PlatformBusy(f"token store: {type(exc).__name__}") from exc


def _release(release: Callable[[], None]) -> None:
    """Give the lock back; one that ran out meanwhile is another's, and stays so."""
    try:
        release()
    except LockError:
        return
    except RedisError:
        return  # it runs out by itself


class TokenSource:
    """Hands out the current token; fetches a new one when it is gone or refused.

    *fetch* asks the platform and returns the token and its life in seconds.
    """

    def __init__(self, appid: str, store: TokenStore, fetch: Callable[[], tuple[str, int]]) -> None:
        self._appid = appid
        self._store = store
        self._fetch = fetch

    def current(self) -> str:
        """Return a token, fetching it where none is kept."""
        return self._store.get(self._appid) or self.renew(None)

    def renew(self, refused: str | None) -> str:
        """Return a token other than *refused*: another process's, or a fresh one."""
        with self._store.renewing(self._appid):
            kept = self._store.get(self._appid)
            if kept and kept != refused:
                return kept
            token, seconds = self._fetch()
            self._store.put(self._appid, token, max(60, seconds - RESERVE))
            return token
