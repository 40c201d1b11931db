"""Verifies one document: the entrance of this package.

For files from strangers use ``verify.confine``, which does the same in a limited process.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

from seal_core.errors import MalformedData
from seal_core.formats import ses
from seal_core.gm import sm3
from verify.budget import JUDGING, Budget
from verify.checks.bases import with_bases
from verify.checks.status import with_status
from verify.evidence import Evidence, Findings
from verify.judge import Court, judge, judge_seal_file, unjudged
from verify.notices import Notice
from verify.readers import ofd, pdf
from verify.report import (
    Kind,
    Question,
    Reason,
    Report,
    SignatureReport,
    TimeSource,
    failed,
    unclear,
)
from verify.status import SealStatusSource
from verify.trust import TrustStore

_PDF_HEADER_WITHIN = 1024  # octets (ISO 32000-1, annex H.3, note 13)
_ZIP_LOCAL_HEADER = b"PK\x03\x04"
_SEQUENCE = b"\x30"


def verify(
    data: bytes,
    name: str,
    *,
    at: datetime | None = None,
    trust: TrustStore | None = None,
    status: SealStatusSource | None = None,
) -> Report:
    """Everything that can be found out about *data*, which was called *name*.

    *at* stands for the present: what claims to be signed later is refused. Whatever the bytes
    are, a report comes back; a damaged document is invalid, never unsigned.
    """
    now = at or datetime.now(UTC)
    if now.tzinfo is None:
        raise ValueError("at must be aware")
    kind = sniff(data)
    findings = _read(kind, data)
    trust = (trust or TrustStore()).helped_by(findings.certificates, findings.crls, findings.ocsp)
    court = Court(trust, now)
    budget = Budget(JUDGING)
    judged = tuple(
        _judge(evidence, number, court, budget)
        for number, evidence in enumerate(findings.signatures, 1)
    )
    signatures = with_bases(findings.signatures, judged)
    report = Report(
        file=name,
        format=findings.format,
        size=len(data),
        sm3=(findings.sm3 or sm3.digest(data)).hex(),
        signatures=signatures,
        checks=findings.checks,
        warnings=_warnings(findings, signatures),
        revisions=findings.revisions,
    )
    return with_status(report, status) if status else report


def sniff(data: bytes) -> str:
    """ "pdf", "ofd", "seal" (.esl) or "unknown", by the bytes; names are not asked.

    Some OFD writers put bytes in front of the ZIP, so a central directory counts as well.
    """
    if data.startswith(_ZIP_LOCAL_HEADER):
        return "ofd"
    if b"%PDF-" in data[:_PDF_HEADER_WITHIN]:
        return "pdf"
    if _is_seal(data):  # before the ZIP: its picture may be a whole OFD package
        return "seal"
    return "ofd" if zipfile.is_zipfile(io.BytesIO(data)) else "unknown"


def _is_seal(data: bytes) -> bool:
    try:
        return data.startswith(_SEQUENCE) and bool(ses.parse_seal(data))
    except MalformedData:
        return False


def _read_seal(data: bytes) -> Findings:
    """A seal by itself is what its maker signed; nothing is sealed with it."""
    return Findings("seal", (Evidence(data, (), Kind.SEAL, is_seal_file=True),))


def refused(data: bytes, name: str, kind: str, reason: Reason, detail: str = "") -> Report:
    """The report of a document nobody could look into."""
    check = failed(Question.STRUCTURE, reason, detail)
    return Report(name, kind, len(data), sm3.digest(data).hex(), checks=(check,))


_READERS: dict[str, Callable[[bytes], Findings]] = {
    "ofd": ofd.read,
    "pdf": pdf.read,
    "seal": _read_seal,
}


def _read(kind: str, data: bytes) -> Findings:
    reader = _READERS.get(kind)
    if reader is None:
        check = failed(Question.STRUCTURE, Reason.NOT_A_DOCUMENT)
        return Findings("unknown", checks=(check,))
    try:
        return reader(data)
    except (MemoryError, RecursionError) as exc:
        check = failed(Question.STRUCTURE, Reason.LIMITS, type(exc).__name__)
    except Exception as exc:  # noqa: BLE001  a stranger's file must not bring the judge down
        detail = f"{type(exc).__name__}: {exc}"[:200]
        check = failed(Question.STRUCTURE, Reason.DAMAGED, detail)
    return Findings(kind, checks=(check,))


def _judge(evidence: Evidence, number: int, court: Court, budget: Budget) -> SignatureReport:
    if budget.is_spent:
        # what was to be looked at before took all there was
        return unjudged(evidence, number, unclear(Question.STRUCTURE, Reason.LIMITS))
    try:
        if evidence.is_seal_file:
            return judge_seal_file(evidence, number, court)
        return judge(evidence, number, court)
    except Exception as exc:  # noqa: BLE001  one broken signature must not hide the others
        return SignatureReport(
            number,
            evidence.kind or Kind.SIGNATURE,
            "other",
            (failed(Question.STRUCTURE, Reason.SIGNATURE_MALFORMED, type(exc).__name__),),
            places=evidence.places,
        )


def _warnings(findings: Findings, signatures: tuple[SignatureReport, ...]) -> tuple[str, ...]:
    warnings = [*findings.warnings]
    if signatures and all(s.time_source is TimeSource.CLAIMED for s in signatures):
        warnings.append(Notice.CLAIMED_TIME_ONLY)
    return tuple(dict.fromkeys(str(w) for w in warnings))
