"""Working days: weekends, and the public holidays with the days worked instead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Workdays:
    """The State Council's yearly notice: days off besides weekends, weekends that are worked."""

    holidays: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def is_worked(self, day: date) -> bool:
        if day in self.worked:
            return True
        return day.weekday() < SATURDAY and day not in self.holidays

    def end_after(self, moment: datetime, days: int) -> datetime:
        """The end of the *days*-th working day after *moment*'s own day, in Beijing."""
        day = moment.astimezone(BEIJING).date()
        while days:
            day += timedelta(days=1)
            days -= self.is_worked(day)
        return datetime.combine(day, time(23, 59, 59), BEIJING)
