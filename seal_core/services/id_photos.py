"""拍照上传身份证: in place of the face check, looked at by a reviewer, deleted afterwards."""

from __future__ import annotations

import io
from datetime import timedelta

from PIL import Image, ImageOps

from seal_core.domain.applications import Application, ApplicationForm
from seal_core.domain.holders import Actor, NotFound
from seal_core.domain.id_photos import IdPhotos, PhotoRefused
from seal_core.domain.records import News, StaffMember
from seal_core.domain.seals import SealState
from seal_core.domain.secrets import Photo
from seal_core.ports import Clock, OpenWork, UpTo, Work
from seal_core.services.applications import ApplicationService
from seal_core.services.personal import PersonalSealService
from seal_core.services.telling import note, note_system, tell

LARGEST = 10 * 1024 * 1024  # octets of one photo
MOST_PIXELS = 60_000_000  # what good phones take
SMALLEST = (400, 250)  # pixels: below it no number can be read
KEPT_SIDE = 1600  # pixels of the longer side; enough to read a card
SHOWN_SIDE = 900
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"avif")


class IdPhotoService:
    """Takes photos with an application, shows them to its reviewer, and forgets them."""

    def __init__(
        self,
        open_work: OpenWork,
        clock: Clock,
        applications: ApplicationService,
        personal: PersonalSealService,
        days: int,
    ) -> None:
        """*days*: how long photos are kept after the application was decided."""
        self._open_work = open_work
        self._now = clock
        self._applications = applications
        self._personal = personal
        self.days = days

    def submit(self, actor: Actor, form: ApplicationForm, front: bytes, back: bytes) -> Application:
        """Apply for the enterprise with photos instead of the face check.

        Raises PhotoRefused, and what ApplicationService.submit_with_proof raises.
        """
        sides = _sides(front, back)
        self._applications.must_be_possible(actor, form)
        with self._open_work() as work:
            work.alone(f"applications {actor.holder_id}")
            self._applications.check(work, actor, form)
            application = self._applications.open(work, actor, form, SealState.PENDING_REVIEW)
            self._keep(work, actor, application.id, sides)
            work.commit()
        return application

    def submit_sketch(self, actor: Actor, sketch_id: str, front: bytes, back: bytes) -> str:
        """Apply for a personal seal likewise; the application's id. Raises PhotoRefused …"""
        sides = _sides(front, back)
        with self._open_work() as work:
            work.alone(f"applications {actor.holder_id}")
            seal = self._personal.open_for_review(work, actor, sketch_id)
            self._keep(work, actor, seal.application_id, sides)
            work.commit()
        return seal.application_id

    def of(self, application_id: str) -> IdPhotos | None:
        """The photos of an application, if it has any (any more)."""
        with self._open_work() as work:
            return work.id_photos.find(application_id=application_id)

    def show(self, member: StaffMember, application_id: str, side: str) -> bytes:
        """One side for the reviewer, smaller and marked; looking is written down.

        Raises NotFound.
        """
        photos = self.of(application_id)
        if photos is None or side not in ("front", "back"):
            raise NotFound(application_id)
        with self._open_work() as work:
            holder = work.applications.get(application_id).holder_id
            detail = {"actor": member.id, "channel": "staff", "side": side}
            note_system(work, holder, "photos:view", application_id, self._now(), **detail)
            work.commit()
        return _marked(photos.front if side == "front" else photos.back)

    def forget_old(self) -> None:
        """Delete the photos of applications that were decided *days* ago."""
        limit = self._now() - timedelta(days=self.days)
        with self._open_work() as work:
            for photos in work.id_photos.select(limit=1000, created_at=UpTo(limit)):
                seals = work.seals.select(application_id=photos.application_id)
                open_ones = [s for s in seals if s.state is SealState.PENDING_REVIEW]
                decided = max((s.reviewed_at or photos.created_at for s in seals), default=limit)
                if open_ones or decided > limit:
                    continue
                work.id_photos.delete(photos.application_id)
                holder = work.applications.get(photos.application_id).holder_id
                note_system(work, holder, "photos:delete", photos.application_id, self._now())
            work.commit()

    def _keep(
        self, work: Work, actor: Actor, application_id: str, sides: tuple[Photo, Photo]
    ) -> None:
        photos = IdPhotos(application_id, actor.person.id, *sides, self._now())
        work.id_photos.put(photos)
        note(work, actor, "photos:upload", application_id, self._now())
        tell(work, actor.person.id, News.APPLICATION_SUBMITTED, self._now())
        work.outbox.add("tell_staff", application_id)


def _sides(front: bytes, back: bytes) -> tuple[Photo, Photo]:
    kept = cleaned("front", front), cleaned("back", back)
    if kept[0].jpeg == kept[1].jpeg:
        raise PhotoRefused("back", "same")
    return kept


def cleaned(side: str, data: bytes) -> Photo:
    """The picture alone, upright, of readable size; place, time and device are dropped.

    Raises PhotoRefused.
    """
    if not data:
        raise PhotoRefused(side, "missing")
    if len(data) > LARGEST:
        raise PhotoRefused(side, "too_large")
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        raise PhotoRefused(side, "heic")
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as picture:
            fault = _fault(*picture.size)
            if not fault:
                picture.draft("RGB", (KEPT_SIDE, KEPT_SIDE))
                upright = ImageOps.exif_transpose(picture).convert("RGB")
    except Exception:  # noqa: BLE001  # Pillow's readers raise what they like at damaged files
        raise PhotoRefused(side, "not_a_photo") from None
    if fault:
        raise PhotoRefused(side, fault)
    upright.thumbnail((KEPT_SIDE, KEPT_SIDE))
    return Photo(_jpeg(upright))


def _fault(width: int, height: int) -> str:
    """Known from the file's head, before the picture is unpacked."""
    if width * height > MOST_PIXELS:
        return "too_large"
    if min(width, height) < min(SMALLEST) or max(width, height) < max(SMALLEST):
        return "too_small"
    return ""


def _marked(photo: Photo) -> bytes:
    """Smaller, with bands across it: of no use anywhere else."""
    with Image.open(io.BytesIO(photo.jpeg), formats=("JPEG",)) as picture:
        shown = picture.convert("RGB")
    shown.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    bands = Image.new("RGB", shown.size, (179, 18, 27))
    mask = Image.new("L", shown.size, 0)
    for x in range(-shown.height, shown.width, 90):
        for step in range(shown.height):
            left = x + step
            mask.paste(70, (left, step, left + 14, step + 1))
    shown.paste(bands, (0, 0), mask)
    return _jpeg(shown)


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()
