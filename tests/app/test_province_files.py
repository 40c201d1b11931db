"""A province is a file: a made-up one works without a line of code, a wrong one says why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.provinces import load_province
from bot.states import State
from seal_core.domain.applications import ApplicationIncomplete, WantedSeal
from seal_core.domain.provinces import HolderKind
from seal_core.domain.records import News
from seal_core.domain.seals import SealState
from seal_core.services.personal import Typed
from tests.support.chat import Chat, open_chat
from tests.support.house import PIN
from tests.support.people import STRANGER

YUNLING = Path(__file__).parents[1] / "support" / "provinces" / "yunling.toml"

# GB/T 2260 as of 2024: cities, districts, county-level cities and counties
UNITS = {"shanxi": (11, 26, 11, 80), "jiangxi": (11, 27, 12, 61)}


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Chat]:
    with open_chat(tmp_path, str(YUNLING)) as chat:
        yield chat


def test_a_new_province_needs_no_code(chat: Chat) -> None:
    """Identity with a PIN, two types of its own: from the question in the chat to the seals."""
    house, actor = chat.house, chat.sign_in()
    assert chat.say("印章申请").choices == ("单位公章", "档案专用章")
    assert chat.say("全部").choices == ("38", "42")
    assert chat.say("42").choices == ("云岭省云上市", "云岭省云下市")
    chat.say("石桥")
    assert chat.where() is State.APPLY_ON_PAGE

    form = house.form(actor, "statutory_name", "archives")
    proof = house.willingness.agree(actor.person, "")
    application = house.applications.submit_with_proof(actor, form, proof)
    _, seals = house.applications.dossier(application.id)
    house.collection.collect_with_pin(actor, [seal.id for seal in seals], PIN)
    house.work()
    made = house.holdings.seals(actor)
    assert {seal.name for seal in made} == {
        "山西示例科技有限公司单位公章",
        "山西示例科技有限公司档案专用章",
    }
    assert {seal.state for seal in made} == {SealState.ACTIVE}


def test_its_people_sign_by_their_own_hand(chat: Chat) -> None:
    """Where a PIN rules, the signature waits to be collected with it."""
    house = chat.house
    actor = chat.sign_in(STRANGER)
    sketch = house.personal.sketch(actor, WantedSeal("autograph", "60×25"), Typed("李四"))
    proof = house.willingness.agree(actor.person, house.personal.agreement(actor, sketch.id))
    seal_id = house.personal.apply(actor, sketch.id, proof)
    assert News.SEALS_READY in house.news(actor)
    house.collection.collect_with_pin(actor, [seal_id], PIN)
    house.work()
    assert house.holdings.seal(actor, seal_id).width_mm == 60


def test_regions_are_those_of_the_province(chat: Chat) -> None:
    """What the page sends is checked against the list, whatever its form says."""
    house, actor = chat.house, chat.sign_in()
    form = house.form(actor)
    wrong = form.__class__(
        "山西省太原市",
        form.handler_name,
        form.handler_id_number,
        form.handler_mobile,
        form.wanted,
        form.document_id,
    )
    with pytest.raises(ApplicationIncomplete) as refused:
        house.applications.submit_with_proof(
            actor, wrong, house.willingness.agree(actor.person, "")
        )
    assert refused.value.field == "region"


@pytest.mark.parametrize("name", UNITS)
def test_every_county_is_there(name: str) -> None:
    """As many units of each kind as the province has, no development zones among them."""
    regions = load_province(name).regions
    below = [region for region in regions if not region.is_city]
    kinds = [sum(region.name.endswith(kind) for region in below) for kind in "区市县"]
    assert (len(regions) - len(below), *kinds) == UNITS[name]
    assert len({region.full_name for region in regions}) == len(regions)


def test_a_county_is_understood_by_its_name(tmp_path: Path) -> None:
    """孝义 is one; 城区 is two and is asked for again."""
    with open_chat(tmp_path) as chat:
        chat.sign_in()
        chat.say("印章申请")
        chat.say("法定名称章")
        chat.say("1")
        assert "没有听懂" in chat.say("城区").text
        say = chat.say("孝义")
        link = chat.house.links.look(say.link.url.rpartition("/")[2]) if say.link else None
        assert link is not None
        assert link.data["region"] == "山西省吕梁市孝义市"


# --- wrong files --------------------------------------------------------------------


def without(line: str) -> Callable[[str], str]:
    return lambda text: re.sub(rf"^{line} = .*\n", "", text, count=1, flags=re.M)


def swapped(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


WRONG = {
    "a field is missing": (without("name"), "name: Field required"),
    "a field of a type is missing": (without("holder"), "seal_types[0].holder: Field required"),
    "unknown field": (lambda text: "colour = 1\n" + text, "colour: unknown field"),
    "unknown field of a type": (
        swapped('face = "company"', 'face = "company"\nshape = "x"'),
        "seal_types[0].shape: unknown field",
    ),
    "unknown field of a size": (swapped("label =", "depth = 1, label ="), ".depth: unknown field"),
    "a number for text": (swapped('"云岭通"', "5"), "app_name: Input should be a valid string"),
    "text for a number": (
        swapped("pickup_minutes = 10", 'pickup_minutes = "10"'),
        "pickup_minutes",
    ),
    "text for a table": (swapped('[{ label = "38"', '["x", { label = "38"'), "seal_types[1]"),
    "no such policy": (swapped('"identity"', '"luck"'), "issue_policy: Input should be"),
    "no such face": (swapped('"company"', '"moon"'), "seal_types[0].face: one of"),
    "no such holder": (swapped('"organisation"', '"ship"'), "seal_types[0].holder"),
    "an enterprise draws": (swapped('"company"', '"handwriting"'), "only a person draws"),
    "a code twice": (swapped('"archives"', '"statutory_name"'), "seal_types[1].code"),
    "no sizes": (
        swapped('sizes = [{ label = "42", width_mm = 42, height_mm = 42 }]', "sizes = []"),
        "seal_types[0].sizes: at least one",
    ),
    "a huge seal": (swapped("width_mm = 42", "width_mm = 4200"), "8 to 100 mm"),
    "a size that is no number": (swapped("width_mm = 42", "width_mm = nan"), "8 to 100"),
    "a long order": (swapped("order_minutes = 3", "order_minutes = 30"), "order_minutes: 1 to 5"),
    "no regions": (
        lambda text: re.sub(r"regions = \[[\s\S]*?\n\]", "regions = []", text),
        "regions",
    ),
    "regions of old": (swapped('"990100 云上市", ', '"990100", '), "regions[0]: not a row like"),
    "a county elsewhere": (swapped("990281", "990381"), "regions[1]: not a row like"),
    "a county without its city": (swapped('"990200 云下市", ', ""), "regions[1]: not a row like"),
    "a region twice": (swapped("990121", "990102"), "regions[0]: a code stands twice"),
    "a date": (swapped('"云岭通"', "2026-01-01"), "app_name"),
    "no TOML": (lambda _: "= =", "no TOML"),
    "empty": (lambda _: "", "regions"),
}


@pytest.mark.parametrize(("change", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_refused_by_name(
    tmp_path: Path, change: Callable[[str], str], said: str
) -> None:
    """One typed error that names file and field; never a traceback of ours."""
    text = YUNLING.read_text(encoding="utf-8")
    changed = change(text)
    assert changed != text
    path = tmp_path / "wrong.toml"
    path.write_text(changed, encoding="utf-8")

    with pytest.raises(ConfigurationError) as refused:
        load_province(str(path))

    assert any(said in problem for problem in refused.value.problems), refused.value.problems
    assert all("wrong.toml" in problem for problem in refused.value.problems)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """Absent, a folder, or no text at all."""
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    for name in ("atlantis", str(tmp_path / "none.toml"), str(binary)):
        with pytest.raises(ConfigurationError):
            load_province(name)


def test_each_file_says_who_can_have_its_types() -> None:
    """江西 has five for enterprises, and signature and name seal for people; 山西 has four."""
    jiangxi, shanxi = load_province("jiangxi"), load_province("shanxi")
    assert len(jiangxi.types_for(HolderKind.ORGANISATION)) == 5
    assert [t.name for t in jiangxi.types_for(HolderKind.PERSON)] == ["个人手绘签名", "个人名章"]
    assert len(shanxi.types_for(HolderKind.ORGANISATION)) == 4
    assert shanxi.types_for(HolderKind.PERSON) == ()
