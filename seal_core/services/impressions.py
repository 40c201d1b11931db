"""印模核对: reading the stamped form, keeping what was read, and what reviewers ask for besides.

Nothing is decided here: the pictures and the doubts are for a person to look at, and which
picture a seal gets is chosen with its approval (``services.applications``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from seal_core.domain.applications import WantedSeal
from seal_core.domain.holders import Actor, NotFound
from seal_core.domain.identifiers import new_id
from seal_core.domain.impressions import BoxRefused, Extraction, Reading, ReadingState
from seal_core.domain.provinces import Province
from seal_core.domain.records import StaffMember
from seal_core.errors import DocumentRefused
from seal_core.faces import FaceKind, FaceSpec, Shape
from seal_core.gm import sm3
from seal_core.impressions import (
    MUST_STAMP_AGAIN,
    VERSION,
    Box,
    Finding,
    FindingCode,
    FormReading,
    Impression,
    Outline,
    Wanted,
    sentence,
)
from seal_core.impressions.confined import ReaderDied
from seal_core.impressions.form_layout import FormCode
from seal_core.impressions.likeness import ALIKE, alike
from seal_core.ports import Clock, DocumentStore, OpenWork, Work
from seal_core.services.telling import note_system

PICTURES = ("picture", "original", "overlay", "strip")
"""What is kept of every extraction."""

PATIENCE = timedelta(seconds=60)
"""An applicant waits no longer for hints; the reviewer gets the reading whenever it is done."""

COMPARED = 5000
"""Pictures of other holders a new one is compared with, newest first; 5 ms per thousand."""

_MOST_BY_HAND = 40  # of one form


class FormReader(Protocol):
    """See seal_core.impressions.confined.ConfinedReader."""

    def read(self, pdf: bytes, wanted: Sequence[Wanted]) -> FormReading: ...

    def cut(
        self, pdf: bytes, page: int, box: Box, angle: float, wanted: Wanted, *, snap: bool
    ) -> Impression: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reviewer says a seal is: mm of the page, degrees clockwise; *snap* to its border."""

    page: int
    box: Box
    angle: float
    snap: bool


@dataclass(frozen=True, slots=True)
class Impressions:
    """What is known of one form."""

    reading: Reading
    extractions: tuple[Extraction, ...]

    @property
    def waiting(self) -> bool:
        every = (self.reading.state, *(e.state for e in self.extractions))
        return ReadingState.WAITING in every

    def of_type(self, seal_type: str) -> list[Extraction]:
        """The pictures that answer this wish, the reader's first."""
        return [e for e in self.extractions if e.type == seal_type]

    def whole_findings(self) -> list[Finding]:
        """Doubts about the form itself."""
        return [Finding(FindingCode(code), 0, detail) for code, detail in self.reading.findings]

    def hints(self) -> list[str]:
        """What the applicant should put right, in the order of the form.

        Only what the reader saw: nothing of it refuses the form.
        """
        found = self.whole_findings()
        for each in self.extractions:
            if each.type and not each.made_by:
                found += doubts(each)
        sure = MUST_STAMP_AGAIN | {FindingCode.SIZE_DIFFERS}
        return [sentence(finding) for finding in found if finding.code in sure]


def doubts(extraction: Extraction) -> list[Finding]:
    return [Finding(FindingCode(code), extraction.number, d) for code, d in extraction.findings]


def expect_reading(
    work: Work,
    document_id: str,
    holder: tuple[str, str],
    wanted: Sequence[WantedSeal],
    now: datetime,
) -> None:
    """Have the form read for these wishes, once; *holder* is id and registered name."""
    wishes = tuple((each.type, each.size) for each in wanted)
    known = work.readings.find(document_id=document_id)
    if known is not None and known.wanted == wishes and known.holder_id == holder[0]:
        return
    reading = Reading(
        id=new_id(),
        document_id=document_id,
        holder_id=holder[0],
        name=holder[1],
        wanted=wishes,
        state=ReadingState.WAITING,
        version=VERSION,
        form="",
        findings=(),
        requested_at=now,
        finished_at=None,
    )
    work.readings.put(reading)
    work.outbox.add("read_form", reading.id)


