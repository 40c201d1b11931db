"""Times on the command line."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import click

_BEIJING = ZoneInfo("Asia/Shanghai")


class Moment(click.ParamType[datetime]):
    """ISO 8601; without a zone it is Beijing time."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"“{value}” is no time like 2026-11-21T10:00:00+08:00", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=_BEIJING)
