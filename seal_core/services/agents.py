"""代申领: a 经办人 binds himself to an enterprise, by its 法定代表人 or by papers and staff."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from seal_core.domain.agents import (
    REMIND_DAYS,
    REVIEW_DAYS,
    AgentIncomplete,
    AgentRegistration,
    AgentState,
    Enterprise,
    Paper,
    Way,
)
from seal_core.domain.documents import OFD, Document
from seal_core.domain.holders import Ability, Actor, NotFound, Organisation, Person, Role
from seal_core.domain.identifiers import new_id
from seal_core.domain.records import News, StaffMember
from seal_core.domain.secrets import IdNumber, Mobile
from seal_core.domain.workdays import Workdays
from seal_core.ports import Clock, OpenWork, UpTo, Work
from seal_core.services.applications import OpinionMissing
from seal_core.services.members import heads_of, join
from seal_core.services.telling import note_system, tell

PURPOSE = "agent_paper"
MOST_OPEN = 3
"""Registrations a person may have waiting: nobody serves dozens of enterprises by papers."""

Change = Callable[[AgentRegistration], AgentRegistration]


@dataclass(frozen=True, slots=True)
class AgentCase:
    """A registration with its author."""

    registration: AgentRegistration
    person: Person


class AgentService:
    """Keeps each step as it is filled in; one comes back where one left."""

    def __init__(self, open_work: OpenWork, clock: Clock, workdays: Workdays) -> None:
        self._open_work = open_work
        self._now = clock
        self._workdays = workdays

    # --- the person himself ---------------------------------------------------------

    def begin(self, person: Person, way: Way) -> AgentRegistration:
        """The draft of this way, or a new one."""
        with self._open_work() as work:
            work.alone(f"agent {person.id}")
            draft = work.agents.find(person_id=person.id, way=way, state=AgentState.DRAFT)
            if draft is not None:
                return draft
            empty = IdNumber(""), Mobile("")
            draft = AgentRegistration(
                id=new_id(),
                person_id=person.id,
                way=way,
                state=AgentState.DRAFT,
                position="",
                name="",
                uscc="",
                region="",
                legal_representative="",
                head_number=empty[0],
                papers={},
                mobile=empty[1],
                email="",
                opinion="",
                decided_by="",
                created_at=self._now(),
                submitted_at=None,
                due_at=None,
                remind_at=None,
                decided_at=None,
            )
            work.agents.put(draft)
            work.commit()
        return draft

    def registration(self, person: Person, registration_id: str) -> AgentRegistration:
        """Raises NotFound for anybody else's."""
        with self._open_work() as work:
            return _own(work, person, registration_id)

    def registrations(self, person: Person) -> list[AgentRegistration]:
        """What the person handed in, newest first."""
        handed_in = tuple(state for state in AgentState if state is not AgentState.DRAFT)
        with self._open_work() as work:
            return work.agents.select(person_id=person.id, state=handed_in, limit=20)

    def set_basics(self, person: Person, registration_id: str, position: str) -> None:
        """填写基本信息. Raises AgentIncomplete or AgentNotOpen, as the steps below."""
        self._change(person, registration_id, lambda r: r.with_basics(position))

    def set_enterprise(
        self, person: Person, registration_id: str, said: Enterprise, head_number: IdNumber
    ) -> None:
        """填写企业/单位信息."""
        self._change(person, registration_id, lambda r: r.with_enterprise(said, head_number))

    def attach(
        self, person: Person, registration_id: str, paper: Paper, document: Document
    ) -> None:
        """One of the materials of 身份验证; an OFD is none of the formats asked for."""
        if document.owner_id != person.id or document.purpose != PURPOSE:
            raise NotFound(document.id)
        if document.media_type == OFD:
            raise AgentIncomplete(paper.value)
        self._change(person, registration_id, lambda r: r.with_paper(paper, document.id))

    def set_account(
        self, person: Person, registration_id: str, mobile: Mobile, email: str, promised: bool
    ) -> None:
        """填写账号信息."""
        self._change(person, registration_id, lambda r: r.with_account(mobile, email, promised))

    def submit(self, person: Person, registration_id: str) -> AgentRegistration:
        """Hand it in: to staff, or to the 法定代表人, who hears at once if we know him.

        Raises AgentIncomplete, AgentNotOpen, DocumentRefused or DocumentNotReady.
        """
        now = self._now()
        with self._open_work() as work:
            work.alone(f"agent {person.id}")
            _own(work, person, registration_id)
            draft = work.agents.lock(registration_id)
            waiting = work.agents.count(person_id=person.id, state=AgentState.SUBMITTED)
            if waiting >= MOST_OPEN:
                raise AgentIncomplete("too_many")
            if draft.way is Way.MATERIALS:
                for document_id in draft.papers.values():
                    work.documents.get(document_id).must_be_accepted()
            due = self._workdays.end_after(now, REVIEW_DAYS)
            remind = self._workdays.end_after(now, REMIND_DAYS)
            registration = draft.submitted(now, due, remind)
            work.agents.put(registration)
            told = {"name": registration.name, "due": due.isoformat(), "way": registration.way}
            tell(work, person.id, News.AGENT_SUBMITTED, now, **told)
            detail = {"actor": person.id, "way": str(registration.way)}
            note_system(work, person.id, "agent:submit", registration.id, now, **detail)
            if registration.way is Way.MATERIALS:
                work.outbox.add("tell_staff_of_agent", registration.id)
            else:
                self._ask_head(work, registration, person, now)
            work.commit()
        return registration

    def withdraw(self, person: Person, registration_id: str) -> None:
        """Raises NotFound or AgentNotOpen."""
        with self._open_work() as work:
            _own(work, person, registration_id)
            registration = work.agents.lock(registration_id)
            registration.must_wait()
            work.agents.put(replace(registration, state=AgentState.WITHDRAWN, remind_at=None))
            detail = {"actor": person.id}
            note_system(work, person.id, "agent:withdraw", registration.id, self._now(), **detail)
            work.commit()

    # --- the 法定代表人 --------------------------------------------------------------

    def asking(self, actor: Actor) -> list[AgentCase]:
        """Those who ask to act for the actor's enterprise; empty for whoever cannot appoint."""
        if actor.organisation is None or not actor.can(Ability.APPOINT):
            return []
        with self._open_work() as work:
            found = work.agents.select(
                uscc=actor.organisation.uscc,
                way=Way.REPRESENTATIVE,
                state=AgentState.SUBMITTED,
            )
            return [AgentCase(each, work.people.get(each.person_id)) for each in found]

    def answer(self, actor: Actor, registration_id: str, accepted: bool) -> None:
        """法定代表人确认 or 拒绝. Raises NotAllowed, NotFound or AgentNotOpen."""
        actor.must(Ability.APPOINT)
        now = self._now()
        with self._open_work() as work:
            registration = work.agents.lock(registration_id)
            organisation = actor.organisation
            if organisation is None or registration.uscc != organisation.uscc:
                raise NotFound(registration_id)
            if registration.way is not Way.REPRESENTATIVE:
                raise NotFound(registration_id)
            by, channel = actor.person.id, actor.channel
            self._decide(work, registration, organisation, accepted, by, channel, "", now)
            work.commit()

    # --- staff ----------------------------------------------------------------------

    def queue(self, *, limit: int = 50) -> list[AgentCase]:
        """What waits for staff, the oldest promise first."""
        with self._open_work() as work:
            found = work.agents.select(way=Way.MATERIALS, state=AgentState.SUBMITTED, limit=limit)
            return [AgentCase(each, work.people.get(each.person_id)) for each in reversed(found)]

    def case(self, registration_id: str) -> AgentCase:
        """For staff. Raises NotFound for what was not handed in to them."""
        with self._open_work() as work:
            registration = work.agents.get(registration_id)
            if registration.way is not Way.MATERIALS or registration.submitted_at is None:
                raise NotFound(registration_id)
            return AgentCase(registration, work.people.get(registration.person_id))

    def known_as(self, registration: AgentRegistration) -> Organisation | None:
        """The enterprise of this number as we know it: another name is a warning."""
        with self._open_work() as work:
            return work.organisations.find(uscc=registration.uscc)

    def approve(self, member: StaffMember, registration_id: str) -> None:
        """The papers are in order. Raises NotFound or AgentNotOpen."""
        self._settle(member, registration_id, True, "")

    def reject(self, member: StaffMember, registration_id: str, opinion: str) -> None:
        """Raises OpinionMissing, NotFound or AgentNotOpen."""
        words = opinion.replace("\0", "").strip()
        if not words:
            raise OpinionMissing
        self._settle(member, registration_id, False, words)

    def remind(self) -> None:
        """Tell staff, once, of what has waited for two working days."""
        now = self._now()
        with self._open_work() as work:
            for found in work.agents.select(state=AgentState.SUBMITTED, remind_at=UpTo(now)):
                registration = work.agents.lock(found.id)
                if registration.remind_at is not None:
                    work.agents.put(replace(registration, remind_at=None))
                    if registration.way is Way.MATERIALS:
                        work.outbox.add("tell_staff_of_agent", registration.id)
            work.commit()

    # --- inside ---------------------------------------------------------------------

    def _change(self, person: Person, registration_id: str, change: Change) -> None:
        with self._open_work() as work:
            _own(work, person, registration_id)
            work.agents.put(change(work.agents.lock(registration_id)))
            work.commit()

    def _ask_head(
        self, work: Work, registration: AgentRegistration, person: Person, now: datetime
    ) -> None:
        """Whoever represents the enterprise here hears of it; nobody learns whether we know it."""
        organisation = work.organisations.find(uscc=registration.uscc)
        if organisation is not None:
            told = {"name": person.name, "position": registration.position}
            for head_id in heads_of(work, organisation.id):
                tell(work, head_id, News.AGENT_ASKS, now, registration=registration.id, **told)

    def _settle(
        self, member: StaffMember, registration_id: str, approved: bool, opinion: str
    ) -> None:
        now = self._now()
        self.case(registration_id)
        with self._open_work() as work:
            work.alone("identities")
            registration = work.agents.lock(registration_id)
            registration.must_wait()
            organisation = work.organisations.find(uscc=registration.uscc)
            if approved and organisation is None:
                organisation = _organisation(registration)
                work.organisations.put(organisation)
            self._decide(
                work, registration, organisation, approved, member.id, "staff", opinion, now
            )
            work.commit()

    def _decide(
        self,
        work: Work,
        registration: AgentRegistration,
        organisation: Organisation | None,
        approved: bool,
        by: str,
        channel: str,
        opinion: str,
        now: datetime,
    ) -> None:
        decided = registration.decided(approved, by, opinion, now)
        work.agents.put(decided)
        person = work.people.get(registration.person_id)
        told = {"name": registration.name, "opinion": opinion}
        event = "agent:approve" if approved else "agent:reject"
        detail = {"actor": by, "channel": channel, "person": person.id, "way": registration.way}
        if approved and organisation is not None:
            join(work, person, organisation, Role.HANDLER)
            note_system(work, organisation.id, event, registration.id, now, **detail)
            for head_id in heads_of(work, organisation.id):
                tell(work, head_id, News.AGENT_BOUND, now, name=person.name, way=registration.way)
        else:
            note_system(work, person.id, event, registration.id, now, **detail)
        kind = News.AGENT_APPROVED if approved else News.AGENT_REJECTED
        organisation_id = organisation.id if approved and organisation else ""
        tell(work, person.id, kind, now, organisation_id=organisation_id, **told)


def _own(work: Work, person: Person, registration_id: str) -> AgentRegistration:
    registration = work.agents.get(registration_id)
    if registration.person_id != person.id:
        raise NotFound(registration_id)
    return registration


def _organisation(registration: AgentRegistration) -> Organisation:
    """An enterprise nobody has signed in for: as the papers say, until somebody does."""
    return Organisation(
        id=new_id(),
        uscc=registration.uscc,
        name=registration.name,
        region=registration.region,
        legal_representative=registration.legal_representative,
    )
