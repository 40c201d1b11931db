"""The job process: ``python -m worker trusted|untrusted``."""

from __future__ import annotations

import resource
import signal
import sys

from redis import Redis

from app import logs
from app.config import Settings
from app.processes import die_with_parent
from app.wiring import Wiring
from jobs.queue import TRUSTED, UNTRUSTED
from jobs.registry import functions, housekeeping
from jobs.runtime import run_worker

MEMORY = 3 * 1024**3
"""Octets of address space for one job on a stranger's file; a large one takes a tenth of it."""

CPU_SECONDS = 60
"""What one such job may compute."""


def main(queue: str) -> None:
    """Read the settings, then work on *queue* until SIGTERM."""
    settings = Settings.load()
    logs.configure(settings.log_level)
    work(settings, queue)


def work(settings: Settings, queue: str) -> None:
    """Work on *queue* until SIGTERM."""
    wiring = Wiring(settings, redis_url=settings.redis_url, opens_envelopes=queue == TRUSTED)
    shop = wiring.workshop

    def in_child() -> None:
        """In the fork that does one job: it ends with its worker, or the job would run twice."""
        die_with_parent(signal.SIGKILL)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        wiring.forget_connections()

    run_worker(
        lambda: Redis.from_url(settings.redis_url),
        queue,
        functions(shop),
        periodic=housekeeping(shop) if queue == TRUSTED else (),
        in_child=in_child if queue == UNTRUSTED else None,
    )


if __name__ == "__main__":
    if sys.argv[1:] not in ([TRUSTED], [UNTRUSTED]):
        sys.exit(f"usage: python -m worker {TRUSTED}|{UNTRUSTED}")
    main(sys.argv[1])
