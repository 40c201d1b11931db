"""Answers that are kept: a day later, after a rejection, after 撤回."""

from __future__ import annotations

import pytest

from seal_core.domain.holders import Actor, NotAllowed, NotFound
from seal_core.domain.records import News
from seal_core.domain.seals import SealState, WrongSealState
from tests.support.house import REVIEWER, House
from tests.support.people import COLLEAGUE


def test_what_was_answered_is_kept_until_it_is_submitted(house: House, owner: Actor) -> None:
    """
    One draft a person and holder, the newest; submitting or beginning anew drops it.
    """
    assert house.drafts.find(owner) is None
    house.drafts.keep(owner, ["contract"], [])
    house.drafts.keep(owner, ["contract", "finance"], ["圆形 38 mm"], "山西省太原市")
    draft = house.drafts.find(owner)
    assert draft is not None
    assert (draft.types, draft.sizes) == (("contract", "finance"), ("圆形 38 mm",))
    house.drafts.drop(owner)
    assert house.drafts.find(owner) is None
    house.drafts.keep(owner, ["contract"], [])
    house.applications.submit(owner, house.form(owner, "contract"))
    assert house.drafts.find(owner) is None


def test_a_draft_is_reminded_of_once_and_forgotten(house: House, owner: Actor) -> None:
    """
    After a day and after a month; an answer given meanwhile begins both anew.
    """
    house.drafts.keep(owner, ["contract"], [])
    house.clock.advance(days=0.9)
    house.drafts.keep(owner, ["contract", "finance"], [])
    house.clock.advance(days=0.9)
    house.drafts.tidy()
    assert News.DRAFT_WAITS not in house.news(owner)
    house.clock.advance(days=0.2)
    for _ in range(3):
        house.drafts.tidy()
    told = [n for n in house.holdings.inbox(owner) if n.kind is News.DRAFT_WAITS]
    assert [n.data["seals"] for n in told] == ["合同专用章、财务专用章"]
    house.clock.advance(days=29)
    house.drafts.tidy()
    assert house.drafts.find(owner) is None


def test_after_a_rejection_the_answers_are_there(house: House, owner: Actor) -> None:
    """
    Those of the seals that did not pass and whose type is still free, form and region included.
    """
    application, seals = house.applied(owner, "statutory_name", "contract", "finance")
    by_type = {seal.type: seal.id for seal in seals}
    house.applications.reject(REVIEWER, [by_type["contract"], by_type["finance"]], "不清楚")
    house.applications.approve(REVIEWER, [by_type["statutory_name"]])
    draft = house.drafts.find(owner)
    assert draft is not None
    assert draft.types == ("contract", "finance")
    assert draft.document_id == application.document_id
    assert draft.region == application.region
    assert all(
        house.province.seal_type(code).size(label)
        for code, label in zip(draft.types, draft.sizes, strict=True)
    )
    house.applications.submit(owner, house.form(owner, "contract"))
    assert house.drafts.find(owner) is None, "the newest application is under way"


def test_others_do_not_see_them(house: House, owner: Actor, stranger: Actor) -> None:
    """
    Not even within the enterprise: a form belongs to who brought it.
    """
    colleague = house.signed_in(COLLEAGUE, "openid-3")
    _, seals = house.applied(owner)
    house.applications.reject(REVIEWER, [seals[0].id], "不清楚")
    house.drafts.keep(owner, ["contract"], [])
    assert house.drafts.find(colleague) is None
    assert house.drafts.find(stranger) is None
    assert house.applications.last_form(colleague) is None


def test_an_application_is_withdrawn_before_it_is_decided(
    house: House, owner: Actor, stranger: Actor
) -> None:
    """
    By its owner alone, seal by seal or all; a reviewer finds it gone, and it can be sent again.
    """
    colleague = house.signed_in(COLLEAGUE, "openid-3")
    application, seals = house.applied(owner, "statutory_name", "contract")
    ids = [seal.id for seal in seals]
    with pytest.raises(NotFound):
        house.lives.withdraw(stranger, ids)
    with pytest.raises(NotAllowed):
        house.lives.withdraw(colleague, ids)
    house.applications.approve(REVIEWER, ids[:1])
    with pytest.raises(WrongSealState):
        house.lives.withdraw(owner, ids)
    (withdrawn,) = house.lives.withdraw(owner, ids[1:])
    assert withdrawn.state is SealState.WITHDRAWN
    assert house.applications.queue() == []
    with pytest.raises(WrongSealState):
        house.applications.approve(REVIEWER, ids[1:])
    draft = house.drafts.find(owner)
    assert draft is not None
    assert draft.types == (withdrawn.type,)
    assert draft.document_id == application.document_id
    house.applications.submit(owner, house.form(owner, withdrawn.type))
