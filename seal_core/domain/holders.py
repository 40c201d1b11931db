"""Who owns seals, who acts for them, and through which account they speak."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from seal_core.domain.provinces import HolderKind
from seal_core.domain.secrets import IdNumber, Mobile
from seal_core.errors import SealError


class NotAllowed(SealError):
    """The person is known, but may not do this."""

    code = "actor.not_allowed"


class NotSignedIn(SealError):
    """The account is not bound to an identified person."""

    code = "actor.not_signed_in"


class NotFound(SealError):
    """There is no such record, or it is none of this person's business (the same answer)."""

    code = "record.not_found"


class Role(StrEnum):
    """What a person is in an enterprise (企业成员)."""

    LEGAL_REPRESENTATIVE = "legal_representative"  # 法定代表人
    SEAL_ADMINISTRATOR = "seal_administrator"  # 印章管理员
    SEAL_USER = "seal_user"  # 印章使用员
    AUDITOR = "auditor"  # 审计员
    HANDLER = "handler"  # 经办人
    MEMBER = "member"  # 普通员工


class Ability(StrEnum):
    """What a role may do in its enterprise; the services ask for one before they act."""

    APPLY = "apply"  # 印章申请
    COLLECT = "collect"  # 印章领取
    MANAGE_SEALS = "manage_seals"  # 停用、启用、注销、续期
    MANAGE_MEMBERS = "manage_members"  # 企业成员
    APPOINT = "appoint"  # 任免印章管理员, and answer for what a 经办人 collected
    GRANT = "grant"  # 印章授权
    USE = "use"  # 盖章, with a key of one's own
    READ_RECORDS = "read_records"  # 授权、用章详情 and 日志 of the whole enterprise


ABILITIES: dict[Role, frozenset[Ability]] = {
    Role.LEGAL_REPRESENTATIVE: frozenset(Ability),
    Role.SEAL_ADMINISTRATOR: frozenset(Ability) - {Ability.APPOINT},
    Role.SEAL_USER: frozenset({Ability.USE}),
    Role.AUDITOR: frozenset({Ability.READ_RECORDS}),
    # 经办人代领、法定代表人负责管理 (domain facts 1.10, 106): he does not seal.
    Role.HANDLER: frozenset({Ability.APPLY, Ability.COLLECT}),
    Role.MEMBER: frozenset(),
}
"""Who may do what; 法人和印章管理员都可授权 (domain facts 1.12, 120). Nobody reads it elsewhere."""


MANAGERS = frozenset(role for role in Role if Ability.MANAGE_SEALS in ABILITIES[role])
"""Those who manage an enterprise's seals, and hear what becomes of them."""


@dataclass(frozen=True, slots=True)
class Person:
    """An identified natural person; *subject* is the province sign-in's name for him."""

    id: str
    subject: str
    name: str
    id_number: IdNumber
    mobile: Mobile


@dataclass(frozen=True, slots=True)
class Organisation:
    """A registered enterprise; *uscc* is its 统一社会信用代码."""

    id: str
    uscc: str
    name: str
    region: str
    legal_representative: str


@dataclass(frozen=True, slots=True)
class Registration:
    """What the enterprise registry said when the seals were made or looked after last."""

    organisation_id: str
    uscc: str
    name: str
    legal_representative: str
    active: bool
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, as the province's sign-in says; *uscc* is empty for 自然人."""

    subject: str
    name: str
    id_number: IdNumber
    mobile: Mobile
    uscc: str = ""
    organisation_name: str = ""
    region: str = ""
    legal_representative: str = ""
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """*person_id* acts in *organisation_id* as *role*."""

    id: str
    person_id: str
    organisation_id: str
    role: Role


@dataclass(frozen=True, slots=True)
class Account:
    """Where a person speaks to us: one openid of one app. Bound to a person by sign-in.

    *organisation_id* is the enterprise the person acts for; empty when for himself.
    """

    id: str
    channel: str
    app: str
    subject: str
    person_id: str
    organisation_id: str
    bound_at: datetime | None
    reachable: bool


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person, for himself or for an enterprise in a role."""

    person: Person
    organisation: Organisation | None
    role: Role | None
    channel: str

    @property
    def holder_id(self) -> str:
        """Whose seals are meant: the enterprise's, else the person's own."""
        return self.organisation.id if self.organisation else self.person.id

    @property
    def holder_kind(self) -> HolderKind:
        """Whether he acts for an enterprise or for himself."""
        return HolderKind.ORGANISATION if self.organisation else HolderKind.PERSON

    @property
    def holder_name(self) -> str:
        return self.organisation.name if self.organisation else self.person.name

    def can(self, ability: Ability) -> bool:
        """Whether the role has *ability*; whoever acts for himself may do everything."""
        if self.organisation is None:
            return True
        return self.role is not None and ability in ABILITIES[self.role]

    def must(self, ability: Ability) -> None:
        """Raise NotAllowed unless the person `can`."""
        if not self.can(ability):
            raise NotAllowed(f"role {self.role} lacks {ability}")

    def must_manage(self) -> None:
        """Raise NotAllowed unless the person manages the holder's seals."""
        self.must(Ability.MANAGE_SEALS)

    @property
    def manages(self) -> bool:
        """Whether the person manages the holder's seals; his own, everybody does."""
        return self.can(Ability.MANAGE_SEALS)
