"""Writing what a command made: the whole file or nothing."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def write_whole(data: bytes, target: Path, *, replace: bool) -> None:
    """Never half a file, and without *replace* never over one that came up in the meantime.

    Raises FileExistsError, or OSError for a folder that cannot be written to.
    """
    handle, name = tempfile.mkstemp(prefix=".new-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        publish(Path(name), target, replace=replace)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


def publish(made: Path, target: Path, *, replace: bool) -> None:
    """Give a finished file of the same folder its name; *made* may stay, to be removed.

    Raises FileExistsError, unless *replace*.
    """
    made.chmod(0o644)
    if replace:
        made.replace(target)
    else:
        os.link(made, target)
