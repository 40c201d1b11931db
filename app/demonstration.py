"""Keys for trying the service out. Made at random per folder, marked, refused by production."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import tempfile
from pathlib import Path

from app.config import Secrets

REVIEWER = "reviewer"
"""Who reviews in a demonstration."""

STAFF = {REVIEWER: "审核员", "maker": "制章备案员", "operator": "运维人员", "auditor": "审计员"}
"""Logins and names behind the desk of a demonstration, one of each role; one password for all."""

_FILE = "demonstration-secrets.json"


def password_file(folder: Path) -> Path:
    """Where the reviewer's password waits for the process that makes the account."""
    return folder / "reviewer.password"


def demonstration_secrets(folder: Path) -> Secrets:
    """Return the demonstration keys of *folder*, made on first use.

    Processes that start together get the same keys: the first file wins.
    """
    path = folder / _FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".new") as file:  # 0600
            json.dump(_random_secrets(), file)
            file.flush()
            with contextlib.suppress(FileExistsError):  # another process was first; its keys count
                os.link(file.name, path)
    return Secrets.model_validate(json.loads(path.read_text()))


def _random_secrets() -> dict[str, str | bool]:
    return {
        "demonstration": True,
        "session_key": secrets.token_hex(32),
        "kek": secrets.token_hex(32),
        "pin_pepper": secrets.token_hex(32),
        # 31 random bytes are below the order of the curve; for keys of no value that is enough
        "pin_private_key": "00" + secrets.token_hex(31),
        "worker_private_key": "00" + secrets.token_hex(31),
    }
