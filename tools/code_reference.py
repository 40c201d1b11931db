"""Write the tables of docs/reference from the code: ``python -m tools.code_reference``.

A page keeps its own words; only what stands between ``<!-- NAME: from the code -->`` and
``<!-- end -->`` is replaced. tests/test_docs.py fails when a page is older than the code.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import click

from app.cli import cli
from app.config import ROOT
from bot.flows import diagrams, read
from bot.handlers import router
from bot.states import State
from bot.texts import DOCUMENT_REASONS, SEAL_STATES, TASK_REASONS
from channels.errors import UntrustedPush
from jobs.registry import KINDS
from portal.wording import CHANNELS, EVENTS, FALLBACK, NEWS, REFUSALS
from seal_core.domain.documents import DocumentState
from seal_core.domain.records import News
from seal_core.domain.sealing import OrderState, TaskState
from seal_core.domain.seals import ARROWS, SealState
from seal_core.domain.tickets import LinkPurpose, PickupState
from seal_core.errors import DocumentRefused, FaceRefused, SealError, SealRefused
from seal_core.faces import FaceKind
from seal_core.formats.quirks import Quirk as FormatQuirk
from seal_core.services.links import MINUTES
from verify.notices import Notice, Quirk
from verify.render import wording
from verify.report import Change, Kind, Question, Reason, TimeSource, Verdict

FOLDER = ROOT / "docs" / "reference"
PACKAGES = (
    "app",
    "webhooks",
    "portal",
    "jobs",
    "bot",
    "channels",
    "storage",
    "verify",
    "seal_core",
)
_BLOCK = re.compile(r"(<!-- (?P<name>[a-z-]+): from the code -->\n).*?(<!-- end -->)", re.S)
_MEMBER = re.compile(r'^ +[A-Z_]+ = "(?P<value>[^"]+)"(?: +# (?P<comment>.+))?$')
_REASON = re.compile(r'^ +"(?P<value>[a-z_]+)",(?: +# (?P<comment>.+))?$')
# References of comments to papers that are not in the repository.
_ASIDE = re.compile(r" \((?:faults|design|(?:domain|platform|perf) facts)[^)]*\)")
_WIDTH = 88

E = TypeVar("E", bound=StrEnum)

# What runs Alembic when it is imported, and what is a program of its own.
_NOT_IMPORTED = re.compile(r"^storage\.migrations|^app\.cli$")


def refusals() -> list[type[SealError]]:
    """Every refusal of the product, by code."""
    for package in PACKAGES:
        folder = importlib.import_module(package)
        for module in pkgutil.walk_packages(folder.__path__, f"{package}."):
            if not _NOT_IMPORTED.match(module.name):
                importlib.import_module(module.name)
    found = {
        each
        for each in _below(SealError)
        if each.__module__.partition(".")[0] in PACKAGES and "code" in vars(each)
    }
    return sorted(found, key=lambda each: each.code)


def commands() -> dict[str, click.Command]:
    """Every command of ./zhangyin by name."""
    context = click.Context(cli, info_name="./zhangyin")
    found = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


def leaves() -> dict[str, click.Command]:
    """Every command that does something, those of groups by both words."""
    found: dict[str, click.Command] = {}
    for name, command in commands().items():
        if isinstance(command, click.Group):
            found |= {f"{name} {inner}": each for inner, each in command.commands.items()}
        else:
            found[name] = command
    return found


def pages() -> dict[Path, str]:
    """Every page with blocks, as it should read."""
    found = {}
    for path in sorted(FOLDER.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if _BLOCK.search(text):
            found[path] = _BLOCK.sub(_filled, text)
    return found


def _filled(match: re.Match[str]) -> str:
    return f"{match[1]}\n{BLOCKS[match['name']]()}\n\n{match[3]}"


# --- tables -------------------------------------------------------------------------


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(c) for c in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _code(text: str) -> str:
    return f"`{text}`"


def _comments(source: object, pattern: re.Pattern[str] = _MEMBER) -> dict[str, str]:
    """The comment beside each value, from the source."""
    lines = inspect.getsource(source).splitlines()  # type: ignore[arg-type]
    found = (match for line in lines if (match := pattern.match(line)))
    return {match["value"]: match["comment"] or "" for match in found}


def _worded(enum: type[E], words: Mapping[E, str]) -> str:
    comments = _comments(enum)
    rows = ((_code(each), words.get(each, ""), comments.get(each.value, "")) for each in enum)
    return _table(("code", "said to people", "note"), rows)


def _plain(enum: type[StrEnum]) -> str:
    comments = _comments(enum)
    return _table(("code", "note"), ((_code(e), comments.get(e.value, "")) for e in enum))


def _below(parent: type[SealError]) -> Iterator[type[SealError]]:
    for child in parent.__subclasses__():
        yield child
        yield from _below(child)


def _refusal_rows() -> Iterator[tuple[str, ...]]:
    for each in refusals():
        status, words = REFUSALS.get(each.code, ("", ""))
        meaning = _ASIDE.sub("", (inspect.getdoc(each) or "").partition("\n\n")[0])
        yield _code(each.code), str(status), words, meaning


def _reasons(refusal: type[SealError], words: Mapping[str, str] | None = None) -> str:
    comments = _comments(refusal, _REASON)
    head = ("reason", "said to people", "note") if words else ("reason", "note")
    rows = (
        (_code(code), *((words[code],) if words else ()), note) for code, note in comments.items()
    )
    return _table(head, rows)


def _arrows() -> str:
    rows = (
        (_code(event), "、".join(map(SEAL_STATES.__getitem__, ways)), _targets(ways))
        for event, ways in ARROWS.items()
    )
    return _table(("event", "from", "to"), rows)


def _targets(ways: Mapping[SealState, SealState]) -> str:
    return "、".join(dict.fromkeys(SEAL_STATES[to] for to in ways.values()))


def _links() -> str:
    comments = _comments(LinkPurpose)
    rows = ((_code(p), f"{MINUTES[p]} min", comments[p.value]) for p in LinkPurpose)
    return _table(("purpose", "open for", "note"), rows)


def _jobs() -> str:
    rows = ((_code(n), k.queue, f"{k.timeout_seconds} s") for n, k in KINDS.items())
    return _table(("job", "queue", "time limit"), rows)


def _words(words: Mapping[str, str], head: str) -> str:
    return _table((head, "said to people"), ((_code(c), w) for c, w in words.items()))


def _help() -> str:
    context = click.Context(cli, info_name="./zhangyin", terminal_width=_WIDTH)
    listed = commands() | leaves()
    order = sorted(listed, key=lambda name: [*commands()].index(name.partition(" ")[0]))
    parts = []
    for name in order:
        command = listed[name]
        inner = click.Context(command, parent=context, info_name=name, terminal_width=_WIDTH)
        level = "###" if " " in name else "##"
        parts.append(f"{level} {name}\n\n```text\n{command.get_help(inner)}\n```")
    return "\n\n".join(parts)


BLOCKS: dict[str, Callable[[], str]] = {
    "verdicts": lambda: _worded(Verdict, wording.VERDICTS),
    "questions": lambda: _worded(Question, wording.QUESTIONS),
    "reasons": lambda: _worded(Reason, wording.REASONS),
    "kinds": lambda: _worded(Kind, wording.KINDS),
    "time-sources": lambda: _worded(TimeSource, wording.TIME_SOURCES),
    "changes": lambda: _worded(Change, wording.CHANGES),
    "warnings": lambda: _worded(Notice, wording.NOTICES),
    "quirks-formats": lambda: _worded(FormatQuirk, wording.QUIRKS),
    "quirks-documents": lambda: _worded(Quirk, wording.QUIRKS),
    "refusals": lambda: _table(("code", "HTTP", "said to people", "meaning"), _refusal_rows()),
    "fallback": lambda: f"HTTP {FALLBACK[0]}: {FALLBACK[1]}",
    "document-reasons": lambda: _reasons(DocumentRefused, DOCUMENT_REASONS),
    "seal-reasons": lambda: _reasons(SealRefused),
    "face-reasons": lambda: _reasons(FaceRefused),
    "push-reasons": lambda: _reasons(UntrustedPush),
    "task-reasons": lambda: _words(TASK_REASONS, "code"),
    "seal-states": lambda: _worded(SealState, SEAL_STATES),
    "seal-arrows": _arrows,
    "document-states": lambda: _plain(DocumentState),
    "order-states": lambda: _plain(OrderState),
    "task-states": lambda: _plain(TaskState),
    "pickup-states": lambda: _plain(PickupState),
    "dialog-states": lambda: _plain(State),
    "flows": lambda: diagrams(read(router)),
    "links": _links,
    "audit-events": lambda: _words(EVENTS, "event"),
    "news": lambda: _words({n: NEWS[n] for n in News}, "news"),
    "channels": lambda: _words(CHANNELS, "channel"),
    "jobs": _jobs,
    "faces": lambda: _plain(FaceKind),
    "commands": _help,
}
"""What can be filled in, by the name in the page."""


def main() -> None:
    """Fill in all pages."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
