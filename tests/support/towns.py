"""A local world for journeys: real processes, people with phones, and a look behind the scenes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import redis
import sqlalchemy as sa

from app.config import ROOT
from app.demonstration import REVIEWER
from app.local_world import LocalWorld, local_world, service_environment, worker_program
from app.processes import ProcessGroup
from sandbox.actors import Watcher, people_of
from sandbox.stories.people import Citizen, Stage
from storage import audit_check
from storage.unit_of_work import make_engine
from tests.support.processes import alive, descendants_of, wait_until

FONT = ROOT / "seal_core" / "faces" / "fonts" / "NotoSerifSC-Bold-subset.ttf"


@dataclass
class Town:
    """One province with its service; tests share it and keep to their own people."""

    province: str
    world: LocalWorld
    state: Path
    citizens: dict[tuple[str, str], Citizen] = field(default_factory=dict)
    _spare: ProcessGroup | None = None

    # --- people ---------------------------------------------------------------------

    def stage(self, channel: str = "wechat") -> Stage:
        return Stage(
            service=self.url,
            sandbox=self.world.sandbox_url,
            channel=channel,
            reviewer=REVIEWER,
            reviewer_password=self.world.reviewer_password,
            font=FONT,
        )

    def citizen(self, key: str, channel: str = "wechat") -> Citizen:
        """Somebody with a phone; the same one every time, with all that is on the screen."""
        if (key, channel) not in self.citizens:
            person = people_of(self.province)[key]
            self.citizens[key, channel] = Citizen(self.stage(channel), person)
        return self.citizens[key, channel]

    @property
    def url(self) -> str:
        return self.world.service_url

    @cached_property
    def watcher(self) -> Watcher:
        return Watcher(self.world.sandbox_url)

    # --- behind the scenes ----------------------------------------------------------

    @cached_property
    def engine(self) -> sa.Engine:
        return make_engine(self.world.settings.database_url)

    @cached_property
    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.world.settings.redis_url, socket_timeout=5)

    def rows(self, query: str, **values: Any) -> list[Any]:
        """What *query* finds; one value per row if it asks for one."""
        with self.engine.connect() as connection:
            found = connection.execute(sa.text(query), values).all()
        return [row[0] if len(row) == 1 else tuple(row) for row in found]

    def count(self, table: str, where: str = "1 = 1", **values: Any) -> int:
        return int(self.rows(f"SELECT count(*) FROM {table} WHERE {where}", **values)[0])

    def change(self, statement: str, **values: Any) -> int:
        """Move time or break something by hand; returns how many rows it met."""
        with self.engine.begin() as connection:
            return connection.execute(sa.text(statement), values).rowcount

    def audit_is_sound(self) -> bool:
        return audit_check.check(self.engine) is None

    def logs(self) -> str:
        texts = [path.read_text(errors="replace") for path in (self.state / "logs").iterdir()]
        return "\n".join(texts)

    def settled(self, seconds: float = 90) -> None:
        """Wait until no job waits and every accepted message is handled."""
        wait_until(
            lambda: (
                not self.count("outbox", "done_at IS NULL")
                and not self.count("inbox_messages", "handled_at IS NULL")
            ),
            "all is done",
            seconds,
        )

    # --- processes ------------------------------------------------------------------

    def worker_pid(self, queue: str) -> int:
        """The process that works on *queue* now."""
        for name in self.redis.smembers("rq:workers"):
            found = self.redis.hget(name, "pid")
            if f":{queue}-".encode() in name and found and alive(int(found)):
                return int(found)
        raise AssertionError(f"nobody works on {queue}")

    @property
    def crew_pid(self) -> int:
        """The process that forks the workers."""
        return (self._spare or self.world.processes).pid("worker")

    def kill_crew(self) -> None:
        """kill -9 for the job processes, all at once."""
        crew = self.crew_pid
        for pid in (crew, *descendants_of(crew)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not alive(crew), "the workers are dead")

    def start_crew(self, *command: str | Path) -> None:
        """Another crew, as an operator's supervisor would start it; or a program of the test."""
        self.end_spare()
        self._spare = ProcessGroup(self.state / "logs", grace=5)
        self._spare.__enter__()
        program = worker_program(service_environment(self.world.settings))
        self._spare.start(replace(program, command=command or program.command))

    def end_spare(self) -> None:
        """End the crew that a test started."""
        spare, self._spare = self._spare, None
        if spare:
            spare.__exit__(None, None, None)

    def workers_are_forgotten(self) -> None:
        """What happens when the signs of life and the ticker's lock of the dead run out."""
        for key in ("zhangyin:ticker", *self.redis.keys("zhangyin:worker:*")):
            self.redis.delete(key)

    def jobs_are_overdue(self) -> None:
        """What happens when a minute has passed: leases and the sweeper's patience end."""
        long_ago = "2020-01-01T00:00:00.000000+00:00"
        self.change("UPDATE outbox SET queued_at = :t WHERE done_at IS NULL", t=long_ago)
        self.change("UPDATE sealing_tasks SET signed_at = :t WHERE state = 'queued'", t=long_ago)


@contextmanager
def town(province: str, state: Path, database_url: str = "") -> Iterator[Town]:
    """Start a world, and end it with all that a test has put into it."""
    with local_world(province, state, database_url=database_url) as world:
        place = Town(province, world, state)
        try:
            yield place
        finally:
            place.end_spare()
            if "engine" in place.__dict__:
                place.engine.dispose()
            if "redis" in place.__dict__:
                place.redis.close()
