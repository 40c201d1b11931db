"""One world per province for all browser tests of a run, one Chromium per module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from app.local_world import LocalWorld, local_world
from tests.support.chromium import CHROMIUM, chromium, watched


@pytest.fixture(autouse=True)
def no_test_hangs() -> Iterator[None]:
    with watched(300):
        yield


@pytest.fixture(scope="module")
def engine() -> Iterator[Browser]:
    """Not longer than a module: while it runs, its thread has a running event loop."""
    if not CHROMIUM.exists():
        pytest.skip("no Chromium")
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def shanxi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalWorld]:
    with local_world("shanxi", tmp_path_factory.mktemp("shanxi")) as world:
        yield world


@pytest.fixture(scope="session")
def jiangxi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalWorld]:
    with local_world("jiangxi", tmp_path_factory.mktemp("jiangxi")) as world:
        yield world
