"""How well seals are read from forms: ``python -m bench.impressions [--pictures DIR]``.

With ``--results FILE`` each form is written down as it is judged, and a run that was broken off
goes on where it stopped; forms judged by another reader (its source differs) are judged anew.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import math
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.scans import CONDITIONS, Condition, Scan, Truth, make
from seal_core.impressions import FormReading, Impression, sentence
from seal_core.impressions.pages import Form
from seal_core.impressions.reading import read_form

_NEAR_MM = 4.0
_SHIFTS = (-4, -2, 0, 2, 4)  # pixels at 600 dpi


@dataclass
class Row:
    """What one form, or all of a condition, came to."""

    seals: int = 0
    found: int = 0
    false: int = 0
    size: list[float] = field(default_factory=list)
    angle: list[float] = field(default_factory=list)
    overlap: list[float] = field(default_factory=list)
    kept: list[float] = field(default_factory=list)
    flagged: int = 0
    mistaken: int = 0  # answers another wish than it should, without saying so
    seconds: float = 0.0

    def add(self, other: Row) -> None:
        for name in ("seals", "found", "false", "flagged", "mistaken", "seconds"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("size", "angle", "overlap", "kept"):
            getattr(self, name).extend(getattr(other, name))


def judge(condition: Condition, seed: int) -> Row:
    """Make, read and compare one form."""
    scan = make(condition, seed)
    start = time.perf_counter()
    reading = read_form(scan.pdf, scan.wanted)
    row = Row(seals=len(scan.truths), seconds=time.perf_counter() - start)
    used: set[int] = set()
    for truth in scan.truths:
        index = nearest(reading, truth)
        if index is None or index in used:
            continue
        used.add(index)
        row.found += 1
        _compare(row, reading.impressions[index], truth, scan)
        row.flagged += _flags(reading, reading.impressions[index], condition)
    row.false = len(reading.impressions) - len(used)
    if condition.expects and any(f.code is condition.expects for f in reading.findings):
        row.flagged = row.seals
    return row


def nearest(reading: FormReading, truth: Truth) -> int | None:
    """The impression at the place of *truth*."""

    def apart(index: int) -> float:
        box = reading.impressions[index].box
        return math.hypot(box.x + box.width / 2 - truth.x, box.y + box.height / 2 - truth.y)

    every = range(len(reading.impressions))
    best = min(every, key=apart, default=None)
    return best if best is not None and apart(best) < _NEAR_MM else None


def _flags(reading: FormReading, impression: Impression, condition: Condition) -> bool:
    return any(f.code is condition.expects for f in impression.findings)


def _compare(row: Row, got: Impression, truth: Truth, scan: Scan) -> None:
    wishes = len(scan.wanted)
    if scan.size_known:
        off = (got.width_mm - truth.width, got.height_mm - truth.height)
        row.size.append(max(map(abs, off)))
    step = truth.step
    row.angle.append(abs((got.angle - truth.angle + step / 2) % step - step / 2))
    uncertain = any(f.code == "which_uncertain" for f in got.findings)
    meant = truth.wanted if truth.wanted < wishes else None
    row.mistaken += got.wanted != meant and not uncertain
    ink = opacity(got.picture) > 0.5
    turns = round((got.angle - truth.angle) / 90) % 4 if step < 360 else 0
    ink = np.rot90(ink, turns)  # a square seal read in another quarter
    if ink.shape != truth.mask.shape:
        return
    best, best_ink = 0.0, ink
    for dx in _SHIFTS:
        for dy in _SHIFTS:
            moved = np.roll(ink, (dy, dx), (0, 1))
            score = float((moved & truth.mask).sum() / (moved | truth.mask).sum())
            if score > best:
                best, best_ink = score, moved
    row.overlap.append(best)
    under = truth.mask & truth.black
    if under.sum() > 400:
        row.kept.append(float((best_ink & under).sum() / under.sum()))


def opacity(png: bytes) -> NDArray[np.float64]:
    with Image.open(io.BytesIO(png)) as picture:
        return np.asarray(picture.convert("RGBA"))[..., 3] / 255


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, help="write contact sheets here")
    parser.add_argument("--only", default="", help="part of a condition's name")
    parser.add_argument("--seeds", type=int, default=0, help="forms per condition")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--results", type=Path, help="keep what was judged here, and go on from it")
    given = parser.parse_args(arguments)
    chosen = [c for c in CONDITIONS if given.only in c.name]
    solvable, forms = Row(), 0
    kept = Results(given.results)
    print(HEAD)
    with ProcessPoolExecutor(given.processes) as pool:
        for condition in chosen:
            seeds = given.seeds or condition.seeds
            forms += seeds
            row = Row()
            missing = [n for n in range(seeds) if kept.find(condition, n) is None]
            for n, each in zip(
                missing, pool.map(judge, [condition] * len(missing), missing), strict=True
            ):
                kept.add(condition, n, each)
            for n in range(seeds):
                row.add(kept.of(condition, n))
            print(line(condition, row, seeds), flush=True)
            if condition.solvable:
                solvable.add(row)
            if given.pictures:
                given.pictures.mkdir(parents=True, exist_ok=True)
                name = "".join(ch if ch.isalnum() else "_" for ch in condition.name)
                picture_sheet(condition, 0).save(given.pictures / f"{name}.jpg", quality=80)
    share = solvable.found / max(solvable.seals, 1)
    print(f"{forms} forms; solvable: {100 * share:.2f} % of {solvable.seals} seals found, ", end="")
    print(f"{solvable.false} false, size within {_most(solvable.size):.2f} mm, ", end="")
    print(f"{100 * _mean(solvable.kept):.1f} % of ink kept under black")
    return 0


class Results:
    """What was judged by this very reader, in memory and, if there is a file, on disk."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._reader = _source_digest()
        self._rows: dict[tuple[str, int], Row] = {}
        if path is not None and path.exists():
            for text in path.read_text(encoding="utf-8").splitlines():
                entry = json.loads(text)
                if entry["reader"] == self._reader:
                    self._rows[entry["condition"], entry["seed"]] = Row(**entry["row"])

    def find(self, condition: Condition, seed: int) -> Row | None:
        return self._rows.get((repr(condition), seed))

    def of(self, condition: Condition, seed: int) -> Row:
        return self._rows[repr(condition), seed]

    def add(self, condition: Condition, seed: int, row: Row) -> None:
        self._rows[repr(condition), seed] = row
        if self._path is None:
            return
        entry = {"reader": self._reader, "condition": repr(condition), "seed": seed}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**entry, "row": asdict(row)}) + "\n")


