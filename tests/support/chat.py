"""A person's end of the conversation, on a house with real services."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from bot.conversation import Conversation
from bot.dispatcher import Dispatcher
from bot.messages import Kind, Message, Say
from bot.sessions.memory import MemorySessions, MemoryTurns
from bot.states import State
from seal_core.domain.holders import Account, Actor, Identity
from tests.support.house import House, open_house
from tests.support.people import OWNER


@dataclass
class Chat:
    """One account; `say` is what the open request is answered with."""

    house: House
    openid: str = "openid-1"
    sessions: MemorySessions = field(default_factory=MemorySessions)
    turns: MemoryTurns = field(default_factory=MemoryTurns)
    numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.conversation = Conversation(
            self.house.open_work,
            self.house.clock,
            self.house.sign_in,
            self.turns,
            self.house.left_dialogs,
            self.house.preferences,
            lambda: Dispatcher(self.sessions, self.house.services),
        )

    def also(self, openid: str) -> Chat:
        """Somebody else's account in the same service."""
        return replace(self, openid=openid)

    @property
    def account(self) -> Account:
        return self.house.account(self.openid)

    @property
    def actor(self) -> Actor:
        return self.house.sign_in.actor_of(self.account)

    def where(self) -> State:
        """The state the conversation is in."""
        return self.sessions.load(self.account.id).state

    def push(self, message: Message, key: str = "", *, answer_now: bool = True) -> Say | None:
        key = key or f"{self.openid} {next(self.numbers)}"
        return self.conversation.receive(self.account, message, key, answer_now=answer_now)

    def say(self, text: str) -> Say:
        """Say *text*; the answer, which there must be."""
        say = self.push(self.message(Kind.TEXT, text=text))
        assert say is not None
        return say

    def do(self, kind: Kind, *, key: str = "", scene: str = "") -> Say | None:
        return self.push(self.message(kind, key=key, scene=scene))

    def message(self, kind: Kind, text: str = "", key: str = "", scene: str = "") -> Message:
        return Message(str(next(self.numbers)), kind, self.house.clock(), text, key, scene)

    def sign_in(self, identity: Identity = OWNER) -> Actor:
        actor = self.house.signed_in(identity, self.openid)
        self.hear()
        return actor

    def hear(self) -> list[Say]:
        """Run the jobs; what was said to this account by itself, oldest first."""
        self.house.work(
            deliver_notification=self.conversation.tell, converse=self.conversation.catch_up
        )
        account_id = self.account.id
        with self.house.open_work() as work:
            waiting = work.outgoing.select(account_id=account_id, sent_at=None)
            for message in waiting:
                work.outgoing.put(replace(message, sent_at=self.house.clock()))
            work.commit()
        return [Say.from_json(message.body) for message in reversed(waiting)]


def token_of(say: Say) -> str:
    """The token of the link in *say*."""
    assert say.link is not None
    return say.link.url.rpartition("/")[2]


@contextmanager
def open_chat(folder: Path, province: str = "shanxi") -> Iterator[Chat]:
    with open_house(folder, province) as house:
        yield Chat(house)
