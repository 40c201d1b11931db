"""The small rules around a reading: words, the form's code, and who answers which wish."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal_core.impressions import (
    Finding,
    FindingCode,
    FormReading,
    Outline,
    Wanted,
    sentence,
    sentences,
)
from seal_core.impressions.fitting import Fit
from seal_core.impressions.form_layout import MARK_MM, MARKS, QR_BOX, FormCode, box_at, boxes
from seal_core.impressions.matching import match
from seal_core.impressions.straighten import nearest
from seal_core.impressions.wording import WORDS

FOUR = ("statutory_name", "contract", "finance", "legal_representative")


def test_every_finding_has_a_sentence_with_its_figures() -> None:
    assert set(WORDS) == set(FindingCode)
    for code in FindingCode:
        said = sentence(Finding(code, 2, "39.1×39.0"))
        assert said.endswith("。")
        assert "{" not in said


def test_the_sentence_names_the_seal_and_the_next_step() -> None:
    assert sentence(Finding(FindingCode.TEXT_ACROSS, 2)) == "第2个章压到文字，请重新盖章后上传。"


def test_the_draft_leaves_out_what_only_the_reviewer_can_settle() -> None:
    findings = (Finding(FindingCode.GREY_SCAN), Finding(FindingCode.TOO_MANY, 0, "1"))
    said = sentences(FormReading("1", (), findings))
    assert said == [sentence(findings[0])]


def test_the_code_of_a_form_says_what_it_was_made_of() -> None:
    code = FormCode("shanxi", "", FOUR)
    assert FormCode.parse(code.payload) == code
    assert FormCode.parse(FormCode("jiangxi", "0190-ab", FOUR[:1]).payload).application == "0190-ab"  # type: ignore[union-attr]


@given(st.text(max_size=80))
def test_other_codes_are_none_of_ours(payload: str) -> None:
    assert FormCode.parse(payload) is None


@pytest.mark.parametrize("count", range(1, 7))
def test_boxes_lie_apart_from_marks_code_and_each_other(count: int) -> None:
    types = tuple(f"t{'x' * n}" for n in range(count))
    placed = boxes(types)
    for n, box in enumerate(placed):
        assert box.height >= 52  # a 45 mm seal, its caption, and a hand that is not steady
        assert box.y > QR_BOX.y + QR_BOX.height
        assert box_at(types, box.x + box.width / 2, box.y + box.height / 2) == n
        for x, y in MARKS:
            clear = MARK_MM
            outside = not (
                box.x - clear < x < box.x + box.width + clear
                and box.y - clear < y < box.y + box.height + clear
            )
            assert outside
    assert box_at(types, 5, 5) is None


def ring(x: float, y: float, size: float) -> Fit:
    return Fit(Outline.ROUND, x, y, size, size, 0.0)


def round_seal(size: float, name: str = "a") -> Wanted:
    return Wanted(name, Outline.ROUND, size, size)


def test_sizes_decide_who_answers_and_order_decides_ties() -> None:
    fits = [ring(50, 50, 38.1), ring(150, 50, 41.9), ring(50, 150, 37.9)]
    wanted = [round_seal(42), round_seal(38, "b"), round_seal(38, "c")]
    answers = match(fits, wanted)
    assert [a.wanted for a in answers] == [1, 0, 2]
    assert [a.uncertain for a in answers] == [True, False, True]


def test_another_outline_or_a_far_size_answers_nothing() -> None:
    square = Fit(Outline.RECTANGLE, 50, 50, 40, 40, 0.0)
    assert [a.wanted for a in match([square, ring(1, 1, 58)], [round_seal(40)])] == [None, None]


def test_a_wrong_size_still_answers_so_that_it_can_be_named() -> None:
    (answer,) = match([ring(50, 50, 38)], [round_seal(40)])
    assert answer.wanted == 0
    assert not answer.uncertain


@pytest.mark.parametrize(
    ("angle", "step", "target", "wished"),
    [
        (10, 90, 0, 10),
        (10, 90, 180, -170),
        (40, 90, -60, -50),
        (-30, 72, 35, 42),
        (5, 180, 170, -175),
    ],
)
def test_the_turn_nearest_the_page_is_taken(
    angle: float, step: float, target: float, wished: float
) -> None:
    assert nearest(angle, step, target) == pytest.approx(wished)
