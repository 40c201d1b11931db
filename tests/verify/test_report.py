"""Verdicts are the worst of what was found, and doubt is never "fine"."""

from __future__ import annotations

import pytest

from verify.report import (
    Check,
    Kind,
    Question,
    Reason,
    Report,
    SignatureReport,
    Verdict,
    exit_code,
    failed,
    merged,
    not_applicable,
    passed,
    unclear,
)

GOOD = passed(Question.DIGEST)
BAD = failed(Question.DIGEST, Reason.DIGEST_MISMATCH)
OPEN = unclear(Question.SIGNER_CHAIN, Reason.NO_TRUST_ANCHOR)
NONE = not_applicable(Question.TIMESTAMP, Reason.NO_TIMESTAMP)


def signature(*checks: Check) -> SignatureReport:
    return SignatureReport(1, Kind.SEAL, "GB/T 38540-2020", checks)


def report(*signatures: SignatureReport, checks: tuple[Check, ...] = ()) -> Report:
    return Report("a.ofd", "ofd", 1, "00", signatures, checks)


@pytest.mark.parametrize(
    ("checks", "verdict"),
    [
        ((), Verdict.INDETERMINATE),
        ((NONE,), Verdict.INDETERMINATE),
        ((GOOD, NONE), Verdict.VALID),
        ((GOOD, OPEN), Verdict.INDETERMINATE),
        ((OPEN, BAD, GOOD), Verdict.INVALID),
    ],
)
def test_a_signature_is_as_good_as_its_worst_check(
    checks: tuple[Check, ...], verdict: Verdict
) -> None:
    """Nothing asked, or nothing applicable, is doubt and not validity."""
    assert signature(*checks).verdict is verdict


def test_a_document_is_as_good_as_its_worst_signature() -> None:
    assert report(signature(GOOD), signature(OPEN)).verdict is Verdict.INDETERMINATE
    assert report(signature(GOOD), signature(BAD)).verdict is Verdict.INVALID
    assert report(signature(GOOD)).verdict is Verdict.VALID


def test_only_a_sound_document_is_unsigned() -> None:
    """A damaged file without signatures is invalid: damage may have eaten them."""
    damaged = failed(Question.STRUCTURE, Reason.DAMAGED)

    assert report().verdict is Verdict.UNSIGNED
    assert report(checks=(passed(Question.STRUCTURE),)).verdict is Verdict.UNSIGNED
    assert report(checks=(damaged,)).verdict is Verdict.INVALID


def test_merging_keeps_the_worst_answer_and_its_reason() -> None:
    """One line per question, in the fixed order."""
    noted = passed(Question.COVERAGE, Reason.SIGNED_AGAIN)

    lines = merged([OPEN, passed(Question.COVERAGE), noted, GOOD, BAD])

    assert lines == (BAD, noted, OPEN)


def test_exit_codes_follow_the_worst_file() -> None:
    valid, invalid = report(signature(GOOD)), report(signature(BAD))
    unclear_one, unsigned = report(signature(OPEN)), report()

    assert exit_code([valid]) == 0
    assert exit_code([valid, unsigned]) == 3
    assert exit_code([valid, unsigned, unclear_one]) == 2
    assert exit_code([unclear_one, invalid, unsigned]) == 1
