"""印章申请 and 审核."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from seal_core.domain.applications import (
    Application,
    ApplicationForm,
    ApplicationIncomplete,
    Draft,
)
from seal_core.domain.documents import PDF
from seal_core.domain.holders import Ability, Actor, NotAllowed, NotFound, Organisation
from seal_core.domain.identifiers import new_id
from seal_core.domain.impressions import PictureChoice, PictureNotChosen, ReadingState
from seal_core.domain.keys import Proof, ProofRefused
from seal_core.domain.provinces import IssuePolicy, Province
from seal_core.domain.records import News, StaffMember, StaffRole
from seal_core.domain.seals import Seal, SealEvent, SealState
from seal_core.errors import SealError
from seal_core.faces import draw
from seal_core.ports import Clock, EnterpriseRegistry, OpenWork, Work
from seal_core.services.claims import close_case, must_not_be_anothers
from seal_core.services.impressions import expect_reading
from seal_core.services.portraits import face_of, standard_face
from seal_core.services.telling import note, note_system, tell

OPEN_STATES = (
    SealState.PENDING_REVIEW,
    SealState.READY,
    SealState.ISSUING,
    SealState.ACTIVE,
    SealState.SUSPENDED,
    SealState.FROZEN,
)
"""A holder has one seal of a type at a time; these count."""


class OpinionMissing(SealError):
    """A rejection needs 审核意见: without it the applicant cannot correct anything."""

    code = "review.opinion"


class AlreadyApplied(SealError):
    """There is a seal of this type already, or one is on its way."""

    code = "application.duplicate"

    def __init__(self, seal_type: str) -> None:
        super().__init__(seal_type)
        self.seal_type = seal_type


class RegistryMismatch(SealError):
    """The enterprise registry does not confirm the enterprise or its legal representative."""

    code = "application.registry"


class ApplicationService:
    """Takes applications and decides them by the province's policy."""

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

    def submit(self, actor: Actor, form: ApplicationForm) -> Application:
        """Hand in the stamped form for review.

        Raises ApplicationIncomplete, AlreadyApplied, NotAllowed, or what the document is
        refused for.
        """
        if self._province.issue_policy is not IssuePolicy.REVIEW:
            raise NotAllowed("this province decides by identity")
        actor.must(Ability.APPLY)
        self._must_be_drawable(actor, form)
        with self._open_work() as work:
            work.alone(f"applications {actor.holder_id}")
            self._check_form(work, actor, form)
            application = self.open(work, actor, form, SealState.PENDING_REVIEW)
            holder = (actor.holder_id, actor.holder_name)
            expect_reading(work, form.document_id, holder, form.wanted, self._now())
            tell(work, actor.person.id, News.APPLICATION_SUBMITTED, self._now())
            work.outbox.add("tell_staff", application.id)
            work.commit()
        return application

    def submit_with_proof(self, actor: Actor, form: ApplicationForm, proof: Proof) -> Application:
        """Apply where register and face check decide (江西): the seals are ready at once."""
        if proof.person_id != actor.person.id:
            raise ProofRefused("somebody else's proof")
        self.must_be_possible(actor, form)
        with self._open_work() as work:
            work.alone(f"applications {actor.holder_id}")
            self.check(work, actor, form)
            application = self.open(work, actor, form, SealState.READY)
            tell(work, actor.person.id, News.SEALS_READY, self._now())
            work.commit()
        return application

    def must_be_possible(self, actor: Actor, form: ApplicationForm) -> None:
        """What can be refused before anything is written, where identity decides.

        Raises NotAllowed, RegistryMismatch, or what no face can show.
        """
        if self._province.issue_policy is not IssuePolicy.IDENTITY:
            raise NotAllowed("this province reviews applications")
        actor.must(Ability.APPLY)
        if actor.organisation is not None:
            self._ask_registry(actor.organisation)
        self._must_be_drawable(actor, form)

    def check(self, work: Work, actor: Actor, form: ApplicationForm) -> None:
        """The answers and types. Raises ApplicationIncomplete, AlreadyApplied, NotAllowed."""
        self._check_answers(form)
        self._check_types(work, actor, form)

    def records(self, actor: Actor, *, limit: int = 10, offset: int = 0) -> list[Seal]:
        """印章申领记录: one row a seal, newest first."""
        with self._open_work() as work:
            return work.seals.select(holder_id=actor.holder_id, limit=limit, offset=offset)

    def count(self, actor: Actor) -> int:
        """How many rows 印章申领记录 has."""
        with self._open_work() as work:
            return work.seals.count(holder_id=actor.holder_id)

    def handlers(self, seals: Iterable[Seal]) -> dict[str, str]:
        """The 经办人 of each application these seals belong to, by application id."""
        ids = {seal.application_id for seal in seals}
        with self._open_work() as work:
            return {i: work.applications.get(i).handler_name for i in ids}

    def last_form(self, actor: Actor) -> Application | None:
        """The person's newest application, whose answers a new one starts from."""
        with self._open_work() as work:
            return work.applications.find(holder_id=actor.holder_id, applicant_id=actor.person.id)

    # --- 审核 -----------------------------------------------------------------------

    def queue(self, *, limit: int = 50) -> list[tuple[Application, list[Seal]]]:
        """Applications with seals that wait for a reviewer, newest first."""
        with self._open_work() as work:
            pending = work.seals.select(state=SealState.PENDING_REVIEW, limit=limit)
            ids = dict.fromkeys(seal.application_id for seal in pending)
            return [(work.applications.get(i), _of(pending, i)) for i in ids]

    def dossier(self, application_id: str) -> tuple[Application, list[Seal]]:
        """An application with all its seals, for the reviewer. Raises NotFound."""
        with self._open_work() as work:
            application = work.applications.get(application_id)
            return application, work.seals.select(application_id=application_id)

    def approve(
        self,
        reviewer: StaffMember,
        seal_ids: Sequence[str],
        pictures: Mapping[str, str] | None = None,
    ) -> None:
        """审核通过, with the picture of each seal: an extraction's id, or "" for the drawn face.

        Where no impression was read there is only the drawn face, and nothing to choose.
        Raises NotAllowed, PictureNotChosen, WrongSealState if a seal is not waiting for review,
        or NotFound for a picture of another form or type.
        """
        self._review(reviewer, seal_ids, SealEvent.APPROVE, "", pictures or {})

    def drawn_face(self, seal: Seal) -> bytes:
        """What the seal will look like unless an impression is chosen; PNG."""
        with self._open_work() as work:
            return standard_face(work, self._province, seal).png()

    def reject(self, reviewer: StaffMember, seal_ids: Sequence[str], opinion: str) -> None:
        """审核不通过 with 审核意见. Raises OpinionMissing or WrongSealState."""
        words = opinion.replace("\0", "").strip()  # PostgreSQL keeps no NUL
        if not words:
            raise OpinionMissing
        self._review(reviewer, seal_ids, SealEvent.REJECT, words, {})

    def _review(
        self,
        reviewer: StaffMember,
        seal_ids: Sequence[str],
        event: SealEvent,
        opinion: str,
        pictures: Mapping[str, str],
    ) -> None:
        reviewer.must_be(StaffRole.REVIEWER)
        now = self._now()
        with self._open_work() as work:
            # In one order for everybody: two reviewers must not wait for each other in a ring.
            locked = {seal_id: work.seals.lock(seal_id) for seal_id in sorted(set(seal_ids))}
            seals = [locked[seal_id] for seal_id in dict.fromkeys(seal_ids)]
            if not seals:
                raise NotFound("seals")
            for application_id in {seal.application_id for seal in seals}:
                must_not_be_anothers(work, reviewer, application_id, now)
            for seal in seals:
                work.seals.put(replace(seal.after(event), opinion=opinion, reviewed_at=now))
                detail = {"actor": reviewer.id, "channel": "staff", "opinion": opinion}
                if event is SealEvent.APPROVE:
                    detail |= self._choose_picture(work, reviewer, seal, pictures.get(seal.id))
                note_system(work, seal.holder_id, event, seal.id, now, **detail)
            for application_id in {seal.application_id for seal in seals}:
                close_case(work, application_id)
            self._tell_applicants(work, seals, event, opinion)
            work.commit()

    def _choose_picture(
        self, work: Work, reviewer: StaffMember, seal: Seal, extraction_id: str | None
    ) -> dict[str, str]:
        """Keep the choice; what the audit record says of it."""
        application = work.applications.get(seal.application_id)
        reading = work.readings.find(document_id=application.document_id)
        read = work.extractions.select(reading_id=reading.id, type=seal.type) if reading else []
        read = [each for each in read if each.state is ReadingState.DONE]
        if extraction_id is None and read:
            raise PictureNotChosen(seal.id)
        work.choices.put(PictureChoice(seal.id, extraction_id or "", reviewer.id, self._now()))
        if not extraction_id:
            return {"picture": "drawn"}
        for each in read:
            if each.id == extraction_id:
                known = {"extraction": each.id, "version": each.version, "digest": each.sm3}
                return {"picture": "impression", **known}
        raise NotFound(extraction_id)

    def _tell_applicants(
        self, work: Work, seals: Sequence[Seal], event: SealEvent, opinion: str
    ) -> None:
        approved = event is SealEvent.APPROVE
        kind = News.APPLICATION_APPROVED if approved else News.APPLICATION_REJECTED
        for application_id in dict.fromkeys(seal.application_id for seal in seals):
            application = work.applications.get(application_id)
            names = "、".join(seal.name for seal in _of(seals, application_id))
            tell(work, application.applicant_id, kind, self._now(), seals=names, opinion=opinion)

    # --- rules ----------------------------------------------------------------------

    def _check_answers(self, form: ApplicationForm) -> None:
        form.check()
        if self._province.region(form.region) is None:
            raise ApplicationIncomplete("region")

    def _check_form(self, work: Work, actor: Actor, form: ApplicationForm) -> None:
        self._check_answers(form)
        self._check_types(work, actor, form)
        if not form.document_id:
            raise ApplicationIncomplete("document")
        document = work.documents.get(form.document_id)
        if document.owner_id != actor.person.id:
            raise NotFound(form.document_id)
        if document.media_type != PDF:
            raise ApplicationIncomplete("document")
        document.must_be_accepted()

    def _check_types(self, work: Work, actor: Actor, form: ApplicationForm) -> None:
        for wanted in form.wanted:
            seal_type = self._province.seal_type(wanted.type)
            seal_type.size(wanted.size)
            if seal_type.holder is not actor.holder_kind:
                raise NotAllowed(f"{wanted.type} is not for {actor.holder_kind}")
            self.must_be_free(work, actor, wanted.type)

    def must_be_free(self, work: Work, actor: Actor, seal_type: str, besides: str = "") -> None:
        """Raise AlreadyApplied if there is a seal of the type, other than *besides*."""
        taken = work.seals.select(holder_id=actor.holder_id, type=seal_type, state=OPEN_STATES)
        if any(seal.id != besides for seal in taken):
            raise AlreadyApplied(seal_type)

    def _must_be_drawable(self, actor: Actor, form: ApplicationForm) -> None:
        """A face that cannot be drawn is refused now, not after review and collection.

        Raises MissingGlyph or FaceRefused, SizeNotOffered or UnknownSealType.
        """
        for wanted in form.wanted:
            seal_type = self._province.seal_type(wanted.type)
            size = seal_type.size(wanted.size)
            if seal_type.is_drawn:
                raise NotAllowed("its owner draws it first")
            spec = face_of(
                seal_type,
                holder_name=actor.holder_name,
                owner=actor.organisation,
                width_mm=size.width_mm,
                height_mm=size.height_mm,
            )
            draw(spec)

    def _ask_registry(self, organisation: Organisation) -> None:
        if self._registry is None:
            raise RegistryMismatch("no register to ask")
        entry = self._registry.look_up(organisation.uscc)
        if entry is None or not entry.active or entry.name != organisation.name:
            raise RegistryMismatch(organisation.uscc)
        if entry.legal_representative != organisation.legal_representative:
            raise RegistryMismatch("legal representative")

    def open(
        self, work: Work, actor: Actor, form: ApplicationForm, state: SealState
    ) -> Application:
        """Write down a form that was checked, and a seal in *state* for each one wanted."""
        now = self._now()
        application = Application(
            id=new_id(),
            holder_id=actor.holder_id,
            holder_name=actor.holder_name,
            applicant_id=actor.person.id,
            region=form.region,
            handler_name=form.handler_name,
            handler_id_number=form.handler_id_number,
            handler_mobile=form.handler_mobile,
            document_id=form.document_id,
            submitted_at=now,
        )
        work.applications.put(application)
        work.drafts.delete(Draft.id_of(actor.person.id, actor.holder_id))
        for seal in self._seals(actor, application.id, form, state, now):
            work.seals.put(seal)
            note(work, actor, "seal:apply", seal.id, now, type=seal.type)
        return application

    def _seals(
        self,
        actor: Actor,
        application_id: str,
        form: ApplicationForm,
        state: SealState,
        now: datetime,
    ) -> Iterable[Seal]:
        for wanted in form.wanted:
            seal_type = self._province.seal_type(wanted.type)
            size = seal_type.size(wanted.size)
            yield Seal(
                id=new_id(),
                application_id=application_id,
                holder_id=actor.holder_id,
                holder_name=actor.holder_name,
                collector_id="",
                type=seal_type.code,
                name=f"{actor.holder_name}{seal_type.name}",
                form=wanted.form,
                width_mm=size.width_mm,
                height_mm=size.height_mm,
                state=state,
                code="",
                opinion="",
                applied_at=now,
                reviewed_at=None if state is SealState.PENDING_REVIEW else now,
                collected_at=None,
                valid_from=None,
                valid_to=None,
                certificate=b"",
                chain=(),
                ses=b"",
                picture=b"",
            )


def _of(seals: Iterable[Seal], application_id: str) -> list[Seal]:
    return [seal for seal in seals if seal.application_id == application_id]
