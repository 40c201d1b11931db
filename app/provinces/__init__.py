"""The provinces' rules and words as TOML, checked when read."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from app.errors import ConfigurationError
from seal_core.domain.provinces import HANDWRITING, HolderKind, Province, SealType, Size
from seal_core.faces import FaceKind

FOLDER = Path(__file__).parent
FACES = frozenset(FaceKind) | {HANDWRITING}
LONGEST_MINUTES = 60  # that a pickup QR may stay open
LONGEST_ORDER = 5  # minutes of a 盖章授权单 (design, Keys and PINs, 3)
_REGION = re.compile(r"(\d{4}(?!0000)\d\d) (\S{2,20})")  # GB/T 2260: code, name
_SHAPE = TypeAdapter(Province)


def load_province(name: str) -> Province:
    """``shanxi``, ``jiangxi``, or the path of a TOML file.

    Raises ConfigurationError naming everything that is missing, unknown or wrong.
    """
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise ConfigurationError(f"province {name}: cannot read the file: {exc.strerror}") from None
    except ValueError as exc:  # no UTF-8, no TOML; the message gives the line
        raise ConfigurationError(f"province {name}: the file is no TOML: {exc}") from None
    return _checked(name, data)


def _checked(name: str, data: dict[str, Any]) -> Province:
    faults = [*_unknown_fields(data), *_bad_regions(data)]
    if not faults:
        try:
            # by way of JSON: strict about text and numbers, yet a list makes a tuple
            text = json.dumps({**data, "regions": _regions(data)}, default=_no_json)
            province = _SHAPE.validate_json(text, strict=True)
            days = tuple(sorted(province.reminder_days, reverse=True))
            province = dataclasses.replace(province, reminder_days=days)
            faults = list(_contradictions(province))
        except ValidationError as exc:
            faults = [f"{_place(e['loc'])}: {e['msg']}" for e in exc.errors(include_url=False)]
    if faults:
        raise ConfigurationError(*(f"province {name}: {fault}" for fault in faults))
    return province


def _unknown_fields(data: dict[str, Any]) -> Iterator[str]:
    yield from _strange(Province, data, "")
    for number, entry in enumerate(_tables(data.get("seal_types"))):
        yield from _strange(SealType, entry, f"seal_types[{number}].")
        for place, size in enumerate(_tables(entry.get("sizes"))):
            yield from _strange(Size, size, f"seal_types[{number}].sizes[{place}].")


def _strange(kind: type, given: dict[str, Any], where: str) -> Iterator[str]:
    known = {field.name for field in dataclasses.fields(kind)}
    for name in given.keys() - known:
        yield f"{where}{name}: unknown field"


def _tables(value: Any) -> list[dict[str, Any]]:
    """What can be looked into; anything else is named when the shape is checked."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _bad_regions(data: dict[str, Any]) -> Iterator[str]:
    """One row a city: ``["140100 太原市", "140105 小店区", …]``."""
    rows = data.get("regions")
    if not isinstance(rows, list) or not rows:
        yield "regions: a list of rows is missing, a city and its counties each"
        return
    seen: set[str] = set()
    for number, row in enumerate(rows):
        found = [_REGION.fullmatch(str(each)) for each in row] if isinstance(row, list) else [None]
        codes = [match[1] for match in found if match]
        one_city = [c for c in codes if c.endswith("00")] == codes[:1]
        if not codes or not all(found) or not one_city or {c[:4] for c in codes} != {codes[0][:4]}:
            yield f'regions[{number}]: not a row like ["140100 太原市", "140105 小店区"]'
        if seen & set(codes) or len(set(codes)) < len(codes):
            yield f"regions[{number}]: a code stands twice"
        seen |= set(codes)


def _regions(data: dict[str, Any]) -> list[dict[str, str]]:
    regions = []
    for row in data["regions"]:
        city = row[0].partition(" ")[2]
        for place, each in enumerate(row):
            code, _, name = each.partition(" ")
            full = f"{data.get('name', '')}{city}{name if place else ''}"
            regions.append({"code": code, "name": name, "full_name": full})
    return regions


def _contradictions(province: Province) -> Iterator[str]:
    """What has the right shape and still cannot be meant."""
    if not 1 <= province.pickup_minutes <= LONGEST_MINUTES:
        yield f"pickup_minutes: 1 to {LONGEST_MINUTES}"
    if not 1 <= province.order_minutes <= LONGEST_ORDER:
        yield f"order_minutes: 1 to {LONGEST_ORDER}"
    if min(province.renewal_days, province.collect_days, *province.reminder_days) < 0:
        yield "reminder_days, renewal_days, collect_days: not less than 0"
    if not province.types_for(HolderKind.ORGANISATION):
        yield "seal_types: none for organisations"
    codes = [seal_type.code for seal_type in province.seal_types]
    for number, seal_type in enumerate(province.seal_types):
        if seal_type.code in codes[:number] or not seal_type.code:
            yield f"seal_types[{number}].code: empty, or given before"
        for fault in _faults_of(seal_type):
            yield f"seal_types[{number}].{fault}"


def _faults_of(seal_type: SealType) -> Iterator[str]:
    if seal_type.face not in FACES:
        yield f"face: one of {', '.join(sorted(FACES))}"
    if seal_type.is_drawn and seal_type.holder is not HolderKind.PERSON:
        yield "holder: only a person draws his own"
    if not seal_type.sizes:
        yield "sizes: at least one"
    if any(not 8 <= mm <= 100 for s in seal_type.sizes for mm in (s.width_mm, s.height_mm)):
        yield "sizes: 8 to 100 mm"


def _no_json(_: object) -> None:
    """A date or time, which no field is."""


def _place(location: tuple[int | str, ...]) -> str:
    """``seal_types[2].sizes[0].label``"""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")
