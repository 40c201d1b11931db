"""One person's place in the conversation."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.messages import Say
from bot.states import State

VERSION = 1
"""Raised when the meaning of stored data changes; older sessions start over."""

_STATES = frozenset(State)

DEPTH = 12
"""How many steps 返回 can go back."""


@dataclass(slots=True)
class Step:
    """A state, what was answered so far, and the question that is open."""

    state: State
    data: dict[str, Any]
    prompt: str


@dataclass(slots=True)
class Session:
    """The steps walked; the last one is where the person stands."""

    steps: list[Step] = field(default_factory=list)

    @property
    def state(self) -> State:
        return self.steps[-1].state if self.steps else State.MENU

    @property
    def data(self) -> dict[str, Any]:
        return self.steps[-1].data if self.steps else {}

    def go(self, state: State, data: dict[str, Any], prompt: Say) -> None:
        self.steps = [*self.steps, Step(state, data, prompt.to_json())][-DEPTH:]

    def back(self) -> Say | None:
        """Undo one step; the question that is open again, or None at the beginning."""
        if len(self.steps) < 2:
            return None
        self.steps.pop()
        return Say.from_json(self.steps[-1].prompt)

    def prompt(self) -> Say | None:
        return Say.from_json(self.steps[-1].prompt) if self.steps else None

    def end(self) -> None:
        self.steps = []

    def to_json(self) -> str:
        return json.dumps(
            {"version": VERSION, "steps": [asdict(step) for step in self.steps]},
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> Session:
        """The stored session; one that this version cannot read starts over."""
        stored = json.loads(text)
        if stored["version"] != VERSION or any(s["state"] not in _STATES for s in stored["steps"]):
            return cls()
        return cls([Step(State(s["state"]), s["data"], s["prompt"]) for s in stored["steps"]])
