"""Fuzzes the layers that strangers' bytes reach: ``python -m tests.fuzz.run --minutes 10``.

With atheris where it is installed (it watches which code an input reaches), else with plain
random changes. A finding is written to the folder of findings, and the exit code is 1; put it into
tests/fuzz/corpus/TARGET once it is fixed, and every later run begins with it.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import random
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

HAS_ATHERIS = importlib.util.find_spec("atheris") is not None
SLOWEST = 10  # seconds for one input: what a stranger's file may cost
MEMORY = 512  # MiB, all of the process


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--target", action="append", help="der, xml, zip, reader, pdf; default all")
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"))
    parser.add_argument("--grown", type=Path, help="keep what reached new code, per target")
    parser.add_argument("--plain", action="store_true", help="without atheris")
    wishes = parser.parse_args()
    found = False
    for name in wishes.target or ("der", "xml", "zip", "reader", "pdf"):
        wishes.findings.mkdir(parents=True, exist_ok=True)
        fuzz = _plainly if wishes.plain or not HAS_ATHERIS else _with_atheris
        ok = fuzz(name, wishes.minutes * 60, wishes.findings, wishes.grown)
        print(f"{name}: {'nothing found' if ok else 'FOUND, see ' + str(wishes.findings)}")
        found = found or not ok
    return int(found)


def _plainly(name: str, seconds: float, findings: Path, _grown: Path | None) -> bool:
    # Not at the top: with atheris the targets are imported in the child, under its eyes.
    from tests.fuzz.mutate import mutated, mutated_package  # noqa: PLC0415
    from tests.fuzz.targets import TARGETS  # noqa: PLC0415

    target, dice = TARGETS[name], random.Random(name)
    seeds = target.seeds(name)
    until, rounds = time.monotonic() + seconds, 0
    while time.monotonic() < until or rounds < len(seeds):
        data = seeds[rounds] if rounds < len(seeds) else dice.choice(seeds)
        if rounds >= len(seeds) and target.is_package:
            data = mutated_package(data, dice, lambda each: mutated(each, dice))
        elif rounds >= len(seeds):
            data = mutated(data, dice)
        rounds += 1
        start = time.process_time()
        try:
            target.run(data)
        except Exception:  # noqa: BLE001  a finding, whatever it is
            traceback.print_exc()
            return _keep(findings, name, "crash", data)
        if time.process_time() - start > SLOWEST:
            return _keep(findings, name, "slow", data)
    return True


def _keep(findings: Path, name: str, kind: str, data: bytes) -> bool:
    (findings / f"{name}-{kind}-{hashlib.sha256(data).hexdigest()[:16]}").write_bytes(data)
    return False


def _with_atheris(name: str, seconds: float, findings: Path, grown: Path | None) -> bool:
    """libFuzzer ends its process, so every target gets one of its own."""
    with tempfile.TemporaryDirectory() as seeds:
        if grown:
            (grown / name).mkdir(parents=True, exist_ok=True)
        folders = [str(grown / name)] if grown else []
        command = [
            sys.executable, "-m", "tests.fuzz.harness", name, *folders, seeds,
            f"-max_total_time={max(1, int(seconds))}", f"-timeout={SLOWEST}",
            f"-rss_limit_mb={MEMORY}", f"-artifact_prefix={findings}/{name}-", "-max_len=65536",
            "-len_control=0", "-print_final_stats=1", "-verbosity=1",
        ]  # fmt: skip
        answer = subprocess.run(command, env={**os.environ, "FUZZ_SEEDS": seeds}, check=False)
    return answer.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
