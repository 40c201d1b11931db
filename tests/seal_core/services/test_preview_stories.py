"""Page pictures: drawn by a worker once, for what was accepted, and kept."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from seal_core.domain.holders import NotFound
from seal_core.domain.sealing import PlaceWish
from seal_core.services.previews import THUMBNAIL_PIXELS, TRIES, Pictured
from tests.support.house import PIN, House
from tests.support.ofd import ofd
from tests.support.pdf import simple_pdf

PAGE = "/MediaBox [0 0 595.28 841.89]"


def size_of(png: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(png)) as picture:
        return picture.size


@pytest.mark.parametrize("data", [ofd(4), simple_pdf([PAGE] * 4)], ids=["ofd", "pdf"])
def test_an_accepted_document_is_drawn(house: House, data: bytes) -> None:
    """Its first and its last page, and a picture too small to be read."""
    document = house.upload(house.signed_in(), data, "合同")
    assert house.previews.pictured(document.id) == Pictured()
    house.work(draw_preview=house.previews.draw)
    assert house.previews.pictured(document.id) == Pictured((1, 4))
    assert size_of(house.previews.page(document.id, 4)) == (827, 1169)
    assert size_of(house.previews.thumbnail(document.id))[0] == THUMBNAIL_PIXELS
    with pytest.raises(NotFound):
        house.previews.page(document.id, 2)


def test_a_refused_document_is_not_drawn(house: House) -> None:
    """Nothing looks at it again."""
    document = house.upload(house.signed_in(), b"%PDF-1.4 nothing")
    house.work(draw_preview=house.previews.draw)
    assert house.previews.pictured(document.id) == Pictured()


def test_a_sealed_document_shows_its_seal(house: House) -> None:
    """The result is drawn too; the page with the seal is the one to show."""
    actor = house.signed_in()
    (seal,) = house.issued(actor)
    document = house.upload(actor, simple_pdf([PAGE] * 3))
    order = house.sealing.draw_up(actor, seal.id, [document.id], PlaceWish("point", 2, 50, 50))
    house.sealing.confirm_with_pin(actor, order.id, PIN)
    house.work(draw_preview=house.previews.draw)
    (task,) = house.sealing.results(order.id, actor.person.id)
    assert house.previews.pictured(task.result_id) == Pictured((1, 2, 3), (2,))
    assert house.previews.pictured(task.result_id).shown == 2


def test_the_page_of_the_wish_is_drawn(house: House) -> None:
    """For the order's page, before anything is sealed."""
    actor = house.signed_in()
    (seal,) = house.issued(actor)
    document = house.upload(actor, simple_pdf([PAGE] * 5))
    house.sealing.draw_up(actor, seal.id, [document.id], PlaceWish("point", 3, 50, 50))
    house.work(draw_preview=house.previews.draw)
    assert house.previews.has_page(document.id, 3)
    assert not house.previews.has_page(document.id, 4)


def test_running_twice_changes_nothing(house: House) -> None:
    """A job may come twice."""
    document = house.upload(house.signed_in(), simple_pdf())
    house.previews.draw(document.id)
    first = house.previews.page(document.id, 1)
    house.previews.draw(document.id)
    assert house.previews.page(document.id, 1) == first


def test_a_page_that_kills_its_process_is_left_alone(house: House) -> None:
    """The tries are counted where the process cannot take them with it."""
    document = house.upload(house.signed_in(), simple_pdf())
    kept = house.documents_kept
    broken = house.previews
    for _ in range(TRIES):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(broken, "_draw_all", _die)
            with pytest.raises(SystemExit):
                broken.draw(document.id)
    broken.draw(document.id)
    assert broken.pictured(document.id) == Pictured()
    assert kept.get(document.id)


def _die(*_: object) -> None:
    raise SystemExit