def _source_digest() -> str:
    """Of everything that decides what is read."""
    folder = Path(__file__).parent.parent / "seal_core" / "impressions"
    every = b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))
    return hashlib.sha256(every).hexdigest()[:16]


HEAD = (
    f"{'condition':<26}{'forms':>6}{'found':>9}{'false':>6}{'size mm':>14}"
    f"{'angle °':>14}{'IoU':>7}{'kept %':>8}{'flag':>9}{'mist':>5}{'s':>6}"
)


def line(condition: Condition, row: Row, forms: int) -> str:
    name = condition.name + ("" if condition.solvable else " *")
    flag = f"{row.flagged}/{row.seals}" if condition.expects else "-"
    kept = f"{100 * _mean(row.kept):.1f}" if row.kept else "-"
    return (
        f"{name:<26}{forms:>6}{f'{row.found}/{row.seals}':>9}{row.false:>6}"
        f"{f'{_mean(row.size):.2f} ≤ {_most(row.size):.2f}':>14}"
        f"{f'{_mean(row.angle):.2f} ≤ {_most(row.angle):.2f}':>14}"
        f"{_mean(row.overlap):>7.3f}{kept:>8}{flag:>9}{row.mistaken:>5}{row.seconds / forms:>6.1f}"
    )


def _mean(values: Iterable[float]) -> float:
    every = list(values)
    return sum(every) / len(every) if every else math.nan


def _most(values: Iterable[float]) -> float:
    return max(values, default=math.nan)


# --- pictures ---------------------------------------------------------------------------


def picture_sheet(condition: Condition, seed: int) -> Image.Image:
    """The page, and for each seal: as scanned, extracted, and one over the other."""
    scan = make(condition, seed)
    reading = read_form(scan.pdf, scan.wanted)
    with Form(scan.pdf) as form:
        page = Image.fromarray(form.raster(1).rgb)
    page.thumbnail((620, 900))
    cell, rows = 300, max(len(reading.impressions), 1)
    sheet = Image.new(
        "RGB", (page.width + 3 * cell + 40, max(page.height, rows * cell) + 20), "white"
    )
    sheet.paste(page, (10, 10))
    for n, impression in enumerate(reading.impressions):
        for m, picture in enumerate(views(impression)):
            picture.thumbnail((cell - 10, cell - 10))
            sheet.paste(picture, (page.width + 20 + m * cell, 10 + n * cell))
    return sheet


def views(impression: Impression) -> tuple[Image.Image, Image.Image, Image.Image]:
    """As scanned, extracted on white, extracted in green over the scan."""
    with Image.open(io.BytesIO(impression.original)) as opened:
        before = opened.convert("RGB")
    with Image.open(io.BytesIO(impression.picture)) as opened:
        ink = opened.convert("RGBA")
    after = Image.new("RGB", ink.size, "white")
    after.paste(ink, (0, 0), ink)
    per_mm = before.width / (impression.width_mm + 4)
    small = ink.resize((round(impression.width_mm * per_mm), round(impression.height_mm * per_mm)))
    over = before.copy()
    green = Image.new("RGB", small.size, (0, 150, 60))
    over.paste(green, (round(2 * per_mm), round(2 * per_mm)), small.getchannel("A"))
    return before, after, over


def describe(reading: FormReading) -> str:
    """For the curious at the terminal."""
    lines = [sentence(f) for f in reading.findings]
    for n, i in enumerate(reading.impressions, 1):
        lines.append(f"{n}: {i.width_mm}×{i.height_mm} mm, {i.angle}°, {i.quality}")
        lines += [f"   {sentence(f)}" for f in i.findings]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
