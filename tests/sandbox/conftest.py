"""One set of accounts for all sandbox tests: generating RSA keys is slow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.accounts import Accounts
from sandbox.world import World


@pytest.fixture(scope="session")
def accounts() -> Accounts:
    return Accounts.generate("shanxi", "http://127.0.0.1:9", "http://127.0.0.1:8")


@pytest.fixture
def world(accounts: Accounts) -> Iterator[World]:
    world = World(accounts)
    yield world
    world.close()
