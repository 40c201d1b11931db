"""What the enterprise registry says: 更名, 换法人, 注销, and what becomes of the seals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seal_core.domain.holders import Actor, NotAllowed, Role
from seal_core.domain.records import News
from seal_core.domain.seals import Seal, SealState
from seal_core.ports import RegistryEntry
from tests.support.house import PIN, House
from tests.support.people import OWNER

SUCCESSOR = replace(OWNER, subject="subject-7", name="周新任", legal_representative="周新任")


def looked_at(house: House) -> None:
    """Half a day later: the check is ordered and made."""
    house.clock.advance(hours=13)
    house.registry_watch.ask_for_checks()
    house.work()


def says(house: House, **changes: object) -> None:
    assert house.registry.entry is not None
    house.registry.entry = replace(house.registry.entry, **changes)  # type: ignore[arg-type]


def states(house: House, actor: Actor, *seals: Seal) -> list[SealState]:
    return [house.holdings.seal(actor, seal.id).state for seal in seals]


def test_nothing_new_changes_nothing(house: House, owner: Actor) -> None:
    """
    Looked at twice a day, and no oftener.
    """
    (seal,) = house.issued(owner)
    told = house.news(owner)
    for _ in range(3):
        looked_at(house)
        house.registry_watch.ask_for_checks()
        assert house.store.committed == []
    assert house.news(owner) == told
    assert states(house, owner, seal) == [SealState.ACTIVE]


def test_a_new_name_freezes_the_seals_that_bear_the_old_one(house: House, owner: Actor) -> None:
    """
    The name seal stays; 重新制作 makes them under the new name without another review.
    """
    seals = house.issued(owner, "statutory_name", "legal_representative")
    by_type = {seal.type: seal for seal in seals}
    says(house, name="山西示例科技集团有限公司")
    looked_at(house)
    looked_at(house)
    company, name_seal = by_type["statutory_name"], by_type["legal_representative"]
    assert states(house, owner, company, name_seal) == [SealState.FROZEN, SealState.ACTIVE]
    told = [n for n in house.holdings.inbox(owner) if n.kind is News.REGISTRY_RENAMED]
    assert [n.data for n in told] == [{"seals": company.name, "name": "山西示例科技集团有限公司"}]
    assert house.events(owner.holder_id).count("registry:renamed") == 1
    (fresh,) = house.lives.remake(owner, [company.id])
    assert fresh.name == "山西示例科技集团有限公司法定名称章"
    house.collection.collect_with_pin(owner, [fresh.id], PIN)
    house.work()
    made = house.holdings.seal(owner, fresh.id)
    assert made.state is SealState.ACTIVE
    assert made.picture != company.picture


def test_a_new_representative_finds_the_former_one_s_seals_frozen(
    house: House, owner: Actor
) -> None:
    """
    What the former one keeps the keys of, and his name seal; he manages nothing any more, the
    new one has them made anew.
    """
    seals = house.issued(owner, "statutory_name", "legal_representative")
    says(house, legal_representative="周新任")
    looked_at(house)
    assert states(house, owner, *seals) == [SealState.FROZEN] * 2
    assert house.news(owner)[-1] is News.REGISTRY_REPRESENTATIVE
    former = house.sign_in.actor(owner.person.id, owner.holder_id, "pc")
    assert former.role is Role.MEMBER
    with pytest.raises(NotAllowed):
        house.lives.remake(former, [seals[0].id])
    successor = house.signed_in(SUCCESSOR, "openid-7")
    made = house.lives.remake(successor, [seal.id for seal in seals])
    house.collection.collect_with_pin(successor, [seal.id for seal in made], PIN)
    house.work()
    assert states(house, successor, *made) == [SealState.ACTIVE] * 2
    looked_at(house)
    assert states(house, successor, *made) == [SealState.ACTIVE] * 2


def test_a_closed_enterprise_seals_nothing(house: House, owner: Actor) -> None:
    """
    All seals are frozen and 注销 proposed, once; it is not looked at again.
    """
    seals = house.issued(owner, "statutory_name", "contract")
    says(house, active=False)
    looked_at(house)
    assert states(house, owner, *seals) == [SealState.FROZEN] * 2
    assert house.news(owner).count(News.REGISTRY_CLOSED) == 1
    looked_at(house)
    house.registry_watch.check(owner.holder_id)
    assert house.news(owner).count(News.REGISTRY_CLOSED) == 1


def test_an_enterprise_the_registry_forgot_is_left_alone(house: House, owner: Actor) -> None:
    """
    A hole in its data freezes nobody's seals; the next look counts.
    """
    (seal,) = house.issued(owner)
    entry = house.registry.entry
    house.registry.entry = None
    looked_at(house)
    assert states(house, owner, seal) == [SealState.ACTIVE]
    assert isinstance(entry, RegistryEntry)
    house.registry.entry = replace(entry, active=False)
    looked_at(house)
    assert states(house, owner, seal) == [SealState.FROZEN]
