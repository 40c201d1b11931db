"""The database's schema: brought up to date at start-up, whoever starts first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.unit_of_work import make_engine

MIGRATIONS = Path(__file__).parent / "migrations"

UPGRADE_LOCK = 0x7A68_616E_6779_696E
"""PostgreSQL's advisory lock for migrations: any number that nobody else uses ("zhangyin")."""


def upgrade(database: str | sa.Engine) -> None:
    """Bring the schema up to date; a database that is current is left as it is.

    Several processes may call this at once: one migrates, the others wait for it. All
    migrations together are one transaction, on SQLite too.
    """
    with _engine_of(database) as engine, engine.begin() as connection:
        # SQLite: BEGIN IMMEDIATE has already taken the only write lock.
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(UPGRADE_LOCK)))
        if not _is_current(connection):
            command.upgrade(config(connection), "head")


def is_current(database: str | sa.Engine) -> bool:
    """Whether the schema is the one this version of the service needs."""
    with _engine_of(database) as engine, engine.connect() as connection:
        return _is_current(connection)


def config(connection: sa.Connection) -> Config:
    """Alembic's settings without an alembic.ini; the migrations lie beside this file."""
    settings = Config(attributes={"connection": connection})
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return settings


def _is_current(connection: sa.Connection) -> bool:
    found = MigrationContext.configure(connection).get_current_heads()
    return set(found) == set(ScriptDirectory(str(MIGRATIONS)).get_heads())


@contextmanager
def _engine_of(database: str | sa.Engine) -> Iterator[sa.Engine]:
    if isinstance(database, sa.Engine):
        yield database
        return
    engine = make_engine(database)
    try:
        yield engine
    finally:
        engine.dispose()
