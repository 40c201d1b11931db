"""Bringing messages to people and to staff, through whichever platform they use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from bot.messages import Link, Say
from bot.texts import FEEDBACK_KINDS
from channels.alipay.client import AlipayClient
from channels.errors import PlatformRefused, QuotaSpent
from channels.push import NewsReply
from channels.staff import StaffRobot
from channels.wechat.client import PlatformClient
from channels.wire import shorten
from jobs.notices import Notifier
from seal_core.domain.agents import AgentState
from seal_core.domain.holders import Account
from seal_core.domain.records import OutgoingMessage
from seal_core.ports import Clock, OpenWork

log = structlog.get_logger(__name__)

FETCHED = frozenset({"alipay_miniprogram"})
"""Channels without a chat of the platform: the mini-program shows its own."""

CHAT_WINDOW = timedelta(hours=48)
"""How long after a person's message WeChat delivers ours (platform facts 3.1)."""

WEB_PAGE = "pages/web/index"
"""The mini-program's page with the web-view; takes ``link``."""

TITLE_LIMIT = 256  # octets of a card


class Messenger(Protocol):
    """Says one thing to one account of its platform.

    Raises PlatformRefused for what cannot be delivered, PlatformBusy for what can later.
    """

    def say(self, account: Account, say: Say) -> None: ...


def _card(text: str, link: Link) -> NewsReply:
    return NewsReply(link.title, text, link.url, link.picture)


class WeChatMessenger:
    """Customer-service messages of an official account."""

    def __init__(self, client: PlatformClient) -> None:
        self._client = client

    def say(self, account: Account, say: Say) -> None:
        if say.link is not None:
            self._client.send_news(account.subject, _card(say.text, say.link))
        elif say.choices:
            choices = [(str(n), f"{n}. {label}") for n, label in enumerate(say.choices, 1)]
            self._client.send_menu(account.subject, say.text, choices, "请点选，或回复数字。")
        else:
            self._client.send_text(account.subject, say.as_text())


class MiniProgramMessenger:
    """Customer-service messages of a WeChat mini-program.

    A link opens a page of the mini-program: only there its web-view can prove whose it is.
    """

    def __init__(self, client: PlatformClient, picture: bytes, clock: Clock) -> None:
        self._client = client
        self._picture = picture
        self._now = clock
        self._media = ("", datetime.min.replace(tzinfo=UTC))

    def say(self, account: Account, say: Say) -> None:
        if say.link is None:
            self._client.send_text(account.subject, say.as_text())
            return
        token = say.link.url.rpartition("/")[2]
        title = shorten(f"{say.link.title}：{say.text}", TITLE_LIMIT)
        page = f"{WEB_PAGE}?link={token}"
        self._client.send_page(account.subject, title, page, self._thumbnail())

    def _thumbnail(self) -> str:
        """Cards need a picture; an uploaded one is good for three days."""
        media_id, uploaded = self._media
        if self._now() - uploaded > timedelta(days=2):
            media_id = self._client.upload_media("seal.png", self._picture)
            self._media = (media_id, self._now())
        return media_id


class AlipayMessenger:
    """Messages of a life account."""

    def __init__(self, client: AlipayClient) -> None:
        self._client = client

    def say(self, account: Account, say: Say) -> None:
        if say.link is not None:
            card = _card(say.text, say.link)
            self._client.send_image_text(account.subject, [card])
        else:
            self._client.send_text(account.subject, say.as_text())


class DeliveryService:
    """Sends what the conversation has to say, once, and tells staff of new work."""

    def __init__(
        self,
        open_work: OpenWork,
        clock: Clock,
        messengers: Mapping[str, Messenger],
        notifiers: Mapping[str, Notifier],
        robot: StaffRobot | None,
        desk_url: Callable[[str, str], str],
    ) -> None:
        self._open_work = open_work
        self._now = clock
        self._messengers = messengers
        self._notifiers = notifiers
        self._robot = robot
        self._desk_url = desk_url

    def send(self, message_id: str) -> None:
        """Deliver one outgoing message. A lasting refusal is written down, not repeated.

        What it told stays in the in-site inbox, the floor below every channel.
        """
        with self._open_work() as work:
            message = work.outgoing.get(message_id)
            account = work.accounts.get(message.account_id)
        if message.sent_at is not None:
            return
        if self._is_fetched(account):
            return  # the mini-program asks for it (portal/api/miniprogram.py)
        messenger = self._messengers.get(account.channel)
        if messenger is None:
            self._settle(message, "channel.unknown")
            return
        try:
            self._say(messenger, account, message)
        except PlatformRefused as exc:
            log.warning("message_refused", message=message.id, code=exc.code)
            self._settle(message, exc.code)
        else:
            self._settle(message, "")

    def _say(self, messenger: Messenger, account: Account, message: OutgoingMessage) -> None:
        """In the conversation, or where that is closed by a template. Raises PlatformRefused."""
        say = Say.from_json(message.body)
        try:
            messenger.say(account, say)
        except QuotaSpent:
            notifier = self._notifiers.get(account.channel)
            if notifier is None:
                raise
            notifier.notify(account, say, message.id, message.created_at)

    def _is_fetched(self, account: Account) -> bool:
        if account.channel != "wechat_miniprogram":
            return account.channel in FETCHED
        with self._open_work() as work:
            return not work.inbox.pushed_since(account.id, self._now() - CHAT_WINDOW)

    def tell_staff(self, application_id: str) -> None:
        """A case number and a link to the group; no personal data (platform facts 7)."""
        if self._robot is None:
            return
        with self._open_work() as work:
            application = work.applications.get(application_id)
            count = work.seals.count(application_id=application.id)
        number = application.id[:8].upper()
        page = self._desk_url("applications", application.id)
        self._robot.send(f"新的印章申请 {number}，共 {count} 枚，请审核：{page}")

    def tell_staff_of_agent(self, registration_id: str) -> None:
        """A registration of an agent waits, or still waits; no personal data."""
        if self._robot is None:
            return
        with self._open_work() as work:
            registration = work.agents.get(registration_id)
        if registration.due_at is None or registration.state is not AgentState.SUBMITTED:
            return
        number, due = registration.id[:8].upper(), registration.due_at.date().isoformat()
        page = self._desk_url("agents", registration.id)
        self._robot.send(f"代理人注册 {number} 待审核，应在 {due} 前办结：{page}")

    def tell_operators(self, feedback_id: str) -> None:
        """New feedback: its kind and a link; what it says stays on the desk."""
        if self._robot is None:
            return
        with self._open_work() as work:
            feedback = work.feedback.get(feedback_id)
        kind = FEEDBACK_KINDS[feedback.kind]
        page = self._desk_url("feedback", feedback.id)
        self._robot.send(f"新的{kind} {feedback.id[:8].upper()}，请回复：{page}")

    def tell_makers(self, disposal_id: str) -> None:
        """A disposal waits for its second person."""
        if self._robot is not None:
            page = self._desk_url("disposals", "")
            self._robot.send(f"新的处置意见 {disposal_id[:8].upper()} 待复核：{page}")

    def tell_of_lock(self, person_id: str) -> None:
        """Somebody's PIN was locked: a number to look for, and nothing about the person."""
        if self._robot is not None:
            number = person_id[:8].upper()
            self._robot.send(
                f"印章密码连续输错已锁定，持章人 {number}。"
                "短时间内多次出现时请到审计查看，并联系持章人。"
            )

    def _settle(self, message: OutgoingMessage, failure: str) -> None:
        with self._open_work() as work:
            settled = replace(message, body="", sent_at=self._now(), failure=failure)
            work.outgoing.put(settled)
            work.commit()
