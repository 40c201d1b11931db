"""代申领: bound by the 法定代表人 or by papers, then applying and collecting for the enterprise."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from seal_core.domain.agents import (
    AgentIncomplete,
    AgentNotOpen,
    AgentRegistration,
    AgentState,
    Enterprise,
    Paper,
    Step,
    Way,
)
from seal_core.domain.documents import Document
from seal_core.domain.holders import Actor, NotAllowed, NotFound, Role
from seal_core.domain.records import News
from seal_core.domain.seals import Seal, SealEvent, SealState
from seal_core.domain.secrets import IdNumber, Mobile
from seal_core.errors import DocumentRefused
from seal_core.services.agents import MOST_OPEN, PURPOSE
from seal_core.services.applications import OpinionMissing
from seal_core.services.custody import NoKeyToTakeOver
from tests.support.house import CORNER, DELEGATE_PIN, PIN, REVIEWER, House
from tests.support.ofd import ofd
from tests.support.pdf import simple_pdf
from tests.support.people import DELEGATE, ID_NUMBER, MOBILE, OWNER, STRANGER

HEAD = IdNumber(ID_NUMBER)
SAID = Enterprise(OWNER.organisation_name, OWNER.uscc, OWNER.region, OWNER.legal_representative)


def photo() -> bytes:
    out = BytesIO()
    Image.new("RGB", (300, 200), "white").save(out, "JPEG")
    return out.getvalue()


def paper(house: House, actor: Actor, data: bytes, name: str) -> Document:
    document = house.documents.receive(actor.person.id, name, data, PURPOSE, pictures=True)
    house.work()
    return house.documents.get(document.id)


@pytest.fixture
def agent(house: House) -> Actor:
    """钱七, signed in as himself."""
    return house.signed_in(DELEGATE, "openid-5")


def drafted(house: House, agent: Actor, way: Way, said: Enterprise = SAID) -> AgentRegistration:
    """Everything filled in, not handed in."""
    person = agent.person
    draft = house.agents.begin(person, way)
    house.agents.set_basics(person, draft.id, "行政主管")
    house.agents.set_enterprise(person, draft.id, said, HEAD)
    if way is Way.MATERIALS:
        for each in Paper:
            data, name = (photo(), "证件.jpg") if "back" in each else (simple_pdf(), "材料.pdf")
            house.agents.attach(person, draft.id, each, paper(house, agent, data, name))
    house.agents.set_account(person, draft.id, Mobile(MOBILE), "qian@example.cn", True)
    return house.agents.registration(person, draft.id)


def handed_in(house: House, agent: Actor, way: Way, said: Enterprise = SAID) -> AgentRegistration:
    return house.agents.submit(agent.person, drafted(house, agent, way, said).id)


def speaking_for(house: House, owner: Actor) -> Actor:
    return house.sign_in.switch(house.account("openid-5").id, owner.holder_id)


# --- the steps -------------------------------------------------------------------------


def test_each_step_is_kept(house: House, agent: Actor) -> None:
    """
    One comes back where one left; beginning again finds the same draft; another way is another.
    """
    person = agent.person
    draft = house.agents.begin(person, Way.MATERIALS)
    steps = [draft.next_step]
    house.agents.set_basics(person, draft.id, "会计")
    steps.append(house.agents.begin(person, Way.MATERIALS).next_step)
    house.agents.set_enterprise(person, draft.id, SAID, HEAD)
    steps.append(house.agents.begin(person, Way.MATERIALS).next_step)
    assert steps == [Step.BASICS, Step.ENTERPRISE, Step.PAPERS]
    assert house.agents.begin(person, Way.MATERIALS).id == draft.id
    assert house.agents.begin(person, Way.REPRESENTATIVE).id != draft.id
    with pytest.raises(AgentIncomplete):
        house.agents.submit(person, draft.id)
    assert drafted(house, agent, Way.REPRESENTATIVE).next_step is Step.DONE


@pytest.mark.parametrize(
    ("field", "said", "head"),
    [
        ("name", replace(SAID, name="公"), HEAD),
        ("uscc", replace(SAID, uscc="91140100MA0TEXT00Q"), HEAD),
        ("region", replace(SAID, region=""), HEAD),
        ("legal_representative", replace(SAID, legal_representative=""), HEAD),
        ("head_number", SAID, IdNumber("140105199003078810")),
    ],
)
def test_an_enterprise_is_named_completely(
    house: House, agent: Actor, field: str, said: Enterprise, head: IdNumber
) -> None:
    """
    Numbers with their check digits; nothing of a refused answer is kept.
    """
    draft = house.agents.begin(agent.person, Way.MATERIALS)
    with pytest.raises(AgentIncomplete) as refused:
        house.agents.set_enterprise(agent.person, draft.id, said, head)
    assert refused.value.field == field
    assert not house.agents.registration(agent.person, draft.id).uscc


def test_papers_are_looked_at(house: House, agent: Actor, owner: Actor) -> None:
    """
    An OFD, somebody else's file, and a file brought for sealing are none; a picture that is none
    stops the handing in; a photographed paper is never sealed.
    """
    draft = drafted(house, agent, Way.MATERIALS)
    for wrong in (
        house.upload(agent),
        paper(house, owner, photo(), "别人的.jpg"),
    ):
        with pytest.raises(NotFound):
            house.agents.attach(agent.person, draft.id, Paper.LICENCE, wrong)
    with pytest.raises(AgentIncomplete):
        house.agents.attach(
            agent.person, draft.id, Paper.LICENCE, paper(house, agent, ofd(), "执照.ofd")
        )
    broken = paper(house, agent, b"\xff\xd8\xff" + b"\0" * 200, "执照.jpg")
    house.agents.attach(agent.person, draft.id, Paper.LICENCE, broken)
    with pytest.raises(DocumentRefused):
        house.agents.submit(agent.person, draft.id)
    picture, seal = paper(house, owner, photo(), "照片.jpg"), house.issued(owner)[0]
    with pytest.raises(DocumentRefused):
        house.sealing.draw_up(owner, seal.id, [picture.id], CORNER)


def test_nobody_fills_in_for_another(house: House, agent: Actor) -> None:
    """
    A stranger finds no such registration, at any step.
    """
    stranger = house.signed_in(STRANGER, "openid-2").person
    draft = drafted(house, agent, Way.MATERIALS)
    for step in (
        lambda: house.agents.registration(stranger, draft.id),
        lambda: house.agents.set_basics(stranger, draft.id, "经理"),
        lambda: house.agents.submit(stranger, draft.id),
        lambda: house.agents.withdraw(stranger, draft.id),
    ):
        with pytest.raises(NotFound):
            step()


# --- the 法定代表人 confirms -------------------------------------------------------------


def test_the_head_confirms(house: House, owner: Actor, agent: Actor) -> None:
    """
    He hears of it, confirms, and 钱七 may apply for the enterprise; staff never see it.
    """
    registration = handed_in(house, agent, Way.REPRESENTATIVE)
    assert house.news(owner)[-1] is News.AGENT_ASKS
    assert house.agents.queue() == []
    with pytest.raises(NotFound):
        house.agents.approve(REVIEWER, registration.id)
    with pytest.raises(NotFound):
        house.agents.answer(agent, registration.id, True)  # not for himself
    (case,) = house.agents.asking(owner)
    house.agents.answer(owner, case.registration.id, True)
    assert house.agents.asking(owner) == []
    assert speaking_for(house, owner).role is Role.HANDLER
    assert house.news(agent)[-1] is News.AGENT_APPROVED
    assert "agent:approve" in house.events(owner.holder_id)
    with pytest.raises(AgentNotOpen):
        house.agents.answer(owner, registration.id, False)


def test_only_its_own_head_confirms(house: House, owner: Actor, agent: Actor) -> None:
    """
    Neither 印章管理员 nor the 法定代表人 of another enterprise; a refusal binds nobody.
    """
    registration = handed_in(house, agent, Way.REPRESENTATIVE)
    admin = house.joined(owner, STRANGER, Role.SEAL_ADMINISTRATOR, "openid-2")
    assert house.agents.asking(admin) == []
    with pytest.raises(NotAllowed):
        house.agents.answer(admin, registration.id, True)
    elsewhere = replace(OWNER, subject="s-9", name="周九", uscc="91140100MA0TEST00X")
    boss = house.signed_in(elsewhere, "openid-9")
    with pytest.raises(NotFound):
        house.agents.answer(boss, registration.id, True)
    house.agents.answer(owner, registration.id, False)
    assert house.news(agent)[-1] is News.AGENT_REJECTED
    assert [m.role for m in house.members.members(owner)] == [
        Role.LEGAL_REPRESENTATIVE,
        Role.SEAL_ADMINISTRATOR,
    ]


def test_an_enterprise_we_do_not_know_looks_the_same(house: House, agent: Actor) -> None:
    """
    Whoever asks learns nothing; its 法定代表人 finds the request when he first signs in.
    """
    handed_in(house, agent, Way.REPRESENTATIVE)
    assert house.news(agent)[-1] is News.AGENT_SUBMITTED
    owner = house.signed_in()
    assert [case.person.name for case in house.agents.asking(owner)] == [agent.person.name]


# --- papers and staff ------------------------------------------------------------------


def test_papers_are_checked_by_staff(house: House, agent: Actor) -> None:
    """
    人工认证: due in three working days, staff is told and reminded once, a rejection has its
    opinion, the enterprise is known from the approval on.
    """
    registration = handed_in(house, agent, Way.MATERIALS)
    assert registration.due_at is not None
    assert (registration.due_at - house.clock()).days == 3  # Monday morning to Thursday night
    house.work()
    assert [job for _, job, _ in house.jobs].count("tell_staff_of_agent") == 1
    house.agents.remind()
    house.clock.advance(days=3)
    for _ in range(2):
        house.agents.remind()
    house.work()
    assert [job for _, job, _ in house.jobs].count("tell_staff_of_agent") == 2

    with pytest.raises(OpinionMissing):
        house.agents.reject(REVIEWER, registration.id, "  ")
    house.agents.reject(REVIEWER, registration.id, "执照没有盖章")
    assert house.news(agent)[-1] is News.AGENT_REJECTED
    (told,) = [r for r in house.agents.registrations(agent.person) if r.opinion]
    assert (told.state, told.opinion) == (AgentState.REJECTED, "执照没有盖章")
    again = handed_in(house, agent, Way.MATERIALS)
    house.agents.approve(REVIEWER, again.id)
    with pytest.raises(AgentNotOpen):
        house.agents.reject(REVIEWER, again.id, "晚了")
    organisation_id = house.agents.known_as(again)
    assert organisation_id is not None
    actor = house.sign_in.switch(house.account("openid-5").id, organisation_id.id)
    assert (actor.role, actor.holder_name) == (Role.HANDLER, OWNER.organisation_name)


def test_only_so_many_wait(house: House, agent: Actor) -> None:
    """
    Three at a time; one withdrawn makes room.
    """
    found = [handed_in(house, agent, Way.REPRESENTATIVE) for _ in range(MOST_OPEN)]
    with pytest.raises(AgentIncomplete):
        handed_in(house, agent, Way.REPRESENTATIVE)
    house.agents.withdraw(agent.person, found[0].id)
    draft = house.agents.begin(agent.person, Way.REPRESENTATIVE)
    house.agents.submit(agent.person, draft.id)


# --- 经办人代领、法定代表人负责管理 --------------------------------------------------------


def test_collected_for_the_head(house: House, owner: Actor) -> None:
    """
    The 经办人 applies and collects, but does not seal; the 法定代表人 hears, stops it, takes it
    over, and seals with his own PIN; the 经办人's key is gone.
    """
    house.pins.set_first(owner.person.id, PIN)
    handler = house.joined(owner, DELEGATE, Role.HANDLER, "openid-5")
    seal = issued_by(house, handler)
    assert house.news(owner)[-1] is News.COLLECTED_FOR_YOU
    assert house.sealing.usable_seals(handler) == []
    with pytest.raises(NotAllowed):
        house.ordered(handler, seal)
    with pytest.raises(NotAllowed):
        house.lives.pause(handler, seal.id, SealEvent.SUSPEND, "")
    with pytest.raises(NotAllowed):
        house.custody.take_over(handler, seal.id)
    house.lives.pause(owner, seal.id, SealEvent.SUSPEND, "先停用")
    assert house.custody.in_others_hands(owner)[0].id == seal.id
    house.custody.take_over(owner, seal.id)
    house.lives.pause(owner, seal.id, SealEvent.RESUME, "")
    with house.open_work() as work:
        assert [k.person_id for k in work.seal_keys.select(seal_id=seal.id)] == [owner.person.id]
    order = house.ordered(owner, seal)
    house.sealing.confirm_with_pin(owner, order.id, PIN)
    house.work()
    assert house.sealing.results(order.id, owner.person.id)[0].state == "done"
    assert house.news(handler)[-1] is News.TAKEN_OVER_FROM_YOU
    assert house.custody.in_others_hands(owner) == []
    with pytest.raises(NotFound):
        house.custody.take_over(owner, seal.id)


def test_a_key_that_was_never_his_cannot_be_taken_over(house: House, owner: Actor) -> None:
    """
    Made while the 法定代表人 had no PIN: he cancels it, or reports it lost and has it made anew.
    """
    handler = house.joined(owner, DELEGATE, Role.HANDLER, "openid-5")
    seal = issued_by(house, handler)
    with pytest.raises(NoKeyToTakeOver):
        house.custody.take_over(owner, seal.id)
    house.lives.report_lost(owner, [seal.id])
    (fresh,) = house.lives.remake(owner, [seal.id])
    house.collection.collect_with_pin(owner, [fresh.id], PIN)
    house.work()
    assert house.holdings.seal(owner, fresh.id).state is SealState.ACTIVE


def issued_by(house: House, handler: Actor) -> Seal:
    ids = house.approved(handler)
    house.collection.collect_with_pin(handler, ids, DELEGATE_PIN)
    house.work()
    return house.holdings.seal(handler, ids[0])
