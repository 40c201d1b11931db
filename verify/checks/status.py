"""What the register of seals says; the only question that asks the world outside."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from verify.report import (
    Check,
    Question,
    Reason,
    Report,
    SignatureReport,
    failed,
    merged,
    not_applicable,
    passed,
    unclear,
)
from verify.status import SealStatusSource, Standing, StatusUnavailableError

_Q = Question.SEAL_STATUS


def not_asked() -> Check:
    return not_applicable(_Q, Reason.STATUS_NOT_ASKED)


def with_status(report: Report, source: SealStatusSource) -> Report:
    """The same report with SEAL_STATUS answered by *source* for every seal.

    Works on a finished report, so that the register is asked by the trusted process and never
    by the confined one that reads the file.
    """
    return replace(
        report, signatures=tuple(_signature_with_status(s, source) for s in report.signatures)
    )


def _signature_with_status(signature: SignatureReport, source: SealStatusSource) -> SignatureReport:
    if signature.seal is None:
        return signature
    answer = _judge(signature.seal.id, signature.signed_at, source)
    others = [check for check in signature.checks if check.question is not _Q]
    return replace(signature, checks=merged([*others, answer]))


def _judge(seal_id: str, signed_at: datetime | None, source: SealStatusSource) -> Check:
    try:
        status = source.look_up(seal_id)
    except StatusUnavailableError as exc:
        return unclear(_Q, Reason.STATUS_UNAVAILABLE, str(exc))
    if status is None:
        return not_applicable(_Q, Reason.STATUS_ELSEWHERE)
    if status.standing is Standing.ACTIVE:
        return passed(_Q)
    detail = status.since.isoformat()
    if signed_at is not None and signed_at < status.since:
        return passed(_Q, Reason.SEAL_REVOKED_LATER, detail)
    suspended = status.standing is Standing.SUSPENDED
    return failed(_Q, Reason.SEAL_SUSPENDED if suspended else Reason.SEAL_REVOKED, detail)
