"""The map of all dialogs, read from the handlers' own code, and what is wrong with it.

A handler moves the conversation with ``talk.go``, ``talk.begin``, ``talk.end`` and ``talk.close``
only, and names the state it moves to. That is what is read here, through every function the
handler hands its ``talk`` to; whatever cannot be read is refused, so that the map is never wrong
by being short of a way.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

from bot.guides import DIALOGS, GUIDES
from bot.router import Router
from bot.states import State
from bot.talk import Talk

MOVING = frozenset({"go", "begin"})
ENDING = "end"
CLOSING = "close"
RECEIVED_FROM = Talk.__name__


class UnreadableDialog(Exception):
    """A handler moves the conversation in a way that cannot be read from its code."""


@dataclass(slots=True)
class Ways:
    """Where one handler can lead; *closes* are the states it ends the dialog in."""

    to: set[State] = field(default_factory=set)
    closes: set[State] = field(default_factory=set)

    def add(self, other: Ways) -> None:
        self.to |= other.to
        self.closes |= other.closes


@dataclass(frozen=True, slots=True)
class Flows:
    """What each state, command and piece of news can lead to."""

    states: Mapping[State, Ways]
    commands: Mapping[str, Ways]
    news: Mapping[str, Ways]

    def after(self, state: State) -> set[State]:
        """Every state that may follow an answer in *state*, or news that arrive in it."""
        found = set(self.states[state].to) if state in self.states else set()
        for ways in self.news.values():
            found |= {State.MENU} if state in ways.closes else set()
            found |= {to for to in ways.to if _dialog(to) == _dialog(state)}
        return found

    @property
    def beginnings(self) -> set[State]:
        """Every state that can be entered from anywhere."""
        return {to for ways in (*self.commands.values(), *self.news.values()) for to in ways.to}


def read(router: Router) -> Flows:
    """The map of all that *router* binds. Raises UnreadableDialog."""
    return Flows(
        {state: _ways_of(handler) for state, handler in router.states.items()},
        {word: _ways_of(handler) for word, handler in router.commands.items()},
        {news.value: _ways_of(handler) for news, handler in router.news.items()},
    )


def problems(flows: Flows) -> list[str]:
    """What would leave a person stranded, in words; empty when all is well."""
    dialogs = [state for state in State if state is not State.MENU]
    known = _closure(flows.beginnings, flows.after)
    home = _closure(
        {State.MENU}, lambda to: {state for state in dialogs if to in flows.after(state)}
    )
    return [
        *(f"{state} has no handler" for state in dialogs if state not in flows.states),
        *(f"{state} cannot be reached" for state in dialogs if state not in known),
        *(f"{state} is a dead end: nothing finishes it" for state in dialogs if state not in home),
        *(f"{state} has no guide (bot/guides.py)" for state in dialogs if state not in GUIDES),
        *(
            f"{state} is of a dialog without a name (bot/guides.py)"
            for state in dialogs
            if _dialog(state) not in DIALOGS
        ),
    ]


def diagrams(flows: Flows) -> str:
    """One Mermaid picture a dialog, as Markdown."""
    return "\n\n".join(
        f"## {name}\n\n```mermaid\n{_diagram(flows, prefix)}\n```"
        for prefix, name in DIALOGS.items()
    )


def _diagram(flows: Flows, prefix: str) -> str:
    mine = [state for state in State if _dialog(state) == prefix]
    lines = ["stateDiagram-v2"]
    lines += [f'  state "{state}" as {_node(state)}' for state in mine]
    for to in mine:
        words = [word for word, ways in flows.commands.items() if to in ways.to]
        heard = [news for news, ways in flows.news.items() if to in ways.to]
        if words:
            lines.append(f"  [*] --> {_node(to)} : {'、'.join(words)}")
        if heard:
            lines.append(f"  [*] --> {_node(to)} : news {', '.join(heard)}")
    for state in mine:
        for to in sorted(flows.states[state].to, key=list(State).index):
            lines.append(f"  {_node(state)} --> {_node(to)} : answer")
        closing = [news for news, ways in flows.news.items() if state in ways.closes]
        if closing:
            lines.append(f"  {_node(state)} --> [*] : news {', '.join(closing)}")
    return "\n".join(lines)


def _dialog(state: State) -> str:
    return state.value.partition(".")[0]


def _node(state: State) -> str:
    return "[*]" if state is State.MENU else state.value.replace(".", "_")


def _closure(start: set[State], following: Callable[[State], set[State]]) -> set[State]:
    found, open_ = set(start), list(start)
    while open_:
        fresh = following(open_.pop()) - found
        found |= fresh
        open_ += fresh
    return found


# --- reading a handler --------------------------------------------------------------


def _ways_of(handler: Callable[..., object]) -> Ways:
    ways, seen, open_ = Ways(), set[str](), [handler]
    while open_:
        function = open_.pop()
        name = f"{function.__module__}.{function.__qualname__}"
        if name not in seen:
            seen.add(name)
            reader = _Reader(function, name)
            ways.add(reader.ways)
            open_ += reader.onward
    return ways


class _Reader(ast.NodeVisitor):
    """Reads one function: its moves, and the functions it hands its talk to."""

    def __init__(self, function: Callable[..., object], name: str) -> None:
        self.ways = Ways()
        self.onward: list[Callable[..., object]] = []
        self._name = name
        self._globals = vars(sys.modules[function.__module__])
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        definition = tree.body[0]
        if not isinstance(definition, ast.FunctionDef):
            raise UnreadableDialog(f"{name} is no plain function")
        arguments = [*definition.args.args, *definition.args.kwonlyargs]
        self._talks = {
            each.arg
            for each in arguments
            if each.annotation is not None
            and ast.unparse(each.annotation).strip("'\"") == RECEIVED_FROM
        }
        for line in definition.body:
            self.visit(line)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """A way of moving that is passed on or kept could be used anywhere."""
        if self._is_talk(node.value) and node.attr in (*MOVING, ENDING, CLOSING):
            raise UnreadableDialog(f"{self._name} keeps {ast.unparse(node)} for later")
        self.generic_visit(node)

    def visit_Call(self, call: ast.Call) -> None:
        match call.func:
            case ast.Attribute(value=ast.Name(id=owner), attr=move) if owner in self._talks:
                self._read_move(move, call)
                for value in self._values(call):
                    self.visit(value)
                return
            case _ if any(self._is_talk(each) for each in self._values(call)):
                self.onward += self._functions(call.func)
        self.generic_visit(call)

    def visit_Assign(self, node: ast.Assign) -> None:
        if self._is_talk(node.value):
            raise UnreadableDialog(f"{self._name} gives its talk another name")
        self.generic_visit(node)

    def _read_move(self, move: str, call: ast.Call) -> None:
        if move in MOVING:
            self.ways.to |= set(self._states(call.args[0]))
        elif move == ENDING:
            self.ways.to.add(State.MENU)
        elif move == CLOSING:
            self.ways.closes |= {state for each in call.args[1:] for state in self._states(each)}

    def _states(self, node: ast.expr) -> Iterator[State]:
        """The states an expression names: State.X, a tuple of them by name, or either of two."""
        match node:
            case ast.Starred(value=inner):
                yield from self._states(inner)
            case ast.IfExp(body=one, orelse=other):
                yield from (*self._states(one), *self._states(other))
            case _:
                value = self._value(node)
                found = (value,) if isinstance(value, State) else value
                if not isinstance(found, tuple) or not all(isinstance(s, State) for s in found):
                    raise UnreadableDialog(f"{self._name}: which state is {ast.unparse(node)}?")
                yield from found

    def _functions(self, node: ast.expr) -> list[Callable[..., object]]:
        """The functions a called name stands for; a table of them stands for all it holds."""
        if isinstance(node, ast.Subscript):
            table = self._value(node.value)
            found = list(table.values()) if isinstance(table, Mapping) else [table]
        else:
            found = [self._value(node)]
        for each in found:
            if not isinstance(each, FunctionType):
                raise UnreadableDialog(f"{self._name} hands its talk to {ast.unparse(node)}")
        return found

    def _value(self, node: ast.expr) -> Any:
        """What a global name, or an attribute of a module or enumeration, stands for."""
        match node:
            case ast.Name(id=name) if name in self._globals:
                return self._globals[name]
            case ast.Attribute(value=inner, attr=name):
                owner = self._value(inner)
                if isinstance(owner, ModuleType) or owner is State:
                    return getattr(owner, name)
        return None

    def _is_talk(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in self._talks

    def _values(self, call: ast.Call) -> list[ast.expr]:
        return [*call.args, *(keyword.value for keyword in call.keywords)]
