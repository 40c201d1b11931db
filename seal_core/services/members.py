"""企业成员: invited by name and number, joined by signing in, given roles, removed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from seal_core.domain.grants import GrantEnd
from seal_core.domain.holders import (
    ABILITIES,
    Ability,
    Actor,
    Membership,
    NotAllowed,
    NotFound,
    Organisation,
    Person,
    Role,
)
from seal_core.domain.identifiers import new_id
from seal_core.domain.members import (
    INVITABLE,
    INVITATION_LIFE,
    AlreadyMember,
    Invitation,
    InvitationState,
    check_member,
)
from seal_core.domain.records import News
from seal_core.domain.secrets import IdNumber, Mobile
from seal_core.ports import Clock, OpenWork, Work
from seal_core.services.lending import end_grants
from seal_core.services.telling import note, note_system, tell

MOST_MEMBERS = 1000


@dataclass(frozen=True, slots=True)
class Member:
    """A membership with the person behind it."""

    membership: Membership
    person: Person

    @property
    def role(self) -> Role:
        return self.membership.role


@dataclass(frozen=True, slots=True)
class InvitationShown:
    """An invitation with the names people know."""

    invitation: Invitation
    organisation: str
    inviter: str


class MemberService:
    """Keeps who belongs to an enterprise; the table of abilities says what that is worth."""

    def __init__(self, open_work: OpenWork, clock: Clock) -> None:
        self._open_work = open_work
        self._now = clock

    # --- for those who manage -------------------------------------------------------

    def members(self, actor: Actor) -> list[Member]:
        """企业成员, as they joined. Raises NotAllowed."""
        _must_see(actor)
        with self._open_work() as work:
            found = work.memberships.select(organisation_id=actor.holder_id, limit=MOST_MEMBERS)
            return [Member(each, work.people.get(each.person_id)) for each in reversed(found)]

    def invited(self, actor: Actor) -> list[Invitation]:
        """Those who have not answered yet, newest first. Raises NotAllowed."""
        _must_see(actor)
        with self._open_work() as work:
            found = work.invitations.select(
                organisation_id=actor.holder_id, state=InvitationState.OPEN
            )
        return [each for each in found if each.is_open(self._now())]

    def roles_for(self, actor: Actor, member: Member) -> list[Role]:
        """The roles the actor can give *member*; none if he may not touch him."""
        if member.person.id == actor.person.id or not _may_appoint(actor, member.role):
            return []
        return [r for r in INVITABLE if r is not member.role and _may_appoint(actor, r)]

    def invite(
        self, actor: Actor, name: str, id_number: IdNumber, mobile: Mobile, role: Role
    ) -> Invitation:
        """添加企业成员; he belongs to it once he has accepted.

        Raises NotAllowed, MemberIncomplete or AlreadyMember.
        """
        _must_appoint(actor, role)
        check_member(name, id_number, mobile)
        now = self._now()
        with self._open_work() as work:
            work.alone(f"members {actor.holder_id}")
            invitation = Invitation(
                id=new_id(),
                organisation_id=actor.holder_id,
                name=name,
                id_number=id_number,
                mobile=mobile,
                role=role,
                inviter_id=actor.person.id,
                person_id="",
                state=InvitationState.OPEN,
                created_at=now,
                expires_at=now + INVITATION_LIFE,
            )
            known = [p for p in work.people.select(name=name) if invitation.is_for(p)]
            self._must_be_new(work, invitation, known)
            work.invitations.put(invitation)
            note(work, actor, "member:invite", invitation.id, now, role=role)
            for person in known:
                told = {"holder": actor.holder_name, "role": role, "inviter": actor.person.name}
                tell(work, person.id, News.INVITED, now, invitation_id=invitation.id, **told)
            work.commit()
        return invitation

    def withdraw(self, actor: Actor, invitation_id: str) -> None:
        """Raises NotAllowed, NotFound or InvitationOver."""
        actor.must(Ability.MANAGE_MEMBERS)
        with self._open_work() as work:
            invitation = work.invitations.lock(invitation_id)
            if invitation.organisation_id != actor.holder_id:
                raise NotFound(invitation_id)
            _must_appoint(actor, invitation.role)
            invitation.must_be_open(self._now())
            work.invitations.put(replace(invitation, state=InvitationState.WITHDRAWN))
            note(work, actor, "member:withdraw", invitation.id, self._now())
            work.commit()

    def change_role(self, actor: Actor, membership_id: str, role: Role) -> None:
        """Grants that the new role does not carry end. Raises NotAllowed or NotFound."""
        _must_appoint(actor, role)
        now = self._now()
        with self._open_work() as work:
            member = self._below(work, actor, membership_id)
            work.memberships.put(replace(member, role=role))
            detail = {"person": member.person_id, "was": member.role, "role": role}
            note(work, actor, "member:change_role", member.id, now, **detail)
            _lose(work, member, ABILITIES[role], now, by=actor.person.id)
            told = {"holder": actor.holder_name, "role": str(role)}
            tell(work, member.person_id, News.ROLE_CHANGED, now, **told)
            work.commit()

    def remove(self, actor: Actor, membership_id: str) -> None:
        """移除成员: with him go his keys and grants. Raises NotAllowed or NotFound."""
        actor.must(Ability.MANAGE_MEMBERS)
        now = self._now()
        with self._open_work() as work:
            member = self._below(work, actor, membership_id)
            _lose(work, member, frozenset(), now, by=actor.person.id)
            _drop_spare_keys(work, member)
            work.memberships.delete(member.id)
            note(work, actor, "member:remove", member.id, now, person=member.person_id)
            told = {"holder": actor.holder_name, "role": ""}
            tell(work, member.person_id, News.ROLE_CHANGED, now, **told)
            work.commit()

    # --- for those who are invited --------------------------------------------------

    def invitations_for(self, person: Person) -> list[InvitationShown]:
        """What waits for the answer of exactly this person, newest first."""
        with self._open_work() as work:
            found = work.invitations.select(name=person.name, state=InvitationState.OPEN)
            mine = [each for each in found if each.is_for(person) and each.is_open(self._now())]
            return [_shown(work, each) for each in mine]

    def invitation_for(self, person: Person, invitation_id: str) -> InvitationShown:
        """Raises NotFound for anybody else's."""
        with self._open_work() as work:
            invitation = work.invitations.get(invitation_id)
            if not invitation.is_for(person):
                raise NotFound(invitation_id)
            return _shown(work, invitation)

    def accept(self, person: Person, invitation_id: str, channel: str) -> Organisation:
        """He is a member from now on. Raises NotFound or InvitationOver."""
        now = self._now()
        with self._open_work() as work:
            invitation = work.invitations.lock(invitation_id).answered(person, True, now)
            _must_still_appoint(work, invitation)
            work.invitations.put(invitation)
            organisation = work.organisations.get(invitation.organisation_id)
            join(work, person, organisation, invitation.role)
            self._note_answer(work, invitation, person, channel, "member:accept", now)
            work.commit()
        return organisation

    def decline(self, person: Person, invitation_id: str, channel: str) -> None:
        """Raises NotFound or InvitationOver."""
        now = self._now()
        with self._open_work() as work:
            invitation = work.invitations.lock(invitation_id).answered(person, False, now)
            work.invitations.put(invitation)
            self._note_answer(work, invitation, person, channel, "member:decline", now)
            work.commit()

    # --- rules ----------------------------------------------------------------------

    def _must_be_new(self, work: Work, invitation: Invitation, known: list[Person]) -> None:
        organisation_id = invitation.organisation_id
        for person in known:
            member = work.memberships.find(person_id=person.id, organisation_id=organisation_id)
            if member is not None:
                raise AlreadyMember(person.id)
        for other in work.invitations.select(
            organisation_id=organisation_id, name=invitation.name, state=InvitationState.OPEN
        ):
            if other.id_number == invitation.id_number and other.is_open(self._now()):
                raise AlreadyMember(other.id)

    def _below(self, work: Work, actor: Actor, membership_id: str) -> Membership:
        """A member whom the actor may appoint and dismiss; never himself."""
        member = work.memberships.lock(membership_id)
        if member.organisation_id != actor.holder_id:
            raise NotFound(membership_id)
        if member.person_id == actor.person.id:
            raise NotAllowed("nobody changes his own role")
        _must_appoint(actor, member.role)
        return member

    def _note_answer(
        self,
        work: Work,
        invitation: Invitation,
        person: Person,
        channel: str,
        event: str,
        now: datetime,
    ) -> None:
        detail = {"actor": person.id, "channel": channel, "role": str(invitation.role)}
        note_system(work, invitation.organisation_id, event, invitation.id, now, **detail)
        told = {"name": person.name, "role": str(invitation.role), "state": str(invitation.state)}
        tell(work, invitation.inviter_id, News.INVITATION_ANSWERED, now, **told)


