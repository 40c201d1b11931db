"""Draw every dialog of the chat as a diagram, and say what is wrong with them.

The map is read from the handlers' code. The command fails when a state cannot be reached, when
no answer finishes it, or when it has no help and no time limit.
"""

from __future__ import annotations

import click

from bot.flows import UnreadableDialog, diagrams, problems, read
from bot.handlers import router


@click.command(name="flows", help=__doc__)
@click.option("--check", is_flag=True, help="Only say what is wrong; draw nothing.")
def command(check: bool) -> int:
    try:
        flows = read(router)
    except UnreadableDialog as exc:
        click.echo(f"The dialogs cannot be read: {exc}", err=True)
        return 1
    found = problems(flows)
    if not check:
        click.echo(diagrams(flows))
    for problem in found:
        click.echo(problem, err=True)
    if not found:
        click.echo(f"{len(flows.states)} states, and none leaves anybody stranded.", err=True)
    return 1 if found else 0
