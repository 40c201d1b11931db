"""What the service adds to a seal, or does before it, on request: a QR code, flattened forms."""

from __future__ import annotations

from io import BytesIO

import pytest
import zxingcpp
from pyhanko.pdf_utils.reader import PdfFileReader

from bot.handlers.seal_document import describe
from bot.texts import TASK_REASONS
from seal_core.domain.holders import Actor
from seal_core.domain.sealing import PlaceWish, TaskState
from seal_core.services.sealing import SealingService
from tests.support.house import ENGINES, PIN, House
from tests.support.ofd import ofd
from tests.support.pdf import sealed_regardless, simple_pdf
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


FORM = simple_pdf(
    ["/MediaBox [0 0 595 842] /Annots [6 0 R]"],
    catalog="/AcroForm << /Fields [6 0 R] >>",
    extra=(
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (T) /V (x) /Rect [60 60 90 90]"
        b" /AP << /N 7 0 R >> >>",
        b"<< /Subtype /Form /BBox [0 0 9 9] /Length 18 >>\nstream\n0 0 9 9 re f 0 0 m \nendstream",
    ),
)


@pytest.mark.parametrize("flatten", [False, True])
def test_forms_become_part_of_the_page_on_request(
    house: House, owner: Actor, flatten: bool
) -> None:
    """
    The holder says so with the place; what he agrees to says it as well. OFD has no forms.
    """
    seal = house.issued(owner)[0]
    documents = [house.upload(owner, FORM, "表单.pdf"), house.upload(owner, ofd(1), "合同.ofd")]
    wish = PlaceWish("corner", flatten=flatten)
    order = house.sealing.draw_up(owner, seal.id, [each.id for each in documents], wish)
    house.sealing.confirm_with_pin(owner, order.id, PIN)
    house.work()

    tasks = house.sealing.results(order.id, owner.person.id)
    assert [task.state for task in tasks] == [TaskState.DONE] * 2
    sealed = house.documents_kept.get(tasks[0].result_id)
    fields = PdfFileReader(BytesIO(sealed)).root["/AcroForm"]["/Fields"]
    assert len(fields) == (1 if flatten else 2)
    assert "固定表单" in describe(wish) if flatten else "固定表单" not in describe(wish)


def test_a_form_that_cannot_be_flattened_is_told_with_the_reason(
    house: House, owner: Actor
) -> None:
    """
    Signed already: not "cannot be sealed", but why, and what to do.
    """
    seal = house.issued(owner)[0]
    document = house.upload(owner, sealed_regardless(FORM), "表单.pdf")
    order = house.sealing.draw_up(owner, seal.id, [document.id], PlaceWish("corner", flatten=True))
    house.sealing.confirm_with_pin(owner, order.id, PIN)
    house.work()

    (task,) = house.sealing.results(order.id, owner.person.id)
    assert (task.state, task.reason) == (TaskState.FAILED, "document.form_signed")
    assert TASK_REASONS[task.reason].startswith("文件已有签章")
