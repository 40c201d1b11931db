"""扫码登录: the PC of whoever sits in front of it, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from seal_core.domain.entrances import EntranceState, WrongNumber
from seal_core.domain.holders import NotAllowed
from seal_core.domain.tickets import TicketExpired, TicketUnknown, TicketUsed
from seal_core.errors import SealError
from tests.support.house import House, open_house
from tests.support.people import COLLEAGUE, OWNER, STRANGER


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as house:
        yield house


def test_scan_number_and_in(house: House) -> None:
    """Waiting, scanned, confirmed, in: once; for the enterprise the phone acts for."""
    actor = house.signed_in()
    entrance = house.entrances.open("wechat")
    assert entrance.id not in entrance.url
    assert entrance.number not in entrance.url
    house.entrances.scan(entrance.scene, actor)
    house.entrances.answer(entrance.scene, actor, entrance.number)
    entered = house.entrances.enter(entrance.id, "pc")
    assert (entered.person, entered.organisation) == (actor.person, actor.organisation)
    assert house.events(actor.holder_id)[-3:] == [
        "entrance:scan",
        "entrance:confirm",
        "page:sign_in",
    ]
    with pytest.raises(TicketUsed):
        house.entrances.enter(entrance.id, "pc")


def test_a_wrong_number_ends_it(house: House) -> None:
    """There is no second guess: of ninety numbers a stranger has one."""
    actor = house.signed_in()
    entrance = house.entrances.open("wechat")
    house.entrances.scan(entrance.scene, actor)
    wrong = "10" if entrance.number != "10" else "11"
    with pytest.raises(WrongNumber):
        house.entrances.answer(entrance.scene, actor, wrong)
    assert house.entrances.look(entrance.id).state is EntranceState.CANCELLED
    with pytest.raises(TicketUnknown):
        house.entrances.answer(entrance.scene, actor, entrance.number)
    with pytest.raises(TicketUnknown):
        house.entrances.enter(entrance.id, "pc")


def test_attacks(house: House) -> None:
    """A second phone, an answer without a scan, coming in too early, the scene for the id."""
    owner, other = house.signed_in(), house.signed_in(STRANGER, "openid-2")
    entrance = house.entrances.open("wechat")
    with pytest.raises(TicketUsed):
        house.entrances.enter(entrance.id, "pc")
    with pytest.raises(TicketUnknown):
        house.entrances.answer(entrance.scene, owner, entrance.number)
    house.entrances.scan(entrance.scene, owner)
    with pytest.raises(TicketUsed):
        house.entrances.scan(entrance.scene, other)
    with pytest.raises(TicketUnknown):
        house.entrances.answer(entrance.scene, other, entrance.number)
    with pytest.raises(SealError):
        house.entrances.enter(entrance.scene, "pc")
    with pytest.raises(TicketUnknown):
        house.entrances.scan("enter-nothing", owner)
    house.entrances.cancel(entrance.scene, other)
    assert house.entrances.is_open(house.entrances.look(entrance.id))
    house.entrances.cancel(entrance.scene, owner)
    assert not house.entrances.is_open(house.entrances.look(entrance.id))


def test_it_is_over_after_three_minutes(house: House) -> None:
    actor = house.signed_in()
    entrance = house.entrances.open("wechat")
    house.entrances.scan(entrance.scene, actor)
    house.clock.advance(minutes=3)
    with pytest.raises(TicketExpired):
        house.entrances.answer(entrance.scene, actor, entrance.number)
    assert not house.entrances.is_open(house.entrances.look(entrance.id))


def test_whoever_lost_his_part_meanwhile_does_not_get_in(house: House) -> None:
    """The enterprise is looked up when the browser comes in, not when the phone scanned."""
    actor = house.signed_in()
    entrance = house.entrances.open("wechat")
    house.entrances.scan(entrance.scene, actor)
    house.entrances.answer(entrance.scene, actor, entrance.number)
    with house.open_work() as work:
        part = work.memberships.find(person_id=actor.person.id)
        assert part is not None
        work.memberships.delete(part.id)
        work.commit()
    with pytest.raises(SealError):
        house.entrances.enter(entrance.id, "pc")


def test_one_person_many_hats(house: House) -> None:
    """本人 first; 切换企业 only to where he has a part, on the phone and on the page."""
    alone = house.signed_in(STRANGER)
    assert [each.holder_name for each in house.sign_in.identities(alone.person.id)] == ["李四"]
    owner = house.signed_in(OWNER, "openid-2")
    assert [each.holder_name for each in house.sign_in.identities(owner.person.id)] == [
        "王小明",
        "山西示例科技有限公司",
    ]
    account = house.account("openid-2")
    assert house.sign_in.switch(account.id, "").organisation is None
    assert house.sign_in.actor_of(house.account("openid-2")).holder_id == owner.person.id
    assert owner.organisation is not None
    back = house.sign_in.switch(account.id, owner.organisation.id)
    assert back.role is owner.role
    stranger = house.account("openid-1")
    for organisation_id in (owner.organisation.id, "0" * 32):
        with pytest.raises(NotAllowed):
            house.sign_in.switch(stranger.id, organisation_id)
        with pytest.raises(NotAllowed):
            house.sign_in.switch_on_page(alone, organisation_id, "pc")
    colleague = house.signed_in(COLLEAGUE, "openid-3")
    assert len(house.sign_in.identities(colleague.person.id)) == 2


def test_one_person_on_several_messengers_is_one(house: House) -> None:
    """Bound by the province's subject: the same records, whichever account speaks."""
    first = house.signed_in(OWNER, "openid-1")
    second = house.sign_in.bind(house.sign_in.account("alipay_life", "app-2", "2088").id, OWNER)
    assert first.person == second.person
    assert first.organisation == second.organisation
