"""Reading whole forms: what is found, how exactly, and what is said about it."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from PIL import Image

from bench.impressions import judge, nearest, opacity
from bench.scans import CONDITIONS, Condition, Scan, make
from seal_core.impressions import Box, FindingCode, FormReading, Impression
from seal_core.impressions.reading import extract_box, read_form

BY_NAME = {condition.name: condition for condition in CONDITIONS}
QUICK = Condition("quick", dpi=200)


@lru_cache(maxsize=4)
def scanned(condition: Condition) -> tuple[Scan, FormReading]:
    scan = make(condition, 1)
    return scan, read_form(scan.pdf, scan.wanted)


def codes(impression: Impression) -> set[FindingCode]:
    return {finding.code for finding in impression.findings}


def test_every_seal_is_found_in_its_true_size_and_turn() -> None:
    """
    Four seals of four outlines, each within 0.3 mm and 2 degrees, answer the four wishes.
    """
    scan, reading = scanned(QUICK)

    assert len(reading.impressions) == 4
    assert not reading.findings
    for truth in scan.truths:
        index = nearest(reading, truth)
        assert index is not None
        seen = reading.impressions[index]
        assert seen.wanted == truth.wanted
        assert abs(seen.width_mm - truth.width) < 0.3
        assert abs(seen.height_mm - truth.height) < 0.3
        off = (seen.angle - truth.angle + truth.step / 2) % truth.step - truth.step / 2
        assert abs(off) < 2.0


def test_the_picture_has_exactly_the_chosen_size_in_one_ink() -> None:
    """
    600 dpi, pHYs, one colour and its opacity, and the ink where the seal's ink was.
    """
    scan, reading = scanned(QUICK)
    for impression in reading.impressions:
        assert impression.wanted is not None
        wish = scan.wanted[impression.wanted]
        with Image.open(io.BytesIO(impression.picture)) as picture:
            size = (round(wish.width_mm / 25.4 * 600), round(wish.height_mm / 25.4 * 600))
            assert picture.size == size
            assert picture.info["dpi"] == pytest.approx((600, 600), abs=0.1)
            pixels = np.asarray(picture.convert("RGBA"))
        assert np.unique(pixels[..., :3].reshape(-1, 3), axis=0).shape == (1, 3)
        mask = scan.truths[impression.wanted].mask
        ink = opacity(impression.picture) > 0.5
        assert (ink & mask).sum() > 0.93 * mask.sum()
        assert ink.sum() < 1.45 * mask.sum()


def test_the_same_form_gives_the_same_reading_bit_for_bit() -> None:
    scan, reading = scanned(QUICK)
    assert read_form(scan.pdf, scan.wanted) == reading


def test_ink_under_black_print_is_kept_and_the_applicant_told() -> None:
    """
    97 % of the ink under crossing text survives; the seal is said to be crossed.
    """
    row = judge(BY_NAME["text across"], 2)
    assert (row.found, row.false) == (4, 0)
    assert sum(row.kept) / len(row.kept) > 0.96
    assert row.flagged == 4


@pytest.mark.parametrize("name", ["gap 45°", "red rule through", "overlap 10 mm", "upside down"])
def test_broken_and_crossed_borders_are_found_all_the_same(name: str) -> None:
    row = judge(replace(BY_NAME[name], dpi=200), 0)
    assert (row.found, row.false) == (4, 0)
    assert max(row.size) < 0.3


def test_a_photograph_of_our_own_form_is_measured_by_its_marks() -> None:
    """
    Perspective and shade are taken out; each box says which seal it is for.
    """
    scan, reading = scanned(BY_NAME["own form, photographed"])
    assert reading.form.startswith("ZYF1:shanxi:")
    assert {i.wanted for i in reading.impressions} == {0, 1, 2, 3, None}
    for impression in reading.impressions:
        if impression.wanted is not None:
            wish = scan.wanted[impression.wanted]
            assert abs(impression.width_mm - wish.width_mm) < 0.3
            assert FindingCode.PERSPECTIVE not in codes(impression)


def test_a_form_printed_too_small_does_not_make_the_seals_larger() -> None:
    """
    Printers fit to the page; the stamp is as large as ever, and the scan knows.
    """
    condition = replace(BY_NAME["own form printed at 95 %"], dpi=200)
    scan, reading = scanned(condition)
    (scaled,) = (f for f in reading.findings if f.code is FindingCode.PRINT_SCALED)
    assert float(scaled.detail.rstrip("%")) == pytest.approx(95.0, abs=0.3)
    widths = {i.wanted: i.width_mm for i in reading.impressions}
    for n, wish in enumerate(scan.wanted[:4]):
        assert abs(widths[n] - wish.width_mm) < 0.3


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("38 mm for 40", FindingCode.SIZE_DIFFERS),
        ("ink 20 %", FindingCode.FAINT),
        ("out of focus", FindingCode.BLURRED),
        ("pasted screenshot", FindingCode.PASTED),
        ("150 dpi", FindingCode.DPI_TOO_LOW),
    ],
)
def test_what_is_wrong_with_an_impression_is_said(name: str, code: FindingCode) -> None:
    condition = replace(BY_NAME[name], kinds=("company40",))
    _, reading = scanned(condition)
    (impression,) = reading.impressions
    assert code in codes(impression)


def test_a_grey_scan_asks_for_colour_and_a_missing_seal_for_a_stamp() -> None:
    _, reading = scanned(replace(BY_NAME["grey scan"], dpi=150))
    assert [f.code for f in reading.findings] == [FindingCode.GREY_SCAN]

    scan = make(replace(QUICK, kinds=("company40", "square20")), 1)
    other = replace(scan.wanted[0], width_mm=58, height_mm=58)
    more = read_form(scan.pdf, [*scan.wanted, other])
    assert [(f.code, f.detail) for f in more.findings] == [(FindingCode.TOO_FEW, "1")]
    fewer = read_form(scan.pdf, scan.wanted[:1])
    assert [(f.code, f.detail) for f in fewer.findings] == [(FindingCode.TOO_MANY, "1")]


def test_the_reviewers_own_box_is_taken_as_it_is() -> None:
    """
    Drawn where the machine found the seal, the box gives the machine's picture.
    """
    scan, reading = scanned(QUICK)
    found = next(i for i in reading.impressions if i.wanted == 0)
    drawn = extract_box(scan.pdf, 1, found.box, found.angle, scan.wanted[0])
    one, other = opacity(found.picture) > 0.5, opacity(drawn.picture) > 0.5
    assert (one & other).sum() / (one | other).sum() > 0.97
    moved = Box(found.box.x + 5, found.box.y, found.box.width, found.box.height)
    shifted = extract_box(scan.pdf, 1, moved, found.angle, scan.wanted[0])
    assert shifted.picture != drawn.picture


@pytest.mark.parametrize(
    ("page", "box"),
    [
        (0, Box(10, 10, 40, 40)),
        (2, Box(10, 10, 40, 40)),
        (1, Box(10, 10, 4, 40)),
        (1, Box(10, 10, 140, 40)),
        (1, Box(400, 10, 40, 40)),
        (1, Box(math.nan, 10, 40, 40)),
    ],
)
def test_a_box_that_is_not_on_the_form_is_refused(page: int, box: Box) -> None:
    scan, _ = scanned(QUICK)
    with pytest.raises(ValueError, match=r"page|box"):
        extract_box(scan.pdf, page, box, 0.0)
