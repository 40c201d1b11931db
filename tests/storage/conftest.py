"""The same storage under the same tests: SQLite always, PostgreSQL where there is a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage.schema import upgrade
from tests.support.databases import POSTGRES, Store, fresh_postgres, open_store

BACKENDS = ["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, POSTGRES])]


@pytest.fixture(params=BACKENDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without a table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'seal.db'}"
        return
    with fresh_postgres() as url:
        yield url


@pytest.fixture
def url(empty_url: str) -> str:
    """The address of a database that is up to date."""
    upgrade(empty_url)
    return empty_url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with open_store(url) as store:
        yield store


@pytest.fixture
def engine(store: Store) -> sa.Engine:
    return store.database.engine
