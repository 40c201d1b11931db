"""日志管理: what an address asks for, and a table that runs nothing where it is opened."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from portal.enterprise.log import as_csv
from portal.logs import GROUPS, Row, group_of, wanted_of
from portal.paging import HIGHEST_PAGE, Paging
from portal.wording import EVENTS


def test_a_filter_is_read_from_the_address() -> None:
    """
    A group of events, whole days of 北京时间, the last one included.
    """
    wanted = wanted_of({"group": "领取", "first": "2026-03-01", "until": "2026-03-01"})
    assert wanted.events == (
        "pickup:forwarded",
        "pickup:open",
        "pickup:scan",
        "seal:collect",
        "seal:issue",
    )
    assert wanted.first == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert wanted.until == datetime(2026, 3, 1, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"group": "没有", "first": "2026-02-30", "until": "昨天"},
        {"first": "0001-01-01", "until": "9999-99-99"},
        {"group": "\0", "first": "2026-03-01T00:00", "until": "1' OR 1=1"},
    ],
)
def test_nonsense_asks_for_everything(given: Mapping[str, str]) -> None:
    """
    Nobody gets an error page for a mistyped date.
    """
    wanted = wanted_of(given)
    assert (wanted.events, wanted.first, wanted.until) == ((), None, None)


def test_every_event_is_in_one_group() -> None:
    """
    What a holder can read he can also look for, once; the special comes before the general.
    """
    found = [event for group in GROUPS for event in wanted_of({"group": group}).events]
    assert sorted(found) == sorted(EVENTS)
    assert group_of("seal:use") == "用章"
    assert group_of("seal:suspend") == "印章管理"


def test_no_cell_becomes_a_formula() -> None:
    """
    A seal's name comes from an application: it must not run where the table is opened.
    """
    row = Row(1, "2026-03-01", "盖章", "=cmd|' /C calc'!A0", "+1", "@SUM(1)")
    text = as_csv([row]).get_data(as_text=True)
    assert text.startswith("\ufeff序号,")
    cells = list(csv.reader(text.splitlines()))[1]
    assert [cell[:1] for cell in cells[3:]] == ["'", "'", "'"]


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("", 1),
        ("2", 2),
        ("0", 1),
        ("-1", 1),
        ("x", 1),
        ("９", 1),
        ("1e9", 1),
        ("999999", HIGHEST_PAGE),
    ],
)
def test_a_page_number_is_a_number(asked: str, number: int) -> None:
    """
    Whatever stands in the address.
    """
    paging = Paging.of({"page": asked}, total=26)
    assert (paging.number, paging.last, paging.first) == (number, 3, (number - 1) * 10 + 1)
