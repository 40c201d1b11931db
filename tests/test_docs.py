"""The documentation says what the code does, and leads nowhere that does not exist."""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import click
import pytest
from flask import Flask

from app.cli import cli
from app.config import CONFIG_VARIABLE, PREFIX, ROOT, Settings, variables
from portal.api.views import create_blueprint
from portal.context import Pages
from portal.errors import SIGN_IN_AGAIN
from portal.wording import EVENTS, NEWS, REFUSALS, TITLES
from seal_core.domain.provinces import Province, SealType, Size
from seal_core.domain.records import News
from seal_core.domain.seals import SealEvent
from tools import code_reference

DOCS = ROOT / "docs"
PAGES = sorted(
    [
        *DOCS.rglob("*.md"),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    ]
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"\./zhangyin(?: [^`\n]*)?")
VARIABLE = re.compile(rf"\b{PREFIX}[A-Z0-9_]*[A-Z0-9]")
# Read by the launcher and by tests only; ZHANGYIN_SECRETS__… and the like name a group.
OTHER_VARIABLES = {CONFIG_VARIABLE, f"{PREFIX}PYTHON", f"{PREFIX}SHARED"}
TEST_VARIABLES = f"{PREFIX}TEST_"
SUBJECTS = "account|audit|feedback|form|key|notice|order|page|pickup|pin|review|seal"
EVENT_IN_CODE = re.compile(rf'"((?:{SUBJECTS}):[a-z_]+)"')


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(path: Path) -> set[str]:
    """The names headings can be linked by."""
    heads = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.M)
    kept = (re.sub(r"[^\w\- ]", "", head.lower()) for head in heads)
    return {head.strip().replace(" ", "-") for head in kept}


def shown_commands(path: Path) -> Iterator[list[str]]:
    """Every ./zhangyin … that a page shows, as words, without placeholders and comments."""
    for match in COMMAND.findall(path.read_text(encoding="utf-8")):
        words = shlex.split(match.partition(" #")[0].replace("…", ""), posix=False)
        yield words[1:]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file, and a heading of it where it says so."""
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        found = (page.parent / file).resolve() if file else page
        assert found.exists(), f"{name_of(page)} links to {target}"
        assert not anchor or anchor in anchors(found), f"{name_of(page)} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_exist(page: Path) -> None:
    """What a page tells to type is a command, and its options are options."""
    commands = code_reference.commands() | code_reference.leaves()
    for words in shown_commands(page):
        if not words or words[0] in ("COMMAND", "--help", "-h", "|", "[OPTIONS]"):
            continue
        command = commands.get(" ".join(words[:2])) or commands.get(words[0])
        assert command is not None, f"{name_of(page)}: ./zhangyin {' '.join(words)}"
        known = {o for param in command.params for o in param.opts} | {"--help", "-h"}
        given = {word.partition("=")[0] for word in words[1:] if word.startswith("--")}
        assert words[0] == "test" or given <= known, f"{name_of(page)}: {' '.join(words)}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_settings_exist(page: Path) -> None:
    """Every ZHANGYIN_… is a setting, a group of them, or one of the few of launcher and tests."""
    known = {name for name, _ in variables()} | OTHER_VARIABLES
    known |= {(PREFIX + name).upper() for name in Settings.model_fields}
    for name in VARIABLE.findall(page.read_text(encoding="utf-8")):
        assert name in known or name.startswith(TEST_VARIABLES), f"{name_of(page)}: {name}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_pages_name_no_machine(page: Path) -> None:
    """Paths of somebody's machine help nobody else."""
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.…])/(?:work|home|root|Users|tmp)/", text)


@pytest.mark.parametrize("page", code_reference.pages(), ids=name_of)
def test_tables_are_those_of_the_code(page: Path) -> None:
    """Codes, states and commands in the reference are the code's.

    ``python -m tools.code_reference`` when this fails.
    """
    assert page.read_text(encoding="utf-8") == code_reference.pages()[page]


def test_every_table_stands_somewhere() -> None:
    """No enumeration of the code is left out of the reference."""
    text = "".join(page.read_text(encoding="utf-8") for page in code_reference.pages())
    assert [n for n in code_reference.BLOCKS if f"<!-- {n}: from the code -->" not in text] == []


def test_every_command_tells_what_it_is() -> None:
    """Options without a word of help leave newcomers guessing."""
    silent = [
        f"{name} {param.opts[0]}"
        for name, command in code_reference.leaves().items()
        for param in command.params
        if isinstance(param, click.Option) and not param.help and not param.hidden
    ]
    assert silent == []
    assert set(cli.list_commands(click.Context(cli))) == set(code_reference.commands())


def test_every_field_of_a_province_is_explained() -> None:
    """A province file can be written from the reference alone."""
    text = (DOCS / "reference" / "provinces.md").read_text(encoding="utf-8")
    for kind in (Province, SealType, Size):
        for field in dataclasses.fields(kind):
            assert f"`{field.name}`" in text


def test_every_address_of_the_interface_is_explained() -> None:
    """Blueprints only take the pages; none is asked for while they are made."""
    app = Flask("docs", static_folder=None)
    app.register_blueprint(create_blueprint(cast(Pages, None)))
    text = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")
    for rule in app.url_map.iter_rules():
        assert rule.rule in text


def test_sentences_belong_to_refusals() -> None:
    """A sentence under a code that nothing raises is never read by anybody."""
    codes = {refusal.code for refusal in code_reference.refusals()}
    headed = {code for code in TITLES if not code.isdigit()}  # the others are HTTP statuses
    assert sorted((set(REFUSALS) | headed | SIGN_IN_AGAIN) - codes) == []


def test_every_event_and_all_news_have_words() -> None:
    """What goes into the audit chain or to a person never shows as a code."""
    sources = (ROOT / "seal_core" / "services").glob("*.py")
    noted = {e for path in sources for e in EVENT_IN_CODE.findall(path.read_text("utf-8"))}
    assert sorted((noted | set(SealEvent)) - set(EVENTS)) == []
    assert set(NEWS) == set(News)
