"""Numbers, boxes and matrices as OFD writes them; what cannot be read has a default."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import islice, repeat

from seal_core.previews.canvas import Matrix

IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
MAX_VALUE = 1e7  # mm; a larger number is a mistake and would upset the rasteriser
_SEPARATORS = re.compile(r"[\s,]+")


def real(text: str | None, default: float = 0.0) -> float:
    """A finite number of decent size."""
    try:
        value = float(text) if text is not None else default
    except ValueError:
        return default
    return value if math.isfinite(value) and abs(value) <= MAX_VALUE else default


def reals(text: str | None) -> list[float] | None:
    """All numbers of the text, or None if one cannot be read."""
    values = [real(word, math.nan) for word in words(text)]
    return None if any(map(math.isnan, values)) else values


def matrix(text: str | None) -> Matrix:
    """A CTM; the identity for anything else."""
    values = reals(text) or []
    if len(values) != 6:
        return IDENTITY
    return values[0], values[1], values[2], values[3], values[4], values[5]


def point(text: str | None) -> tuple[float, float] | None:
    values = reals(text) or []
    return (values[0], values[1]) if len(values) == 2 else None


def box(text: str | None) -> tuple[float, float, float, float]:
    """A Boundary; nothing at the origin for one that cannot be read."""
    values = reals(text) or []
    return (values[0], values[1], values[2], values[3]) if len(values) == 4 else (0, 0, 0, 0)


def whole(text: str | None, default: int) -> int:
    return int(real(text, default))


def yes(text: str | None, default: bool) -> bool:
    """An xs:boolean."""
    return default if text is None else text.strip().lower() in ("true", "1")


def words(text: str | None) -> list[str]:
    return [word for word in _SEPARATORS.split(text or "") if word]


def deltas(text: str | None, most: int) -> list[float]:
    """Steps between glyphs, at most *most*; ``g n v`` stands for n times v (clause 11.3)."""
    return list(islice(_deltas(text), most))


def _deltas(text: str | None) -> Iterator[float]:
    parts = iter(words(text))
    for part in parts:
        if part != "g":
            yield real(part)
            continue
        count = max(0, whole(next(parts, None), 0))
        yield from repeat(real(next(parts, None)), count)
