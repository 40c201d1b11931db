"""The token store in a real Redis: shared, expiring, renewed by one at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.redis_server import RedisSupervisor
from channels.errors import PlatformBusy
from channels.wechat.tokens import RedisTokens, TokenSource


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("redis")
    with RedisSupervisor(folder) as server:
        yield server.url


@pytest.fixture
def tokens(url: str) -> Iterator[RedisTokens]:
    with redis.Redis.from_url(url) as connection:
        connection.flushall()
        yield RedisTokens(connection)


def test_kept_with_an_end(tokens: RedisTokens, url: str) -> None:
    tokens.put("wx1", "T1", 100)

    assert tokens.get("wx1") == "T1"
    assert tokens.get("wx2") is None
    with redis.Redis.from_url(url) as connection:
        assert 0 < int(str(connection.ttl("wechat:token:wx1"))) <= 100


def test_sixteen_processes_fetch_once(tokens: RedisTokens) -> None:
    """Defect 7: single flight across processes (here: clients of one Redis)."""
    fetched: list[int] = []

    def fetch() -> tuple[str, int]:
        time.sleep(0.05)
        fetched.append(1)
        return "T1", 7200

    sources = [TokenSource("wx1", tokens, fetch) for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        got = list(pool.map(lambda source: source.current(), sources))

    assert (set(got), len(fetched)) == ({"T1"}, 1)


def test_a_failed_fetch_frees_the_way(tokens: RedisTokens) -> None:
    """The lock is given back when the platform refuses."""

    def fail() -> tuple[str, int]:
        raise PlatformBusy("down")

    with pytest.raises(PlatformBusy):
        TokenSource("wx1", tokens, fail).current()
    assert TokenSource("wx1", tokens, lambda: ("T1", 7200)).current() == "T1"


def test_store_that_is_down_is_a_passing_fault() -> None:
    never = Retry(NoBackoff(), 0)
    gone = redis.Redis(unix_socket_path="/nonexistent/redis.sock", retry=never)
    with pytest.raises(PlatformBusy):
        TokenSource("wx1", RedisTokens(gone), lambda: ("T1", 7200)).current()
