"""The desk: one reviewer a case, two people for what the authority does, everything filed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from seal_core.domain.desk import CaseClaimed, DisposalState
from seal_core.domain.holders import NotAllowed, NotFound
from seal_core.domain.records import News, StaffMember, StaffRole
from seal_core.domain.seals import SealEvent, SealState, WrongSealState
from seal_core.services.desk import CLAIM_TIME, NotClaimedByYou, ReasonMissing
from seal_core.services.oversight import DAYS
from tests.support.house import (
    AUDITOR,
    COLLEAGUE_REVIEWER,
    MAKER,
    OPERATOR,
    REVIEWER,
    House,
)
from tests.support.people import OWNER, STRANGER, USCC


@pytest.fixture(autouse=True)
def staff(house: House) -> None:
    with house.open_work() as work:
        for member in (REVIEWER, COLLEAGUE_REVIEWER, MAKER, OPERATOR, AUDITOR):
            work.staff.put(member)
        work.commit()


# --- claims --------------------------------------------------------------------------


def test_two_reviewers_never_decide_the_same(house: House) -> None:
    """
    Who claimed a case decides it; a colleague can neither claim nor decide it, until it is
    handed over, given back, or left alone for half an hour.
    """
    application, seals = house.applied(house.signed_in())
    ids = [seal.id for seal in seals]
    house.desk.claim(REVIEWER, application.id)
    house.desk.claim(REVIEWER, application.id)
    for act in (
        lambda: house.desk.claim(COLLEAGUE_REVIEWER, application.id),
        lambda: house.applications.approve(COLLEAGUE_REVIEWER, ids),
        lambda: house.applications.reject(COLLEAGUE_REVIEWER, ids, "请重盖"),
    ):
        with pytest.raises(CaseClaimed) as refused:
            act()
        assert refused.value.name == REVIEWER.name
    assert house.desk.colleagues(REVIEWER) == [COLLEAGUE_REVIEWER]
    with pytest.raises(NotClaimedByYou):
        house.desk.hand_over(COLLEAGUE_REVIEWER, application.id, COLLEAGUE_REVIEWER.id)
    with pytest.raises(NotAllowed):
        house.desk.hand_over(REVIEWER, application.id, MAKER.id)
    house.desk.hand_over(REVIEWER, application.id, COLLEAGUE_REVIEWER.id)
    with pytest.raises(NotClaimedByYou):
        house.desk.release(REVIEWER, application.id)
    with pytest.raises(CaseClaimed):
        house.applications.approve(REVIEWER, ids)
    house.applications.approve(COLLEAGUE_REVIEWER, ids)
    assert house.desk.claims() == {}


def test_a_case_left_alone_is_free_again(house: House) -> None:
    """
    After half an hour, or when it is given back.
    """
    application, seals = house.applied(house.signed_in())
    house.desk.claim(REVIEWER, application.id)
    house.clock.advance(seconds=CLAIM_TIME.total_seconds())
    assert house.desk.claims() == {}
    house.desk.claim(COLLEAGUE_REVIEWER, application.id)
    house.desk.release(COLLEAGUE_REVIEWER, application.id)
    house.applications.approve(REVIEWER, [seal.id for seal in seals])
    assert house.events(application.holder_id).count("review:claim") == 2


ROLES_THAT_MAY_NOT: list[tuple[StaffMember, Callable[[House], object]]] = [
    *((m, lambda h, m=m: h.applications.approve(m, ["x"])) for m in (MAKER, OPERATOR, AUDITOR)),
    *((m, lambda h, m=m: h.desk.claim(m, "x")) for m in (MAKER, OPERATOR, AUDITOR)),
    (MAKER, lambda h: h.desk.propose(MAKER, "x", SealEvent.CANCEL, "原因")),
    (AUDITOR, lambda h: h.desk.propose(AUDITOR, "x", SealEvent.CANCEL, "原因")),
    *((m, lambda h, m=m: h.desk.confirm(m, "x")) for m in (REVIEWER, OPERATOR, AUDITOR)),
    *((m, lambda h, m=m: h.desk.open_disposals(m)) for m in (OPERATOR, AUDITOR)),
    (OPERATOR, lambda h: h.desk.find_seals(OPERATOR, "")),
    *((m, lambda h, m=m: h.filing.recent(m)) for m in (REVIEWER, OPERATOR)),
    *((m, lambda h, m=m: h.oversight.chain(m, "")) for m in (REVIEWER, MAKER, OPERATOR)),
]


@pytest.mark.parametrize("number", range(len(ROLES_THAT_MAY_NOT)))
def test_no_role_does_anothers_work(house: House, number: int) -> None:
    """
    审核, 制作备案, 运维 and 审计 are different people (三权分立), whatever page is asked.
    """
    with pytest.raises(NotAllowed):
        ROLES_THAT_MAY_NOT[number][1](house)


# --- seals ---------------------------------------------------------------------------


def test_seals_are_found_by_name_code_and_number(house: House) -> None:
    """
    By part of either name, by USCC in either case, by id; what is not there is not found.
    """
    (seal,) = house.issued(house.signed_in())
    for words in (OWNER.organisation_name[2:5], seal.name[-5:], USCC.lower(), seal.id, ""):
        found, total = house.desk.find_seals(REVIEWER, words)
        assert [each.id for each in found] == [seal.id], words
        assert total == 1
    for words in ("没有这样的", "%", "_" * 4):
        assert house.desk.find_seals(AUDITOR, words) == ([], 0)


def test_the_authority_cancels_with_a_reason_and_a_second_person(house: House) -> None:
    """
    Article 18: proposed by a reviewer, carried out by the maker; the owner hears why, and it is
    filed. Proposed twice it is one proposal.
    """
    actor = house.signed_in()
    (seal,) = house.issued(actor)
    with pytest.raises(ReasonMissing):
        house.desk.propose(REVIEWER, seal.id, SealEvent.CANCEL, " ")
    with pytest.raises(NotFound):
        house.desk.propose(REVIEWER, seal.id, SealEvent.RESUME, "启用")
    proposed = house.desk.propose(REVIEWER, seal.id, SealEvent.CANCEL, "企业已被吊销")
    assert house.desk.propose(REVIEWER, seal.id, SealEvent.CANCEL, "再说一次") == proposed
    assert house.holdings.seal(actor, seal.id).state is SealState.ACTIVE
    ((waiting, about),) = house.desk.open_disposals(MAKER)
    assert (waiting.reason, about.id) == ("企业已被吊销", seal.id)
    done = house.desk.confirm(MAKER, proposed.id)
    house.work()
    assert (done.state, done.decided_by) == (DisposalState.DONE, MAKER.id)
    assert house.holdings.seal(actor, seal.id).state is SealState.CANCELLED
    (news, *_) = house.holdings.inbox(actor)
    assert (news.kind, news.data["reason"]) == (News.SEAL_DISPOSED, "企业已被吊销")
    assert [f.event for f in house.filing.of_seal(actor, seal.id)] == ["seal:cancel", "seal:issue"]
    with pytest.raises(NotFound):
        house.desk.confirm(MAKER, proposed.id)
    with pytest.raises(WrongSealState):
        house.desk.propose(REVIEWER, seal.id, SealEvent.FREEZE, "再冻结")


def test_a_proposal_can_be_sent_back(house: House) -> None:
    """
    Nothing happens to the seal, and another proposal can follow.
    """
    actor = house.signed_in()
    (seal,) = house.issued(actor)
    proposed = house.desk.propose(REVIEWER, seal.id, SealEvent.FREEZE, "涉嫌冒用")
    assert house.desk.send_back(MAKER, proposed.id).state is DisposalState.REFUSED
    assert house.holdings.seal(actor, seal.id).state is SealState.ACTIVE
    assert house.desk.open_disposals(REVIEWER) == []
    again = house.desk.propose(REVIEWER, seal.id, SealEvent.FREEZE, "公安机关来函")
    house.desk.confirm(MAKER, again.id)
    assert house.holdings.seal(actor, seal.id).state is SealState.FROZEN
    assert len(house.desk.disposals_of(AUDITOR, seal.id)) == 2


def test_whoever_changed_roles_does_not_confirm_his_own(house: House) -> None:
    """
    Four eyes are those of two people, not of two hats.
    """
    (seal,) = house.issued(house.signed_in())
    proposed = house.desk.propose(REVIEWER, seal.id, SealEvent.CANCEL, "企业注销")
    with pytest.raises(Exception, match=proposed.id) as refused:
        house.desk.confirm(replace(REVIEWER, role=StaffRole.MAKER), proposed.id)
    assert getattr(refused.value, "code", "") == "desk.second_person"


def test_policy_may_do_without_a_second_person(house: House) -> None:
    """
    Per province, as data.
    """
    house.province = replace(house.province, four_eyes=False)
    (seal,) = house.issued(house.signed_in())
    done = house.desk.propose(REVIEWER, seal.id, SealEvent.CANCEL, "企业注销")
    assert done.state is DisposalState.DONE


# --- filing --------------------------------------------------------------------------


def test_every_change_is_filed_once_with_a_number_of_its_own(house: House) -> None:
    """
    Article 17: making, stopping and resuming; a job that runs again files nothing twice.
    """
    actor = house.signed_in()
    seals = house.issued(actor, "statutory_name", "contract")
    house.lives.pause(actor, seals[0].id, SealEvent.SUSPEND, "放假")
    house.lives.pause(actor, seals[0].id, SealEvent.RESUME, "上班")
    house.work()
    house.filing.file(seals[0].id)
    rows, total = house.filing.recent(MAKER)
    assert total == 4
    assert len({filing.number for filing, _ in rows}) == 4
    assert all(filing.number.startswith("SHANXI-") for filing, _ in rows)
    filing = house.filing.of_seal(actor, seals[0].id)[-1]
    assert (filing.event, filing.certificate != "") == ("seal:issue", True)
    assert house.filing.own(actor, filing.id)[1].id == seals[0].id
    stranger = house.signed_in(STRANGER, "openid-2")
    with pytest.raises(NotFound):
        house.filing.own(stranger, filing.id)


# --- oversight -----------------------------------------------------------------------


def test_numbers_add_up(house: House) -> None:
    """
    By type and state, and by day.
    """
    house.issued(house.signed_in(), "statutory_name", "contract")
    found = house.oversight.statistics(OPERATOR)
    assert found.seals == {
        ("statutory_name", SealState.ACTIVE): 1,
        ("contract", SealState.ACTIVE): 1,
    }
    assert len(found.days) == DAYS
    today = found.days[-1]
    assert (today.applied, today.issued, today.used) == (2, 2, 0)
    assert sum(day.applied for day in found.days) == 2


def test_an_auditor_reads_a_chain_and_sees_it_broken(house: House) -> None:
    """
    By USCC; whole at first, then with a record changed by hand; that he looked is written down.
    """
    actor = house.signed_in()
    house.applied(actor)
    chain = house.oversight.chain(AUDITOR, USCC, limit=2)
    assert (chain.name, chain.broken_at, len(chain.records)) == (OWNER.organisation_name, 0, 2)
    assert chain.total == len(house.events(actor.holder_id))
    with house.open_work() as work:
        record = work.audit.of(actor.holder_id)[-2]
    engine = house.store.database.engine
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE audit_records SET channel = 'forged' WHERE id = '{record.id}'"
        )
    assert house.oversight.chain(AUDITOR, USCC).broken_at == record.sequence
    assert house.oversight.chain(AUDITOR, "").total == 2
    with pytest.raises(NotFound):
        house.oversight.chain(AUDITOR, "91140100000000000X")
