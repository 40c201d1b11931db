"""Which pages of a report are worth seeing twice: as they were signed, and as they were made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from verify.render import wording
from verify.report import Change, ChangedPage, Report, Revision

MOST = 6  # pairs of pictures that a report page shows
_VISIBLE = frozenset({Change.CHANGED, Change.BEHIND})
_FIRST_PAGE = (ChangedPage(1, 1),)  # where it is not known which page


@dataclass(frozen=True, slots=True)
class Sight:
    """A page of the document that the first *octets* of the file are."""

    page: int
    octets: int


@dataclass(frozen=True, slots=True)
class Pair:
    """One page before and after a change, in words too; None where there is no such page."""

    words: str
    before: Sight | None
    after: Sight | None


def pairs(report: Report) -> tuple[Pair, ...]:
    """The changes that can be seen, the first ones of them."""
    return tuple(islice(_all(report), MOST))


def _all(report: Report) -> Iterator[Pair]:
    for revision in report.revisions:
        if revision.change in _VISIBLE:
            for page in revision.pages or _FIRST_PAGE:
                yield _pair(revision, page)


def _pair(revision: Revision, page: ChangedPage) -> Pair:
    known = wording.page_change(page) if revision.pages else wording.CHANGES[revision.change]
    return Pair(
        f"第 {revision.number} 次保存：{known}",
        Sight(page.before, revision.begin) if page.before else None,
        Sight(page.after, revision.end) if page.after else None,
    )
