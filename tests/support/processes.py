"""What runs on this machine because of a test, as the kernel tells it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def processes_of(folder: Path) -> dict[int, str]:
    """Living processes that name *folder* in their command line or environment."""
    needle, found = os.fsencode(folder), {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with suppress(OSError):
            told = (entry / "cmdline").read_bytes()
            if needle in told or needle in (entry / "environ").read_bytes():
                found[int(entry.name)] = told.replace(b"\0", b" ").decode(errors="replace").strip()
    return {pid: command for pid, command in found.items() if command}


def descendants_of(parent: int) -> set[int]:
    """The children of *parent*, theirs, and so on."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(fields[1])
    found: set[int] = set()
    edge = {parent}
    while edge:
        edge = {pid for pid, above in parents.items() if above in edge} - found
        found |= edge
    return found


def alive(pid: int) -> bool:
    """Whether *pid* runs; a zombie does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


def wait_until(ready: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    """Look again and again until *ready*; AssertionError after *seconds*."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, f"waited {seconds:g} s: {what}"
        time.sleep(0.05)
