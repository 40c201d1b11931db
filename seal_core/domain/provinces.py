"""What differs from province to province: data, read from ``app/provinces/*.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from seal_core.domain.regions import Region
from seal_core.errors import SealError

HANDWRITING = "handwriting"
"""The *face* of a type whose picture its owner draws himself (个人手绘签名)."""


class UnknownSealType(SealError):
    """The province issues no seal of this type."""

    code = "seal.type"


class SizeNotOffered(SealError):
    """The province does not offer this size for the type."""

    code = "seal.size"


class IssuePolicy(StrEnum):
    """How an application is decided."""

    REVIEW = "review"  # stamped paper form, a reviewer decides (山西)
    IDENTITY = "identity"  # register and face check decide, in minutes (江西)


class Authorisation(StrEnum):
    """What the holder proves himself with when a key is used."""

    PIN = "pin"  # 印章密码
    WILLINGNESS = "willingness"  # 意愿认证


class HolderKind(StrEnum):
    """Whose seals a type is for (党政机关 and 商事主体 apply in the same way)."""

    ORGANISATION = "organisation"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Size:
    """A seal's size on paper in mm; *label* is what the form's list shows."""

    width_mm: float
    height_mm: float
    label: str


@dataclass(frozen=True, slots=True)
class SealType:
    """A type of seal: *code* is stored, *name* shown, *aliases* understood in the chat.

    *face* names the layout of seal_core.faces, or HANDWRITING; *ses_type* goes into the
    GB/T 38540 seal; *holder* says who can have one.
    """

    code: str
    name: str
    aliases: tuple[str, ...]
    face: str
    centre_text: str
    ses_type: int
    sizes: tuple[Size, ...]
    holder: HolderKind

    @property
    def is_drawn(self) -> bool:
        """Whether its owner draws it."""
        return self.face == HANDWRITING

    def size(self, label: str) -> Size:
        """The offered size called *label*. Raises SizeNotOffered."""
        for size in self.sizes:
            if size.label == label:
                return size
        raise SizeNotOffered(label)


@dataclass(frozen=True, slots=True)
class Province:
    """One province's rules and words."""

    code: str
    name: str
    app_name: str
    system_name: str
    portal_name: str
    sign_in_name: str
    issue_policy: IssuePolicy
    authorisation: Authorisation
    seal_types: tuple[SealType, ...]
    four_eyes: bool
    pickup_minutes: int
    order_minutes: int
    reminder_days: tuple[int, ...]
    renewal_days: int
    collect_days: int
    regions: tuple[Region, ...]

    def types_for(self, holder: HolderKind) -> tuple[SealType, ...]:
        """What such a holder can apply for."""
        return tuple(t for t in self.seal_types if t.holder is holder)

    def region(self, full_name: str) -> Region | None:
        """The region of this name; None if it is none of this province's."""
        return next((each for each in self.regions if each.full_name == full_name), None)

    def seal_type(self, code: str) -> SealType:
        """Raises UnknownSealType."""
        for seal_type in self.seal_types:
            if seal_type.code == code:
                return seal_type
        raise UnknownSealType(code)
