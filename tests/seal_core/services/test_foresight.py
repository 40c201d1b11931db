"""Where the seal will stand is known, or known to be nowhere, before the holder confirms."""

from __future__ import annotations

from io import BytesIO

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from seal_core.domain.holders import Actor
from seal_core.domain.sealing import PlaceWish
from seal_core.services.foresight import Foreseen
from tests.support.house import House


def four_pages() -> bytes:
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for number in range(1, 5):
        canvas.drawString(200, 300, f"Page {number}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def drawn_up(house: House, actor: Actor, wish: PlaceWish) -> tuple[str, Foreseen]:
    """An order on one document: its document, and what is known before and after the jobs."""
    (seal,) = house.issued(actor)
    document = house.upload(actor, four_pages(), "合同.pdf")
    house.work(draw_preview=house.previews.draw)
    order = house.sealing.draw_up(actor, seal.id, [document.id], wish)
    _, _, (task,) = house.sealing.order(order.id, actor.person.id)
    if wish.kind == "keyword":
        assert house.foresight.foresee(wish, task, document, seal).searching
    house.work(find_place=house.foresight.look_for, draw_preview=house.previews.draw)
    return document.id, house.foresight.foresee(wish, task, document, seal)


def test_a_keyword_is_found_and_its_page_drawn(house: House, owner: Actor) -> None:
    document_id, foreseen = drawn_up(house, owner, PlaceWish("keyword", text="Page 3"))
    (mark,) = foreseen.impressions
    assert mark.page == 3
    assert house.previews.has_page(document_id, 3)


def test_a_keyword_that_is_not_there_is_said_before_confirming(house: House, owner: Actor) -> None:
    _, foreseen = drawn_up(house, owner, PlaceWish("keyword", text="丙方（盖章）"))
    assert foreseen.missing
    assert not foreseen.impressions


def test_a_seam_shows_a_strip_on_every_page(house: House, owner: Actor) -> None:
    """The strips of all pages make the whole seal."""
    _, foreseen = drawn_up(house, owner, PlaceWish("seam"))
    assert [mark.page for mark in foreseen.impressions] == [1, 2, 3, 4]
    strips = [mark.clip for mark in foreseen.impressions]
    assert sum(strip.width for strip in strips if strip) == pytest.approx(40)


def test_the_job_may_run_twice_and_needs_no_keyword(house: House, owner: Actor) -> None:
    (seal,) = house.issued(owner)
    document = house.upload(owner, four_pages(), "合同.pdf")
    for wish in (PlaceWish("keyword", text="Page 1"), PlaceWish("corner")):
        order = house.sealing.draw_up(owner, seal.id, [document.id], wish)
        _, _, (task,) = house.sealing.order(order.id, owner.person.id)
        house.foresight.look_for(task.id)
        house.foresight.look_for(task.id)
        assert house.foresight.foresee(wish, task, document, seal).impressions
