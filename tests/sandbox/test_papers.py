"""The papers people bring: readable, true to size, and free of surprises."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pypdfium2
import pytest
from lxml import etree
from PIL import Image, ImageChops

from sandbox.papers import application_form, contract_ofd, contract_pdf, paper_set, scanned
from sandbox.papers.contract import KEYWORD
from sandbox.papers.type import Typeface
from sandbox.people import Enterprise, people_of

FONT = Path(__file__).parents[2] / "seal_core/faces/fonts/NotoSerifSC-Bold-subset.ttf"
OFD = {"ofd": "http://www.ofdspec.org/2016"}
PEOPLE = people_of("shanxi")


def enterprise_of(key: str) -> Enterprise:
    found = PEOPLE[key].enterprise
    assert found
    return found


BUYER, SELLER = enterprise_of("tuoba"), enterprise_of("yan")


def texts(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def rendered(pdf: bytes, dpi: int) -> Image.Image:
    document = pypdfium2.PdfDocument(pdf)
    try:
        picture: Image.Image = document[0].render(scale=dpi / 72).to_pil().convert("RGB")
        return picture
    finally:
        document.close()


@pytest.mark.parametrize("font", [FONT, None], ids=["font file", "built in"])
def test_the_contract_has_one_place_for_the_seal(font: Path | None) -> None:
    """Three pages; the keyword stands once, on the last."""
    pages = texts(contract_pdf(font, BUYER, SELLER))
    assert [page.count(KEYWORD) for page in pages] == [0, 0, 1]
    assert BUYER.name in pages[0]
    assert SELLER.uscc in pages[0]
    assert "共 3 页" in pages[2]


def test_the_font_travels_with_the_contract() -> None:
    """An embedded subset, so that every viewer shows the same page."""
    assert b"/FontFile2" in contract_pdf(FONT, BUYER, SELLER)


def test_the_contract_as_ofd() -> None:
    """GB/T 33190: every reference resolves, ids are unique, A4 in millimetres, same text."""
    package = zipfile.ZipFile(io.BytesIO(contract_ofd(FONT, BUYER, SELLER)))
    names = set(package.namelist())
    root = etree.fromstring(package.read("OFD.xml"))
    document = etree.fromstring(package.read(root.findtext(".//ofd:DocRoot", "", OFD)))
    assert document.findtext(".//ofd:PhysicalBox", namespaces=OFD) == "0 0 210 297"
    resources = etree.fromstring(package.read("Doc_0/PublicRes.xml"))
    font = resources.findtext(".//ofd:FontFile", namespaces=OFD)
    assert f"Doc_0/{resources.get('BaseLoc')}/{font}" in names

    trees, said = [document, resources], ""
    for page in document.iterfind(".//ofd:Page", OFD):
        tree = etree.fromstring(package.read(f"Doc_0/{page.get('BaseLoc')}"))
        said += "".join(code.text or "" for code in tree.iter("{*}TextCode"))
        trees.append(tree)
    nodes = (node for tree in trees for node in tree.iter("{*}*"))
    ids = [int(node.get("ID", "0")) for node in nodes if node.get("ID")]
    assert len(ids) == len(set(ids))
    assert max(ids) <= int(document.findtext(".//ofd:MaxUnitID", "0", OFD))
    assert said.count(KEYWORD) == 1


def test_every_character_of_the_ofd_has_its_step() -> None:
    """n characters have n-1 distances; without them readers put all on one spot."""
    package = zipfile.ZipFile(io.BytesIO(contract_ofd(FONT, BUYER, SELLER)))
    page = etree.fromstring(package.read("Doc_0/Pages/Page_0/Content.xml"))
    for code in page.iter("{*}TextCode"):
        steps = code.get("DeltaX", "").split()
        assert len(steps) == len(code.text or "") - 1


def test_a_font_is_named_where_none_is_embedded() -> None:
    """Without a file the reader's own 宋体 serves."""
    package = zipfile.ZipFile(io.BytesIO(contract_ofd(None, BUYER, SELLER)))
    assert 'FontName="宋体"' in package.read("Doc_0/PublicRes.xml").decode()
    assert not any(name.endswith(".ttf") for name in package.namelist())


def red_box(picture: Image.Image) -> tuple[int, int, int, int]:
    red, green, _ = picture.split()
    ink = ImageChops.subtract(red, green).point(lambda value: 255 if value > 60 else 0)
    box = ink.getbbox()
    assert box
    return box


def test_the_form_is_filled_in_and_stamped_true_to_size() -> None:
    """What is asked is answered; the first impression measures its 40 mm."""
    person, handler = PEOPLE["tuoba"], PEOPLE["guo"]
    form = application_form(FONT, person, handler=handler)
    (said,) = texts(form)
    assert handler.id_number in said
    assert "山西省政务服务领域电子印章申请表" in said

    dpi = 200
    picture = rendered(form, dpi)
    left_box = picture.crop((0, int(95 / 25.4 * dpi), picture.width // 2, int(156 / 25.4 * dpi)))
    left, top, right, bottom = red_box(left_box)
    assert (right - left) / dpi * 25.4 == pytest.approx(40.0, abs=0.4)
    assert (bottom - top) / dpi * 25.4 == pytest.approx(40.0, abs=0.4)


def test_the_form_takes_all_four_kinds_and_no_other() -> None:
    """Each kind has its caption; an unknown one is our own mistake."""
    kinds = ("法定名称章", "合同专用章", "财务专用章", "法人名章")
    (said,) = texts(application_form(FONT, PEOPLE["tuoba"], kinds=kinds))
    assert all(kind in said for kind in kinds)
    with pytest.raises(ValueError, match="unknown"):
        application_form(FONT, PEOPLE["tuoba"], kinds=("钢印",))
    with pytest.raises(ValueError, match="no enterprise"):
        application_form(FONT, PEOPLE["bai"])


def test_a_scan_is_a_picture() -> None:
    """No text is left, the ink is still red, the page is still A4."""
    scan = scanned(application_form(FONT, PEOPLE["tuoba"]), dpi=100)
    assert texts(scan) == [""]
    picture = rendered(scan, 100)
    assert red_box(picture)
    assert picture.size == (827, 1170)


def test_no_line_starts_with_a_comma() -> None:
    """Closing punctuation hangs, opening brackets move on."""
    face = Typeface.load(FONT)
    lines = face.wrap("甲乙丙丁，戊己庚（辛壬癸）子丑寅卯", 12, 18)
    assert all(line[0] not in "，）" and line[-1] != "（" for line in lines)
    assert "".join(lines) == "甲乙丙丁，戊己庚（辛壬癸）子丑寅卯"


def test_a_set_needs_an_enterprise() -> None:
    """The set is what a legal representative brings."""
    assert set(paper_set(FONT, PEOPLE["tuoba"], SELLER)) == {
        "contract.pdf",
        "contract.ofd",
        "application_form.pdf",
    }
    with pytest.raises(ValueError, match="no enterprise"):
        paper_set(FONT, PEOPLE["bai"], SELLER)
