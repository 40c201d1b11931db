"""One world per province for all journeys of a run; those that break things have their own.

With pytest-xdist use ``--dist loadfile``: otherwise every worker starts every world.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from sandbox.stories import jiangxi as jiangxi_story
from sandbox.stories import shanxi as shanxi_story
from sandbox.stories.telling import Telling
from tests.support.databases import SERVER, fresh_postgres
from tests.support.towns import Town, town


@pytest.fixture(scope="session")
def shanxi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """三晋通 on SQLite."""
    with town("shanxi", tmp_path_factory.mktemp("shanxi")) as place:
        yield place


@pytest.fixture(scope="session")
def jiangxi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """赣服通, on PostgreSQL where there is one."""
    with ExitStack() as stack:
        url = stack.enter_context(fresh_postgres()) if SERVER else ""
        yield stack.enter_context(town("jiangxi", tmp_path_factory.mktemp("jiangxi"), url))


@pytest.fixture(scope="module")
def own_shanxi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """三晋通 for one file, where it matters that nobody was here before."""
    with town("shanxi", tmp_path_factory.mktemp("own")) as place:
        yield place


@pytest.fixture(scope="module")
def own_jiangxi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """赣服通 likewise."""
    with town("jiangxi", tmp_path_factory.mktemp("own")) as place:
        yield place


@pytest.fixture(scope="session")
def shanxi_told(shanxi: Town, tmp_path_factory: pytest.TempPathFactory) -> Telling:
    """拓跋珏 has lived through the whole story on Alipay and has two seals."""
    telling = Telling(tmp_path_factory.mktemp("told"))
    citizen = shanxi_story.tell(telling, shanxi.stage("alipay"))
    shanxi.citizens["tuoba", "alipay"] = citizen
    return telling


@pytest.fixture(scope="session")
def jiangxi_told(jiangxi: Town, tmp_path_factory: pytest.TempPathFactory) -> Telling:
    """熊文清 has lived through the whole story on WeChat and has five seals."""
    telling = Telling(tmp_path_factory.mktemp("told"))
    citizen = jiangxi_story.tell(telling, jiangxi.stage("wechat"))
    jiangxi.citizens["xiong", "wechat"] = citizen
    return telling
