"""Migrations: they make exactly the tables the code maps, and once."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from storage.schema import config, is_current, upgrade
from storage.tables import metadata
from storage.unit_of_work import make_engine

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bare_engine(empty_url: str) -> sa.Engine:
    return make_engine(empty_url)


def test_migrations_make_what_the_code_maps(bare_engine: sa.Engine) -> None:
    """
    After all migrations nothing is left that autogenerate would want to change.
    """
    upgrade(bare_engine)
    with bare_engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    bare_engine.dispose()


def test_an_empty_database_is_not_current_until_it_is_upgraded(empty_url: str) -> None:
    """
    is_current() changes nothing; upgrade() may be called again and again.
    """
    assert not is_current(empty_url)
    upgrade(empty_url)
    upgrade(empty_url)
    assert is_current(empty_url)


def test_the_way_back_leaves_nothing_behind(bare_engine: sa.Engine) -> None:
    """
    Every migration can be taken back.
    """
    upgrade(bare_engine)
    with bare_engine.begin() as connection:
        command.downgrade(config(connection), "base")
    assert sa.inspect(bare_engine).get_table_names() == ["alembic_version"]
    bare_engine.dispose()


def test_many_processes_may_start_at_once(empty_url: str, tmp_path: Path) -> None:
    """
    One migrates, the others wait and find the work done; the working folder is not the
    repository, and no alembic.ini is needed.
    """
    program = "import sys; from storage.schema import upgrade; upgrade(sys.argv[1])"

    def start(_: int) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-c", program, empty_url],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            cwd=tmp_path,
            capture_output=True,
            check=False,
            timeout=60,
        )

    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(start, range(4)))

    assert [(o.returncode, o.stderr) for o in outcomes] == [(0, b"")] * 4
    assert is_current(empty_url)


def test_a_failed_migration_changes_nothing(bare_engine: sa.Engine) -> None:
    """
    All of it or none of it: a half-made schema would stop every later start.
    """
    with bare_engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE verifications (serial INTEGER)"))
    with pytest.raises(sa.exc.DBAPIError):
        upgrade(bare_engine)
    tables = sa.inspect(bare_engine).get_table_names()
    assert tables == ["verifications"]
    bare_engine.dispose()
