"""个人申领: 个人手绘签名 and 个人名章, confirmed with one face check and made in minutes."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta

from seal_core.domain.applications import ApplicationForm, WantedSeal
from seal_core.domain.holders import Actor, NotAllowed, NotFound
from seal_core.domain.identifiers import new_id
from seal_core.domain.keys import Proof, ProofRefused
from seal_core.domain.personal import NoPersonalSeals, Sketch
from seal_core.domain.provinces import Authorisation, HolderKind, Province, SealType
from seal_core.domain.records import News
from seal_core.domain.seals import Seal, SealEvent, SealState
from seal_core.domain.tickets import TicketUsed
from seal_core.errors import FaceRefused
from seal_core.faces import Face, Stroke, Touch, draw, draw_signature, typed_signature
from seal_core.gm import sm3
from seal_core.ports import Clock, KeyKeeper, OpenWork, UpTo, Work
from seal_core.services.applications import ApplicationService
from seal_core.services.portraits import face_of
from seal_core.services.proving import digest_of
from seal_core.services.telling import note, tell

DPI = 600
MOST_STROKES = 300
MOST_TOUCHES = 6000  # a minute of a glass that reports 100 times a second
LONGEST_JSON = 400_000  # characters of so many touches


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a glass, a mouse or a pen reported, as the page sends it."""

    strokes: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A name from the keyboard, to become strokes."""

    name: str


class PersonalSealService:
    """Takes a natural person from his drawing to the making of the seal."""

    def __init__(
        self,
        open_work: OpenWork,
        clock: Clock,
        province: Province,
        applications: ApplicationService,
        keeper: KeyKeeper,
    ) -> None:
        self._open_work = open_work
        self._now = clock
        self._province = province
        self._applications = applications
        self._keeper = keeper

    def types(self, actor: Actor) -> tuple[SealType, ...]:
        """What he can apply for. Raises NotAllowed or NoPersonalSeals."""
        if actor.holder_kind is not HolderKind.PERSON:
            raise NotAllowed("acts for an enterprise")
        types = self._province.types_for(HolderKind.PERSON)
        if not types:
            raise NoPersonalSeals(self._province.code)
        return types

    def changeable(self, actor: Actor) -> Seal | None:
        """His present 个人手绘签名, which he may draw anew."""
        drawn = tuple(t.code for t in self.types(actor) if t.is_drawn)
        with self._open_work() as work:
            return work.seals.find(
                holder_id=actor.holder_id, type=drawn, state=(SealState.ACTIVE, SealState.SUSPENDED)
            )

    def sketch(
        self, actor: Actor, wanted: WantedSeal, ink: Drawn | Typed | None, replaces: str = ""
    ) -> Sketch:
        """Draw and keep what he wants, for him to look at and confirm.

        Raises FaceRefused or MissingGlyph for what cannot be drawn, UnknownSealType,
        SizeNotOffered, AlreadyApplied, and NotFound for another's seal to be replaced.
        """
        seal_type = self._type(actor, wanted.type)
        picture = self._picture(actor, seal_type, wanted.size, ink)
        sketch = Sketch(
            id=new_id(),
            person_id=actor.person.id,
            type=seal_type.code,
            size=wanted.size,
            picture=picture if seal_type.is_drawn else b"",
            replaces=replaces,
            seal_id="",
            created_at=self._now(),
        )
        with self._open_work() as work:
            self._must_fit(work, actor, sketch)
            for older in work.sketches.select(person_id=actor.person.id, seal_id=""):
                work.sketches.delete(older.id)
            work.sketches.put(sketch)
            work.commit()
        return sketch

    def get(self, actor: Actor, sketch_id: str) -> Sketch:
        """Raises NotFound for anybody else's."""
        with self._open_work() as work:
            sketch = work.sketches.get(sketch_id)
        if sketch.person_id != actor.person.id:
            raise NotFound(sketch_id)
        return sketch

    def preview(self, actor: Actor, wanted: WantedSeal) -> bytes:
        """How a seal that needs no drawing will look, as PNG. Raises as `sketch`."""
        return self._picture(actor, self._type(actor, wanted.type), wanted.size, None)

    def agreement(self, actor: Actor, sketch_id: str) -> str:
        """The digest (hex) that the face check must be bound to: this picture, this person."""
        sketch = self.get(actor, sketch_id)
        return digest_of(
            {
                "purpose": "personal",
                "sketch": sketch.id,
                "person": sketch.person_id,
                "type": sketch.type,
                "size": sketch.size,
                "picture": sm3.digest(sketch.picture).hex(),
                "replaces": sketch.replaces,
            }
        )

    def apply(self, actor: Actor, sketch_id: str, proof: Proof) -> str:
        """The face check is passed: apply, and where 意愿认证 rules, make the seal at once.

        Returns the seal's id; a second call returns the same. Raises ProofRefused and
        what `sketch` raises.
        """
        if (proof.person_id, proof.digest) != (actor.person.id, self.agreement(actor, sketch_id)):
            raise ProofRefused("proof of something else")
        at_once = self._province.authorisation is Authorisation.WILLINGNESS
        with self._open_work() as work:
            work.alone(f"applications {actor.holder_id}")
            sketch = work.sketches.lock(sketch_id)
            if sketch.seal_id:
                return sketch.seal_id
            seal = self._open_application(work, actor, sketch, SealState.READY)
            if at_once:
                self._collect(work, actor, seal)
            else:
                tell(work, actor.person.id, News.SEALS_READY, self._now())
            work.commit()
        return seal.id

    def open_for_review(self, work: Work, actor: Actor, sketch_id: str) -> Seal:
        """Apply inside the caller's work; a reviewer looks at photos instead of a face check.

        Raises NotFound, AlreadyApplied, and TicketUsed when it was applied for before.
        """
        sketch = work.sketches.lock(sketch_id)
        if sketch.person_id != actor.person.id:
            raise NotFound(sketch_id)
        if sketch.seal_id:
            raise TicketUsed(sketch_id)
        return self._open_application(work, actor, sketch, SealState.PENDING_REVIEW)

    def forget_old(self) -> None:
        """Drawings have served after a day, whether a seal came of them or not."""
        yesterday = self._now() - timedelta(days=1)
        with self._open_work() as work:
            for sketch in work.sketches.select(limit=1000, created_at=UpTo(yesterday)):
                work.sketches.delete(sketch.id)
            work.commit()

    def _open_application(self, work: Work, actor: Actor, sketch: Sketch, state: SealState) -> Seal:
        self._must_fit(work, actor, sketch)
        person = actor.person
        form = ApplicationForm(
            region="",
            handler_name=person.name,
            handler_id_number=person.id_number,
            handler_mobile=person.mobile,
            wanted=(WantedSeal(sketch.type, sketch.size),),
        )
        application = self._applications.open(work, actor, form, state)
        (seal,) = work.seals.select(application_id=application.id)
        seal = replace(seal, picture=sketch.picture, replaces=sketch.replaces)
        work.seals.put(seal)
        work.sketches.put(replace(sketch, seal_id=seal.id))
        return seal

    def _collect(self, work: Work, actor: Actor, seal: Seal) -> None:
        """One face check serves application and collection: both were shown before it."""
        now = self._now()
        if work.user_keys.find(person_id=actor.person.id) is None:
            work.user_keys.put(self._keeper.enrol_for_proofs(actor.person.id))
        collected = replace(
            seal.after(SealEvent.COLLECT), collector_id=actor.person.id, collected_at=now
        )
        work.seals.put(collected)
        note(work, actor, SealEvent.COLLECT, seal.id, now)
        work.outbox.add("issue_seal", seal.id)

    def _must_fit(self, work: Work, actor: Actor, sketch: Sketch) -> None:
        """One of a type at a time, but for the one it takes the place of."""
        if sketch.replaces:
            old = work.seals.get(sketch.replaces)
            if (old.holder_id, old.type) != (actor.holder_id, sketch.type):
                raise NotFound(sketch.replaces)
            old.after(SealEvent.CANCEL)
        self._applications.must_be_free(work, actor, sketch.type, sketch.replaces)

    def _type(self, actor: Actor, code: str) -> SealType:
        seal_type = self._province.seal_type(code)
        if seal_type not in self.types(actor):
            raise NotAllowed(code)
        return seal_type

    def _picture(
        self, actor: Actor, seal_type: SealType, label: str, ink: Drawn | Typed | None
    ) -> bytes:
        size = seal_type.size(label)
        if not seal_type.is_drawn:
            spec = face_of(
                seal_type,
                holder_name=actor.holder_name,
                owner=None,
                width_mm=size.width_mm,
                height_mm=size.height_mm,
            )
            return draw(spec).png(DPI)
        return _signature(ink, size.width_mm, size.height_mm).png(DPI)


