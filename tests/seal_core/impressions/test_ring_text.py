"""The text on a ring against the registered name, without OCR."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from seal_core.faces import FaceKind, FaceSpec, draw
from seal_core.impressions import FindingCode
from seal_core.impressions.inks import Map
from seal_core.impressions.ring_text import DIFFERS, read_ring, ring_doubts, unrolled

NAMES = (
    "太原示例数字科技有限公司",
    "山西示例新材料（集团）股份有限公司",
    "晋中书局",
    "孝义市煤焦化工集团有限公司",
)
FACES = ((FaceKind.COMPANY, 40, 40), (FaceKind.CONTRACT, 38, 38), (FaceKind.COMPANY, 45, 30))


def ink(kind: FaceKind, name: str, width: float, height: float, code: str = "") -> Map:
    spec = FaceSpec(kind, name, width, height, code=code)
    with Image.open(io.BytesIO(draw(spec).png(600))) as picture:
        return np.asarray(picture.convert("RGBA"))[..., 3].astype(np.float32) / 255


@pytest.mark.parametrize("face", FACES, ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_a_seal_bears_its_own_name_and_no_other(
    face: tuple[FaceKind, float, float], name: str
) -> None:
    """Brackets, four characters and twenty, round and oval, with a number along the edge."""
    seal = ink(face[0], name, *face[1:], code="1401050123456")
    own = read_ring(seal, name)
    assert own.matched is not None
    assert own.matched > 0.85
    for other in NAMES:
        if other != name:
            assert (read_ring(seal, other).matched or 0.0) < DIFFERS


def test_one_character_that_is_another_is_named() -> None:
    seal = ink(FaceKind.COMPANY, NAMES[0], 40, 40)
    changed = NAMES[0].replace("数", "峰")
    seen = read_ring(seal, changed)
    assert seen.unlike == (5,)
    assert ring_doubts(seen) == [(FindingCode.RING_UNLIKE, "5")]


def test_a_turned_seal_and_an_empty_one_are_doubted() -> None:
    """Upside down is not readable; nothing is claimed of what is not there."""
    seal = ink(FaceKind.COMPANY, NAMES[0], 40, 40)
    turned = ring_doubts(read_ring(np.ascontiguousarray(np.rot90(seal, 2)), NAMES[0]))
    assert turned
    assert ring_doubts(read_ring(np.zeros_like(seal), NAMES[0])) == [(FindingCode.RING_UNREAD, "")]


def test_an_unrolled_ring_is_as_long_as_its_text_line() -> None:
    strip = unrolled(ink(FaceKind.COMPANY, NAMES[0], 40, 40))
    assert abs(strip.shape[1] / 10 - 2 * np.pi * (20 - 1.45 - 2.1)) < 0.5
