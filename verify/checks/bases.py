"""Signatures that build on others (GM/T 0099, attribute Relative): no better than their base."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from verify.evidence import Evidence
from verify.report import Question, Reason, SignatureReport, Verdict, failed, merged, unclear


def with_bases(
    evidence: Sequence[Evidence], reports: Sequence[SignatureReport]
) -> tuple[SignatureReport, ...]:
    """The reports, each lowered to what the signature under it is worth.

    A base may have a base of its own. One that leads back to itself rests on nothing; one that
    does not exist was already found missing by the reader.
    """
    places = {one.id: index for index, one in reversed([*enumerate(evidence)]) if one.id}
    under = {
        index: places[one.builds_on]
        for index, one in enumerate(evidence)
        if one.builds_on in places
    }
    return tuple(_lowered(index, under, reports) for index in range(len(reports)))


def _lowered(
    index: int, under: dict[int, int], reports: Sequence[SignatureReport]
) -> SignatureReport:
    report, seen, at = reports[index], {index}, index
    while at in under:
        at = under[at]
        if at in seen or reports[at].verdict is Verdict.INVALID:
            check = failed(Question.STRUCTURE, Reason.BASE_SIGNATURE, str(reports[at].index))
            return replace(report, checks=merged((*report.checks, check)))
        seen.add(at)
    if any(reports[base].verdict is Verdict.INDETERMINATE for base in seen - {index}):
        check = unclear(Question.STRUCTURE, Reason.BASE_SIGNATURE)
        return replace(report, checks=merged((*report.checks, check)))
    return report
