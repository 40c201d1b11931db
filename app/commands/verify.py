"""Verify the seals and signatures of PDF and OFD documents.

Exit code: 0 all valid, 1 any invalid, 2 any that could not be settled, 3 any unsigned, 64 wrong
use. Files are examined in a process of their own with bounded memory and time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import click

from app.commands._moment import Moment
from app.commands._progress import progress
from seal_core.errors import MalformedData
from verify.confine import ConfinedVerifier
from verify.render.as_json import as_json
from verify.render.as_text import as_text
from verify.report import Report, Verdict
from verify.trust import TrustStore

_JSON_TO = "--json-to"
# What decides when several differ, worst first.
_EXIT_CODES = {
    Verdict.INVALID: 1,
    Verdict.INDETERMINATE: 2,
    Verdict.UNSIGNED: 3,
    Verdict.VALID: 0,
}


class _JsonMayNameAFile(click.Command):
    """``--json`` alone, ``--json=FILE``, and ``--json FILE.json``: a document is never taken
    for the place to write to."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, list(_named_json(args)))


def _named_json(args: Sequence[str]) -> Iterator[str]:
    rest = iter(enumerate(args))
    for index, argument in rest:
        if argument.startswith("--json="):
            yield from (_JSON_TO, argument.removeprefix("--json="))
        elif argument == "--json" and "".join(args[index + 1 : index + 2]).endswith(".json"):
            yield from (_JSON_TO, next(rest)[1])
        else:
            yield argument


@click.command(name="verify", help=__doc__, cls=_JsonMayNameAFile)
@click.argument(
    "files",
    metavar="FILE…",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--json",
    "as_lines",
    is_flag=True,
    help="One JSON object per file and line instead of words; --json=FILE writes them there.",
)
@click.option(_JSON_TO, "json_file", hidden=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--at", type=Moment(), help="Judge as of this moment; without a zone it is Beijing time."
)
@click.option(
    "--trust",
    "trust_folder",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of root certificates to trust, and of CRLs and OCSP responses. "
    "Without it nobody is trusted.",
)
def command(
    files: tuple[Path, ...],
    as_lines: bool,
    json_file: Path | None,
    at: datetime | None,
    trust_folder: Path | None,
) -> int:
    reports = []
    with (
        ConfinedVerifier(_trust(trust_folder)) as verifier,
        progress("verifying", len(files)) as advance,
    ):
        for path in files:
            report = verifier.verify(path, str(path), at=at)
            reports.append(report)
            advance()
            if not json_file:
                click.echo(_line(report) if as_lines else as_text(report))
    if json_file:
        json_file.write_text("".join(_line(each) + "\n" for each in reports), encoding="utf-8")
    return _exit_code(reports)


def _exit_code(reports: Sequence[Report]) -> int:
    verdicts = {report.verdict for report in reports}
    return next(code for verdict, code in _EXIT_CODES.items() if verdict in verdicts)


def _line(report: Report) -> str:
    return json.dumps(as_json(report), ensure_ascii=False)


def _trust(folder: Path | None) -> TrustStore | None:
    if folder is None:
        return None
    try:
        return TrustStore.from_folder(folder)
    except (MalformedData, OSError) as exc:
        raise click.UsageError(f"--trust {folder}: {exc}") from exc
