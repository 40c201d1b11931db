"""What differs from province to province: data, read from ``app/provinces/*.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from seal_core.errors import SealError


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


@dataclass(frozen=True, slots=True)
class Size:
    """A seal's size on paper in mm; *label* is what the form's list shows."""

    width_mm: float
    height_mm: float
    label: str


@dataclass(frozen=True, slots=True)
class SealType:
    """A type of seal: *code* is stored, *name* shown, *aliases* understood in the chat.

    *face* names the layout of seal_core.faces; *ses_type* goes into the GB/T 38540 seal.
    """

    code: str
    name: str
    aliases: tuple[str, ...]
    face: str
    centre_text: str
    ses_type: int
    sizes: tuple[Size, ...]

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
    pickup_minutes: int
    order_minutes: int
    reminder_days: tuple[int, ...]
    renewal_days: int
    collect_days: int
    regions: tuple[tuple[str, str], ...]

    def seal_type(self, code: str) -> SealType:
        """Raises UnknownSealType."""
        for seal_type in self.seal_types:
            if seal_type.code == code:
                return seal_type
        raise UnknownSealType(code)
