"""The map of the dialogs is read from the code, and a way that strands people is noticed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from click.testing import CliRunner

from app.commands.flows import command
from bot import guides
from bot.flows import UnreadableDialog, Ways, diagrams, problems, read
from bot.handlers import router
from bot.messages import Message, Say
from bot.router import Router
from bot.states import State
from bot.talk import Talk

FLOWS = read(router)
OTHER = (State.SEAL_UPLOADING, State.SEAL_ON_PAGE)


def test_nobody_is_left_stranded() -> None:
    """
    Every state is reachable, can be finished, and has help and a time limit.
    """
    assert problems(FLOWS) == []


def test_the_command_draws_and_judges() -> None:
    """
    Pictures on request, and success only when nothing is wrong.
    """
    drawn = CliRunner().invoke(command)
    assert drawn.exit_code == 0
    assert diagrams(FLOWS) in drawn.output
    assert "stateDiagram" not in CliRunner().invoke(command, ["--check"]).output


def test_the_map_knows_the_ways() -> None:
    """
    Through helpers, tables of states, and news.
    """
    assert FLOWS.states[State.APPLY_CHOOSING_SEALS].to == {
        State.APPLY_CHOOSING_SIZE,
        State.APPLY_CHOOSING_REGION,
    }
    assert State.SEAL_CHOOSING_SEAL in FLOWS.news["document_accepted"].to
    assert State.APPLY_ON_PAGE in FLOWS.news["application_submitted"].closes


def test_what_strands_people_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A state without a way in, one without a way out, one without handler, help or name.
    """
    notices = State.NOTICES_CHOOSING
    commands = {w: Ways(ways.to - {notices}, ways.closes) for w, ways in FLOWS.commands.items()}
    assert problems(replace(FLOWS, commands=commands)) == ["notices.choosing cannot be reached"]
    stuck = dict(FLOWS.states) | {notices: Ways()}
    said = problems(replace(FLOWS, states=stuck))
    assert said == ["notices.choosing is a dead end: nothing finishes it"]
    gone = dict(FLOWS.states)
    del gone[notices]
    assert "notices.choosing has no handler" in problems(replace(FLOWS, states=gone))
    monkeypatch.setattr(
        "bot.flows.GUIDES", {s: g for s, g in guides.GUIDES.items() if s != State.SEAL_ON_PAGE}
    )
    monkeypatch.setattr(
        "bot.flows.DIALOGS", {d: n for d, n in guides.DIALOGS.items() if d != "verify"}
    )
    assert problems(FLOWS) == [
        "seal.on_page has no guide (bot/guides.py)",
        "verify.uploading is of a dialog without a name (bot/guides.py)",
    ]


def _renamed(_: Message, talk: Talk) -> Say:
    mine = talk
    return mine.end(Say(""))


def _computed(message: Message, talk: Talk) -> Say:
    return talk.go(State(message.text), Say(""))


def _handed_on(message: Message, talk: Talk) -> Say:
    handler = [_computed, _renamed][len(message.text)]
    return handler(message, talk)


def _kept(message: Message, talk: Talk) -> Say:
    onward = talk.go if message.text else talk.begin
    return onward(State.SEAL_UPLOADING, Say(""))


@pytest.mark.parametrize("handler", [_renamed, _computed, _handed_on, _kept])
def test_what_cannot_be_read_is_refused(handler: object) -> None:
    """
    A map that is short of a way would be worse than none.
    """
    some = Router()
    some.commands["x"] = handler  # type: ignore[assignment]
    with pytest.raises(UnreadableDialog):
        read(some)


def _two_ways(message: Message, talk: Talk) -> Say:
    if message.text:
        return talk.close(Say(""), *OTHER)
    return talk.go(State.SEAL_UPLOADING if message.key else State.VERIFY_UPLOADING, Say(""))


def test_conditions_and_tables_are_read() -> None:
    """
    Either of two states, and states kept under a name.
    """
    some = Router()
    some.commands["x"] = _two_ways
    ways = read(some).commands["x"]
    assert ways.to == {State.SEAL_UPLOADING, State.VERIFY_UPLOADING}
    assert ways.closes == set(OTHER)
