"""The only kind of job our workers run: a name from a list, and ids as arguments.

RQ imports and calls whatever function a job names, whoever wrote it into Redis; JSON instead of
pickle does not change that. Here a name is looked up in a list and nothing is ever imported.
Callbacks, bound instances and webhooks of RQ are ignored for the same reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import structlog
from rq.job import Job

JobFunction = Callable[..., None]

_log = structlog.get_logger(__name__)
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?=:|$)")


class JobRefused(Exception):
    """A job that is not on the list, or whose arguments are no ids."""


class ListedJob(Job):
    """A job that calls one of ``functions`` with strings."""

    functions: ClassVar[Mapping[str, JobFunction]] = {}

    @property
    def func(self) -> JobFunction:
        """The listed function. Raises JobRefused for any other."""
        function = self.functions.get(self.func_name or "")
        if function is None or self.instance is not None:
            raise JobRefused(f"{self.func_name!r} is not on the list")
        return function

    def _execute(self) -> None:
        function = self.func
        if self.kwargs or not all(isinstance(each, str) for each in self.args):
            raise JobRefused(f"{self.func_name!r} takes ids")
        with structlog.contextvars.bound_contextvars(job_id=self.id, job=self.func_name):
            function(*self.args)

    def restore(self, raw_data: Any) -> None:
        """Read the job, without what would make a worker run or call anything else."""
        super().restore(raw_data)
        if self._success_callback_name or self._failure_callback_name or self.webhooks:
            _log.warning("job.extras_ignored", job_id=self.id)
        self._success_callback_name = None
        self._failure_callback_name = None
        self._stopped_callback_name = None
        self.webhooks = []


def bare_traceback(text: str) -> str:
    """The places and the type of an exception without its message: Redis keeps it for days."""
    kept = []
    for line in text.splitlines():
        if line.startswith('  File "'):
            kept.append(line)
        elif not line.startswith((" ", "Traceback")) and (match := _EXCEPTION.match(line)):
            kept.append(match.group())
    return "\n".join(kept)