def join(work: Work, person: Person, organisation: Organisation, role: Role) -> None:
    """Make *person* a member, or give a member without office *role*."""
    member = work.memberships.find(person_id=person.id, organisation_id=organisation.id)
    if member is not None and member.role is not Role.MEMBER:
        return  # he has an office already; an invitation takes nothing away
    key = member.id if member else new_id()
    work.memberships.put(Membership(key, person.id, organisation.id, role))


def heads_of(work: Work, organisation_id: str) -> list[str]:
    """The persons who represent the enterprise by law, as far as they have signed in."""
    role = Role.LEGAL_REPRESENTATIVE
    found = work.memberships.select(organisation_id=organisation_id, role=role)
    return [member.person_id for member in found]


def succeed(work: Work, organisation: Organisation, person: Person, now: datetime) -> None:
    """法定代表人变更: whoever held the office before keeps no part of it, nor do his delegates."""
    former = work.memberships.select(
        organisation_id=organisation.id, role=Role.LEGAL_REPRESENTATIVE
    )
    for member in former:
        if member.person_id != person.id:
            step_down(work, member, Role.MEMBER, now)


def step_down(work: Work, member: Membership, role: Role, now: datetime) -> None:
    """The province says that the person holds his office no more."""
    work.memberships.put(replace(member, role=role))
    detail = {"person": member.person_id, "was": member.role, "role": role}
    note_system(work, member.organisation_id, "member:change_role", member.id, now, **detail)
    _lose(work, member, ABILITIES[role], now, by="")


