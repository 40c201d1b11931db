"""个人申领: a natural person draws, confirms with his face, and has a seal in minutes."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from seal_core.domain.applications import WantedSeal
from seal_core.domain.holders import Actor, NotAllowed, NotFound
from seal_core.domain.keys import ProofRefused
from seal_core.domain.personal import NoPersonalSeals
from seal_core.domain.seals import Seal, SealEvent, SealState
from seal_core.errors import FaceRefused
from seal_core.services.applications import AlreadyApplied
from seal_core.services.personal import (
    MOST_STROKES,
    MOST_TOUCHES,
    Drawn,
    Typed,
    strokes_of,
)
from tests.support.databases import MORNING
from tests.support.house import House, open_house
from tests.support.people import OWNER, STRANGER

SIGNATURE = WantedSeal("signature", "40×20 mm")
NAME_SEAL = WantedSeal("personal_name", "方形 20 mm")


def wave(turns: float = 2.0) -> Drawn:
    """A stroke as a hand draws it."""
    touches = [[20 + 3 * k, 80 + 50 * math.sin(k / 30 * turns), 12 * k, 0] for k in range(90)]
    return Drawn(json.dumps([touches]))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path, "jiangxi") as house:
        yield house


@pytest.fixture
def li(house: House) -> Actor:
    """李四, for himself."""
    return house.signed_in(STRANGER)


def confirmed(house: House, actor: Actor, sketch_id: str) -> str:
    digest = house.personal.agreement(actor, sketch_id)
    proof = house.willingness.agree(actor.person, digest)
    return house.personal.apply(actor, sketch_id, proof)


def issued(house: House, actor: Actor, wanted: WantedSeal, ink: Drawn | Typed | None) -> Seal:
    seal_id = confirmed(house, actor, house.personal.sketch(actor, wanted, ink).id)
    house.work()
    return house.holdings.seal(actor, seal_id)


def colour_count(png: bytes) -> int:
    with Image.open(io.BytesIO(png)) as picture:
        alpha = picture.convert("RGBA").getchannel("A")
        return sum(alpha.histogram()[128:])


@pytest.mark.parametrize("ink", [wave(), Typed("李四")], ids=["drawn", "typed"])
def test_one_face_check_makes_a_signature(house: House, li: Actor, ink: Drawn | Typed) -> None:
    """Applied for, collected and issued; the seal bears the ink he confirmed, and works."""
    sketch = house.personal.sketch(li, SIGNATURE, ink)
    seal = house.holdings.seal(li, confirmed(house, li, sketch.id))
    assert seal.state is SealState.ISSUING
    house.work()

    seal = house.holdings.seal(li, seal.id)
    assert seal.state is SealState.ACTIVE
    assert seal.picture == sketch.picture
    assert colour_count(seal.picture) > 1000
    assert (seal.width_mm, seal.height_mm, seal.holder_name) == (40, 20, "李四")
    assert house.events(li.person.id)[-3:] == ["seal:apply", "seal:collect", "seal:issue"]
    order = house.ordered(li, seal)
    _, _, tasks = house.sealing.order(order.id, li.person.id)
    digest = house.sealing.agreement(order, tasks)
    house.sealing.confirm_with_proof(li, order.id, house.willingness.agree(li.person, digest))
    house.work()
    (task,) = house.sealing.results(order.id, li.person.id)
    assert task.result_id


def test_a_name_seal_needs_no_drawing(house: House, li: Actor) -> None:
    """个人名章: the registered name; what is looked at before is what is made."""
    seal = issued(house, li, NAME_SEAL, None)
    assert seal.state is SealState.ACTIVE
    assert seal.picture == house.personal.preview(li, NAME_SEAL)


def test_both_kinds_side_by_side_but_one_of_each(house: House, li: Actor) -> None:
    """A signature and a name seal; a second signature only in place of the first."""
    issued(house, li, SIGNATURE, wave())
    issued(house, li, NAME_SEAL, None)
    with pytest.raises(AlreadyApplied):
        house.personal.sketch(li, SIGNATURE, wave())


def test_a_signature_is_changed_later(house: House, li: Actor) -> None:
    """The new seal is another one; the old one ends when it is there, and keeps its picture."""
    old = issued(house, li, SIGNATURE, wave(2))
    sketch = house.personal.sketch(li, SIGNATURE, wave(5), replaces=old.id)
    new_id = confirmed(house, li, sketch.id)
    assert house.holdings.seal(li, old.id).state is SealState.ACTIVE
    house.work()

    ended, new = house.holdings.seal(li, old.id), house.holdings.seal(li, new_id)
    assert (ended.state, new.state) == (SealState.CANCELLED, SealState.ACTIVE)
    assert ended.picture == old.picture != new.picture
    assert new.certificate != old.certificate
    last = house.holdings.log(li, limit=1)[0]
    assert (last.event, last.subject_id) == (SealEvent.CANCEL, old.id)
    assert house.personal.changeable(li) == new


def test_confirming_twice_makes_one_seal(house: House, li: Actor) -> None:
    sketch = house.personal.sketch(li, SIGNATURE, wave())
    first, second = (confirmed(house, li, sketch.id) for _ in range(2))
    assert first == second
    assert house.applications.count(li) == 1


def test_the_face_check_is_bound_to_the_picture(house: House, li: Actor) -> None:
    """A proof for another drawing, or another person's, makes no seal."""
    sketch = house.personal.sketch(li, SIGNATURE, wave())
    other = house.willingness.agree(li.person, "0" * 64)
    with pytest.raises(ProofRefused):
        house.personal.apply(li, sketch.id, other)
    redrawn = house.personal.sketch(li, SIGNATURE, wave(7))
    with pytest.raises(NotFound):  # drawn anew: the first drawing is gone
        house.personal.agreement(li, sketch.id)
    stranger = house.signed_in(OWNER, "openid-2")
    with pytest.raises(NotFound):
        house.personal.agreement(stranger, redrawn.id)


