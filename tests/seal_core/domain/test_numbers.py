"""Numbers people type: check digits find the mistakes they make."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal_core.domain.numbers import is_id_number, is_mobile, is_uscc

GOOD_IDS = ["11010519491231002X", "440524188001010014"]  # the examples of GB 11643-1999
BAD_IDS = [
    "110105194912310020",  # check character
    "11010519491231002x",  # small letter
    "110105194902300021",  # 30 February
    "11010519491331002X",
    "1101051949123100",
    "",
    "11010519491231002X ",
    "１１０１０５１９４９１２３１００２X",
]
GOOD_USCCS = ["91350100M000100Y43", "9144030071526726XG"]  # GB 32100-2015's example; published
BAD_USCCS = [
    "91350100M000100Y44",
    "91350100M000100Y4",
    "91350100m000100y43",
    "91350100I000100Y43",
    "",
    "91350100M000100Y43\n",
]


@pytest.mark.parametrize("text", GOOD_IDS)
def test_published_id_numbers_pass(text: str) -> None:
    """
    GB 11643-1999, ISO 7064 MOD 11-2.
    """
    assert is_id_number(text)


@pytest.mark.parametrize("text", BAD_IDS)
def test_wrong_id_numbers_are_refused(text: str) -> None:
    """
    Also days that never were, and digits that are none.
    """
    assert not is_id_number(text)


@pytest.mark.parametrize("text", GOOD_USCCS)
def test_published_codes_of_enterprises_pass(text: str) -> None:
    """
    GB 32100-2015, MOD 31.
    """
    assert is_uscc(text)


@pytest.mark.parametrize("text", BAD_USCCS)
def test_wrong_codes_of_enterprises_are_refused(text: str) -> None:
    """
    Small letters and I, O, S, V, Z are not part of the alphabet.
    """
    assert not is_uscc(text)


@given(st.sampled_from(GOOD_USCCS), st.integers(0, 16), st.sampled_from("0123456789ABCDEFGHJKL"))
def test_every_single_slip_is_found(code: str, place: int, other: str) -> None:
    """
    One wrong character never passes.
    """
    slipped = code[:place] + other + code[place + 1 :]
    assert is_uscc(slipped) == (slipped == code)


@given(st.sampled_from(GOOD_IDS), st.integers(0, 16), st.sampled_from("0123456789"))
def test_every_single_slip_of_an_id_is_found(number: str, place: int, other: str) -> None:
    """
    MOD 11-2 finds every substitution.
    """
    slipped = number[:place] + other + number[place + 1 :]
    assert not (slipped != number and is_id_number(slipped))


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    """
    Whatever is typed, the answer is yes or no.
    """
    assert {is_id_number(text), is_uscc(text), is_mobile(text)} <= {True, False}


def test_mobiles() -> None:
    """
    Eleven digits that begin with 13 to 19.
    """
    assert is_mobile("13900001234")
    wrong = ("12900001234", "1390000123", "139000012345", "１３９00001234", "13900001234\n")
    assert not any(is_mobile(text) for text in wrong)
