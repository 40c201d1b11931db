"""The later revisions of a PDF as the report tells them: what each did, and to which pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel

from seal_core.errors import MalformedData
from seal_core.formats.pdf_bytes import guarded
from verify.budget import Budget
from verify.readers.pdf_coverage import ends_cleanly
from verify.readers.pdf_history import History, Step
from verify.readers.pdf_pages import changed_pages
from verify.readers.pdf_signature import SignatureValue
from verify.report import Change, ChangedPage, Revision

MOST_PAGES = 200  # named of one revision
SECONDS = 2.0  # of CPU for naming pages, all revisions together
_END = re.compile(rb"startxref[\s\x00]+\d+[\s\x00]+%%EOF(?:\r\n|\r|\n)?")
_END_WITHIN = 4096  # octets between a table and the end of its revision


def revisions(
    data: bytes,
    reader: PdfFileReader,
    values: Sequence[SignatureValue],
    history: History,
    max_pages: int,
) -> Iterator[Revision]:
    """All that was saved after the first signature, in order."""
    budget = Budget(SECONDS)
    last = history.first
    for number, step in enumerate(history.steps, 1):
        change = _change(step, values)
        pages: tuple[ChangedPage, ...] = ()
        if change is Change.CHANGED and not budget.is_spent:
            pages = _pages(reader, step.revision, max_pages, budget)
        made = (index for index, value in enumerate(values, 1) if value.revision == step.revision)
        yield Revision(
            number, change, _end(data, reader, step.revision - 1),
            _end(data, reader, step.revision), pages, tuple(made), step.problem,
        )  # fmt: skip
        last = step.revision
    if not ends_cleanly(data, reader):
        end = _end(data, reader, last)
        yield Revision(len(history.steps) + 1, Change.BEHIND, end, len(data))


def _change(step: Step, values: Sequence[SignatureValue]) -> Change:
    made = [value for value in values if value.revision == step.revision]
    if step.level is ModificationLevel.OTHER:
        return Change.CHANGED
    if made:
        return Change.TIMESTAMP if all(v.is_timestamp for v in made) else Change.SIGNATURE
    return Change.FORM if step.level > ModificationLevel.LTA_UPDATES else Change.UPKEEP


def _pages(
    reader: PdfFileReader, revision: int, max_pages: int, budget: Budget
) -> tuple[ChangedPage, ...]:
    """As many as can be named; none where the page tree itself cannot be read."""
    before = reader.get_historical_resolver(revision - 1)
    after = reader.get_historical_resolver(revision)
    found: list[ChangedPage] = []
    try:
        with guarded("pdf pages"):
            for page in islice(changed_pages(before, after, max_pages), MOST_PAGES):
                found.append(page)
                if budget.is_spent:
                    break
    except MalformedData:
        pass  # what was found so far is true all the same
    return tuple(found)


def _end(data: bytes, reader: PdfFileReader, revision: int) -> int:
    """How long the file was when *revision* was saved."""
    table = reader.xrefs.get_xref_container_info(revision).end_location
    found = _END.search(data, table, table + _END_WITHIN)
    return found.end() if found else len(data)
