"""From the stamped form to the seal's picture: read by a machine, chosen by a person."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from bench.impressions import opacity
from bench.scans import Condition, Scan, make
from seal_core.domain.applications import Application
from seal_core.domain.holders import Actor, Identity, NotFound
from seal_core.domain.impressions import BoxRefused, PictureNotChosen, ReadingState
from seal_core.domain.seals import Seal, SealEvent
from seal_core.gm import sm3
from seal_core.impressions import VERSION, Box, FindingCode
from seal_core.impressions.confined import ConfinedReader, Limits
from seal_core.services.impressions import Impressions, ImpressionService, Place
from tests.support.house import PIN, REVIEWER, House
from tests.support.people import OWNER

OTHER = replace(
    OWNER,
    subject="subject-9",
    organisation_name="晋中示例商贸有限公司",
    uscc="91140700MA0EXAMPL4",
)
CROSSED = Condition("crossed", kinds=("company40",), dpi=200, text="across")


@lru_cache(maxsize=1)
def stamped() -> Scan:
    """A form with one seal of 40 mm across text."""
    return make(CROSSED, 1)


Applied = tuple[Actor, Application, Seal]


def applied(house: House, identity: Identity = OWNER, subject: str = "openid-1") -> Applied:
    actor = house.signed_in(identity, subject)
    document = house.upload(actor, stamped().pdf, "申请表.pdf")
    form = house.form(actor, "statutory_name", document_id=document.id)
    application = house.applications.submit(actor, form)
    _, seals = house.applications.dossier(application.id)
    return actor, application, seals[0]


def work(house: House) -> None:
    house.work(read_form=house.impressions.read, cut_impression=house.impressions.cut)


def known(house: House, application: Application) -> Impressions:
    found = house.impressions.of(application.document_id)
    assert found is not None
    return found


def test_the_picture_a_reviewer_chose_is_the_one_that_seals(house: House) -> None:
    """
    Nothing is chosen by itself; the audit names the picture, its digest and the reader's version.
    """
    actor, application, seal = applied(house)
    work(house)

    (cut,) = known(house, application).of_type("statutory_name")
    assert cut.state is ReadingState.DONE
    assert abs(cut.width_mm - 40) < 0.3
    for name in ("picture", "original", "overlay"):
        with Image.open(BytesIO(house.impressions.picture(cut.id, name))) as picture:
            picture.verify()
    with pytest.raises(PictureNotChosen):
        house.applications.approve(REVIEWER, [seal.id])
    with pytest.raises(NotFound):
        house.applications.approve(REVIEWER, [seal.id], {seal.id: "f" * 32})

    house.applications.approve(REVIEWER, [seal.id], {seal.id: cut.id})
    house.collection.collect_with_pin(actor, [seal.id], PIN)
    work(house)

    made = house.holdings.seal(actor, seal.id)
    assert made.picture == house.impressions.picture(cut.id, "picture")
    with house.open_work() as records:
        approved = records.audit.last(actor.holder_id, seal.id, SealEvent.APPROVE)
        issued = records.audit.last(actor.holder_id, seal.id, SealEvent.ISSUE)
    assert approved is not None
    assert issued is not None
    assert approved.detail["version"] == VERSION
    assert approved.detail["digest"] == sm3.digest(made.picture).hex() == issued.detail["picture"]


def test_the_drawn_face_is_a_choice_like_any_other(house: House) -> None:
    actor, application, seal = applied(house)
    work(house)
    house.applications.approve(REVIEWER, [seal.id], {seal.id: ""})
    house.collection.collect_with_pin(actor, [seal.id], PIN)
    work(house)
    (cut,) = known(house, application).of_type("statutory_name")
    assert house.holdings.seal(actor, seal.id).picture == house.applications.drawn_face(seal)
    assert house.holdings.seal(actor, seal.id).picture != house.impressions.picture(
        cut.id, "picture"
    )


def test_the_applicant_hears_what_to_put_right_and_is_refused_nothing(house: House) -> None:
    _, application, _ = applied(house)
    work(house)
    hints = known(house, application).hints()
    assert "第1个章压到文字，请重新盖章后上传。" in hints


def test_a_reviewer_draws_a_box_and_turns_what_came_of_it(house: House) -> None:
    """
    A rough box is drawn to the border; each cut is kept beside the reader's and noted down.
    """
    actor, application, _ = applied(house)
    work(house)
    (machine,) = known(house, application).of_type("statutory_name")
    rough = Box(machine.x + 1.5, machine.y - 1.2, 40, 40)
    place = Place(machine.page, rough, 0.0, snap=True)
    house.impressions.ask_for(REVIEWER, application.document_id, "statutory_name", place)
    assert known(house, application).waiting
    work(house)

    _, by_hand = known(house, application).of_type("statutory_name")
    assert by_hand.made_by == REVIEWER.id
    assert abs(by_hand.x - machine.x) < 0.2
    assert abs(by_hand.width_mm - machine.width_mm) < 0.2

    box = Box(by_hand.x, by_hand.y, by_hand.width, by_hand.height)
    turned = Place(by_hand.page, box, by_hand.angle + 90, snap=False)
    house.impressions.ask_for(REVIEWER, application.document_id, "statutory_name", turned)
    work(house)
    last = known(house, application).of_type("statutory_name")[-1]
    before = opacity(house.impressions.picture(by_hand.id, "picture")) > 0.5
    after = opacity(house.impressions.picture(last.id, "picture")) > 0.5
    assert np.mean(np.rot90(before) == after) > 0.97
    assert house.events(actor.holder_id).count("form:cut") == 2


@pytest.mark.parametrize(
    ("page", "box", "angle"),
    [
        (2, Box(10, 10, 40, 40), 0.0),
        (0, Box(10, 10, 40, 40), 0.0),
        (1, Box(500, 10, 40, 40), 0.0),
        (1, Box(10, 10, 4, 4), 0.0),
        (1, Box(10, 10, 300, 40), 0.0),
        (1, Box(float("nan"), 10, 40, 40), 0.0),
        (1, Box(10, 10, 40, 40), 1e9),
    ],
)
def test_a_place_that_is_none_is_refused(house: House, page: int, box: Box, angle: float) -> None:
    _, application, _ = applied(house)
    with pytest.raises(BoxRefused):
        house.impressions.ask_for(
            REVIEWER, application.document_id, "statutory_name", Place(page, box, angle, snap=True)
        )


def test_the_same_seal_on_another_holders_form_is_shown_to_the_reviewer(house: House) -> None:
    """
    The applicant is not told whose it is; the first holder's own next form is no case.
    """
    first = applied(house)
    second = applied(house, OTHER, "openid-2")
    work(house)
    (mine,) = known(house, first[1]).of_type("statutory_name")
    (theirs,) = known(house, second[1]).of_type("statutory_name")
    assert FindingCode.SEEN_ELSEWHERE not in dict(mine.findings)
    assert dict(theirs.findings)[FindingCode.SEEN_ELSEWHERE] == mine.id
    assert house.impressions.holder_of(mine.id) == first[0].holder_name
    assert not any("持有人" in words for words in known(house, second[1]).hints())


def test_a_form_that_ends_its_reader_is_left_to_the_reviewer(house: House) -> None:
    """
    Too little memory ends the child, not the job: there is no picture, and the drawn face remains.
    """
    _, application, seal = applied(house)
    starved = ImpressionService(
        house.open_work,
        house.clock,
        house.documents_kept,
        house.province,
        ConfinedReader(Limits(memory=200 * 1024**2)),
    )
    house.work(read_form=starved.read)
    assert known(house, application).reading.state is ReadingState.FAILED
    house.applications.approve(REVIEWER, [seal.id])


def test_a_form_is_read_once_for_the_same_wishes(house: House) -> None:
    """
    Asked for when it is uploaded and again when it is submitted.
    """
    actor = house.signed_in()
    document = house.upload(actor, stamped().pdf, "申请表.pdf")
    form = house.form(actor, "statutory_name", document_id=document.id)
    house.impressions.expect(actor, document.id, form.wanted)
    house.applications.submit(actor, form)
    with house.open_work() as records:
        assert records.readings.count(document_id=document.id) == 1
