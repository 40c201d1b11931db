"""Third-party files that are not part of the repository; tests that need them are skipped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).parents[2]
SHARED = Path(os.environ.get("ZHANGYIN_SHARED", _REPOSITORY.parent / "shared"))
SAMPLES = SHARED / "samples"


def sample(name: str) -> bytes:
    """The bytes of *name* under the samples folder; skips the test where it is absent."""
    path = SAMPLES / name
    if not path.exists():
        pytest.skip(f"no sample {name}")
    return path.read_bytes()
