"""企业成员: how somebody becomes a member of an enterprise."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from seal_core.domain.holders import NotFound, Person, Role
from seal_core.domain.numbers import is_id_number, is_mobile
from seal_core.domain.secrets import IdNumber, Mobile
from seal_core.errors import SealError

INVITATION_LIFE = timedelta(days=7)
"""A week, so that it outlives a holiday; afterwards one is invited anew."""

INVITABLE = (
    Role.SEAL_USER,
    Role.HANDLER,
    Role.AUDITOR,
    Role.MEMBER,
    Role.SEAL_ADMINISTRATOR,
)
"""The roles a member can be given, the weightiest last: 法定代表人 is whom the register names."""


class AlreadyMember(SealError):
    """The person is a member already, or was invited and has not answered."""

    code = "member.already"


class MemberIncomplete(SealError):
    """What was said of the new member is missing or wrong; *field* names it."""

    code = "member.incomplete"

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class InvitationOver(SealError):
    """The invitation was answered, withdrawn or has run out."""

    code = "member.invitation_over"


class InvitationState(StrEnum):
    """待接受 → 已接受 | 已拒绝 | 已撤回; one past its time counts as over."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Invitation:
    """*inviter_id* wants exactly this person as *role*; he accepts by signing in himself.

    *person_id* is empty until he has answered: only a sign-in shows that he is the one whose
    number was given.
    """

    id: str
    organisation_id: str
    name: str
    id_number: IdNumber
    mobile: Mobile
    role: Role
    inviter_id: str
    person_id: str
    state: InvitationState
    created_at: datetime
    expires_at: datetime

    def is_open(self, now: datetime) -> bool:
        return self.state is InvitationState.OPEN and now < self.expires_at

    def is_for(self, person: Person) -> bool:
        """By name and ID number as the province's sign-in vouches for them."""
        given, own = self.id_number.value.encode(), person.id_number.value.encode()
        return self.name == person.name and hmac.compare_digest(given, own)

    def answered(self, person: Person, accepted: bool, now: datetime) -> Invitation:
        """Raises NotFound for anybody else's, or InvitationOver."""
        if not self.is_for(person):
            raise NotFound(self.id)
        self.must_be_open(now)
        state = InvitationState.ACCEPTED if accepted else InvitationState.DECLINED
        return replace(self, state=state, person_id=person.id)

    def must_be_open(self, now: datetime) -> None:
        if not self.is_open(now):
            raise InvitationOver(self.id)


def check_member(name: str, id_number: IdNumber, mobile: Mobile) -> None:
    """Raise MemberIncomplete for the first answer that cannot stand."""
    if not 2 <= len(name) <= 30 or not name.isprintable():
        raise MemberIncomplete("name")
    if not is_id_number(id_number.value):
        raise MemberIncomplete("id_number")
    if not is_mobile(mobile.value):
        raise MemberIncomplete("mobile")
