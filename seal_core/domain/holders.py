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

    LEGAL_REPRESENTATIVE = "legal_representative"
    SEAL_ADMINISTRATOR = "seal_administrator"
    HANDLER = "handler"
    MEMBER = "member"


MANAGERS = frozenset({Role.LEGAL_REPRESENTATIVE, Role.SEAL_ADMINISTRATOR})
"""Those who manage seals and grants; the seeds name no other (domain facts 1.12)."""


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

    @property
    def manages(self) -> bool:
        """Whether the person manages the holder's seals; his own, everybody does."""
        return self.organisation is None or self.role in MANAGERS

    def must_manage(self) -> None:
        """Raise NotAllowed unless the person manages the holder's seals."""
        if not self.manages:
            raise NotAllowed(f"role {self.role} does not manage seals")
