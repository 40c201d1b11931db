"""One target under atheris; started by ``tests.fuzz.run``, ended by libFuzzer."""

from __future__ import annotations

import hashlib
import os
import random
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["seal_core", "verify"]):
    from tests.fuzz.mutate import mutated_package
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """``harness TARGET [libFuzzer's folders and options]``; seeds go to $FUZZ_SEEDS."""
    name = sys.argv.pop(1)
    target = TARGETS[name]
    folder = Path(os.environ["FUZZ_SEEDS"])
    seeds = target.seeds(name)
    for seed in seeds:
        (folder / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)

    def inside(data: bytes, max_size: int, seed: int) -> bytes:
        dice = random.Random(seed)
        return mutated_package(data, dice, lambda each: atheris.Mutate(each, max_size))[:max_size]

    def anew(data: bytes, max_size: int, seed: int) -> bytes:
        dice = random.Random(seed)
        begun = data if dice.randrange(2) else dice.choice(seeds)
        return bytes(atheris.Mutate(begun, max_size))[:max_size]

    if target.begins_anew:
        atheris.Setup(sys.argv, target.run, custom_mutator=anew)
    elif target.is_package:
        atheris.Setup(sys.argv, target.run, custom_mutator=inside)
    else:
        atheris.Setup(sys.argv, target.run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
