"""Several workers from one start: imported once, forked for each queue, replaced when they die."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import NoReturn

import structlog

_RESPAWN_SECONDS = 1.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_log = structlog.get_logger(__name__)


class Crew:
    """A process that runs *work* for each of *queues*, until SIGTERM or SIGINT; then all end
    their jobs first. To be run before this process has threads or connections.
    """

    def __init__(self, work: Callable[[str], None], queues: Sequence[str]) -> None:
        self._work = work
        self._queues = tuple(queues)
        self._at_work: dict[int, str] = {}
        self._ending = False

    def run(self) -> None:
        """Return when all have ended after a signal."""
        for each in _SIGNALS:
            signal.signal(each, self._end)
        for queue in self._queues:
            self._start(queue)
        while self._at_work:
            pid, status = os.wait()
            queue = self._at_work.pop(pid)
            if not self._ending:
                _log.error("worker.died", queue=queue, code=os.waitstatus_to_exitcode(status))
                time.sleep(_RESPAWN_SECONDS)
            self._start(queue)

    def _start(self, queue: str) -> None:
        # a signal between the fork and its noting would find the child unknown
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        if not self._ending:
            pid = os.fork()
            if pid == 0:
                self._be_worker(queue)
            self._at_work[pid] = queue
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)

    def _be_worker(self, queue: str) -> NoReturn:
        code = 1
        try:
            for each in _SIGNALS:
                signal.signal(each, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            self._work(queue)
            code = 0
        except SystemExit as exc:
            code = exc.code if isinstance(exc.code, int) else 1
        except Exception:  # noqa: BLE001  # this process ends here, and its parent says so, too
            _log.exception("worker.failed", queue=queue)
        finally:
            os._exit(code)

    def _end(self, _signum: int, _frame: FrameType | None) -> None:
        """Pass it on; a worker whose session was signalled gets it twice, which RQ ignores."""
        self._ending = True
        for pid in list(self._at_work):
            os.kill(pid, signal.SIGTERM)
