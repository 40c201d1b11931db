"""One world per province and one Chromium for all browser tests of a run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from app.local_world import LocalWorld, local_world
from tests.support.chromium import CHROMIUM, chromium


@pytest.fixture(scope="session")
def engine() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("no Chromium")
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def shanxi(engine: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalWorld]:
    with local_world("shanxi", tmp_path_factory.mktemp("shanxi")) as world:
        yield world


@pytest.fixture(scope="session")
def jiangxi(engine: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalWorld]:
    with local_world("jiangxi", tmp_path_factory.mktemp("jiangxi")) as world:
        yield world
