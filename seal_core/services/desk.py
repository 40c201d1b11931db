"""The desk: who works on which case, seals found and disposed of by the authority."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from seal_core.domain.applications import Application
from seal_core.domain.desk import (
    TEXT_LENGTH,
    Claim,
    Disposal,
    DisposalState,
    SecondPersonNeeded,
)
from seal_core.domain.holders import NotFound, Organisation
from seal_core.domain.identifiers import new_id
from seal_core.domain.provinces import Province
from seal_core.domain.records import News, StaffMember, StaffRole
from seal_core.domain.seals import ARROWS, Seal, SealEvent
from seal_core.errors import SealError
from seal_core.ports import Clock, Containing, OpenWork, Work
from seal_core.services.claims import must_not_be_anothers
from seal_core.services.telling import note_system, tell

CLAIM_TIME = timedelta(minutes=30)
"""A case nobody decides in this time is free for colleagues again."""

AUTHORITY_EVENTS = (SealEvent.CANCEL, SealEvent.FREEZE)
"""What the authority can do to a seal whose owner does not (国办发〔2025〕33号, article 18)."""

DESKS_THAT_SEARCH = (StaffRole.REVIEWER, StaffRole.MAKER, StaffRole.AUDITOR)


class ReasonMissing(SealError):
    """An act of the authority states its reason (article 18)."""

    code = "desk.reason"


class NotClaimedByYou(SealError):
    """Only who works on a case can pass it on or give it back."""

    code = "review.not_yours"


class DeskService:
    """One reviewer works on a case at a time; disposals need two people where policy says."""

    def __init__(self, open_work: OpenWork, clock: Clock, province: Province) -> None:
        self._open_work = open_work
        self._now = clock
        self._province = province

    # --- claims ---------------------------------------------------------------------

    def claims(self) -> dict[str, Claim]:
        """Who works on what now, by application."""
        now = self._now()
        with self._open_work() as work:
            return {c.application_id: c for c in work.claims.select(limit=500) if c.until > now}

    def claim(self, member: StaffMember, application_id: str) -> Claim:
        """领办. Raises NotAllowed, NotFound, or CaseClaimed while a colleague works on it."""
        member.must_be(StaffRole.REVIEWER)
        with self._open_work() as work:
            work.alone(f"claim {application_id}")
            application = work.applications.get(application_id)
            must_not_be_anothers(work, member, application_id, self._now())
            claim = self._claim_of(member, application_id)
            work.claims.put(claim)
            self._note(work, member, application, "review:claim")
            work.commit()
        return claim

    def release(self, member: StaffMember, application_id: str) -> None:
        """退回队列. Raises NotClaimedByYou."""
        member.must_be(StaffRole.REVIEWER)
        with self._open_work() as work:
            application = work.applications.get(application_id)
            self._must_be_mine(work, member, application_id)
            work.claims.delete(application_id)
            self._note(work, member, application, "review:release")
            work.commit()

    def hand_over(self, member: StaffMember, application_id: str, colleague_id: str) -> Claim:
        """移交 to another reviewer. Raises NotClaimedByYou, NotAllowed or NotFound."""
        member.must_be(StaffRole.REVIEWER)
        with self._open_work() as work:
            application = work.applications.get(application_id)
            self._must_be_mine(work, member, application_id)
            colleague = work.staff.get(colleague_id)
            colleague.must_be(StaffRole.REVIEWER)
            claim = self._claim_of(colleague, application_id)
            work.claims.put(claim)
            self._note(work, member, application, "review:hand_over", to=colleague.id)
            work.commit()
        return claim

    def colleagues(self, member: StaffMember) -> list[StaffMember]:
        """Other reviewers a case can be handed to."""
        with self._open_work() as work:
            found = work.staff.select(role=StaffRole.REVIEWER)
        return [each for each in found if each.id != member.id]

    def _claim_of(self, member: StaffMember, application_id: str) -> Claim:
        now = self._now()
        return Claim(application_id, member.id, member.name, now, now + CLAIM_TIME)

    def _must_be_mine(self, work: Work, member: StaffMember, application_id: str) -> None:
        claim = work.claims.find(application_id=application_id)
        if claim is None or claim.member_id != member.id:
            raise NotClaimedByYou(application_id)

    def _note(
        self, work: Work, member: StaffMember, about: Application, event: str, **detail: str
    ) -> None:
        detail |= {"actor": member.id, "channel": "staff"}
        note_system(work, about.holder_id, event, about.id, self._now(), **detail)

    # --- seals ----------------------------------------------------------------------

    def find_seals(
        self, member: StaffMember, words: str, *, limit: int = 20, offset: int = 0
    ) -> tuple[list[Seal], int]:
        """印章查询 by seal name, enterprise name, USCC or seal number; and how many there are."""
        member.must_be(*DESKS_THAT_SEARCH)
        given = words.replace("\0", "").strip()
        with self._open_work() as work:
            wanted = self._wanted(work, given)
            found = work.seals.select(limit=limit, offset=offset, **wanted)
            return found, work.seals.count(**wanted)

    def _wanted(self, work: Work, words: str) -> dict[str, object]:
        """The first reading of *words* that finds something."""
        owner = work.organisations.find(uscc=words.upper())
        readings: list[dict[str, object]] = [{}] if not words else []
        if owner is not None:
            readings.append({"holder_id": owner.id})
        readings += [
            {"code": words},
            {"id": words.lower()},
            {"holder_name": Containing(words)},
            {"name": Containing(words)},
        ]
        return next((each for each in readings if work.seals.count(**each)), {"id": ""})

    def seal(self, member: StaffMember, seal_id: str) -> tuple[Seal, Organisation | None]:
        """A seal and the enterprise it belongs to. Raises NotAllowed or NotFound."""
        member.must_be(*DESKS_THAT_SEARCH)
        with self._open_work() as work:
            seal = work.seals.get(seal_id)
            return seal, work.organisations.find(id=seal.holder_id)

    def disposals_of(self, member: StaffMember, seal_id: str) -> list[Disposal]:
        member.must_be(*DESKS_THAT_SEARCH)
        with self._open_work() as work:
            return work.disposals.select(seal_id=seal_id)

    # --- disposals ------------------------------------------------------------------

    def possible(self, seal: Seal) -> list[SealEvent]:
        """What the authority could do to this seal."""
        return [event for event in AUTHORITY_EVENTS if seal.state in ARROWS[event]]

    def open_disposals(self, member: StaffMember) -> list[tuple[Disposal, Seal]]:
        """待复核, with the seals they are about. Raises NotAllowed."""
        member.must_be(StaffRole.REVIEWER, StaffRole.MAKER)
        with self._open_work() as work:
            waiting = work.disposals.select(state=DisposalState.PROPOSED)
            return [(each, work.seals.get(each.seal_id)) for each in waiting]

    def propose(self, member: StaffMember, seal_id: str, event: SealEvent, reason: str) -> Disposal:
        """处置意见 of a reviewer; done at once where policy asks for no second person.

        Raises NotAllowed, ReasonMissing, WrongSealState, or NotFound for an event that is none
        of the authority's.
        """
        member.must_be(StaffRole.REVIEWER)
        words = reason.replace("\0", "").strip()
        if not 2 <= len(words) <= TEXT_LENGTH:
            raise ReasonMissing
        if event not in AUTHORITY_EVENTS:
            raise NotFound(event)
        with self._open_work() as work:
            seal = work.seals.lock(seal_id)
            seal.after(event)
            open_ = work.disposals.find(seal_id=seal_id, state=DisposalState.PROPOSED)
            if open_ is not None:
                return open_
            disposal = Disposal(
                id=new_id(),
                seal_id=seal_id,
                event=event,
                reason=words,
                state=DisposalState.PROPOSED,
                proposed_by=member.id,
                proposed_at=self._now(),
                decided_by="",
                decided_at=None,
            )
            work.disposals.put(disposal)
            detail = {"actor": member.id, "channel": "staff", "reason": words, "wish": event}
            note_system(work, seal.holder_id, "seal:propose", seal.id, self._now(), **detail)
            if self._province.four_eyes:
                work.outbox.add("tell_makers", disposal.id)
            else:
                disposal = self._carry_out(work, disposal, member)
            work.commit()
        return disposal

    def confirm(self, member: StaffMember, disposal_id: str) -> Disposal:
        """复核通过 by a second person, who carries it out. Raises SecondPersonNeeded."""
        return self._decide(member, disposal_id, done=True)

    def send_back(self, member: StaffMember, disposal_id: str) -> Disposal:
        """复核退回: nothing happens to the seal. Raises as `confirm`."""
        return self._decide(member, disposal_id, done=False)

    def _decide(self, member: StaffMember, disposal_id: str, *, done: bool) -> Disposal:
        member.must_be(StaffRole.MAKER)
        with self._open_work() as work:
            disposal = work.disposals.lock(disposal_id)
            if disposal.state is not DisposalState.PROPOSED:
                raise NotFound(disposal_id)
            if disposal.proposed_by == member.id:
                raise SecondPersonNeeded(disposal_id)
            if done:
                settled = self._carry_out(work, disposal, member)
            else:
                settled = self._settle(work, disposal, member, DisposalState.REFUSED)
                seal = work.seals.get(disposal.seal_id)
                detail = {"actor": member.id, "channel": "staff"}
                note_system(work, seal.holder_id, "seal:send_back", seal.id, self._now(), **detail)
            work.commit()
        return settled

    def _carry_out(self, work: Work, disposal: Disposal, member: StaffMember) -> Disposal:
        seal = work.seals.lock(disposal.seal_id).after(disposal.event)
        work.seals.put(seal)
        detail = {"actor": member.id, "channel": "staff", "reason": disposal.reason}
        note_system(work, seal.holder_id, disposal.event, seal.id, self._now(), **detail)
        owner = seal.collector_id or work.applications.get(seal.application_id).applicant_id
        words = {"seals": seal.name, "state": seal.state.value, "reason": disposal.reason}
        tell(work, owner, News.SEAL_DISPOSED, self._now(), **words)
        return self._settle(work, disposal, member, DisposalState.DONE)

    def _settle(
        self, work: Work, disposal: Disposal, member: StaffMember, state: DisposalState
    ) -> Disposal:
        settled = replace(disposal, state=state, decided_by=member.id, decided_at=self._now())
        work.disposals.put(settled)
        return settled
