"""更名, 换法人, 注销: what the enterprise registry says, and what it means for the seals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from seal_core.domain.holders import Membership, Organisation, Registration, Role
from seal_core.domain.provinces import Province
from seal_core.domain.records import News
from seal_core.domain.seals import Seal, SealEvent, SealState
from seal_core.faces.spec import NAME_SEALS
from seal_core.ports import Clock, EnterpriseRegistry, OpenWork, RegistryEntry, Work
from seal_core.services.members import step_down
from seal_core.services.telling import note_system, tell_owners

CHECK_EVERY = timedelta(hours=12)
"""How old what we know of an enterprise may be."""

AT_ONCE = 50
IN_USE = (SealState.ACTIVE, SealState.SUSPENDED)

log = structlog.get_logger(__name__)


class RegistryWatchService:
    """Looks after the enterprises that have seals.

    国办发〔2025〕33号, article 18: after 更名, 注销 and the like the owner has to cancel the seals.
    Those it concerns are frozen until he does, or has them made anew; he is told both ways.
    """

    def __init__(
        self,
        open_work: OpenWork,
        clock: Clock,
        province: Province,
        registry: EnterpriseRegistry | None,
    ) -> None:
        self._open_work = open_work
        self._now = clock
        self._province = province
        self._registry = registry

    def ask_for_checks(self) -> None:
        """Order a check of every enterprise not looked at for long; run now and then."""
        if self._registry is None:
            return
        now = self._now()
        with self._open_work() as work:
            due = work.registrations.due(
                "checked_at", now - CHECK_EVERY, active=True, limit=AT_ONCE
            )
            for known in due:
                work.registrations.put(replace(known, checked_at=now))
                work.outbox.add("check_registry", known.organisation_id)
            work.commit()

    def check(self, organisation_id: str) -> None:
        """Ask the registry and act on what changed; may run twice.

        An enterprise the registry does not know at all is left alone: that is more likely its
        trouble than the end of the enterprise.
        """
        with self._open_work() as work:
            known = work.registrations.get(organisation_id)
        entry = self._registry.look_up(known.uscc) if self._registry else None
        if entry is None:
            log.warning("registry.unknown", organisation=organisation_id)
            return
        with self._open_work() as work:
            known = work.registrations.lock(organisation_id)
            self._act(work, known, entry)
            work.registrations.put(
                replace(
                    known,
                    name=entry.name,
                    legal_representative=entry.legal_representative,
                    active=entry.active,
                    checked_at=self._now(),
                )
            )
            work.commit()

    def _act(self, work: Work, known: Registration, entry: RegistryEntry) -> None:
        organisation = work.organisations.lock(known.organisation_id)
        seals = _in_use(work, organisation.id)
        if not entry.active:
            if known.active:
                self._tell(work, organisation, News.REGISTRY_CLOSED, seals)
            return
        renamed = entry.name != known.name
        passed_on = entry.legal_representative != known.legal_representative
        if renamed:
            concerned = [seal for seal in seals if not self._bears_a_person(seal)]
            self._tell(work, organisation, News.REGISTRY_RENAMED, concerned, entry.name)
        if passed_on:
            former = _former_representatives(work, organisation.id, entry.legal_representative)
            theirs = {member.person_id for member in former}
            frozen_now = {seal.id for seal in seals if renamed and not self._bears_a_person(seal)}
            concerned = [
                seal
                for seal in seals
                if seal.id not in frozen_now
                and (self._bears_a_person(seal) or seal.collector_id in theirs)
            ]
            kind, name = News.REGISTRY_REPRESENTATIVE, entry.legal_representative
            self._tell(work, organisation, kind, concerned, name)
            for member in former:
                step_down(work, member, Role.MEMBER, self._now())
        if renamed or passed_on:
            work.organisations.put(
                replace(
                    organisation, name=entry.name, legal_representative=entry.legal_representative
                )
            )

    def _tell(
        self,
        work: Work,
        organisation: Organisation,
        kind: News,
        seals: Sequence[Seal],
        name: str = "",
    ) -> None:
        """Freeze what it concerns and propose what to do; without seals it is told all the same."""
        now = self._now()
        note_system(work, organisation.id, f"registry:{kind.value[9:]}", organisation.id, now)
        for seal in seals:
            work.seals.put(seal.after(SealEvent.FREEZE))
            detail = {"reason": kind.value}
            note_system(work, organisation.id, SealEvent.FREEZE, seal.id, now, **detail)
        names = "、".join(seal.name for seal in seals)
        tell_owners(work, organisation.id, kind, now, seals=names, name=name)

    def _bears_a_person(self, seal: Seal) -> bool:
        """Whether the face shows a person's name instead of the enterprise's."""
        return self._province.seal_type(seal.type).face in NAME_SEALS


def _in_use(work: Work, organisation_id: str) -> list[Seal]:
    """Locked in one order for everybody."""
    found = work.seals.select(holder_id=organisation_id, state=IN_USE, limit=1000)
    locked = [work.seals.lock(seal_id) for seal_id in sorted(seal.id for seal in found)]
    return [seal for seal in locked if seal.state in IN_USE]


def _former_representatives(work: Work, organisation_id: str, name: str) -> list[Membership]:
    """Those who were 法定代表人 by what we know, and bear another name than the new one."""
    members = work.memberships.select(
        organisation_id=organisation_id, role=Role.LEGAL_REPRESENTATIVE
    )
    return [member for member in members if work.people.get(member.person_id).name != name]
