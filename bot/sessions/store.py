"""Where sessions are kept between turns, and who may speak at a time."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from bot.sessions.session import Session

SECONDS = 24 * 3600
"""A conversation nobody put aside (bot/guides.py says when) starts over after this."""

TURN_SECONDS = 30
"""A turn is lost to its holder after this; a turn takes milliseconds."""


class TurnTaken(Exception):
    """Somebody else handles this person's messages now and will find ours too."""


class SessionStore(Protocol):
    def load(self, account_id: str) -> Session:
        """The session, or a new one."""
        ...

    def save(self, account_id: str, session: Session) -> None: ...


class Turns(Protocol):
    def take(self, account_id: str) -> AbstractContextManager[None]:
        """One turn at a time for each person. Raises TurnTaken instead of waiting long."""
        ...
