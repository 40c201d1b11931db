"""Prepare a deployment: bring the database up to date, publish the first notice.

Safe to run again. “serve” and “worker” bring the database up to date by themselves, too.
"""

from __future__ import annotations

import click

from app import logs
from app.config import Settings
from app.seeding import seed_notices
from app.wiring import Wiring
from storage.schema import upgrade


@click.command(name="migrate", help=__doc__)
def command() -> int:
    settings = Settings.load()
    logs.configure(settings.log_level)
    wiring = Wiring(settings, redis_url=settings.redis_url)
    upgrade(wiring.database.engine)
    seed_notices(wiring)
    click.echo("The database is up to date.")
    return 0
