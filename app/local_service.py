"""The job processes of a local world, and what has to be in its database before people come.

``python -m app.local_service``: one start and one import for all of it, so that demo and dev are
up in seconds.
"""

from __future__ import annotations

import os

from app import logs
from app.config import Settings
from app.demonstration import STAFF, password_file
from app.processes import die_with_parent
from app.seeding import seed_notices
from app.wiring import Wiring
from jobs.crew import Crew
from jobs.queue import TRUSTED, UNTRUSTED
from seal_core.domain.records import StaffRole
from storage.schema import upgrade
from worker import work


def main() -> None:
    """Work until SIGTERM; whoever works on trusted jobs prepares first."""
    settings = Settings.load()
    logs.configure(settings.log_level)
    me = os.getpid()

    def work_on(queue: str) -> None:
        die_with_parent(parent=me)
        if queue == TRUSTED:  # not before the fork: the document store has threads of its own
            _prepare(settings)
        work(settings, queue)

    Crew(work_on, (TRUSTED, UNTRUSTED)).run()


def _prepare(settings: Settings) -> None:
    """Tables, the first notice, and the staff."""
    wiring = Wiring(settings, redis_url=settings.redis_url)
    upgrade(wiring.database.engine)
    seed_notices(wiring)
    given = password_file(settings.state_dir)
    if given.exists():  # the first start; later ones of the same world find them there
        for login, name in STAFF.items():
            wiring.staff.add(login, name, given.read_text(), StaffRole(login))
        given.unlink()
    wiring.database.engine.dispose()


if __name__ == "__main__":
    main()
