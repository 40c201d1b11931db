"""Pictures of document pages: how they look and what they cost.

    python -m bench.previews                 what an A4 page costs, on our own contract
    python -m bench.previews SAMPLES OUT     every page of every OFD and PDF in SAMPLES as PNG
                                             in OUT, with a contact sheet and the notes

Times are of one core, warm, without the contention of other processes (CPU time).
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

from sandbox.papers import contract_ofd, contract_pdf
from sandbox.people import people_of
from seal_core.errors import PreviewRefused
from seal_core.previews import Preview, draw_page, stand_ins

ROOT = Path(__file__).resolve().parent.parent
MAX_PAGES = 4  # of one file on the contact sheet
CELL = (420, 560)  # pixels
COLUMNS = 5
REPEATS = 7
LIMITS_MS = {"PDF": 150, "OFD": 250}  # A4 at 150 dpi


@dataclass(frozen=True, slots=True)
class Drawn:
    """One page of a sample, or why there is none."""

    name: str
    preview: Preview | None
    words: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("samples", nargs="?", type=Path)
    parser.add_argument("out", nargs="?", type=Path)
    given = parser.parse_args()
    if given.samples is None:
        figures()
    elif given.out is None:
        parser.error("where to?")
    else:
        sheet([*drawn(given.samples)], given.out)


def figures() -> None:
    """What one page of our own contract costs, in ms of CPU, best and median."""
    font = ROOT / "seal_core/faces/fonts/NotoSerifSC-Bold-subset.ttf"
    people = people_of("shanxi")
    buyer, seller = people["tuoba"].enterprise, people["yan"].enterprise
    assert buyer is not None
    assert seller is not None
    papers = {
        "PDF": contract_pdf(font, buyer, seller),
        "OFD": contract_ofd(font, buyer, seller),
        "OFD, no font of its own": contract_ofd(None, buyer, seller),
    }
    for name, data in papers.items():
        for page in (1, 2):
            took = [_milliseconds(data, page) for _ in range(REPEATS + 1)][1:]
            limit = LIMITS_MS[name[:3]]
            verdict = "ok" if min(took) <= limit else "TOO SLOW"
            print(
                f"{name:24} page {page}, A4 at 150 dpi: best {min(took):4.0f} ms, "
                f"median {statistics.median(took):4.0f} ms, limit {limit} ms  {verdict}"
            )


def _milliseconds(data: bytes, page: int) -> float:
    began = time.process_time()
    draw_page(data, page, 150)
    return (time.process_time() - began) * 1000


def drawn(folder: Path) -> Iterator[Drawn]:
    """The first pages of every file."""
    stand_ins()
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in {".ofd", ".pdf"}):
        data, page, pages = path.read_bytes(), 1, 1
        while page <= min(pages, MAX_PAGES):
            began = time.process_time()
            try:
                preview = draw_page(data, page)
            except PreviewRefused as exc:
                yield Drawn(f"{path.stem} {page}", None, f"refused: {exc}")
                break
            pages = preview.pages
            took = (time.process_time() - began) * 1000
            words = f"{took:.0f} ms {'; '.join(preview.notes)}"
            yield Drawn(f"{path.stem} {page}", preview, words)
            page += 1


def sheet(pages: list[Drawn], out: Path) -> None:
    """Write each page, then all of them on one sheet."""
    out.mkdir(parents=True, exist_ok=True)
    rows = -(-len(pages) // COLUMNS)
    whole = Image.new("RGB", (CELL[0] * COLUMNS, CELL[1] * rows), "#888")
    pen = ImageDraw.Draw(whole)
    for index, each in enumerate(pages):
        print(f"{each.name:32} {each.words}")
        left, top = index % COLUMNS * CELL[0], index // COLUMNS * CELL[1]
        pen.text((left + 6, top + 4), each.name, fill="#fff")
        if each.preview:
            (out / f"{each.name}.png").write_bytes(each.preview.png)
            with Image.open(BytesIO(each.preview.png)) as picture:
                small = picture.convert("RGB")
            small.thumbnail((CELL[0] - 12, CELL[1] - 30))
            whole.paste(small, (left + 6, top + 22))
    whole.save(out / "contact_sheet.png")
    print(out / "contact_sheet.png")


if __name__ == "__main__":
    main()
