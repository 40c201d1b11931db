"""The job processes of a local world, which die where a test wants them to.

`python mortal_service.py FOLDER`: while FOLDER/doom says “POINT”, whoever comes to that point is
killed by SIGKILL, once. “POINT crew” takes the whole crew along; “POINT wait” leaves
FOLDER/waiting and goes on when FOLDER/doom is gone. The code itself is the product's, untouched.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.local_service import main
from jobs.delivery import WeChatMessenger
from seal_core.services.issuing import IssuingService
from seal_core.services.sealing import SealingService

FOLDER = Path(sys.argv[1])
POINTS: dict[str, tuple[type[Any], str]] = {
    "lease taken": (SealingService, "_take"),
    "key about to be used": (SealingService, "_use_key"),
    "key used": (SealingService, "_seal"),
    "file written": (SealingService, "_keep"),
    "sealing committed": (SealingService, "_finish"),
    "key made": (IssuingService, "_key"),
    "seal made": (IssuingService, "_make"),
    "issue committed": (IssuingService, "_settle"),
}


def doomed_after(point: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """*method*, and then what is written."""

    @functools.wraps(method)
    def run(*args: Any, **named: Any) -> Any:
        result = method(*args, **named)
        meet(point)
        return result

    return run


def doomed_before(point: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """What is written, and then *method*."""

    @functools.wraps(method)
    def run(*args: Any, **named: Any) -> Any:
        meet(point)
        return method(*args, **named)

    return run


def meet(point: str) -> None:
    doom = FOLDER / "doom"
    if not doom.exists():
        return
    wanted, _, manner = doom.read_text().partition("/")
    if wanted != point:
        return
    if manner == "wait":
        (FOLDER / "waiting").touch()
        while doom.exists():
            time.sleep(0.02)
        return
    doom.unlink()
    if manner == "crew":
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


for name, (owner, attribute) in POINTS.items():
    setattr(owner, attribute, doomed_after(name, getattr(owner, attribute)))
WeChatMessenger.say = doomed_before("message about to go", WeChatMessenger.say)  # type: ignore[method-assign]

if __name__ == "__main__":
    main()
