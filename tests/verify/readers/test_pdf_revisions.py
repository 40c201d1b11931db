"""What came after the first signature is told one saving at a time, page by page."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from tests.support import attacks_pdf, pdf
from tests.support.attacks_pdf import CONTENT, FONT, FORGED, pdf_sealed, with_title
from tests.support.pdf_update import newest, size_of, stream, update
from verify.render.sights import MOST, Pair, Sight, pairs
from verify.report import Change, ChangedPage, Report, Verdict

A4 = "/MediaBox [0 0 595.28 841.89]"
FIRST, LAST = 5, 7  # the objects of the pages of a contract with three


def contract() -> bytes:
    """Three pages that share content and font, sealed on the first."""
    return pdf_sealed(pdf.simple_pdf([A4] * 3))


def changes(report: Report) -> list[Change]:
    return [revision.change for revision in report.revisions]


def pages(document: bytes) -> list[tuple[int | None, int | None]]:
    """The pages that the last revision changed, by number before and after."""
    return [(p.before, p.after) for p in pdf.verified(document).revisions[-1].pages]


def stamped(document: bytes) -> bytes:
    stamper = pdf.TestTimeStamper()
    return pdf.embedded(
        document, "/Adobe.PPKLite", "/ETSI.RFC3161", lambda protected, _: stamper.stamp(protected)
    )


def without_page(document: bytes, number: int) -> bytes:
    """The page tree without one page object."""
    tree = newest(document, 2).replace(b"/Count 3", b"/Count 2")
    return update(document, {2: re.sub(rb"(?<!\d)%d 0 R" % number, b"", tree)})


def with_page_in_front(document: bytes) -> bytes:
    number = size_of(document)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>"
    tree = newest(document, 2).replace(b"/Count 3", b"/Count 4")
    tree = tree.replace(b"/Kids [", b"/Kids [%d 0 R " % number)
    return update(document, {2: tree, number: page})


def other_content(document: bytes, page: int) -> bytes:
    """A content stream of its own for one page."""
    number = size_of(document)
    changed = newest(document, page).replace(b"/Contents 4 0 R", b"/Contents %d 0 R" % number)
    return update(document, {page: changed, number: stream(FORGED)})


def test_nothing_follows_the_only_signature() -> None:
    assert pdf.verified(contract()).revisions == ()


def test_every_later_saving_is_told_for_what_it_is() -> None:
    """
    A second seal, a title, a time stamp: each as its own revision, with the signature it made,
    and where the file began and ended then.
    """
    states = [contract()]
    states.append(pdf_sealed(states[-1], "乙方公司"))
    states.append(stamped(states[-1]))
    states.append(with_title(states[-1]))

    report = pdf.verified(states[-1])

    assert report.verdict is Verdict.VALID
    assert changes(report) == [Change.SIGNATURE, Change.TIMESTAMP, Change.UPKEEP]
    assert [revision.number for revision in report.revisions] == [1, 2, 3]
    assert [revision.signatures for revision in report.revisions] == [(2,), (3,), ()]
    sizes = [len(state) for state in states]
    assert [(r.begin, r.end) for r in report.revisions] == list(pairwise(sizes))
    assert pairs(report) == ()


def test_what_stood_in_front_of_the_first_signature_is_nobodys_change() -> None:
    """
    The first signer saw it; the revisions before him are not told.
    """
    document = pdf_sealed(attacks_pdf.isa_replaced_content(pdf.simple_pdf()))

    assert pdf.verified(document).revisions == ()


def test_changed_pages_are_named() -> None:
    """
    A content stream of one page, a font of all, a page that came, one that went.
    """
    sealed = contract()

    assert pages(other_content(sealed, LAST)) == [(3, 3)]
    assert pages(update(sealed, {CONTENT: stream(FORGED)})) == [(1, 1), (2, 2), (3, 3)]
    assert pages(update(sealed, {FONT: b"<< /Type /Font /Subtype /Type3 >>"})) == [
        (1, 1), (2, 2), (3, 3)
    ]  # fmt: skip
    assert pages(with_page_in_front(sealed)) == [(None, 1)]
    assert pages(without_page(sealed, LAST)) == [(3, None)]
    assert pages(without_page(sealed, FIRST)) == [(1, None)]


def test_boxes_and_fonts_of_a_branch_belong_to_all_its_pages() -> None:
    """
    What the page tree hands down changes every page under it.
    """
    sealed = pdf_sealed(pdf.simple_pdf([A4] * 2))
    turned = newest(sealed, 2).replace(b"/Count 2", b"/Count 2 /Rotate 90")

    assert pages(update(sealed, {2: turned})) == [(1, 1), (2, 2)]


def test_each_forgery_between_two_seals_is_a_revision_of_its_own() -> None:
    """
    The second seal is honest, the saving before it is not.
    """
    report = pdf.verified(pdf_sealed(other_content(contract(), LAST), "乙方公司"))

    assert changes(report) == [Change.CHANGED, Change.SIGNATURE]
    assert report.revisions[0].pages == (ChangedPage(3, 3),)
    assert report.verdict is Verdict.INVALID


@pytest.mark.parametrize(
    "attack", [attacks_pdf.removed_form, attacks_pdf.removed_field, attacks_pdf.spoofed_reason]
)
def test_a_removed_or_rewritten_signature_is_a_change(attack: attacks_pdf.Attack) -> None:
    """
    History begins with the signature that was, not with the one that is left.
    """
    sealed = attacks_pdf.victim()

    (revision,) = pdf.verified(attack(sealed)).revisions

    assert (revision.change, revision.begin) == (Change.CHANGED, len(sealed))


def test_bytes_behind_the_end_are_told_apart() -> None:
    """
    No table knows them, and some readers show them all the same.
    """
    sealed = attacks_pdf.victim()
    forged = attacks_pdf.isa_without_table(sealed)

    (revision,) = pdf.verified(forged).revisions

    assert revision.change is Change.BEHIND
    assert (revision.begin, revision.end) == (len(sealed), len(forged))


def test_the_person_is_shown_before_and_after() -> None:
    """
    The same page of the file as it was and as it became; a page that came or went has one
    picture; where no page can be named the first one stands for all.
    """
    sealed = contract()
    changed, longer = other_content(sealed, LAST), with_page_in_front(sealed)
    behind = attacks_pdf.isa_without_table(sealed)

    assert pairs(pdf.verified(changed)) == (
        Pair(
            "第 1 次保存：第 3 页有改动", Sight(3, len(sealed)), Sight(3, len(changed))
        ),
    )  # fmt: skip
    assert pairs(pdf.verified(longer)) == (
        Pair("第 1 次保存：新增第 1 页", None, Sight(1, len(longer))),
    )
    (pair,) = pairs(pdf.verified(behind))
    assert (pair.before, pair.after) == (Sight(1, len(sealed)), Sight(1, len(behind)))


def test_there_are_only_so_many_pictures() -> None:
    report = pdf.verified(update(pdf_sealed(pdf.simple_pdf([A4] * 9)), {CONTENT: stream(FORGED)}))

    assert len(report.revisions[0].pages) == 9
    assert len(pairs(report)) == MOST
