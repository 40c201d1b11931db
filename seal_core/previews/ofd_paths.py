"""AbbreviatedData of OFD as path data of SVG (GB/T 33190-2016, clause 9.1)."""

from __future__ import annotations

import re

from seal_core.previews.canvas import number
from seal_core.previews.ofd_values import real

# OFD's B is SVG's C, its C is Z, its S starts a figure as M does; A has the same order.
_OPERATORS = {"S": ("M", 2), "M": ("M", 2), "L": ("L", 2), "Q": ("Q", 4), "B": ("C", 6)}
_TOKEN = re.compile(r"[A-Za-z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_PLAIN = re.compile(r"\s*[MS][MSLQBC\d\s.+-]*")
_RENAMED = str.maketrans({"S": "M", "B": "C", "C": "Z"})


def svg_path(abbreviated: str) -> str:
    """The same figure for SVG; drawing stops at the first thing that is no operator."""
    if _PLAIN.fullmatch(abbreviated):  # nearly all: spare them the long way
        return abbreviated.translate(_RENAMED)
    return _spelled_out(_TOKEN.findall(abbreviated))


def _spelled_out(tokens: list[str]) -> str:
    parts: list[str] = []
    at = 0
    while at < len(tokens):
        operator = tokens[at].upper()
        at += 1
        if operator == "C":
            parts.append("Z")
            continue
        if operator == "A":
            values, at = _arguments(tokens, at, 7)
            if values is None:
                break
            large, sweep = int(values[3] != 0), int(values[4] != 0)
            shape = " ".join(map(number, values[:3]))
            parts.append(f"A{shape} {large} {sweep} {number(values[5])} {number(values[6])}")
            continue
        if operator not in _OPERATORS:
            break
        name, count = _OPERATORS[operator]
        values, at = _arguments(tokens, at, count)
        if values is None:
            break
        parts.append(name + " ".join(map(number, values)))
    if parts and parts[0][0] != "M":
        parts.insert(0, "M0 0")
    return "".join(parts)


def _arguments(tokens: list[str], at: int, count: int) -> tuple[list[float] | None, int]:
    taken = tokens[at : at + count]
    if len(taken) < count or any(token.isalpha() for token in taken):
        return None, at
    return [real(token) for token in taken], at + count
