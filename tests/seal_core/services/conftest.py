"""A house of each province; PostgreSQL where transactions of two workers matter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from seal_core.domain.holders import Actor
from tests.support.databases import POSTGRES, fresh_postgres
from tests.support.house import House, open_house
from tests.support.people import STRANGER


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """山西: review and PIN."""
    with open_house(tmp_path) as house:
        yield house


@pytest.fixture
def jiangxi(tmp_path: Path) -> Iterator[House]:
    """江西: identity and 意愿认证."""
    with open_house(tmp_path, "jiangxi") as house:
        yield house


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, POSTGRES])])
def any_house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """山西 on both databases, for what happens at once."""
    if request.param == "sqlite":
        with open_house(tmp_path) as house:
            yield house
        return
    with fresh_postgres() as url, open_house(tmp_path, url=url) as house:
        yield house


@pytest.fixture
def owner(house: House) -> Actor:
    return house.signed_in()


@pytest.fixture
def stranger(house: House) -> Actor:
    return house.signed_in(STRANGER, "openid-2")