def _lose(
    work: Work, member: Membership, kept: frozenset[Ability], now: datetime, *, by: str
) -> None:
    """End what rests on abilities the member has no more."""
    actor = {"by": by} if by else {}
    where = {"holder_id": member.organisation_id}
    if Ability.GRANT not in kept:
        grantor = where | {"grantor_id": member.person_id}
        end_grants(work, GrantEnd.GRANTOR_LEFT, now, **actor, **grantor)
    if Ability.USE not in kept:
        delegate = where | {"delegate_id": member.person_id}
        end_grants(work, GrantEnd.DELEGATE_LEFT, now, **actor, **delegate)


def _drop_spare_keys(work: Work, member: Membership) -> None:
    """His wraps of the enterprise's seals; the last one of a seal stays, closed to him."""
    for seal in work.seals.select(holder_id=member.organisation_id, limit=1000):
        keys = work.seal_keys.select(seal_id=seal.id)
        mine = [key for key in keys if key.person_id == member.person_id]
        if len(keys) > len(mine):
            for key in mine:
                work.seal_keys.delete(key.id)


def _must_see(actor: Actor) -> None:
    if actor.organisation is None or not (
        actor.can(Ability.MANAGE_MEMBERS) or actor.can(Ability.READ_RECORDS)
    ):
        raise NotAllowed("members")


def _may_appoint(actor: Actor, role: Role) -> bool:
    try:
        _must_appoint(actor, role)
    except NotAllowed:
        return False
    return True


def _must_appoint(actor: Actor, role: Role) -> None:
    """Raise NotAllowed unless *actor* may give or take *role*: nobody makes his equal."""
    actor.must(Ability.MANAGE_MEMBERS)
    if actor.organisation is None or role not in INVITABLE:
        raise NotAllowed(f"role {role}")
    if role is Role.SEAL_ADMINISTRATOR:
        actor.must(Ability.APPOINT)


def _must_still_appoint(work: Work, invitation: Invitation) -> None:
    """An invitation rests on its inviter's office, too. Raises NotAllowed."""
    inviter = work.memberships.find(
        person_id=invitation.inviter_id, organisation_id=invitation.organisation_id
    )
    held = ABILITIES[inviter.role] if inviter else frozenset()
    needed = {Ability.MANAGE_MEMBERS}
    if invitation.role is Role.SEAL_ADMINISTRATOR:
        needed.add(Ability.APPOINT)
    if not needed <= held:
        raise NotAllowed("the inviter has left")


def _shown(work: Work, invitation: Invitation) -> InvitationShown:
    return InvitationShown(
        invitation,
        work.organisations.get(invitation.organisation_id).name,
        work.people.get(invitation.inviter_id).name,
    )