class ImpressionService:
    """Who may see the pictures is decided by whoever shows them."""

    def __init__(
        self,
        open_work: OpenWork,
        clock: Clock,
        store: DocumentStore,
        province: Province,
        reader: FormReader,
    ) -> None:
        self._open_work = open_work
        self._now = clock
        self._store = store
        self._province = province
        self._reader = reader

    def expect(self, actor: Actor, document_id: str, wanted: Sequence[WantedSeal]) -> None:
        """Have a form that was just uploaded read, so that its bearer may hear of doubts."""
        with self._open_work() as work:
            holder = (actor.holder_id, actor.holder_name)
            expect_reading(work, document_id, holder, wanted, self._now())
            work.commit()

    def of(self, document_id: str) -> Impressions | None:
        """The newest reading of a form; None if nobody asked for one."""
        with self._open_work() as work:
            reading = work.readings.find(document_id=document_id)
            if reading is None:
                return None
            found = work.extractions.select(reading_id=reading.id)
        found.reverse()  # oldest first, where the clock does not tell
        return Impressions(reading, tuple(sorted(found, key=_order)))

    def still_reading(self, document_id: str) -> bool:
        """Whether it is worth waiting a moment for hints."""
        known = self.of(document_id)
        if known is None or known.reading.state is not ReadingState.WAITING:
            return False
        return self._now() - known.reading.requested_at < PATIENCE

    def picture(self, extraction_id: str, which: str) -> bytes:
        """One of PICTURES. Raises NotFound."""
        try:
            return self._store.get(_key(extraction_id, which))
        except KeyError:
            raise NotFound(extraction_id) from None

    def holder_of(self, extraction_id: str) -> str:
        """Whose form it was cut from."""
        with self._open_work() as work:
            return work.readings.get(work.extractions.get(extraction_id).reading_id).name

    def ask_for(
        self, reviewer: StaffMember, document_id: str, seal_type: str, place: Place
    ) -> None:
        """Have the seal at *place* cut out. Raises BoxRefused, NotFound."""
        now = self._now()
        with self._open_work() as work:
            reading = work.readings.find(document_id=document_id)
            if reading is None or seal_type not in {t for t, _ in reading.wanted}:
                raise NotFound(document_id)
            work.readings.lock(reading.id)
            if work.extractions.count(reading_id=reading.id) >= _MOST_BY_HAND:
                raise BoxRefused("too many")
            _must_be_on_page(place, work.documents.get(document_id).pages)
            asked = self._blank(reading, seal_type, 0, place, reviewer.id)
            work.extractions.put(asked)
            work.outbox.add("cut_impression", asked.id)
            where = {"page": str(place.page), "angle": f"{place.angle:g}"}
            where |= {name: f"{value:g}" for name, value in asdict(place.box).items()}
            detail = {"actor": reviewer.id, "channel": "staff", "type": seal_type, **where}
            note_system(work, reading.holder_id, "form:cut", asked.id, now, **detail)
            work.commit()

    # --- jobs -----------------------------------------------------------------------

    def read(self, reading_id: str) -> None:
        """Read the form; runs in the untrusted queue and is safe to run twice."""
        with self._open_work() as work:
            reading = work.readings.get(reading_id)
        if reading.state is not ReadingState.WAITING:
            return
        try:
            read = self._reader.read(self._store.get(reading.document_id), self._wishes(reading))
        except (DocumentRefused, ReaderDied):
            self._settle(reading, FormReading(VERSION, (), ()), ReadingState.FAILED)
            return
        self._settle(reading, read, ReadingState.DONE)

    def cut(self, extraction_id: str) -> None:
        """Cut out what a reviewer asked for; runs in the untrusted queue, twice if need be."""
        with self._open_work() as work:
            asked = work.extractions.get(extraction_id)
            reading = work.readings.get(asked.reading_id)
        if asked.state is not ReadingState.WAITING:
            return
        wish = self._wishes(reading)[[t for t, _ in reading.wanted].index(asked.type)]
        box = Box(asked.x, asked.y, asked.width, asked.height)
        snap = asked.quality.get("snap", 0.0) > 0
        data = self._store.get(asked.document_id)
        try:
            made = self._reader.cut(data, asked.page, box, asked.angle, wish, snap=snap)
        except (DocumentRefused, BoxRefused, ReaderDied):
            self._keep([(replace(asked, state=ReadingState.FAILED), None)])
            return
        self._keep([(self._filled(asked, made), made)])

    def _settle(self, reading: Reading, read: FormReading, state: ReadingState) -> None:
        found = []
        for number, impression in enumerate(read.impressions, 1):
            answers = impression.wanted
            wish = "" if answers is None else reading.wanted[answers][0]
            place = Place(impression.page, impression.box, impression.angle, snap=False)
            blank = self._blank(reading, wish, number, place, "")
            found.append((self._filled(blank, impression), impression))
        with self._open_work() as work:
            if work.readings.lock(reading.id).state is not ReadingState.WAITING:
                return
            self._put(work, found)
            whole = tuple(
                (str(f.code), f.detail)
                for f in (*read.findings, *self._foreign(work, reading, read.form))
            )
            done = replace(
                reading,
                state=state,
                version=read.version,
                form=read.form,
                findings=whole,
                finished_at=self._now(),
            )
            work.readings.put(done)
            work.commit()

    def _foreign(self, work: Work, reading: Reading, form: str) -> list[Finding]:
        """Our own form names the enterprise it was filled in for."""
        code = FormCode.parse(form)
        owner = work.organisations.find(id=reading.holder_id)
        if code is None or owner is None or code.application in ("", owner.uscc):
            return []
        return [Finding(FindingCode.OTHER_FORM)]

    def _keep(self, found: Sequence[tuple[Extraction, Impression | None]]) -> None:
        with self._open_work() as work:
            if work.extractions.lock(found[0][0].id).state is ReadingState.WAITING:
                self._put(work, found)
                work.commit()

    def _put(self, work: Work, found: Sequence[tuple[Extraction, Impression | None]]) -> None:
        for extraction, impression in found:
            if impression is not None:
                for name in PICTURES:
                    if data := getattr(impression, name):
                        self._store.put(_key(extraction.id, name), data)
            twin = self._twin(work, extraction)
            seen = ((str(FindingCode.SEEN_ELSEWHERE), twin),) if twin else ()
            work.extractions.put(replace(extraction, findings=(*extraction.findings, *seen)))

    def _twin(self, work: Work, extraction: Extraction) -> str:
        """The same picture on another holder's form: its extraction's id."""
        if not extraction.fingerprint:
            return ""
        outline = Outline(extraction.outline)
        others = work.extractions.select(
            outline=extraction.outline, state=ReadingState.DONE, limit=COMPARED
        )
        for other in others:
            if other.holder_id == extraction.holder_id:
                continue
            if alike(extraction.fingerprint, other.fingerprint, outline) >= ALIKE:
                return other.id
        return ""

    # --- records --------------------------------------------------------------------

    def _wishes(self, reading: Reading) -> list[Wanted]:
        return [wanted_of(self._province, *wish, name=reading.name) for wish in reading.wanted]

    def _blank(
        self, reading: Reading, seal_type: str, number: int, place: Place, made_by: str
    ) -> Extraction:
        return Extraction(
            id=new_id(),
            reading_id=reading.id,
            document_id=reading.document_id,
            holder_id=reading.holder_id,
            type=seal_type,
            number=number,
            state=ReadingState.WAITING,
            page=place.page,
            outline="",
            x=place.box.x,
            y=place.box.y,
            width=place.box.width,
            height=place.box.height,
            angle=place.angle,
            width_mm=0.0,
            height_mm=0.0,
            quality={"snap": 1.0} if place.snap else {},
            findings=(),
            version=VERSION,
            sm3="",
            fingerprint="",
            made_by=made_by,
            made_at=self._now(),
        )

    def _filled(self, blank: Extraction, made: Impression) -> Extraction:
        return replace(
            blank,
            state=ReadingState.DONE,
            outline=made.outline,
            x=made.box.x,
            y=made.box.y,
            width=made.box.width,
            height=made.box.height,
            angle=made.angle,
            width_mm=made.width_mm,
            height_mm=made.height_mm,
            quality=asdict(made.quality),
            findings=tuple((str(f.code), f.detail) for f in made.findings),
            sm3=sm3.digest(made.picture).hex(),
            fingerprint=made.fingerprint,
        )


