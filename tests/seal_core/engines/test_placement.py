"""Geometry of seals: mm from the top-left of the page as shown, pages from 1."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal_core.engines.placement import (
    MIN_SLICE_MM,
    Impression,
    Rect,
    place_seal,
    seam_groups,
)
from seal_core.engines.protocol import (
    AtKeyword,
    AtPattern,
    AtPoint,
    FacingSeam,
    Found,
    OnEveryPage,
    PageSize,
    Place,
    Seam,
)
from seal_core.errors import UnknownPlace

A4 = PageSize(210, 297)
WIDE = PageSize(297, 210)


def lay(
    place: Place, pages: list[PageSize], found: tuple[Found, ...] = (), size: float = 40
) -> tuple[Impression, ...]:
    return place_seal([place], pages, size, size, lambda _text: found)


def test_a_point_is_taken_as_given() -> None:
    """The whole seal, its corner where it was asked for."""
    assert lay(AtPoint(2, 100, 200), [A4, A4]) == (Impression(2, Rect(100, 200, 40, 40)),)


@pytest.mark.parametrize(
    "place",
    [
        AtPoint(0, 10, 10),
        AtPoint(2, 10, 10),
        AtPoint(1, 171, 10),
        AtPoint(1, 10, 258),
        AtPoint(1, -1, 10),
        AtKeyword(""),
        AtKeyword("  "),
        AtKeyword("盖章处"),
        AtKeyword("盖章处", nth=-1),
        Seam(),
        Seam(offset=1.1),
        AtPattern(re.compile("")),
        AtPattern(re.compile("盖章处")),
        FacingSeam(),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused(place: Place) -> None:
    """A page or text that does not exist, a seal that would hang over the edge."""
    with pytest.raises(UnknownPlace):
        lay(place, [A4])


def test_every_page_gets_the_seal_moved_inside_where_the_page_is_smaller() -> None:
    """The same place; on a lower page the nearest place that holds the whole seal."""
    laid = lay(OnEveryPage(150, 250), [A4, WIDE])

    assert [i.box for i in laid] == [Rect(150, 250, 40, 40), Rect(150, 170, 40, 40)]
    with pytest.raises(UnknownPlace):
        lay(OnEveryPage(0, 0), [A4, PageSize(39, 297)])


def test_a_keyword_is_covered_by_the_middle_of_the_seal() -> None:
    """nth chooses among the texts found, 0 takes all; offsets move it, the page holds it."""
    found = (Found(1, 100, 100), Found(2, 205, 290))

    assert [i.box for i in lay(AtKeyword("x", nth=1), [A4, A4], found)] == [Rect(80, 80, 40, 40)]
    assert [i.box for i in lay(AtKeyword("x", 1, 5, -5), [A4, A4], found)] == [Rect(85, 75, 40, 40)]
    assert [(i.page, i.box) for i in lay(AtKeyword("x", nth=0), [A4, A4], found)] == [
        (1, Rect(80, 80, 40, 40)),
        (2, Rect(170, 257, 40, 40)),
    ]
    with pytest.raises(UnknownPlace):
        lay(AtKeyword("x", nth=3), [A4, A4], found)


def test_a_keyword_on_every_line_of_a_book_is_refused() -> None:
    """Bounded work: more places than a signature can sensibly have."""
    with pytest.raises(UnknownPlace, match="more than"):
        lay(AtKeyword("的", nth=0), [A4], (Found(1, 100, 100),) * 30_000)


def test_right_seam_over_five_pages_as_a_vendor_draws_it() -> None:
    """The boxes and clips of V4RideRight.ofd: 40 mm over five pages of 210 mm."""
    laid = lay(Seam("right", 60 / 297), [A4] * 5)

    assert [i.box.x for i in laid] == [202, 194, 186, 178, 170]
    assert [i.box.y for i in laid] == pytest.approx([40] * 5)
    assert [i.clip for i in laid] == [Rect(8 * n, 0, 8, 40) for n in range(5)]


def test_left_seam_begins_outside_the_page() -> None:
    """The first page shows the rightmost strip at its left edge."""
    laid = lay(Seam("left"), [A4] * 4)

    assert [i.box.x for i in laid] == [-30, -20, -10, 0]
    assert [i.clip.x for i in laid if i.clip] == [30, 20, 10, 0]


def test_sheets_printed_on_both_sides_are_sealed_on_their_fronts() -> None:
    """Odd pages only: the strips of a seam are those of the sheets."""
    laid = lay(Seam("right", 0.5, "odd"), [A4] * 7)

    assert [i.page for i in laid] == [1, 3, 5, 7]
    assert [i.box.x for i in laid] == [200, 190, 180, 170]
    assert [i.page for i in lay(OnEveryPage(0, 0, "even"), [A4] * 5)] == [2, 4]
    with pytest.raises(UnknownPlace):
        lay(Seam(pages="even"), [A4] * 3)


def test_top_and_bottom_seams_cut_the_height() -> None:
    """Strips lie across; their clip runs down."""
    bottom = lay(Seam("bottom"), [A4, A4])
    top = lay(Seam("top"), [A4, A4])

    assert [i.box for i in bottom] == [Rect(85, 277, 40, 40), Rect(85, 257, 40, 40)]
    assert [i.clip for i in bottom] == [Rect(0, 0, 40, 20), Rect(0, 20, 40, 20)]
    assert [i.box for i in top] == [Rect(85, -20, 40, 40), Rect(85, 0, 40, 40)]
    assert [i.clip for i in top] == [Rect(0, 20, 40, 20), Rect(0, 0, 40, 20)]


def test_strips_meet_on_paper_though_pages_differ() -> None:
    """Sheets laid on one corner: the same height on each, at each page's own right edge."""
    laid = lay(Seam("right"), [A4, WIDE])

    assert [i.box.y for i in laid] == [85, 85]
    assert [i.box.x for i in laid] == [190, 257]


