"""Where the processes of one host put their figures. Imports nothing of Prometheus."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def metrics_environment(state_dir: Path) -> dict[str, str]:
    """Make the folder, drop files of processes that are gone, and return the variable to set.

    Counters start again from zero then, which Prometheus expects of restarted processes.
    """
    folder = state_dir / "metrics"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in folder.glob("*.db"):
        pid = path.stem.rpartition("_")[2]
        if not pid.isdigit() or not _exists(int(pid)):
            path.unlink(missing_ok=True)
    return {FOLDER_VARIABLE: str(folder)}


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
