"""Binds every state, command and piece of news to its one handler."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from bot.messages import Message, Say
from bot.states import State
from bot.talk import Talk
from seal_core.domain.records import News, Notification

Answer = Callable[[Message, Talk], Say]
Tell = Callable[[Notification, Talk], Say | None]
Leave = Callable[[Talk], None]
F = TypeVar("F", bound=Callable[..., object])
K = TypeVar("K")
V = TypeVar("V")


class Router:
    """Handlers by what calls for them; a second one for the same thing is an error at import."""

    def __init__(self) -> None:
        self.states: dict[State, Answer] = {}
        self.commands: dict[str, Answer] = {}
        self.news: dict[News, Tell] = {}
        self.leaving: dict[State, Leave] = {}

    def state(self, state: State) -> Callable[[F], F]:
        """Handles whatever is said in *state*."""
        return self._bind(self.states, state)

    def command(self, *words: str) -> Callable[[F], F]:
        """Starts a dialog from anywhere, by word, menu number or menu button."""

        def bind(handler: F) -> F:
            for word in words:
                self._bind(self.commands, word)(handler)
            return handler

        return bind

    def tells(self, news: News) -> Callable[[F], F]:
        """Words a piece of news, and may move the conversation on."""
        return self._bind(self.news, news)

    def leaves(self, state: State) -> Callable[[F], F]:
        """Tidies up when the person says 取消 in *state*."""
        return self._bind(self.leaving, state)

    def include(self, other: Router) -> None:
        """Take over all that *other* binds."""
        for state, answer in other.states.items():
            self.state(state)(answer)
        for word, answer in other.commands.items():
            self.command(word)(answer)
        for news, tell in other.news.items():
            self.tells(news)(tell)
        for state, leave in other.leaving.items():
            self.leaves(state)(leave)

    def _bind(self, table: dict[K, V], key: K) -> Callable[[F], F]:
        def bind(handler: F) -> F:
            if key in table:
                raise ValueError(f"a second handler for {key}")
            table[key] = cast(V, handler)
            return handler

        return bind
