"""How a story is told: steps with times, files it leaves, and what must be true."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Step:
    """One step that was taken; *ms* is how long it took."""

    name: str
    ok: bool
    ms: int


class NotTrue(AssertionError):
    """Something the story relies on is not so."""


@dataclass(slots=True)
class Telling:
    """Notes every step and keeps every file; *listener* hears of each step as it ends."""

    out: Path
    listener: Callable[[Step], None] = lambda _: None
    steps: list[Step] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A step: what raises inside fails it and ends the story."""
        begin, ok = time.perf_counter(), False
        try:
            yield
            ok = True
        finally:
            step = Step(name, ok, round((time.perf_counter() - begin) * 1000))
            self.steps.append(step)
            self.listener(step)

    def keep(self, name: str, data: bytes | str) -> Path:
        """Leave a file for whoever wants to look."""
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        self.files.append(name)
        return path


def must(condition: object, what: str) -> None:
    """Raise NotTrue unless *condition* holds."""
    if not condition:
        raise NotTrue(what)


def until(ready: Callable[[], bool], what: str, timeout: float = 30.0) -> None:
    """Look again and again until *ready*. Raises NotTrue after *timeout* seconds."""
    deadline = time.monotonic() + timeout
    while not ready():
        if time.monotonic() > deadline:
            raise NotTrue(f"waited {timeout:g} s: {what}")
        time.sleep(0.1)
