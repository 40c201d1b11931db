"""Whether ring text tells names apart: ``python -m bench.ring_text [--seeds N] [--only PART]``.

Every seal of the forms of ``bench.scans`` is held against the name it bears, against the other
names, and against its own name with one character changed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np

from bench.impressions import nearest, opacity
from bench.scans import CONDITIONS, NAMES, make
from seal_core.impressions import Outline
from seal_core.impressions.inks import Map
from seal_core.impressions.reading import read_form
from seal_core.impressions.ring_text import DIFFERS, read_ring

_STRANGE = "峰"  # in none of the names


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="part of a condition's name")
    parser.add_argument("--seeds", type=int, default=2, help="forms per condition")
    given = parser.parse_args(arguments)
    print(f"{'condition':<26}{'seals':>6}{'own name':>16}{'own flagged':>13}", end="")
    print(f"{'other name':>16}{'flagged':>10}{'one changed':>13}")
    for condition in CONDITIONS:
        if not condition.solvable or given.only not in condition.name:
            continue
        own: list[float] = []
        other: list[float] = []
        wrong = changed = 0
        for seed in range(given.seeds):
            scan = make(condition, seed)
            reading = read_form(scan.pdf, scan.wanted)
            for truth in scan.truths:
                index = nearest(reading, truth)
                if index is None or reading.impressions[index].outline is Outline.RECTANGLE:
                    continue
                alpha = np.asarray(opacity(reading.impressions[index].picture), np.float32)
                seen = read_ring(alpha, truth.name)
                own.append(seen.matched or 0.0)
                wrong += bool(seen.unlike)
                other += [_share(alpha, name) for name in NAMES if name != truth.name]
                changed += _notices(alpha, truth.name)
        flagged = sum(share < DIFFERS for share in other)
        print(
            f"{condition.name:<26}{len(own):>6}{_spread(own):>16}{f'{wrong}/{len(own)}':>13}"
            f"{_spread(other):>16}{f'{flagged}/{len(other)}':>10}{f'{changed}/{len(own)}':>13}",
            flush=True,
        )
    return 0


def _share(alpha: Map, name: str) -> float:
    return read_ring(alpha, name).matched or 0.0


def _notices(alpha: Map, name: str) -> bool:
    """Whether a changed character in the middle of the name is doubted."""
    at = len(name) // 2
    seen = read_ring(alpha, name[:at] + _STRANGE + name[at + 1 :])
    return seen.matched is None or at + 1 in seen.unlike or seen.matched < DIFFERS


def _spread(shares: Sequence[float]) -> str:
    return f"{min(shares):.2f} … {max(shares):.2f}" if shares else "-"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
