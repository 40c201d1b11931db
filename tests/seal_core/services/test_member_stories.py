"""企业成员: who may bring whom in, and what is left of somebody who goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seal_core.domain.grants import GrantState
from seal_core.domain.holders import (
    ABILITIES,
    Ability,
    Actor,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Role,
)
from seal_core.domain.members import AlreadyMember, InvitationOver, MemberIncomplete
from seal_core.domain.records import News
from seal_core.domain.secrets import IdNumber, Mobile
from tests.support.house import CHANNEL, House
from tests.support.people import COLLEAGUE, DELEGATE, NAMESAKE, OWNER, STRANGER


def invite(house: House, actor: Actor, role: Role = Role.SEAL_USER) -> str:
    return house.members.invite(actor, DELEGATE.name, DELEGATE.id_number, DELEGATE.mobile, role).id


def membership(house: House, owner: Actor, member: Actor) -> str:
    found = [m for m in house.members.members(owner) if m.person.id == member.person.id]
    return found[0].membership.id


def test_every_role_is_in_the_table() -> None:
    """
    法人和印章管理员都可授权 (item 120), only the 法定代表人 appoints 印章管理员; a 经办人 applies
    and collects but does not seal; 普通员工 may nothing.
    """
    assert ABILITIES.keys() == set(Role)
    can = {ability: {r for r in Role if ability in ABILITIES[r]} for ability in Ability}
    managers = {Role.LEGAL_REPRESENTATIVE, Role.SEAL_ADMINISTRATOR}
    assert can[Ability.GRANT] == can[Ability.MANAGE_SEALS] == managers
    assert can[Ability.APPOINT] == {Role.LEGAL_REPRESENTATIVE}
    assert can[Ability.USE] == managers | {Role.SEAL_USER}
    assert can[Ability.APPLY] == can[Ability.COLLECT] == managers | {Role.HANDLER}
    assert can[Ability.READ_RECORDS] == managers | {Role.AUDITOR}
    assert not ABILITIES[Role.MEMBER]


def test_a_member_joins_by_signing_in_himself(house: House, owner: Actor) -> None:
    """
    Invited by name and number, he is told if we know him, accepts, and acts for the enterprise;
    the inviter hears, the chain has both.
    """
    person = house.signed_in(DELEGATE, "openid-5").person
    invitation_id = invite(house, owner)
    (waiting,) = house.members.invitations_for(person)
    assert (waiting.organisation, waiting.inviter) == (owner.holder_name, owner.person.name)
    house.members.accept(person, invitation_id, CHANNEL)

    actor = house.sign_in.switch(house.account("openid-5").id, owner.holder_id)
    assert (actor.role, actor.holder_id) == (Role.SEAL_USER, owner.holder_id)
    assert house.members.invitations_for(person) == []
    assert house.members.invited(owner) == []
    assert house.news(actor)[-1] is News.INVITED
    assert house.news(owner)[-1] is News.INVITATION_ANSWERED
    joined = ["member:invite", "member:accept", "account:switch"]
    assert house.events(owner.holder_id)[-3:] == joined
    with pytest.raises(InvitationOver):
        house.members.accept(person, invitation_id, CHANNEL)
    with pytest.raises(AlreadyMember):
        invite(house, owner)


@pytest.mark.parametrize("other", [NAMESAKE, STRANGER, replace(NAMESAKE, name="钱七七")])
def test_an_invitation_is_for_one_number(house: House, owner: Actor, other: object) -> None:
    """
    Somebody else, even of the same name, neither sees nor answers it.
    """
    invitation_id = invite(house, owner)
    stranger = house.signed_in(other, "openid-6").person  # type: ignore[arg-type]
    assert house.members.invitations_for(stranger) == []
    for answer in (house.members.accept, house.members.decline):
        with pytest.raises(NotFound):
            answer(stranger, invitation_id, CHANNEL)
    with pytest.raises(NotFound):
        house.members.invitation_for(stranger, invitation_id)
    assert len(house.members.members(owner)) == 1


def test_an_invitation_ends(house: House, owner: Actor) -> None:
    """
    By declining, by withdrawal, after a week, or when the inviter leaves his office.
    """
    person = house.signed_in(DELEGATE, "openid-5").person
    first = invite(house, owner)
    with pytest.raises(AlreadyMember):
        invite(house, owner)
    house.members.decline(person, first, CHANNEL)
    second = invite(house, owner)
    house.members.withdraw(owner, second)
    third = invite(house, owner)
    house.clock.advance(days=7)
    assert house.members.invitations_for(person) == []
    for over in (first, second, third):
        with pytest.raises(InvitationOver):
            house.members.accept(person, over, CHANNEL)
    fourth = invite(house, owner)
    house.signed_in(replace(COLLEAGUE, role=Role.LEGAL_REPRESENTATIVE), "openid-3")
    with pytest.raises(NotAllowed):
        house.members.accept(person, fourth, CHANNEL)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": "钱"}),
        ("name", {"name": "钱\n七"}),
        ("id_number", {"id_number": IdNumber("140105199202144560")}),
        ("mobile", {"mobile": Mobile("12345")}),
    ],
)
def test_a_member_is_named_completely(
    house: House, owner: Actor, field: str, changes: dict[str, object]
) -> None:
    """
    Name, ID number with its check digit, mobile number.
    """
    given = {"name": "钱七", "id_number": DELEGATE.id_number, "mobile": DELEGATE.mobile} | changes
    with pytest.raises(MemberIncomplete) as refused:
        house.members.invite(owner, role=Role.MEMBER, **given)  # type: ignore[arg-type]
    assert refused.value.field == field


@pytest.mark.parametrize("role", list(Role))
def test_nobody_raises_himself(house: House, owner: Actor, role: Role) -> None:
    """
    Neither his own role nor another's, nor by inviting, withdrawing or removing.
    """
    if role is Role.LEGAL_REPRESENTATIVE:
        actor = owner
    else:
        actor = house.joined(owner, DELEGATE, role, "openid-5")
    own = membership(house, owner, actor)
    with pytest.raises(NotAllowed):
        house.members.change_role(actor, own, Role.SEAL_ADMINISTRATOR)
    with pytest.raises(NotAllowed):
        house.members.remove(actor, own)
    with pytest.raises(NotAllowed):
        house.members.change_role(actor, own, Role.LEGAL_REPRESENTATIVE)
    if actor is owner:
        return
    with pytest.raises(NotAllowed):
        house.members.remove(actor, membership(house, owner, owner))
    with pytest.raises(NotAllowed):
        house.members.invite(
            actor, STRANGER.name, STRANGER.id_number, STRANGER.mobile, Role.SEAL_ADMINISTRATOR
        )


def test_an_administrator_appoints_no_equal(house: House, owner: Actor) -> None:
    """
    印章管理员 keeps members below him; he makes, unmakes and removes no 印章管理员, no 法定代表人.
    """
    admin = house.joined(owner, DELEGATE, Role.SEAL_ADMINISTRATOR, "openid-5")
    user = house.joined(admin, STRANGER, Role.SEAL_USER, "openid-2")
    house.members.change_role(admin, membership(house, owner, user), Role.AUDITOR)
    with pytest.raises(NotAllowed):
        house.members.change_role(admin, membership(house, owner, user), Role.SEAL_ADMINISTRATOR)
    with pytest.raises(NotAllowed):
        house.members.change_role(admin, membership(house, owner, owner), Role.MEMBER)
    house.members.change_role(owner, membership(house, owner, user), Role.SEAL_ADMINISTRATOR)
    with pytest.raises(NotAllowed):
        house.members.remove(admin, membership(house, owner, user))


def test_another_enterprise_has_no_say(house: House, owner: Actor) -> None:
    """
    A 法定代表人 elsewhere finds no such member, whatever he wants to do.
    """
    member = house.joined(owner, DELEGATE, Role.SEAL_USER, "openid-5")
    elsewhere = replace(
        STRANGER,
        uscc="91140100MA0TEST00X",
        organisation_name="别家公司",
        region="山西省太原市",
        legal_representative="李四",
        role=Role.LEGAL_REPRESENTATIVE,
    )
    boss = house.signed_in(elsewhere, "openid-2")
    key = membership(house, owner, member)
    with pytest.raises(NotFound):
        house.members.change_role(boss, key, Role.AUDITOR)
    with pytest.raises(NotFound):
        house.members.remove(boss, key)


def test_the_province_does_not_change_a_role_given_here(house: House, owner: Actor) -> None:
    """
    An agent signs in again and keeps his role; an unknown one starts as 普通员工.
    """
    agent = replace(
        DELEGATE,
        uscc=OWNER.uscc,
        organisation_name=OWNER.organisation_name,
        legal_representative=OWNER.legal_representative,
        role=Role.HANDLER,
    )
    assert house.signed_in(agent, "openid-5").role is Role.MEMBER
    house.members.change_role(
        owner, membership(house, owner, house.signed_in(agent, "openid-5")), Role.AUDITOR
    )
    assert house.signed_in(agent, "openid-5").role is Role.AUDITOR


def test_whoever_is_removed_acts_no_more(house: House, owner: Actor) -> None:
    """
    His account is asked to sign in, his grants and keys are gone, he and the chain are told.
    """
    user = house.joined(owner, DELEGATE, Role.SEAL_USER, "openid-5")
    seal = house.issued(owner)[0]
    grant = house.granted(owner, seal, user)
    house.members.remove(owner, membership(house, owner, user))
    with pytest.raises(NotSignedIn):
        house.sign_in.actor_of(house.account("openid-5"))
    assert house.grants.grant(owner, grant.id).grant.state is GrantState.ENDED
    with house.open_work() as work:
        assert work.seal_keys.count(seal_id=seal.id) == 1
    assert house.events(owner.holder_id)[-2:] == ["grant:end", "member:remove"]
    assert house.news(user)[-1] is News.ROLE_CHANGED
