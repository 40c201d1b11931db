"""No forged document is ever valid, and every untouched original is."""

from __future__ import annotations

from functools import cache

import pytest

from tests.support import attacks_pdf, pdf
from verify.report import Question, Reason, Verdict

victim = cache(attacks_pdf.victim)


def verdict(document: bytes) -> Verdict:
    return pdf.verified(document).verdict


def test_the_originals_are_valid() -> None:
    """
    One seal, two seals, a certified document: nothing wrong with them.
    """
    assert verdict(victim()) is Verdict.VALID
    assert verdict(attacks_pdf.pdf_sealed(victim(), "乙方公司")) is Verdict.VALID
    assert verdict(pdf.sealed_regardless(pdf.simple_pdf(), 1)) is Verdict.VALID
    assert verdict(pdf.sealed_regardless(pdf.simple_pdf(), lock="/All")) is Verdict.VALID
    assert verdict(attacks_pdf.with_title(victim())) is Verdict.VALID


@pytest.mark.parametrize("attack", attacks_pdf.ATTACKS, ids=lambda attack: attack.__name__)
def test_no_forgery_is_valid(attack: attacks_pdf.Attack) -> None:
    """
    Each class changes the file, and each is found out. None passes for unsigned either, or for
    something that could not be judged.
    """
    forged = attack(victim())

    assert forged != victim()
    assert verdict(forged) is Verdict.INVALID


def test_an_earlier_seal_is_good_after_a_later_one_only() -> None:
    """
    The newest covers the whole file; the earlier one says that only signatures were added.
    """
    report = pdf.verified(attacks_pdf.pdf_sealed(victim(), "乙方公司"))

    coverage = [signature.check(Question.COVERAGE) for signature in report.signatures]
    assert [check.reason for check in coverage if check] == [Reason.SIGNED_AGAIN, None]


def test_a_stranger_over_a_good_seal_spoils_the_document() -> None:
    """
    A second seal by somebody nobody knows paints over the page: the document is not valid,
    although the first seal itself is.
    """
    forged = attacks_pdf.pdf_sealed_by_stranger(victim())

    report = pdf.verified(forged)

    assert report.signatures[0].verdict is Verdict.VALID
    assert report.verdict is not Verdict.VALID
