"""Serve the same world as “demo” until Ctrl-C, for playing it yourself in a browser.

Chat as on a phone, scan the portal's QR by a click, and be the reviewer in another tab.
"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import click
from rich.console import Console

from app.demonstration import REVIEWER, STAFF
from app.local_world import LocalWorld, as_json, local_world
from app.processes import Stopped


@click.command(name="dev", help=__doc__)
@click.option(
    "--province",
    type=click.Choice(["shanxi", "jiangxi"]),
    default="shanxi",
    show_default=True,
    help="Whose rules: form, review and PIN (shanxi), or face check (jiangxi).",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="Port of the service; by default any that is free.",
)
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    help="Keep what happens in this folder; by default it is gone with Ctrl-C.",
)
@click.option("--json", "as_line", is_flag=True, help="One line of JSON when ready.")
def command(province: str, port: int | None, state: Path | None, as_line: bool) -> int:
    with (
        contextlib.ExitStack() as stack,
        contextlib.suppress(Stopped, KeyboardInterrupt),
    ):
        folder = state or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zhangyin-")))
        world = stack.enter_context(local_world(province, folder, port=port or 0))
        if as_line:
            click.echo(as_json(world))
        else:
            _introduce(Console(), world)
        world.processes.watch()
    return 0


def _introduce(console: Console, world: LocalWorld) -> None:
    base = world.service_url
    console.print("[bold]掌印 is up.[/] Ctrl-C ends it.\n")
    console.print(f"  Phone (chat)     {world.sandbox_url}/phone/")
    console.print(f"  Portal on the PC {base}/portal/")
    console.print(f"  Staff desk       {base}/staff/   {REVIEWER} / {world.reviewer_password}")
    console.print(f"                   or {'、'.join(set(STAFF) - {REVIEWER})}, same password")
    console.print(f"  Verify a file    {base}/verify/\n")
    console.print("The province's sign-in page lists its people; any of them will do.")
