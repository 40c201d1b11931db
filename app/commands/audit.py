"""Read the whole audit log again and name the first bad record.

Chains alone cannot show that their end was cut off. Save their heads now and then somewhere else
(--save-heads) and give them back (--heads): then a log that was rolled back is found out, too.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from app.config import Settings
from app.errors import EXIT_NOT_TRUE
from storage.audit_check import Head, check, heads
from storage.unit_of_work import make_engine

JsonFile = click.Path(path_type=Path, dir_okay=False)


@click.command(name="audit", help=__doc__)
@click.option("--heads", "known", type=JsonFile, help="Heads saved earlier.")
@click.option("--save-heads", type=JsonFile, help="Write the heads as they are now.")
def command(known: Path | None, save_heads: Path | None) -> int:
    engine = make_engine(Settings.load().database_url)
    bad = check(engine, _read(known) if known else None)
    if bad is not None:
        where = f"chain {bad.holder_id}, record {bad.sequence} {bad.record_id}".rstrip()
        click.echo(f"The audit log is not whole: {bad.fault} at {where}")
        return EXIT_NOT_TRUE
    now = heads(engine)
    if save_heads:
        text = {holder: [head.sequence, head.digest.hex()] for holder, head in now.items()}
        save_heads.write_text(json.dumps(text, indent=1), encoding="utf-8")
    click.echo(f"{len(now)} chains, {sum(head.sequence for head in now.values())} records, whole.")
    return 0


def _read(path: Path) -> dict[str, Head]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return {holder: Head(int(n), bytes.fromhex(d)) for holder, (n, d) in stored.items()}
    except (OSError, ValueError, TypeError, AttributeError) as exc:
        raise click.UsageError(f"{path} holds no heads: {type(exc).__name__}") from None
