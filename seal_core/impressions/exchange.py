"""Questions to the confined reader and its answers, as JSON checked value by value.

What comes back was made next to a stranger's file: nothing of it is believed unread.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import asdict, fields
from typing import Any

from seal_core.impressions.model import (
    Box,
    Finding,
    FindingCode,
    FormReading,
    Impression,
    Outline,
    Quality,
    Wanted,
)

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_LARGEST_PICTURE = 4 * 1024 * 1024  # octets; 100 mm at 600 dpi takes a tenth of it
_LONGEST_TEXT = 4000


def wanted_as_json(wanted: Wanted) -> dict[str, Any]:
    return asdict(wanted)


def wanted_from_json(data: Any) -> Wanted:
    return Wanted(**{**data, "outline": Outline(data["outline"])})


def box_from_json(data: Any) -> Box:
    return Box(**{field.name: float(data[field.name]) for field in fields(Box)})


def reading_as_json(reading: FormReading) -> dict[str, Any]:
    return {
        "version": reading.version,
        "impressions": [impression_as_json(i) for i in reading.impressions],
        "findings": [asdict(f) for f in reading.findings],
        "form": reading.form,
    }


def reading_from_json(data: Any) -> FormReading:
    """Raises ValueError, KeyError or TypeError for anything a reader does not say."""
    return FormReading(
        version=_text(data["version"]),
        impressions=tuple(impression_from_json(each) for each in data["impressions"]),
        findings=_findings(data["findings"]),
        form=_text(data["form"]),
    )


def impression_as_json(impression: Impression) -> dict[str, Any]:
    pictures = ("picture", "original", "overlay", "strip")
    coded = {name: b64encode(getattr(impression, name)).decode() for name in pictures}
    return asdict(impression) | coded


def impression_from_json(data: Any) -> Impression:
    """Raises ValueError, KeyError or TypeError for anything a reader does not say."""
    answers = data["wanted"]
    return Impression(
        page=int(data["page"]),
        wanted=None if answers is None else int(answers),
        outline=Outline(data["outline"]),
        box=box_from_json(data["box"]),
        width_mm=float(data["width_mm"]),
        height_mm=float(data["height_mm"]),
        angle=float(data["angle"]),
        picture=_picture(data["picture"], _PNG),
        original=_picture(data["original"], _JPEG),
        overlay=_picture(data["overlay"], _JPEG),
        strip=_picture(data["strip"], _PNG) if data["strip"] else b"",
        fingerprint=_hex(data["fingerprint"]),
        quality=Quality(**{f.name: float(data["quality"][f.name]) for f in fields(Quality)}),
        findings=_findings(data["findings"]),
    )


def _findings(data: Any) -> tuple[Finding, ...]:
    return tuple(Finding(FindingCode(f["code"]), int(f["seal"]), _text(f["detail"])) for f in data)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or not value.isprintable():
        raise ValueError("text")
    return value


def _hex(value: Any) -> str:
    bytes.fromhex(_text(value))
    return str(value)


def _picture(value: Any, magic: bytes) -> bytes:
    data = b64decode(value, validate=True)
    if not data.startswith(magic) or len(data) > _LARGEST_PICTURE:
        raise ValueError("picture")
    return data
