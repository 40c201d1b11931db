"""Finds the signatures of a PDF and says what the format alone can say of them.

Whatever pyHanko throws is a finding: a signature that cannot be read is reported as malformed,
a document that cannot be read as damaged. Nothing is dropped because of its /SubFilter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from pyhanko.pdf_utils import generic

from seal_core.errors import MalformedData
from seal_core.formats import pdf_bytes
from seal_core.formats.pdf_bytes import PasswordNeeded, guarded, signature_fields
from seal_core.formats.pdf_objects import elements, entry
from seal_core.formats.pdf_page import TooManyPages
from seal_core.formats.prefixes import Prefixes
from verify.evidence import Evidence, Findings
from verify.notices import Notice
from verify.readers.pdf_coverage import coverage, ends_cleanly
from verify.readers.pdf_hidden import has_hidden_content
from verify.readers.pdf_history import History, Removed, removed_signatures
from verify.readers.pdf_places import Shown
from verify.readers.pdf_revisions import revisions
from verify.readers.pdf_signature import (
    BYTE_RANGE,
    SignatureValue,
    bound_seal,
    gather,
    read_extent,
)
from verify.readers.pdf_usages import JudgedReader, open_judged
from verify.report import Check, Kind, Question, Reason, Revision, failed, passed, unclear

MAX_PAGES = 10_000
MAX_REVISIONS = 500
MAX_SIGNATURES = 500
_TAIL = 128 * 1024  # octets; a revision has 78 or more
MAX_KEPT = 200  # certificates, lists or OCSP responses in the security store


def read(data: bytes) -> Findings:
    """All that can be found in the PDF *data*. Raises nothing but MemoryError."""
    try:
        with guarded("pdf"):
            # reading a table takes far longer than writing one, so a first look at their number
            _limit("revisions", data.count(b"startxref", -_TAIL), MAX_REVISIONS)
            return _Document(data, open_judged(data)).findings()
    except PasswordNeeded:
        return _unreadable(unclear(Question.STRUCTURE, Reason.ENCRYPTED))
    except (TooManyPages, _BeyondLimits) as exc:
        return _unreadable(unclear(Question.STRUCTURE, Reason.LIMITS, str(exc)))
    except MalformedData as exc:
        reason = Reason.DAMAGED if pdf_bytes.is_pdf(data) else Reason.NOT_A_DOCUMENT
        return _unreadable(failed(Question.STRUCTURE, reason, str(exc)))


def _unreadable(check: Check) -> Findings:
    return Findings("pdf", checks=(check,))


class _BeyondLimits(MalformedData):
    """More revisions or signatures than anybody makes by hand."""

    def __init__(self, what: str, count: int) -> None:
        super().__init__(what, str(count))


class _Document:
    """One opened document."""

    def __init__(self, data: bytes, reader: JudgedReader) -> None:
        self._data = data
        self._reader = reader
        self._prefixes = Prefixes(data)
        self._fields = signature_fields(reader)
        self._values = gather(reader, self._fields)
        _limit("revisions", reader.xrefs.total_revisions, MAX_REVISIONS)
        _limit("signatures", len(self._values), MAX_SIGNATURES)

    def findings(self) -> Findings:
        removed = removed_signatures(self._data, self._reader, self._values)
        checks = tuple(self._document_checks(removed))
        history = History(self._reader, self._values, self._fields, removed)
        # first, so that the whole file goes on from their states
        signatures = self._signatures(history)
        return Findings(
            "pdf",
            signatures,
            checks,
            tuple(self._warnings()),
            tuple(self._revisions(history)) if self._values or removed else (),
            sm3=self._prefixes.digest(),
            certificates=self._kept("/Certs"),
            crls=self._kept("/CRLs"),
            ocsp=self._kept("/OCSPs"),
        )

    def _kept(self, key: str) -> tuple[bytes, ...]:
        """What the document security store holds (ISO 32000-2, 12.8.4.3)."""
        store = entry(self._reader.root, "/DSS")
        streams = islice(elements(entry(store, key)), MAX_KEPT)
        return tuple(bytes(s.data) for s in streams if isinstance(s, generic.StreamObject))

    def _revisions(self, history: History) -> Iterator[Revision]:
        return revisions(self._data, self._reader, self._values, history, MAX_PAGES)

    def _signatures(self, history: History) -> tuple[Evidence, ...]:
        if not self._values:
            return ()
        shown = Shown(self._reader, MAX_PAGES)
        return tuple(self._evidence(value, history, shown) for value in self._values)

    def _evidence(self, value: SignatureValue, history: History, shown: Shown) -> Evidence:
        """Never fails: what cannot be read is the evidence's own STRUCTURE check."""
        try:
            with guarded("pdf signature"):
                return self._read_evidence(value, history, shown)
        except MalformedData as exc:
            reason = Reason.BYTE_RANGE if exc.what == BYTE_RANGE else Reason.SIGNATURE_MALFORMED
            broken = (
                failed(Question.STRUCTURE, reason, exc.detail),
                unclear(Question.COVERAGE, Reason.NOT_REACHED),
            )
            return Evidence(b"", (), checks=broken)

    def _read_evidence(self, value: SignatureValue, history: History, shown: Shown) -> Evidence:
        extent = read_extent(self._data, self._reader, value)
        seal, seal_checks = bound_seal(self._reader, value, extent.contents)
        return Evidence(
            container=extent.contents,
            protected=self._prefixes.around(extent.gap_start, extent.gap_end, extent.end),
            kind=Kind.TIMESTAMP if value.is_timestamp else None,
            seal=seal,
            method=value.subfilter,
            beside=value.certificates,
            claimed_at=value.claimed_at,
            checks=(
                passed(Question.STRUCTURE),
                *seal_checks,
                *coverage(self._data, self._reader, value, extent, history),
            ),
            places=shown.places(value),
            quirks=value.quirks(extent.contents),
        )

    def _document_checks(self, removed: Sequence[Removed]) -> Iterator[Check]:
        if removed:
            names = ", ".join(one.name for one in removed)
            yield failed(Question.STRUCTURE, Reason.SIGNATURE_REMOVED, names)
        if self._values and not ends_cleanly(self._data, self._reader):
            yield failed(Question.COVERAGE, Reason.EXTRA_PARTS)

    def _hides(self) -> bool:
        """What cannot be read is told elsewhere."""
        newest = self._reader.get_historical_resolver(self._reader.xrefs.total_revisions - 1)
        try:
            with guarded("pdf objects"):
                return has_hidden_content(newest)
        except MalformedData:
            return False

    def _warnings(self) -> Iterator[str]:
        if self._reader.xrefs.hybrid_xrefs_present:
            yield Notice.HYBRID_XREF
        if self._values and self._hides():
            yield Notice.HIDDEN_CONTENT
        if any(field.value is None for field in self._fields):
            yield Notice.EMPTY_SIGNATURE_FIELD


def _limit(what: str, count: int, most: int) -> None:
    if count > most:
        raise _BeyondLimits(what, count)
