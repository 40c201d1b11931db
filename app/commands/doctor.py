"""Look at this machine and the settings, and say what is wrong and what to do."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter

import click

from app.diagnosis import Finding, Level, examine

_COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}


@click.command(name="doctor", help=__doc__)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def command(as_json: bool) -> int:
    """Exit code 0 if nothing fails, 1 otherwise; warnings do not count."""
    findings = []
    for finding in examine():
        findings.append(finding)
        if not as_json:
            _print(finding)
    count = Counter(finding.level for finding in findings)
    if as_json:
        listed = [dataclasses.asdict(finding) for finding in findings]
        click.echo(
            json.dumps({"ok": not count[Level.FAIL], "findings": listed}, ensure_ascii=False)
        )
    else:
        click.echo(
            f"{count[Level.OK]} ok, {count[Level.WARN]} to look at, {count[Level.FAIL]} failed"
        )
    return 1 if count[Level.FAIL] else 0


def _print(finding: Finding) -> None:
    label = click.style(f"{finding.level:<4}", fg=_COLOURS[finding.level])
    click.echo(f"{label}  {finding.subject}: {finding.detail}")
    if finding.advice:
        click.echo(f"      → {finding.advice}")
