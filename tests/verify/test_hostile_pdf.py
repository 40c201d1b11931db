"""Bombs, loops and crowds in PDF: a clear answer within what one file may cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support.bombs_pdf import BOMBS, hundred_thousand_pages
from verify.confine import ConfinedVerifier, Limits
from verify.report import Question, Reason, Verdict, failed

MIB = 1024 * 1024
# The interpreter and its libraries take some 400 MiB of address space before any work. The
# wall time is for machines on which much else goes on.
TIGHT = Limits(memory=912 * MIB, cpu=20, wall=300)
KILLED = (failed(Question.STRUCTURE, Reason.LIMITS),)


@pytest.fixture(scope="module")
def verifier() -> Iterator[ConfinedVerifier]:
    with ConfinedVerifier(limits=TIGHT) as confined:
        yield confined


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.__name__)
def test_the_answer_is_bounded(verifier: ConfinedVerifier, bomb: Callable[[], bytes]) -> None:
    """
    The verifier itself says what is wrong, before it runs out of memory or time; nothing of
    this is ever valid, and only what never bore a signature is unsigned.
    """
    report = verifier.verify(bomb(), "bomb.pdf")

    assert report.checks != KILLED
    if bomb is hundred_thousand_pages:
        assert report.verdict is Verdict.UNSIGNED
    else:
        assert report.verdict in {Verdict.INVALID, Verdict.INDETERMINATE}
        checks = (*report.checks, *(c for one in report.signatures for c in one.checks))
        assert any(check.reason for check in checks)
