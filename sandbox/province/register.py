"""The province's registers: who lives here, which enterprises exist, who represents them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sandbox.people import Enterprise, Person
from sandbox.sm2 import sm3
from sandbox.world import World

IN_BUSINESS = "存续"
STATUSES = frozenset({IN_BUSINESS, "吊销", "注销", "迁出"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One enterprise as the register has it today."""

    enterprise: Enterprise
    representative: Person
    status: str = IN_BUSINESS

    def as_json(self) -> dict[str, Any]:
        """What an authorised system is told."""
        return {
            "name": self.enterprise.name,
            "uscc": self.enterprise.uscc,
            "region": self.enterprise.region,
            "region_name": self.enterprise.region_name,
            "legal_representative": self.representative.name,
            "legal_representative_digest": person_digest(
                self.representative.name, self.representative.id_number
            ),
            "status": self.status,
        }


class _Changes:
    def __init__(self) -> None:
        self.status: dict[str, str] = {}
        self.representative: dict[str, str] = {}
        self.name: dict[str, str] = {}


def person_digest(name: str, id_number: str) -> str:
    """Names a person without telling the number: hex SM3 of ``name|id_number`` in UTF-8."""
    return sm3(f"{name}|{id_number}".encode()).hex()


def entry_of(world: World, uscc: str) -> Entry | None:
    """The register's entry for *uscc*, or None."""
    changes = world.room(_Changes)
    for person in world.people.values():
        if person.enterprise and person.enterprise.uscc == uscc:
            representative = world.people[changes.representative.get(uscc, person.key)]
            enterprise = replace(
                person.enterprise, name=changes.name.get(uscc, person.enterprise.name)
            )
            return Entry(enterprise, representative, changes.status.get(uscc, IN_BUSINESS))
    return None


def change(
    world: World, uscc: str, *, status: str = "", representative: str = "", name: str = ""
) -> None:
    """Rewrite an entry. KeyError for an unknown enterprise or person, ValueError for a status."""
    if entry_of(world, uscc) is None:
        raise KeyError(uscc)
    if status and status not in STATUSES:
        raise ValueError(status)
    changes = world.room(_Changes)
    if status:
        changes.status[uscc] = status
    if name:
        changes.name[uscc] = name
    if representative:
        changes.representative[uscc] = world.person(representative).key


def resident(world: World, name: str, id_number: str) -> Person | None:
    """Who has this name and number, if they belong together."""
    return next(
        (p for p in world.people.values() if (p.name, p.id_number) == (name, id_number)), None
    )
