"""Our own papers look as they did: pictures kept beside this file, compared with tolerance.

After a wanted change: ``ZHANGYIN_RENEW_GOLDEN=1 pytest tests/seal_core/previews/test_golden.py``,
and look at every picture before committing it.
"""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from sandbox.papers import application_form, contract_ofd, contract_pdf
from sandbox.people import Enterprise, people_of
from seal_core.engines.ofd import OfdEngine
from seal_core.engines.pdf import PdfEngine
from seal_core.engines.protocol import AtKeyword, Seam
from seal_core.previews import Preview, draw_page, sealed_pages
from tests.support.pages import opened
from tests.support.pdf import COMPANY, material, signer
from tests.support.samples import SAMPLES

GOLDEN = Path(__file__).with_name("golden")
FONT = Path(__file__).parents[3] / "seal_core/faces/fonts/NotoSerifSC-Bold-subset.ttf"
AT = datetime(2026, 11, 21, 4, tzinfo=UTC)
DPI = 50
PLACES = (AtKeyword("甲方（盖章）"), Seam())
MEAN = 2.0  # of 255: letters moved by a tenth of a millimetre already differ by more
FAR = 0.004  # of the pixels may differ by more than a quarter

PEOPLE = people_of("shanxi")


def enterprise_of(key: str) -> Enterprise:
    found = PEOPLE[key].enterprise
    assert found
    return found


BUYER, SELLER = enterprise_of("tuoba"), enterprise_of("yan")


def sealed_pdf() -> bytes:
    document = contract_pdf(FONT, BUYER, SELLER)
    return PdfEngine().seal(document, material(), PLACES, signer(COMPANY), AT)


def sealed_ofd(font: Path | None = FONT) -> bytes:
    document = contract_ofd(font, BUYER, SELLER)
    return OfdEngine().seal(document, material(), PLACES, signer(COMPANY), AT)


PAPERS: dict[str, Callable[[], bytes]] = {
    "contract_pdf": sealed_pdf,
    "contract_ofd": sealed_ofd,
    "contract_ofd_stand_in": lambda: sealed_ofd(None),
    "application_form": lambda: application_form(FONT, PEOPLE["tuoba"]),
}
PAGES = [
    ("contract_pdf", 1),
    ("contract_pdf", 3),
    ("contract_ofd", 1),
    ("contract_ofd", 3),
    ("contract_ofd_stand_in", 3),
    ("application_form", 1),
]


@pytest.mark.parametrize(("paper", "page"), PAGES, ids=[f"{name}-{n}" for name, n in PAGES])
def test_our_papers_look_as_they_did(paper: str, page: int) -> None:
    """Contract and application form, sealed by keyword and over the edge."""
    preview = draw_page(PAPERS[paper](), page, DPI)
    assert preview.notes == ()
    compare(preview, f"{paper}_{page}")


def test_pdf_and_ofd_look_alike() -> None:
    """Two engines, one paper: the same text and the same seal at the same place."""
    one, other = (opened(draw_page(make(), 3, DPI).png) for make in (sealed_pdf, sealed_ofd))
    assert one.size == other.size
    difference = ImageChops.difference(one, other).convert("L")
    assert ImageStat.Stat(difference).mean[0] < 4


def test_seals_of_a_pdf_are_seen() -> None:
    """Signature fields are drawn only if the forms are ready before the page is loaded."""
    red = draw_page(sealed_pdf(), 3, 127)
    bare = draw_page(contract_pdf(FONT, BUYER, SELLER), 3, 127)
    assert count_red(red) > 2000
    assert count_red(bare) == 0


@pytest.mark.parametrize(
    ("paper", "pages"),
    [
        (sealed_pdf, [3]),
        (sealed_ofd, [1, 2, 3]),
        (lambda: contract_pdf(FONT, BUYER, SELLER), []),
        (lambda: contract_ofd(FONT, BUYER, SELLER), []),
    ],
    ids=["pdf", "ofd", "bare_pdf", "bare_ofd"],
)
def test_pages_with_seals_are_found(paper: Callable[[], bytes], pages: list[int]) -> None:
    """Over the edge of all three, by keyword on the last; a PDF has one field, on the last."""
    assert sealed_pages(paper()) == pages


def test_threads_take_turns_with_pdfium() -> None:
    """PDFium is not thread-safe; eight at once give the same picture."""
    data = contract_pdf(FONT, BUYER, SELLER)
    with ThreadPoolExecutor(8) as pool:
        pictures = [*pool.map(lambda _: draw_page(data, 1, 40).png, range(16))]
    assert len(set(pictures)) == 1


def test_same_page_gives_the_same_bytes() -> None:
    """What was shown to a person can be shown again."""
    data = sealed_ofd()
    assert draw_page(data, 3, 60).png == draw_page(data, 3, 60).png


@pytest.mark.samples
@pytest.mark.skipif(not SAMPLES.exists(), reason="no samples")
@pytest.mark.parametrize(
    ("name", "page", "size_mm", "points"),
    [
        # (x, y, what is there): seal ink, embedded fonts, pictures, clips, shadings
        ("999.ofd", 1, (210, 140), [(105.5, 26.6, "red"), (20, 12, "any")]),
        ("V4RideRight.ofd", 3, (210, 297), [(203, 60, "any")]),
        ("testPathClip.ofd", 1, (420, 295), [(210, 50, "red")]),
        ("zsbk.ofd", 1, (297, 210), [(110, 164, "red")]),
        ("keyword.ofd", 1, (283, 196), [(111, 130, "red")]),
    ],
)
def test_files_of_other_makers(
    name: str, page: int, size_mm: tuple[int, int], points: list[tuple[float, float, str]]
) -> None:
    """A look at the places where something particular must be seen."""
    preview = draw_page((SAMPLES / "ofd" / name).read_bytes(), page, 127)
    assert (round(preview.width_mm), round(preview.height_mm)) == size_mm
    picture = opened(preview.png)
    for x, y, what in points:
        around = (int(x * 5) - 10, int(y * 5) - 10, int(x * 5) + 10, int(y * 5) + 10)
        inked = [c for c in colours(picture.crop(around)) if min(c) < 200]
        assert inked, (x, y)
        if what == "red":
            assert any(c[0] > 150 and c[1] < 110 for c in inked), (x, y, inked)


def compare(preview: Preview, name: str) -> None:
    """Against the kept picture: little on average, and hardly a point far off."""
    path = GOLDEN / f"{name}.png"
    shown = opened(preview.png)
    if os.environ.get("ZHANGYIN_RENEW_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        shown.quantize(128).save(path, optimize=True)
    kept = Image.open(io.BytesIO(path.read_bytes())).convert("RGB")
    assert shown.size == kept.size
    difference = ImageChops.difference(shown, kept).convert("L")
    far = sum(difference.histogram()[64:]) / (shown.width * shown.height)
    mean = ImageStat.Stat(difference).mean[0]
    assert (mean <= MEAN, far <= FAR) == (True, True), (mean, far)


def count_red(preview: Preview) -> int:
    counted = colours(opened(preview.png)).items()
    return sum(n for (red, green, blue), n in counted if red > 150 and max(green, blue) < 100)


def colours(picture: Image.Image) -> Counter[tuple[int, int, int]]:
    """How often each colour occurs."""
    octets = iter(picture.tobytes())
    return Counter(zip(octets, octets, octets, strict=True))
