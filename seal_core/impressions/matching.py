"""Which impression answers which wish, by outline and size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seal_core.impressions.fitting import Fit
from seal_core.impressions.model import Outline, Wanted
from seal_core.impressions.straighten import is_flat_oval

_FARTHEST_MM = 8.0  # off the chosen size: more is another seal, not a wrong size
_ALIKE_MM = 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The place in the list of wishes, and whether another seal would answer as well."""

    wanted: int | None = None
    uncertain: bool = False


def match(fits: Sequence[Fit], wanted: Sequence[Wanted]) -> list[Answer]:
    """One answer per fit: nearest sizes first, then the order of the form."""
    costs = sorted(
        (cost, n, w)
        for n, fit in enumerate(fits)
        for w, wish in enumerate(wanted)
        if (cost := off_size(fit, wish)) is not None
    )
    answers = [Answer() for _ in fits]
    taken: set[int] = set()
    for _, n, w in costs:
        if answers[n].wanted is None and w not in taken:
            answers[n] = Answer(w, _ambiguous(fits, wanted, n, w))
            taken.add(w)
    return _in_order(answers, wanted)


def off_size(fit: Fit, wish: Wanted) -> float | None:
    """How many mm (whole ones, so that order decides near ties) the size is off."""
    if not _same_kind(fit, wish):
        return None
    off = max(abs(fit.width - wish.width_mm), abs(fit.height - wish.height_mm))
    return float(round(off)) if off <= _FARTHEST_MM else None


def _same_kind(fit: Fit, wish: Wanted) -> bool:
    if fit.outline is wish.outline:
        return True
    # a round seal photographed aslant is an oval, but not a flat one
    return wish.outline is Outline.ROUND and fit.outline is Outline.OVAL and not is_flat_oval(fit)


def _ambiguous(fits: Sequence[Fit], wanted: Sequence[Wanted], n: int, w: int) -> bool:
    """Another wish would be answered as well, or another seal answers this one as well."""
    mine = off_size(fits[n], wanted[w]) or 0.0

    def close(cost: float | None) -> bool:
        return cost is not None and cost <= mine + _ALIKE_MM

    other_wishes = any(close(off_size(fits[n], x)) for i, x in enumerate(wanted) if i != w)
    other_seals = any(close(off_size(x, wanted[w])) for i, x in enumerate(fits) if i != n)
    return other_wishes or other_seals


def _in_order(answers: list[Answer], wanted: Sequence[Wanted]) -> list[Answer]:
    """Wishes of one size are answered in the order of the form."""
    ordered = list(answers)
    for key in {(w.outline, w.width_mm, w.height_mm) for w in wanted}:
        alike = [i for i, w in enumerate(wanted) if (w.outline, w.width_mm, w.height_mm) == key]
        places = [n for n, a in enumerate(answers) if a.wanted in alike]
        chosen = sorted(a.wanted for a in (answers[n] for n in places) if a.wanted is not None)
        for n, w in zip(places, chosen, strict=True):
            ordered[n] = Answer(w, answers[n].uncertain)
    return ordered
