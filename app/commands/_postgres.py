"""A PostgreSQL of our own for the tests: made from installed binaries, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.processes import ProcessGroup, Program, says

_NEEDED = ("initdb", "postgres")


def find_binaries() -> Path | None:
    """The folder with initdb and postgres, the newest of Debian's first; or None."""
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0,
        reverse=True,
    )
    found = shutil.which("initdb")
    candidates = [*debian, *([Path(found).resolve().parent] if found else [])]
    return next((b for b in candidates if all((b / name).exists() for name in _NEEDED)), None)


@contextlib.contextmanager
def private_postgres(binaries: Path) -> Iterator[str]:
    """Run an empty server on a unix socket in a new folder; yield its SQLAlchemy address.

    PostgreSQL refuses to work for root, so root hands it to the user postgres (or nobody).
    """
    user = _unprivileged_user()
    with tempfile.TemporaryDirectory(prefix="zhangyin-pg-", dir="/tmp") as name:  # short path
        folder = Path(name)
        if user:
            shutil.chown(folder, user)
        _initialise(binaries, folder, user)
        server = (
            *(binaries / "postgres", "-D", folder / "data", "-k", folder),
            *("-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=50"),
        )
        ready = says("ready to accept connections")
        with ProcessGroup(folder / "logs") as group:
            group.start(Program("postgres", server, {}, ready, user=user))
            group.wait_ready(60)
            yield f"postgresql+psycopg://zhangyin@/postgres?host={folder}"


def _initialise(binaries: Path, folder: Path, user: str | None) -> None:
    encoding = ("-E", "UTF8", "--locale=C")
    subprocess.run(  # noqa: S603  # found above, arguments of our own
        [
            binaries / "initdb",
            "-D",
            folder / "data",
            "-U",
            "zhangyin",
            "-A",
            "trust",
            "-N",
            *encoding,
        ],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        user=user,
        cwd=folder,
    )


def _unprivileged_user() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
