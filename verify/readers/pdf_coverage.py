"""Whether a signature protects all that is shown, and nothing improper came after it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import MDPPerm

from verify.readers.pdf_history import History, Step, locked_fields, mdp_permission
from verify.readers.pdf_signature import Extent, SignatureValue
from verify.report import Check, Question, Reason, failed, passed

# Tolerant readers look for the last startxref they can find, so it must be the one we went by.
_TAIL = re.compile(rb"startxref[ \t\r\n]+(\d+)[ \t\r\n]+%%EOF[ \t\r\n\x00]{0,4}\Z")
_TAIL_SIZE = 64
_OBJECT = re.compile(rb"\d[\s\x00]+obj\b")


def coverage(
    data: bytes, reader: PdfFileReader, value: SignatureValue, extent: Extent, history: History
) -> Iterator[Check]:
    """The COVERAGE check of one signature."""
    if extent.end == len(data):
        yield passed(Question.COVERAGE)
    elif not _covers_revision(data, reader, value.revision, extent.end):
        yield failed(Question.COVERAGE, Reason.NOT_WHOLE_DOCUMENT)
    elif value.revision == history.last:
        extra = len(data) - extent.end
        yield failed(Question.COVERAGE, Reason.CHANGED_AFTER_SIGNING, f"{extra} bytes behind")
    else:
        yield _judge(value, history.since(value.revision))


def _judge(value: SignatureValue, steps: list[Step]) -> Check:
    problem = next((step for step in steps if step.level is ModificationLevel.OTHER), None)
    if problem is not None:
        detail = f"revision {problem.revision}: {problem.problem}"
        return failed(Question.COVERAGE, Reason.CHANGED_AFTER_SIGNING, detail)
    forbidden = next((step for step in steps if _forbidden(value, step)), None)
    if forbidden is not None:
        detail = f"revision {forbidden.revision}"
        return failed(Question.COVERAGE, Reason.FORBIDDEN_CHANGE, detail)
    return passed(Question.COVERAGE, Reason.SIGNED_AGAIN)


def _forbidden(value: SignatureValue, step: Step) -> bool:
    """Whether the signer himself ruled out what this revision did."""
    if mdp_permission(value) is MDPPerm.NO_CHANGES and step.level > ModificationLevel.LTA_UPDATES:
        return True
    locks = locked_fields(value)
    return locks is not None and any(locks.is_locked(name) for name in step.fields)


def _covers_revision(data: bytes, reader: PdfFileReader, revision: int, end: int) -> bool:
    """Whether *end* is exactly where *revision* ends, with every table up to it inside."""
    tables = (reader.xrefs.get_xref_container_info(i) for i in range(revision + 1))
    return _startxref(data, end) == reader.xrefs.get_startxref_for_revision(revision) and all(
        table.end_location <= end for table in tables
    )


def ends_cleanly(data: bytes, reader: PdfFileReader) -> bool:
    """Whether the file ends with the newest revision read, with nothing behind its table."""
    last = reader.xrefs.total_revisions - 1
    behind = data[reader.xrefs.get_xref_container_info(last).end_location :]
    return (
        _startxref(data, len(data)) == reader.xrefs.get_startxref_for_revision(last)
        and behind.count(b"startxref") == 1
        and _OBJECT.search(behind) is None
    )


def _startxref(data: bytes, end: int) -> int | None:
    found = _TAIL.search(data[max(0, end - _TAIL_SIZE) : end])
    return int(found.group(1)) if found else None
