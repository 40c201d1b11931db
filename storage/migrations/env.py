"""Alembic's entry: migrates the connection that ``storage.schema`` hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import TypeDecorator

from storage.tables import metadata


def plain_types(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write columns of our own types as what they are in the database.

    A migration describes a day in the past; it must not change when storage.columns does.
    """
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=plain_types,
)
context.run_migrations()