def wanted_of(province: Province, code: str, label: str, *, name: str = "") -> Wanted:
    """What the reader has to look for; rings bear the registered *name*.

    Raises UnknownSealType, SizeNotOffered.
    """
    seal_type = province.seal_type(code)
    size = seal_type.size(label)
    spec = FaceSpec(FaceKind(seal_type.face), "印", size.width_mm, size.height_mm)
    round_or_oval = Outline.ROUND if size.width_mm == size.height_mm else Outline.OVAL
    outline = Outline.RECTANGLE if spec.shape is Shape.BLOCK else round_or_oval
    ring = "" if outline is Outline.RECTANGLE else name
    return Wanted(code, outline, size.width_mm, size.height_mm, ring)


def chosen_picture(
    work: Work, store: DocumentStore, seal_id: str
) -> tuple[Extraction, bytes] | None:
    """The impression a reviewer chose for a seal; None for the drawn face.

    Raises RuntimeError if the picture is no longer the one that was chosen.
    """
    choice = work.choices.find(seal_id=seal_id)
    if choice is None or not choice.extraction_id:
        return None
    extraction = work.extractions.get(choice.extraction_id)
    picture = store.get(_key(extraction.id, "picture"))
    if sm3.digest(picture).hex() != extraction.sm3:
        raise RuntimeError("another picture than was chosen")
    return extraction, picture


def _must_be_on_page(place: Place, pages: Sequence[tuple[float, float]]) -> None:
    if not 1 <= place.page <= len(pages):
        raise BoxRefused("page")
    width, height = pages[place.page - 1]
    x, y = place.box.x + place.box.width / 2, place.box.y + place.box.height / 2
    sides = (place.box.width, place.box.height)
    if not (0 < x < width and 0 < y < height and 8 <= min(sides) <= max(sides) <= 100):
        raise BoxRefused("box")
    if not -360 <= place.angle <= 360:
        raise BoxRefused("angle")


def _order(extraction: Extraction) -> tuple[bool, int, datetime]:
    """The reader's own first, as on the form; then the reviewers', as they were asked for."""
    return bool(extraction.made_by), extraction.number, extraction.made_at


def _key(extraction_id: str, name: str) -> str:
    """The id in the store; the documents' own ids are random and never like this one."""
    return sm3.digest(f"impression/{extraction_id}/{name}".encode()).hex()
