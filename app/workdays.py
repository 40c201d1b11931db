"""The calendar of working days, from ``app/workdays.toml``."""

from __future__ import annotations

import tomllib
from pathlib import Path

from seal_core.domain.workdays import Workdays

FILE = Path(__file__).with_suffix(".toml")


def load_workdays() -> Workdays:
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return Workdays(frozenset(data["holidays"]), frozenset(data["worked"]))
