"""Pages of a long table, as its address says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ROWS = 10
"""Rows on a page, as in the seeds (图 15)."""

HIGHEST_PAGE = 10_000
"""Beyond this a page number is a typing error or mischief."""


@dataclass(frozen=True, slots=True)
class Paging:
    """Page *number* of *total* rows."""

    number: int
    total: int
    rows: int = ROWS

    @classmethod
    def of(cls, arguments: Mapping[str, str], total: int, rows: int = ROWS) -> Paging:
        """The page asked for with ``page=``; the first one where it makes no sense."""
        asked = arguments.get("page", "")
        number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 6 else 1
        return cls(min(HIGHEST_PAGE, max(1, number)), total, rows)

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.rows

    @property
    def first(self) -> int:
        """The number of the first row of this page."""
        return self.offset + 1

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.total // self.rows))
