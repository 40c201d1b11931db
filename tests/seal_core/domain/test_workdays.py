"""工作日: weekends, public holidays, and the days worked instead."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.workdays import load_workdays
from seal_core.domain.workdays import Workdays


@pytest.mark.parametrize(
    ("handed_in", "due"),
    [
        ("2026-11-16T02:00", date(2026, 11, 19)),  # Monday to Thursday
        ("2026-11-19T02:00", date(2026, 11, 24)),  # over a weekend
        ("2026-11-21T02:00", date(2026, 11, 25)),  # a Saturday counts from Monday
        ("2026-11-19T16:30", date(2026, 11, 25)),  # after midnight in Beijing it is Friday
        ("2026-09-29T02:00", date(2026, 10, 9)),  # 国庆节; 30 September, 8 and 9 October
        ("2026-10-08T02:00", date(2026, 10, 12)),  # 10 October, a Saturday, is worked
    ],
)
def test_three_working_days(handed_in: str, due: date) -> None:
    """
    The day of handing in is not counted; the promise lasts to the end of the day.
    """
    moment = datetime.fromisoformat(handed_in).replace(tzinfo=UTC)
    end = load_workdays().end_after(moment, 3)
    assert (end.date(), end.hour) == (due, 23)


def test_without_a_notice_there_are_weekends() -> None:
    """
    A year whose holidays nobody has entered yet.
    """
    friday = datetime(2031, 1, 3, tzinfo=UTC)
    assert Workdays().end_after(friday, 1).date() == date(2031, 1, 6)
