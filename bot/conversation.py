"""From an accepted push to what is said: stored once, in order, one at a time per person."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from bot import texts
from bot.dispatcher import Dispatcher
from bot.guides import REMIND_MINUTES
from bot.messages import Message, Say
from bot.sessions.store import Turns, TurnTaken
from seal_core.domain.holders import Account
from seal_core.domain.identifiers import new_id
from seal_core.domain.records import InboxMessage, Notification, OutgoingMessage
from seal_core.ports import Clock, OpenWork, Work
from seal_core.services.left_dialogs import LeftDialogService
from seal_core.services.preferences import PreferenceService
from seal_core.services.sign_in import SignInService

log = structlog.get_logger(__name__)


class Conversation:
    """Takes messages in and news out; the only way into the dispatcher."""

    def __init__(
        self,
        open_work: OpenWork,
        clock: Clock,
        sign_in: SignInService,
        turns: Turns,
        left_dialogs: LeftDialogService,
        preferences: PreferenceService,
        dispatcher: Callable[[], Dispatcher],
    ) -> None:
        self._open_work = open_work
        self._now = clock
        self._sign_in = sign_in
        self._turns = turns
        self._left_dialogs = left_dialogs
        self._preferences = preferences
        self._dispatcher = dispatcher

    def receive(
        self, account: Account, message: Message, dedupe_key: str, *, answer_now: bool
    ) -> Say | None:
        """Store *message*, handle all that waits, and return what to say on the open request.

        With *answer_now* false, or when another process has the person's turn, what is said
        goes out later as a message of its own. A repeated push gets the answer of the first.
        """
        stored = InboxMessage(
            id=new_id(),
            account_id=account.id,
            body=message.without_pin().to_json(),
            received_at=self._now(),
            handled_at=None,
            answer="",
        )
        with self._open_work() as work:
            fresh = work.inbox.accept(stored, dedupe_key)
            if not fresh:
                return self._earlier_answer(work, dedupe_key)
            work.commit()
        try:
            self.catch_up(account.id, answering=stored.id if answer_now else "")
        except TurnTaken:
            return None  # whoever has the turn, or the sweeper, handles ours too
        return self._answer_of(stored.id)

    def catch_up(self, account_id: str, answering: str = "") -> None:
        """Handle every waiting message of the account, oldest first. Raises TurnTaken."""
        with self._turns.take(account_id):
            # Until nothing waits: who was refused the turn meanwhile left his message to us.
            while waiting := self._waiting(account_id):
                for stored in waiting:
                    self._handle(stored, answer_now=stored.id == answering)

    def tell(self, notification_id: str) -> None:
        """Word a notification for the person's account and send it. Raises TurnTaken."""
        with self._open_work() as work:
            notification = work.notifications.get(notification_id)
            account = self._preferred_account(work, notification)
        if account is None or not self._preferences.wants(notification):
            self._deliver(notification_id, None, None)
            return
        if self._preferences.must_wait(notification, account.id):
            return  # `morning` brings it
        with self._turns.take(account.id):
            with self._open_work() as work:
                told = work.notifications.get(notification_id).delivered_at is not None
            if not told:
                say = self._dispatcher().tell(account, notification)
                self._deliver(notification_id, account, say)

    def morning(self) -> None:
        """Bring what was held back at night and can be told now."""
        for notification_id in self._preferences.waiting():
            with suppress(TurnTaken):
                self.tell(notification_id)

    def nudge(self, account_id: str) -> None:
        """The time of a dialog that was left has come: remind, or put it aside.

        Raises TurnTaken: somebody speaks right now, so nobody needs to be reminded.
        """
        with self._turns.take(account_id):
            draft = self._left_dialogs.advance(account_id, timedelta(minutes=REMIND_MINUTES))
            say = self._dispatcher().remind(draft) if draft else None
            if say is not None:
                with self._open_work() as work:
                    self._send(work, account_id, say)
                    work.commit()

    def _deliver(self, notification_id: str, account: Account | None, say: Say | None) -> None:
        with self._open_work() as work:
            notification = work.notifications.lock(notification_id)
            if notification.delivered_at is not None:
                return
            if say is not None and account is not None:
                self._send(work, account.id, say)
            work.notifications.put(replace(notification, delivered_at=self._now()))
            work.commit()

    def stalled(self) -> list[str]:
        """Accounts with messages nobody handled: their process died, or Redis was away."""
        with self._open_work() as work:
            return sorted({stored.account_id for stored in work.inbox.select(handled_at=None)})

    def _handle(self, stored: InboxMessage, *, answer_now: bool) -> None:
        with self._open_work() as work:
            account = work.accounts.get(stored.account_id)
        say = self._say(account, Message.from_json(stored.body))
        with self._open_work() as work:
            if say is not None and not answer_now:
                self._send(work, account.id, say)
            answer = say.to_json() if say is not None and answer_now else ""
            # The words of the person are not kept once they are handled.
            work.inbox.put(replace(stored, body="", handled_at=self._now(), answer=answer))
            work.commit()

    def _say(self, account: Account, message: Message) -> Say | None:
        """The dialog's answer; our own mistake is said as such, and holds up nobody's next word."""
        try:
            return self._dispatcher().answer(account, message)
        except Exception:
            log.exception("message_failed", kind=message.kind)
            return texts.trouble()

    def _waiting(self, account_id: str) -> list[InboxMessage]:
        with self._open_work() as work:
            return work.inbox.waiting(account_id)

    def _send(self, work: Work, account_id: str, say: Say) -> None:
        message = OutgoingMessage(
            id=new_id(),
            account_id=account_id,
            body=say.to_json(),
            created_at=self._now(),
            sent_at=None,
            failure="",
        )
        work.outgoing.put(message)
        work.outbox.add("send_message", message.id)

    def _preferred_account(self, work: Work, notification: Notification) -> Account | None:
        """Where the person spoke or signed in last, and still listens: the dialog is there."""

        def last_heard(account: Account) -> datetime:
            spoken = work.inbox.select(account_id=account.id, limit=1)
            moments = [account.bound_at, *(message.received_at for message in spoken)]
            return max(filter(None, moments), default=datetime.min.replace(tzinfo=UTC))

        bound = work.accounts.select(person_id=notification.person_id, reachable=True)
        return max(bound, key=last_heard, default=None)

    def _answer_of(self, inbox_id: str) -> Say | None:
        with self._open_work() as work:
            answer = work.inbox.get(inbox_id).answer
        return Say.from_json(answer) if answer else None

    def _earlier_answer(self, work: Work, dedupe_key: str) -> Say | None:
        answer = work.inbox.answer_to(dedupe_key)
        return Say.from_json(answer) if answer else None
