"""No forged document is ever valid, and every untouched original is."""

from __future__ import annotations

from functools import cache

import pytest

from tests.support import attacks_pdf, pdf
from tests.support.attacks_pdf_schemes import A4, SCHEMES, SECOND, Scheme, certified, victim
from tests.support.workshops import RSA, WORKSHOPS, Workshop
from verify.report import Question, Reason, Report, Verdict

original = cache(victim)
every_workshop = pytest.mark.parametrize("at", WORKSHOPS.values(), ids=WORKSHOPS.keys())


def judged(document: bytes, at: Workshop) -> Report:
    return pdf.verified(document, *at.anchors)


@every_workshop
def test_the_originals_are_valid(at: Workshop) -> None:
    """
    One signature, two, a certified document, a locked one: nothing wrong with them.
    """
    originals = [
        original(at),
        at.sealed(original(at), SECOND),
        *(certified(at, permission) for permission in (1, 2, 3)),
        at.regardless(pdf.simple_pdf(), lock="/All"),
        attacks_pdf.with_title(original(at)),
        at.sealed(pdf.simple_pdf([A4] * 3)),
    ]

    assert [judged(document, at).verdict for document in originals] == [Verdict.VALID] * 8


@every_workshop
@pytest.mark.parametrize("attack", attacks_pdf.ATTACKS, ids=lambda attack: attack.__name__)
def test_no_forgery_is_valid(at: Workshop, attack: attacks_pdf.Attack) -> None:
    """
    Each class changes the file, and each is found out. None passes for unsigned either, or for
    something that could not be judged.
    """
    forged = attack(original(at))

    assert forged != original(at)
    assert judged(forged, at).verdict is Verdict.INVALID


@every_workshop
@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.__name__)
def test_no_prepared_forgery_is_valid(at: Workshop, scheme: Scheme) -> None:
    """
    Nor is one whose preparations were signed, or that an honest second signature covers.
    """
    assert judged(scheme(at), at).verdict is Verdict.INVALID


@every_workshop
def test_an_earlier_signature_is_good_after_a_later_one_only(at: Workshop) -> None:
    """
    The newest covers the whole file; the earlier one says that only signatures were added.
    """
    report = judged(at.sealed(original(at), SECOND), at)

    coverage = [signature.check(Question.COVERAGE) for signature in report.signatures]
    assert [check.reason for check in coverage if check] == [Reason.SIGNED_AGAIN, None]


@every_workshop
@pytest.mark.parametrize("permission", [0, 2, 3])
def test_a_stranger_over_a_good_signature_spoils_the_document(
    at: Workshop, permission: int
) -> None:
    """
    A second signature by somebody nobody knows paints over the page: the document is not
    valid, although the first signature itself may be. Certification or not.
    """
    first = certified(at, permission) if permission else original(at)
    painter = RSA if permission else at  # the others refuse to sign over a certification

    report = judged(painter.sealed(first, pdf.STRANGER), at)

    assert len(report.signatures) == 2
    assert report.verdict is not Verdict.VALID