@given(st.integers(2, 3000), st.floats(15, 80))
def test_strips_are_never_thinner_than_five_millimetres(pages: int, across: float) -> None:
    """Long documents are grouped; every page has its strip and no group is a single page."""
    groups = seam_groups(pages, across)

    assert [page for group in groups for page in group] == [*range(pages)]
    assert all(len(group) >= 2 for group in groups)
    assert all(across / len(group) >= MIN_SLICE_MM - 1e-6 for group in groups)


@given(
    st.lists(st.sampled_from([A4, WIDE, PageSize(420, 297)]), min_size=2, max_size=60),
    st.sampled_from(["right", "left", "top", "bottom"]),
    st.floats(0, 1),
)
def test_each_strip_lies_on_its_page_and_the_strips_make_the_whole_seal(
    pages: list[PageSize], edge: str, offset: float
) -> None:
    """What is drawn is inside the page, and the strips of a group add up to the seal."""
    laid = lay(Seam(edge, offset), pages)  # type: ignore[arg-type]

    drawn = 0.0
    for impression in laid:
        assert impression.clip is not None
        page = pages[impression.page - 1]
        x = impression.box.x + impression.clip.x
        y = impression.box.y + impression.clip.y
        assert -1e-6 <= x <= page.width_mm - impression.clip.width + 1e-6
        assert -1e-6 <= y <= page.height_mm - impression.clip.height + 1e-6
        drawn += impression.clip.width * impression.clip.height
    assert drawn == pytest.approx(1600 * len(seam_groups(len(pages), 40)))


def test_a_pattern_is_placed_like_a_keyword() -> None:
    """The same choice and offsets; what is looked for reaches the format as it was given."""
    asked: list[object] = []

    def find(wanted: object) -> tuple[Found, ...]:
        asked.append(wanted)
        return (Found(1, 100, 100), Found(2, 100, 100))

    pattern = re.compile("（盖章）|签字")
    laid = place_seal([AtPattern(pattern, 0, 10, 0)], [A4, A4], 40, 40, find)

    assert [(i.page, i.box.x) for i in laid] == [(1, 90), (2, 90)]
    assert asked == [pattern]


def test_facing_pages_share_a_seal_between_them() -> None:
    """对开: left half on the right edge of the first, right half on the left edge of the next."""
    first, second, *_ = laid = lay(FacingSeam(offset=0.5), [A4] * 4)

    assert first == Impression(1, Rect(190, 128.5, 40, 40), Rect(0, 0, 20, 40))
    assert second == Impression(2, Rect(-20, 128.5, 40, 40), Rect(20, 0, 20, 40))
    assert [i.page for i in laid] == [1, 2, 3, 4]


def test_an_odd_last_page_shares_with_the_page_before() -> None:
    """No page is left out; the last but one bears two halves, one on each edge."""
    assert [(i.page, i.box.x) for i in lay(FacingSeam(), [A4] * 3)] == [
        (1, 190),
        (2, -20),
        (2, 190),
        (3, -20),
    ]
    with pytest.raises(UnknownPlace):
        lay(FacingSeam(), [A4, A4], size=9)


@pytest.mark.parametrize("edge", ["top", "bottom", "left", "right"])
def test_long_documents_are_grouped_on_every_edge(edge: Literal["top", "bottom"]) -> None:
    """Also across the height no strip is thinner than five millimetres, odd pages alone too."""
    for pages in ("all", "odd"):
        laid = lay(Seam(edge=edge, pages=pages), [A4] * 61)
        clips = [i.clip for i in laid if i.clip]
        thin = [min(c.width, c.height) for c in clips]
        assert min(thin) >= MIN_SLICE_MM
        assert len(laid) == (61 if pages == "all" else 31)
