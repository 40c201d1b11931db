"""A few seconds of each fuzzer: they still run, and what was found once stays mended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_nothing_but_typed_refusals(name: str, tmp_path: Path) -> None:
    """Five seconds from the seeds: no other exception, no hang, no appetite."""
    command = [sys.executable, "-m", "tests.fuzz.run", "--target", name, "--minutes", "0.083"]
    answer = subprocess.run(
        [*command, "--findings", tmp_path],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert answer.returncode == 0, answer.stderr[-3000:]
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_every_seed_gets_an_answer(name: str) -> None:
    """Sound files, the conformance corpus and old findings."""
    target = TARGETS[name]
    for seed in target.seeds(name):
        target.run(seed)
