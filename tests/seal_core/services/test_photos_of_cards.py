"""拍照上传身份证: what is taken, who sees it, and when it is gone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL import Image

from seal_core.domain.holders import Actor, NotFound
from seal_core.domain.id_photos import PhotoRefused
from seal_core.domain.records import News
from seal_core.domain.seals import SealState
from seal_core.domain.tickets import TicketUsed
from seal_core.services.applications import AlreadyApplied
from seal_core.services.id_photos import KEPT_SIDE, cleaned
from seal_core.services.personal import Typed
from tests.seal_core.services.test_personal_seals import SIGNATURE
from tests.support.house import REVIEWER, House, open_house
from tests.support.people import OWNER, STRANGER


def photo(kind: str = "JPEG", size: tuple[int, int] = (1200, 760), shade: int = 90) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).point(lambda v: (v + shade) % 256).convert("RGB").save(
        out, kind
    )
    return out.getvalue()


FRONT, BACK = photo(), photo("PNG", shade=160)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path, "jiangxi") as house:
        yield house


@pytest.fixture
def owner(house: House) -> Actor:
    return house.signed_in(OWNER)


def test_a_reviewer_decides_instead_of_the_face_check(house: House, owner: Actor) -> None:
    """Submitted, seen, approved; then the seals wait to be collected as always."""
    application = house.id_photos.submit(owner, house.form(owner), FRONT, BACK)
    assert News.APPLICATION_SUBMITTED in house.news(owner)
    ((queued, seals),) = house.applications.queue()
    assert queued.id == application.id
    with Image.open(io.BytesIO(house.id_photos.show(REVIEWER, application.id, "front"))) as shown:
        assert max(shown.size) <= 900
    assert house.events(owner.holder_id)[-2:] == ["photos:upload", "photos:view"]
    house.applications.approve(REVIEWER, [seal.id for seal in seals])
    assert house.collection.ready(owner)
    assert News.APPLICATION_APPROVED in house.news(owner)


def test_a_signature_by_photos(house: House) -> None:
    """省外自然人: what he drew waits for the reviewer; a rejection says why."""
    li = house.signed_in(STRANGER)
    sketch = house.personal.sketch(li, SIGNATURE, Typed("李四"))
    application_id = house.id_photos.submit_sketch(li, sketch.id, FRONT, BACK)
    _, (seal,) = house.applications.dossier(application_id)
    assert (seal.state, seal.picture) == (SealState.PENDING_REVIEW, sketch.picture)
    with pytest.raises(TicketUsed):
        house.id_photos.submit_sketch(li, sketch.id, FRONT, BACK)
    house.applications.reject(REVIEWER, [seal.id], "照片不清晰")
    assert News.APPLICATION_REJECTED in house.news(li)
    again = house.personal.sketch(li, SIGNATURE, Typed("李四"))
    house.id_photos.submit_sketch(li, again.id, FRONT, BACK)
    with pytest.raises(NotFound):
        house.id_photos.submit_sketch(house.signed_in(OWNER, "openid-2"), again.id, FRONT, BACK)


def test_photos_are_deleted_after_the_decision(house: House, owner: Actor) -> None:
    """Not while they are needed, and thirty days after for good."""
    application = house.id_photos.submit(owner, house.form(owner), FRONT, BACK)
    house.clock.advance(days=90)
    house.id_photos.forget_old()
    assert house.id_photos.of(application.id) is not None
    _, seals = house.applications.dossier(application.id)
    house.applications.reject(REVIEWER, [seal.id for seal in seals], "照片不清晰")
    house.clock.advance(days=29)
    house.id_photos.forget_old()
    assert house.id_photos.of(application.id) is not None
    house.clock.advance(days=2)
    house.id_photos.forget_old()
    assert house.id_photos.of(application.id) is None
    assert house.events(owner.holder_id)[-1] == "photos:delete"
    with pytest.raises(NotFound):
        house.id_photos.show(REVIEWER, application.id, "front")


def test_they_rest_encrypted(house: House, owner: Actor) -> None:
    application = house.id_photos.submit(owner, house.form(owner), FRONT, BACK)
    kept = house.id_photos.of(application.id)
    assert kept is not None
    assert "octets" in repr(kept)
    with house.store.database.engine.connect() as connection:
        (stored,) = connection.execute(sa.text("SELECT front FROM id_photos")).scalars()
    assert kept.front.jpeg.startswith(b"\xff\xd8")
    assert b"\xff\xd8\xff" not in bytes(stored)


def test_the_rules_of_an_application_hold(house: House, owner: Actor) -> None:
    """A second seal of the type, and nobody else's side of the card."""
    application = house.id_photos.submit(owner, house.form(owner), FRONT, BACK)
    with pytest.raises(AlreadyApplied):
        house.id_photos.submit(owner, house.form(owner), FRONT, BACK)
    with pytest.raises(NotFound):
        house.id_photos.show(REVIEWER, application.id, "../front")


HEIC = b"\0\0\0\x18ftypheic" + bytes(2000)
REFUSED = {
    "missing": (b"", "missing"),
    "HEIC": (HEIC, "heic"),
    "a PDF": (b"%PDF-1.7" + bytes(500), "not_a_photo"),
    "cut off": (FRONT[:800], "not_a_photo"),
    "a GIF": (photo("GIF"), "not_a_photo"),
    "tiny": (photo(size=(100, 60)), "too_small"),
    "many octets": (FRONT + bytes(11 * 1024 * 1024), "too_large"),
    "a bomb": (photo("PNG", (9000, 9000)), "too_large"),
}


@pytest.mark.parametrize(("data", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_usable_photo_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(PhotoRefused) as refused:
        cleaned("back", data)
    assert (refused.value.side, refused.value.reason) == ("back", reason)


def test_one_side_twice_is_refused(house: House, owner: Actor) -> None:
    with pytest.raises(PhotoRefused) as refused:
        house.id_photos.submit(owner, house.form(owner), FRONT, FRONT)
    assert refused.value.reason == "same"
    assert house.applications.count(owner) == 0


def test_what_a_photo_says_beside_the_picture_is_dropped() -> None:
    """Place, time and device do not come along; a phone held upright is upright."""
    out = io.BytesIO()
    picture = Image.new("RGB", (3000, 1800), (40, 90, 140))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90°
    exif[0x010F] = "SecretPhone"
    picture.save(out, "JPEG", exif=exif)
    kept = cleaned("front", out.getvalue())
    assert b"SecretPhone" not in kept.jpeg
    with Image.open(io.BytesIO(kept.jpeg)) as upright:
        assert upright.height > upright.width
        assert max(upright.size) <= KEPT_SIDE