def _signature(ink: Drawn | Typed | None, width_mm: float, height_mm: float) -> Face:
    match ink:
        case Drawn(text):
            return draw_signature(strokes_of(text), width_mm, height_mm)
        case Typed(name):
            return typed_signature(name.strip(), width_mm, height_mm)
        case None:
            raise FaceRefused("no_ink")


def strokes_of(text: str) -> list[Stroke]:
    """``[[[x, y, ms, pressure], …], …]``. Raises FaceRefused for anything else."""
    if len(text) > LONGEST_JSON:
        raise FaceRefused("too_much_ink")
    try:
        given = json.loads(text or "[]")
        strokes = [[_touch(each) for each in stroke] for stroke in given]
    except (ValueError, TypeError, RecursionError, OverflowError):
        raise FaceRefused("no_ink", "not strokes") from None
    if len(strokes) > MOST_STROKES or sum(map(len, strokes)) > MOST_TOUCHES:
        raise FaceRefused("too_much_ink")
    return list(strokes)


def _touch(given: list[float]) -> Touch:
    x, y, at_ms, pressure = given
    if any(isinstance(value, str | bool) for value in given):
        raise TypeError("numbers only")
    return Touch(float(x), float(y), float(at_ms), min(max(float(pressure), 0.0), 1.0))
