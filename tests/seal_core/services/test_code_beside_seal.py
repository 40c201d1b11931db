"""With the setting, what the service seals shows where it can be verified."""

from __future__ import annotations

import pytest
import zxingcpp

from seal_core.domain.holders import Actor
from seal_core.services.sealing import SealingService
from tests.support.house import ENGINES, PIN, House
from tests.support.rendering import pdfium_pages

LINK = "https://seal.example/verify/"


@pytest.mark.parametrize("link", ["", LINK], ids=["without", "with"])
def test_the_code_follows_the_setting(house: House, owner: Actor, link: str) -> None:
    """
    The verified result bears one code, or none; it leads to our page.
    """
    order = house.ordered(owner, house.issued(owner)[0])
    house.sealing.confirm_with_pin(owner, order.id, PIN)
    service = SealingService(
        house.open_work,
        house.clock,
        house.province,
        house.documents_kept,
        ENGINES,
        house.pins,
        house.keeper,
        house.judge,
        None,
        link,
    )
    house.work(seal_document=service.resume)

    (task,) = service.results(order.id, owner.person.id)
    (image,) = pdfium_pages(house.documents_kept.get(task.result_id), 150)

    assert [code.text for code in zxingcpp.read_barcodes(image)] == ([link] if link else [])
