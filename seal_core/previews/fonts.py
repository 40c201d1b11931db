"""Fonts that stand in where a document brings none, or none that can be read."""

from __future__ import annotations

import functools
import mmap
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from seal_core.errors import MalformedData
from seal_core.previews.sfnt import Font

PACKAGED_SONG = Path(__file__).with_name("fonts") / "NotoSerifSC-Regular-subset.ttf"
PACKAGED_SONG_BOLD = (
    Path(__file__).parents[1] / "faces" / "fonts" / "NotoSerifSC-Bold-subset.ttf"
)  # a data file of the faces: no need to have it twice

# Families that are heavy by design: 黑体 and its kin, 小标宋.
_HEAVY = ("黑", "heiti", "simhei", "bold", "heavy", "标宋", "xbs", "hei-")


@dataclass(frozen=True, slots=True)
class StandIns:
    """What is drawn with where a document's own font is not to be had.

    The packaged Noto Serif SC first (GB 2312 and the characters of names, so that a page
    looks alike everywhere), then *installed* for what it lacks.
    """

    regular: tuple[Font, ...]
    bold: tuple[Font, ...]

    def find(self, character: str, *, bold: bool) -> tuple[Font, int] | None:
        """The font that has the character, and the glyph; None if no font has it."""
        for font in self.bold if bold else self.regular:
            if glyph := font.glyph_of(character):
                return font, glyph
        return None


def stand_ins(installed: Iterable[Path] = ()) -> StandIns:
    """Open the packaged fonts and those of the deployment; each file once per process.

    Raises MalformedData or OSError for a file that is no font: a mistake in the settings.
    """
    return _stand_ins(tuple(installed))


def is_heavy(family: str) -> bool:
    """Whether the font of that name is drawn with the bold stand-in."""
    lowered = family.lower()
    return any(word in lowered for word in _HEAVY)


@functools.cache
def _stand_ins(installed: tuple[Path, ...]) -> StandIns:
    others = tuple(map(_shared, installed))
    return StandIns(
        (_shared(PACKAGED_SONG), *others),
        (_shared(PACKAGED_SONG_BOLD), _shared(PACKAGED_SONG), *others),
    )


@functools.cache
def _shared(path: Path) -> Font:
    with path.open("rb") as file:
        try:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as exc:
            raise MalformedData("font", f"{path.name} is empty") from exc
    return Font(data, " SC")
