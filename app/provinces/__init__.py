"""The provinces' rules and words as TOML, checked when read."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from app.errors import ConfigurationError
from seal_core.domain.provinces import Authorisation, IssuePolicy, Province, SealType, Size

FOLDER = Path(__file__).parent


def load_province(name: str) -> Province:
    """``shanxi``, ``jiangxi``, or the path of a TOML file. Raises ConfigurationError."""
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return _province(data)
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as exc:
        raise ConfigurationError(f"province {name}: {exc!r}") from exc


def _province(data: dict[str, Any]) -> Province:
    return Province(
        **{
            **data,
            "issue_policy": IssuePolicy(data["issue_policy"]),
            "authorisation": Authorisation(data["authorisation"]),
            "reminder_days": tuple(sorted(data["reminder_days"], reverse=True)),
            "regions": tuple((code, region) for code, region in data["regions"]),
            "seal_types": tuple(_seal_type(entry) for entry in data["seal_types"]),
        }
    )


def _seal_type(data: dict[str, Any]) -> SealType:
    return SealType(
        **{
            **data,
            "aliases": tuple(data["aliases"]),
            "sizes": tuple(Size(**size) for size in data["sizes"]),
        }
    )
