"""The shared state of one sandbox: people, clock, ledgers and faults. All of it in memory.

Every stand-in gets the same World. What belongs to one platform alone (tokens, quotas, media)
sits in that platform's own room: `world.room(WeChatState)` makes it on first use.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from sandbox.accounts import Accounts
from sandbox.people import Person, people_of

R = TypeVar("R")

CHANNELS: Final = ("wechat", "wechat_miniprogram", "alipay")


class Clock:
    """The sandbox's time: real time plus whatever a test has added."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        return datetime.now(UTC) + self._ahead

    def timestamp(self) -> float:
        """Seconds since 1970."""
        return self.now().timestamp()

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass at once."""
        self._ahead += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One call we received and what the real platform would have said to it."""

    seq: int
    at: str
    door: str  # wechat.api, wechat.push, wecom, alipay.gateway, alipay.push, province, ca, tsa
    call: str
    ok: bool
    why: str = ""
    code: int | str = 0
    injected: bool = False  # refused because a fault switch said so, not through the caller's fault


class Verdicts:
    """The ledger of all calls. A story ends well only if `illegal()` is empty."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._rows: list[Verdict] = []

    def ok(self, door: str, call: str) -> None:
        """Record a call that was in order."""
        self._add(door, call, ok=True)

    def refused(
        self, door: str, call: str, why: str, code: int | str = 0, *, injected: bool = False
    ) -> None:
        """Record a call that the platform refuses; *why* never quotes secrets."""
        self._add(door, call, ok=False, why=why, code=code, injected=injected)

    def all(self) -> list[Verdict]:
        """Every verdict so far, oldest first."""
        with self._lock:
            return list(self._rows)

    def illegal(self) -> list[Verdict]:
        """The calls the service should not have made."""
        return [row for row in self.all() if not row.ok and not row.injected]

    def _add(self, door: str, call: str, **rest: Any) -> None:
        with self._lock:
            at = self._clock.now().isoformat(timespec="milliseconds")
            self._rows.append(Verdict(len(self._rows) + 1, at, door, call, **rest))


@dataclass(frozen=True, slots=True)
class Choice:
    """A button of a menu message."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing on somebody's screen, exactly as their client would show it.

    kind: text, image, menu (text + choices), news (a card: title, text, url, picture),
    template (a service notice: title, text of lines, url), miniprogram (a card or an opened page),
    file, typing, banner (the platform's own error line), note (grey system line), opened (a page
    the scan leads to: url).
    """

    seq: int
    at: str
    person: str
    channel: str
    sender: str  # service | person | platform
    kind: str
    text: str = ""
    title: str = ""
    url: str = ""
    picture: str = ""  # URL below the sandbox
    choices: tuple[Choice, ...] = ()
    tail: str = ""  # text below the choices
    passive: bool = False  # came as the answer to the push itself

    def as_json(self) -> dict[str, Any]:
        """As the world API gives it out."""
        return asdict(self)


class Inbox:
    """All screens. Waiting for the next message is `wait`, not a sleep."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._rows: list[Shown] = []

    def show(self, person: Person, channel: str, sender: str, kind: str, **what: Any) -> Shown:
        """Put one message on *person*'s screen of *channel*."""
        with self._changed:
            at = self._clock.now().isoformat(timespec="milliseconds")
            row = Shown(len(self._rows) + 1, at, person.key, channel, sender, kind, **what)
            self._rows.append(row)
            self._changed.notify_all()
            return row

    def of(self, person: Person, channel: str, after: int = 0) -> list[Shown]:
        """What *person* sees in *channel*, newer than number *after*."""
        with self._changed:
            return self._find(person, channel, after)

    def wait(self, person: Person, channel: str, after: int, seconds: float) -> list[Shown]:
        """Like `of`, but wait up to *seconds* until there is something."""
        with self._changed:
            self._changed.wait_for(lambda: self._find(person, channel, after), seconds)
            return self._find(person, channel, after)

    def _find(self, person: Person, channel: str, after: int) -> list[Shown]:
        return [
            row for row in self._rows[after:] if row.person == person.key and row.channel == channel
        ]


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does on their phone; `push(world, person, act)` carries it to the service.

    kind: follow, unfollow, text, image, file, scan, click (a menu key), choose (a button of a
    menu message), enter (open the conversation or mini-program), accept and reject (a subscribe
    template, its id in *key*), voice, location.
    """

    kind: str
    text: str = ""  # text; the chosen button's text
    key: str = ""  # menu key; the chosen button's id
    scene: str = ""  # of the QR or the entry
    ticket: str = ""
    data: bytes = field(default=b"", repr=False)  # of a picture or file
    name: str = ""  # of a file


@dataclass(frozen=True, slots=True)
class Fault:
    """A switch: what goes wrong, at which call (prefix; empty is everywhere), how often."""

    name: str
    at: str = ""
    times: int = 1  # below zero: until switched off
    value: str = ""


class Faults:
    """Which faults are switched on. `take` consumes one turn of a switch."""

    # facts/platform.md §16
    NAMES: Final = frozenset({
        "latency", "hang", "reset", "http_5xx", "html", "truncated_json", "errcode",
        "token_invalidated", "clock_skew", "duplicate", "concurrent", "reordered",
        "wrong_signature", "stale_timestamp", "repeated_nonce", "oversized", "list_shape",
        "numeric_strings", "unknown_event", "plaintext", "wrong_appid", "malformed", "gbk",
        "face_fail", "user_block",
    })  # fmt: skip

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._on: list[Fault] = []

    def switch_on(self, fault: Fault) -> None:
        """Add a fault. Raises ValueError for an unknown name."""
        if fault.name not in self.NAMES:
            raise ValueError(f"unknown fault: {fault.name}")
        with self._lock:
            self._on.append(fault)

    def clear(self) -> None:
        """Everything works again."""
        with self._lock:
            self._on.clear()

    def take(self, name: str, at: str = "") -> Fault | None:
        """The fault *name* due at call *at*, if one is on; its turn is used up."""
        with self._lock:
            for index, fault in enumerate(self._on):
                if fault.name == name and at.startswith(fault.at):
                    if fault.times == 1:
                        del self._on[index]
                    else:
                        self._on[index] = replace(fault, times=max(fault.times - 1, -1))
                    return fault
        return None

    def all(self) -> list[Fault]:
        """The switches that are on."""
        with self._lock:
            return list(self._on)


class World:
    """One run of the outside world."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts
        self.people = people_of(accounts.province)
        self.clock = Clock()
        self.verdicts = Verdicts(self.clock)
        self.inbox = Inbox(self.clock)
        self.faults = Faults()
        self.push_timeout: float = 5.0  # seconds, facts/platform.md §1.5
        self.push_attempts: int = 3  # in all; sources differ, tests should pass with 4
        self._salt = secrets.token_bytes(16)
        self._lock = threading.RLock()
        self._follows: set[tuple[str, str]] = set()
        self._rooms: dict[type[Any], Any] = {}
        self._closed = threading.Event()
        self._under_way: list[threading.Thread] = []
        self._mishaps: list[Exception] = []

    @property
    def url(self) -> str:
        """Where the sandbox itself is reached."""
        return self.accounts.sandbox_url

    def person(self, key: str) -> Person:
        """Raises KeyError for a stranger."""
        return self.people[key]

    def openid(self, person: Person, appid: str) -> str:
        """*person*'s name towards *appid*: 28 characters, different for every app."""
        digest = hashlib.sha256(self._salt + f"{appid}/{person.key}".encode()).hexdigest()
        return "o" + digest[:27]

    def user_id(self, person: Person) -> str:
        """*person*'s Alipay user id (2088…), the same for every app."""
        digest = hashlib.sha256(self._salt + person.key.encode()).digest()
        return f"2088{int.from_bytes(digest[:8]) % 10**12:012d}"

    def person_of(self, appid: str, openid: str) -> Person | None:
        """Who has this *openid* towards *appid*; nobody if it belongs to another app."""
        return next((p for p in self.people.values() if self.openid(p, appid) == openid), None)

    def follow(self, person: Person, appid: str) -> bool:
        """Return whether this is a new follower."""
        with self._lock:
            new = (appid, person.key) not in self._follows
            self._follows.add((appid, person.key))
            return new

    def unfollow(self, person: Person, appid: str) -> None:
        """The account can no longer reach *person*."""
        with self._lock:
            self._follows.discard((appid, person.key))

    def follows(self, person: Person, appid: str) -> bool:
        """Whether *person* follows the account."""
        with self._lock:
            return (appid, person.key) in self._follows

    def room(self, kind: type[R]) -> R:
        """The one instance of *kind* in this world, made on first use."""
        with self._lock:
            if kind not in self._rooms:
                self._rooms[kind] = kind()
            found: R = self._rooms[kind]
            return found

    def later(self, work: Callable[..., object], *args: Any, delay: float = 0.0) -> None:
        """Do *work* beside the present call, as a platform's own queue would."""

        def run() -> None:
            try:
                if not self._closed.wait(delay):
                    work(*args)
            except Exception as exc:  # noqa: BLE001 – kept for settle, which raises it
                self._mishaps.append(exc)

        # daemons: a push nobody answers must not hold up the end of the process
        thread = threading.Thread(target=run, daemon=True)
        with self._lock:
            self._under_way = [t for t in self._under_way if t.is_alive()] + [thread]
            thread.start()

    def settle(self, seconds: float = 10.0) -> None:
        """Wait until nothing is under way any more. A mishap of such work is raised here."""
        until = time.monotonic() + seconds
        with self._lock:
            running = list(self._under_way)
        for thread in running:
            thread.join(max(0.0, until - time.monotonic()))
        if self._mishaps:
            raise self._mishaps.pop(0)

    def close(self) -> None:
        """Start nothing more."""
        self._closed.set()
