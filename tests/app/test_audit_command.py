"""``./zhangyin audit`` on a log that is whole, changed, and rolled back."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.config import ROOT
from seal_core.domain.records import Happening
from storage.schema import upgrade
from storage.unit_of_work import Database


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """A database with one chain of three records."""
    url = f"sqlite:///{tmp_path / 'zhangyin.db'}"
    made = Database(url, lambda: datetime.now(UTC), bytes(16), lambda _: None)
    upgrade(made.engine)
    with made.open_work() as work:
        for number in range(3):
            happening = Happening("holder", "seal:use", f"seal-{number}", "person", "pc", {})
            work.audit.append(happening, datetime.now(UTC))
        work.commit()
    return made


def audit(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ZHANGYIN_")}
    environment |= {"ZHANGYIN_STATE_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "app.cli", "audit", *options]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_whole_changed_and_rolled_back_logs(database: Database, tmp_path: Path) -> None:
    """A whole log passes; one changed word, or an end cut off, is named and fails."""
    kept = tmp_path / "heads.json"
    whole = audit(tmp_path, "--save-heads", str(kept))
    assert whole.returncode == 0, whole.stderr
    assert "1 chains, 3 records, whole" in whole.stdout

    with database.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM audit_records WHERE sequence = 3"))
    assert audit(tmp_path).returncode == 0, "a chain alone cannot know where it ended"
    rolled_back = audit(tmp_path, "--heads", str(kept))
    assert rolled_back.returncode == 1
    assert "cut_off" in rolled_back.stdout

    with database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE audit_records SET event = 'x' WHERE sequence = 2"))
    changed = audit(tmp_path)
    assert changed.returncode == 1
    assert "changed at chain holder, record 2" in changed.stdout


def test_a_file_that_holds_no_heads_is_wrong_use(database: Database, tmp_path: Path) -> None:
    """Wrong use ends with 64 and says which file."""
    wrong = tmp_path / "wrong.json"
    wrong.write_text("[]")
    refused = audit(tmp_path, "--heads", str(wrong))
    assert refused.returncode == 64
    assert "wrong.json" in refused.stderr