def test_who_may_not(house: House, tmp_path: Path) -> None:
    """An enterprise has no signature, a person no 公章, and 山西 gives persons nothing."""
    owner = house.signed_in(OWNER)
    with pytest.raises(NotAllowed):
        house.personal.types(owner)
    li = house.signed_in(STRANGER, "openid-2")
    proof = house.willingness.agree(li.person, "0" * 64)
    with pytest.raises(NotAllowed):
        house.applications.submit_with_proof(li, house.form(li), proof)
    with pytest.raises(NotAllowed):
        house.personal.sketch(li, WantedSeal("statutory_name", "圆形 40 mm"), None)
    (tmp_path / "shanxi").mkdir()
    with (
        open_house(tmp_path / "shanxi") as shanxi,
        pytest.raises(NoPersonalSeals),
    ):
        shanxi.personal.types(shanxi.signed_in(STRANGER))


def test_anothers_signature_is_not_replaced(house: House, li: Actor) -> None:
    old = issued(house, li, SIGNATURE, wave())
    other = house.signed_in(
        OWNER.__class__("subject-9", "赵七", OWNER.id_number, OWNER.mobile), "openid-9"
    )
    with pytest.raises(NotFound):
        house.personal.sketch(other, SIGNATURE, wave(), replaces=old.id)


def test_drawings_nobody_confirmed_are_forgotten(house: House, li: Actor) -> None:
    sketch = house.personal.sketch(li, SIGNATURE, wave())
    house.personal.forget_old()
    assert house.personal.get(li, sketch.id) == sketch
    house.clock.now = MORNING
    house.clock.advance(days=2)
    house.personal.forget_old()
    with pytest.raises(NotFound):
        house.personal.get(li, sketch.id)


HOSTILE = {
    "nothing": "",
    "no strokes": "[]",
    "a dot": "[[[1,1,0,0]]]",
    "no list": '{"a": 1}',
    "text for numbers": '[[["1","2",0,0]]]',
    "three numbers": "[[[1,2,3],[2,3,4],[4,5,6]]]",
    "not a number": "[[[NaN,1,0,0],[2,2,0,0],[3,3,0,0]]]",
    "endless": "[[[1e999,1,0,0],[2,2,0,0],[3,3,0,0]]]",
    "too many strokes": json.dumps([[[1, 1, 0, 0]] * 3] * (MOST_STROKES + 1)),
    "too many touches": json.dumps([[[1, 1, 0, 0]] * (MOST_TOUCHES + 1)]),
    "a scribble": json.dumps([[[k * 7919 % 600, k * 104729 % 300, k, 0] for k in range(3000)]]),
    "deep": "[" * 100_000,
    "long": "[" + "1," * 400_000 + "1]",
    "cut off": "[[[1,2,3,4],",
    "letters": "M 0 0 L 1 1",
}


@pytest.mark.parametrize("strokes", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_signature_is_refused(house: House, li: Actor, strokes: str) -> None:
    """Typed, quickly, and before anything is kept."""
    with pytest.raises(FaceRefused):
        house.personal.sketch(li, SIGNATURE, Drawn(strokes))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=20,
)


@given(JSON)
def test_any_json_is_strokes_or_refused(value: object) -> None:
    try:
        strokes = strokes_of(json.dumps(value))
    except FaceRefused:
        return
    assert all(0 <= touch.pressure <= 1 for stroke in strokes for touch in stroke)
