"""Add a reviewer, or give one a new password.

LOGIN is what the reviewer types, NAME what colleagues and records show. The password is asked for
twice and never shown; at least 12 characters.
"""

from __future__ import annotations

import click

from app import logs
from app.config import Settings
from app.wiring import Wiring
from storage.schema import upgrade

LENGTH = 12
"""Least characters of a password (ASVS 6.2.1 asks for eight, and twelve for those in charge)."""


@click.command(name="staff", help=__doc__)
@click.argument("login")
@click.argument("name")
@click.password_option(
    help="Better left out: then it is asked for, and stays out of the shell's history."
)
def command(login: str, name: str, password: str) -> int:
    if len(password) < LENGTH:
        raise click.UsageError(f"The password needs at least {LENGTH} characters.")
    settings = Settings.load()
    logs.configure(settings.log_level)
    wiring = Wiring(settings, redis_url=settings.redis_url)
    upgrade(wiring.database.engine)
    wiring.staff.add(login, name, password)
    click.echo(f"{name} can sign in as {login}.")
    return 0
