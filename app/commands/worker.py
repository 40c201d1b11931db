"""Run the processes that seal, verify, issue and deliver.

One process per queue and number: “trusted” jobs work on our own data, “untrusted” ones on files
of strangers, each in a process of its own. Ends with its current jobs on Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import contextlib
import os
import sys

import click

from app import logs
from app.config import PREFIX, ROOT, Settings
from app.metrics_folder import metrics_environment
from app.processes import ProcessGroup, Program, Stopped
from app.redis_server import redis_at
from app.wiring import Wiring
from jobs.queue import TRUSTED, UNTRUSTED
from storage.schema import upgrade

# A job may take two minutes; a stop that comes in its middle waits for it.
_GRACE_SECONDS = 130.0


@click.command(name="worker", help=__doc__)
@click.option(
    "--trusted",
    type=click.IntRange(0, 64),
    default=1,
    show_default=True,
    help="Processes that seal, issue, verify and deliver.",
)
@click.option(
    "--untrusted",
    type=click.IntRange(0, 64),
    default=1,
    show_default=True,
    help="Processes that look at uploaded files.",
)
def command(trusted: int, untrusted: int) -> int:
    if trusted + untrusted == 0:
        raise click.UsageError("Nothing to do: give --trusted or --untrusted at least one process.")
    settings = Settings.load()
    logs.configure(settings.log_level)
    queues = [TRUSTED] * trusted + [UNTRUSTED] * untrusted
    with (
        redis_at(settings.redis_url, settings.state_dir) as redis_url,
        ProcessGroup(settings.state_dir / "logs", _GRACE_SECONDS) as group,
    ):
        upgrade(settings.database_url)
        # made here once, so that a missing setting is told plainly and before anything starts
        Wiring(settings, redis_url=redis_url).workshop  # noqa: B018
        environment = os.environ | metrics_environment(settings.state_dir)
        environment |= {PREFIX + "REDIS_URL": redis_url, "PYTHONPATH": str(ROOT)}
        for number, queue in enumerate(queues, 1):
            program = (sys.executable, "-m", "worker", queue)
            group.start(Program(f"worker-{number}-{queue}", program, environment))
        click.echo(f"Working on {', '.join(queues)}; logs in {settings.state_dir / 'logs'}")
        with contextlib.suppress(Stopped):  # the regular end of a service
            group.watch()
    return 0
