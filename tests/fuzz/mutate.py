"""Small random changes, for machines without atheris and for what lies inside packages."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.fuzz.targets import repacked, unpacked

_ODD = (
    b"\x00",
    b"\xff",
    b"\x80",
    b"\x7f",
    b"\x30\x80",
    b"\x84\xff\xff\xff\xff",
    b"../",
    b"<",
    b"&",
)
MAX_SIZE = 64 * 1024

Mutate = Callable[[bytes], bytes]


def mutated(data: bytes, dice: random.Random) -> bytes:
    """One to four changes: flip, overwrite, cut, double, put something odd in."""
    changed = bytearray(data or b"\x00")
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(changed) + 1)
        to = min(len(changed), at + dice.choice((1, 1, 2, 4, 16, 64)))
        match dice.randrange(5):
            case 0 if at < len(changed):
                changed[at] ^= 1 << dice.randrange(8)
            case 1:
                changed[at:to] = dice.randbytes(to - at)
            case 2:
                del changed[at:to]
            case 3:
                changed[at:at] = changed[at:to] * dice.choice((1, 2, 50))
            case _:
                changed[at:at] = dice.choice(_ODD)
    return bytes(changed[:MAX_SIZE])


def mutated_package(data: bytes, dice: random.Random, mutate: Mutate) -> bytes:
    """A change inside one file, packed again so that sizes and checksums are right;
    one time in four a change of the archive itself."""
    files = unpacked(data)
    if not files or not dice.randrange(4):
        return mutate(data)
    names = sorted(files)
    chosen = dice.choice(names)
    match dice.randrange(8):
        case 0:
            del files[chosen]
        case 1:
            files[chosen] = files[dice.choice(names)]
        case _:
            files[chosen] = mutate(files[chosen])
    return repacked(files)
