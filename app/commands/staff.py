"""Add somebody behind the desk, or give him a new password or role.

LOGIN is what he types, NAME what colleagues and records show. A role does what no other may:
reviewers decide applications, makers confirm what the authority disposes and keep the filing,
operators publish notices and reply to feedback, auditors read the audit log.

The password is asked for twice and never shown; at least 12 characters.
"""

from __future__ import annotations

import click

from app import logs
from app.config import Settings
from app.wiring import Wiring
from seal_core.domain.records import StaffRole
from storage.schema import upgrade

LENGTH = 12
"""Least characters of a password (ASVS 6.2.1 asks for eight, and twelve for those in charge)."""


@click.command(name="staff", help=__doc__)
@click.argument("login")
@click.argument("name")
@click.password_option(
    help="Better left out: then it is asked for, and stays out of the shell's history."
)
@click.option(
    "--role",
    type=click.Choice([role.value for role in StaffRole]),
    default=StaffRole.REVIEWER.value,
    show_default=True,
    help="What he may do; one role for each account.",
)
def command(login: str, name: str, password: str, role: str) -> int:
    if len(password) < LENGTH:
        raise click.UsageError(f"The password needs at least {LENGTH} characters.")
    settings = Settings.load()
    logs.configure(settings.log_level)
    wiring = Wiring(settings, redis_url=settings.redis_url)
    upgrade(wiring.database.engine)
    wiring.staff.add(login, name, password, StaffRole(role))
    click.echo(f"{name} can sign in as {login}, with the role {role}.")
    return 0
