"""The table of features names every item of the seeds, and only what exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from app.config import ROOT

TABLE = ROOT / "docs" / "reference" / "features.md"
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.*?) \| (.*?) \| (.*?) \|$", re.M)
ITEMS = 157
NOT_BUILT = ("context", "missing")
ROWS = ROW.findall(TABLE.read_text(encoding="utf-8"))


def names_in(path: Path) -> set[str]:
    """The names of the test functions in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_item_stands_there_once() -> None:
    """
    In the order of the seeds, none left out.
    """
    assert [int(number) for number, *_ in ROWS] == list(range(1, ITEMS + 1))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_what_an_item_names_exists(row: tuple[str, str, str, str, str]) -> None:
    """
    A file of the service, a test, and the channels; or that it is context, or missing.
    """
    _, item, where, shown_by, channels = row
    if shown_by in NOT_BUILT:
        assert channels == "", item
        return
    assert (ROOT / where.strip("`")).is_file(), where
    path, _, name = shown_by.strip("`").partition("::")
    assert (ROOT / path).is_file(), path
    assert not name or name in names_in(ROOT / path), shown_by
    assert channels, item
