"""Work that returns every few seconds, done by one worker at a time.

Which one is settled by a lock in Redis that the winner renews; when it dies, another takes over
within LOCK_SECONDS. A piece of work that outlasts the lock may meet its double: it has to be
safe then, as every job is.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from redis import Redis
from redis.exceptions import RedisError

LOCK_SECONDS = 10
_LOCK = "zhangyin:ticker"
_RENEW = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('EXPIRE', KEYS[1], ARGV[2])
end
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then return 1 end
return 0
"""
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Periodic:
    """*run* is called every *seconds*; what it raises is logged, and it is called again."""

    name: str
    seconds: float
    run: Callable[[], object]


class Ticker:
    """A thread that does the periodic work while this process holds the lock."""

    def __init__(self, connection: Redis, work: Sequence[Periodic], pause: float = 0.5) -> None:
        self._connection = connection
        self._work = tuple(work)
        self._pause = pause
        self._token = secrets.token_hex(8)
        self._due = dict.fromkeys((each.name for each in self._work), 0.0)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="ticker", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End after the piece of work in hand, and leave the lock to another."""
        self._stop.set()
        self._thread.join(timeout=LOCK_SECONDS)

    def _loop(self) -> None:
        while not self._stop.is_set():
            try:
                self._turn()
            except RedisError as exc:
                _log.warning("ticker.redis", error=type(exc).__name__)
                self._stop.wait(1.0)
            self._stop.wait(self._pause)
        try:
            self._connection.eval(_RELEASE, 1, _LOCK, self._token)
        except RedisError as exc:
            _log.info("ticker.lock_expires", error=type(exc).__name__)

    def _turn(self) -> None:
        for each in self._work:
            if self._stop.is_set() or time.monotonic() < self._due[each.name]:
                continue
            if not self._holds_lock():
                return
            self._due[each.name] = time.monotonic() + each.seconds
            try:
                each.run()
            except Exception:  # noqa: BLE001  # one failing piece must not stop the others
                _log.exception("ticker.failed", work=each.name)

    def _holds_lock(self) -> bool:
        return bool(self._connection.eval(_RENEW, 1, _LOCK, self._token, str(LOCK_SECONDS)))
