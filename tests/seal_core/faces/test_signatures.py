from __future__ import annotations

import io
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from seal_core.errors import FaceRefused, MissingGlyph
from seal_core.faces import Face, Touch, draw_signature, nested_ofd, typed_signature
from seal_core.faces.signatures import MOST_TOUCHES


def opacity(face: Face) -> Image.Image:
    with Image.open(io.BytesIO(face.png(300))) as picture:
        return picture.convert("RGBA").getchannel("A")


def inked(face: Face) -> float:
    """Square millimetres of ink."""
    return sum(opacity(face).tobytes()) / 255 * (25.4 / 300) ** 2


def straight(slow_ms: float, pressure: float = 0.0) -> list[Touch]:
    return [Touch(10.0 * k, 50.0, slow_ms * k, pressure) for k in range(30)]


def test_a_slow_or_firm_pen_draws_thicker() -> None:
    """Without pressure the speed decides, with pressure the pressure."""
    assert inked(draw_signature([straight(60)])) > 1.3 * inked(draw_signature([straight(4)]))
    firm, light = straight(20, pressure=0.9), straight(20, pressure=0.1)
    assert inked(draw_signature([firm])) > 1.3 * inked(draw_signature([light]))


def test_ink_has_no_holes_where_a_stroke_crosses_itself() -> None:
    """A narrow scribble over one place is solid ink, whichever way the pen went."""
    scribble = [
        Touch(100 + 60 * math.sin(k / 2.0), 100 + 0.6 * k, 12.0 * k, pressure=1.0)
        for k in range(200)
    ]
    alpha = opacity(draw_signature([scribble], 20, 20))
    middle = alpha.crop(
        (
            alpha.width // 2 - 20,
            alpha.height // 2 - 40,
            alpha.width // 2 + 20,
            alpha.height // 2 + 40,
        )
    )
    assert middle.getextrema() == (255, 255)


def test_the_same_strokes_are_the_same_bytes() -> None:
    """The signature a person confirmed is the one that is kept."""
    first, again = (draw_signature([straight(10)]) for _ in range(2))
    assert first.svg == again.svg
    assert nested_ofd(first) == nested_ofd(again)


@pytest.mark.parametrize(
    ("strokes", "reason"),
    [
        ([], "no_ink"),
        ([[]], "no_ink"),
        ([[Touch(5, 5)]], "no_ink"),
        ([[Touch(5, 5)] * 50], "no_ink"),
        ([[Touch(0, 0), Touch(math.nan, 1), Touch(2, 2)]], "too_much_ink"),
        ([[Touch(0, 0), Touch(1e9, 1), Touch(2, 2)]], "too_much_ink"),
        ([[Touch(k, k % 7) for k in range(MOST_TOUCHES + 1)]], "too_much_ink"),
    ],
)
def test_what_is_no_signature_is_refused(strokes: list[list[Touch]], reason: str) -> None:
    """A stray dot, nothing at all, or a flood of points."""
    with pytest.raises(FaceRefused) as refused:
        draw_signature(strokes)
    assert refused.value.reason == reason


pixels = st.integers(0, 600)
touches = st.builds(Touch, pixels, pixels, st.floats(0, 5000), st.floats(0, 1))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(touches, min_size=4, max_size=30), min_size=1, max_size=4))
def test_a_signature_stays_inside_its_box(strokes: list[list[Touch]]) -> None:
    """However wild the strokes are, and wherever a curve swings between two touches."""
    box = draw_signature([straight(10), *strokes]).path.box()
    assert min(box.left, box.top) > 0
    assert box.right < 40
    assert box.bottom < 20


@pytest.mark.parametrize("name", ["王小明", "李四", "买买提·阿布都拉", "John Smith", "㛃"])
def test_a_typed_name_becomes_a_signature_inside_its_box(name: str) -> None:
    """For people who cannot draw; leaning type with a stroke below."""
    face = typed_signature(name)
    box = face.path.box()
    assert box.left >= 0
    assert box.top >= 0
    assert box.right <= 40
    assert box.bottom <= 20
    assert face.svg == typed_signature(name).svg


def test_a_typed_name_is_refused_like_any_other() -> None:
    """No characters, too many, or one no font has."""
    for name in ("", " ", "长" * 25):
        with pytest.raises(FaceRefused):
            typed_signature(name)
    with pytest.raises(MissingGlyph):
        typed_signature("王\U0002a6a5")
