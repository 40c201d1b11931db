"""Places of a seal as operators write them: ``--place 2:120,230 --place seam:right,odd``."""

from __future__ import annotations

import math
import re
from typing import Literal, get_args

import click

from seal_core.engines.protocol import (
    AtField,
    AtKeyword,
    AtPattern,
    AtPoint,
    FacingSeam,
    OnEveryPage,
    Place,
    Seam,
    WhichPages,
)

PLACES = """\
PAGE:X,Y             top-left corner in mm on a page, counted from 1
every:X,Y[,odd]      the same place on every page; odd or even: on every other
keyword:TEXT[#N][@DX,DY]  centred on the Nth place of a text (#all: on all), moved by mm
regex:PATTERN[#N][@DX,DY] the same for a regular expression, within one line
field:NAME           in the middle of an empty signature field (PDF)
seam:EDGE[,odd][,MIDDLE]  骑缝 over right, left, top or bottom; MIDDLE from 0 to 1 along it
seam:facing[,MIDDLE]      对开骑缝 between each two facing pages"""

_EDGE = Literal["right", "left", "top", "bottom"]
_POINT = re.compile(r"(?:page:)?(\d{1,6}):([^,]+),([^,]+)")
_TEXT = re.compile(r"(?s)(.+?)(?:#(\d{1,6}|all))?(?:@([^,@]+),([^,@]+))?")


def parse_place(written: str) -> Place:
    """One place. Raises ValueError with what is wrong."""
    kind, _, rest = written.partition(":")
    match kind:
        case "every":
            return _every(rest)
        case "keyword":
            text, nth, dx, dy = _at_text(rest)
            return AtKeyword(text, nth, dx, dy)
        case "regex":
            text, nth, dx, dy = _at_text(rest)
            return AtPattern(_pattern(text), nth, dx, dy)
        case "seam":
            return _seam(rest)
        case "field":
            return _field(rest)
    point = _POINT.fullmatch(written)
    if point is None:
        raise ValueError(
            "begins with no page number and none of every, keyword, regex, field, seam"
        )
    return AtPoint(int(point[1]), _mm(point[2]), _mm(point[3]))


class PlaceType(click.ParamType[Place]):
    """For click's options."""

    name = "place"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Place:
        try:
            return parse_place(str(value))
        except ValueError as exc:
            self.fail(f"“{value}”: {exc}. Places are written:\n{PLACES}", param, ctx)


def _every(rest: str) -> Place:
    x, y, *more = rest.split(",") if rest.count(",") else (rest, "", "")
    pages, left = _which(more)
    if left:
        raise ValueError(f"“{left[0]}” is neither odd nor even")
    return OnEveryPage(_mm(x), _mm(y), pages)


def _at_text(rest: str) -> tuple[str, int, float, float]:
    found = _TEXT.fullmatch(rest)
    if found is None or not found[1].strip():
        raise ValueError("no text")
    nth = 0 if found[2] == "all" else int(found[2] or 1)
    if found[2] and found[2] != "all" and nth == 0:
        raise ValueError("places are counted from 1")
    return found[1], nth, _mm(found[3] or "0"), _mm(found[4] or "0")


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as exc:
        raise ValueError(f"no regular expression: {exc}") from None


def _field(rest: str) -> Place:
    if not rest.strip():
        raise ValueError("no name of a field")
    return AtField(rest)


def _seam(rest: str) -> Place:
    edge, *more = rest.split(",")
    pages, left = _which(more)
    if len(left) > 1:
        raise ValueError("too many parts")
    middle = _number(left[0]) if left else 0.5
    if not 0 <= middle <= 1:
        raise ValueError("the middle along the edge is from 0 to 1")
    if edge == "facing" and pages == "all":
        return FacingSeam(middle)
    if edge not in get_args(_EDGE):
        raise ValueError(f"no edge “{edge}”")
    return Seam(edge, middle, pages)  # type: ignore[arg-type]  # one of _EDGE


def _which(parts: list[str]) -> tuple[WhichPages, list[str]]:
    """Which pages, and the parts that do not say so."""
    if "odd" in parts:
        return "odd", [part for part in parts if part != "odd"]
    if "even" in parts:
        return "even", [part for part in parts if part != "even"]
    return "all", parts


def _mm(text: str) -> float:
    return _number(text.strip().removesuffix("mm"))


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"“{text}” is no number")
    return value
