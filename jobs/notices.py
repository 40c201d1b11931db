"""Template messages: how a person is reached whose conversation with us is closed.

WeChat closes it 48 hours after the person's last word, or after five messages of ours; Alipay
after minutes (platform facts 3.1, 10). Each account has one template for all news, with the
keywords thing1, phrase2, thing3 and time4.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.messages import Say
from bot.texts import local
from channels.alipay.client import AlipayClient
from channels.wechat.client import PlatformClient
from seal_core.domain.holders import Account

THING = 20
"""Characters of a ``thing`` (订阅消息参数值内容限制说明)."""

MINI_PAGE = "pages/index/index"
"""Where a mini-program opens from a notice."""


class Notifier(Protocol):
    """Says in short what there is to read in the conversation.

    Raises PlatformRefused: the person does not follow us, or did not agree to be told.
    """

    def notify(self, account: Account, say: Say, message_id: str, at: datetime) -> None: ...


class WeChatNotices:
    """Template messages of an official account, subscribe messages of a mini-program."""

    def __init__(self, client: PlatformClient, template: str, *, official: bool) -> None:
        self._client = client
        self._template = template
        self._official = official

    def notify(self, account: Account, say: Say, message_id: str, at: datetime) -> None:
        values = values_of(say, at)
        if self._official:
            url = say.link.url if say.link else ""
            self._client.send_template(
                account.subject, self._template, values, client_msg_id=message_id, url=url
            )
        else:
            self._client.send_subscribe(account.subject, self._template, values, page=MINI_PAGE)


class AlipayNotices:
    """Template messages of a life account or a mini-program."""

    def __init__(self, client: AlipayClient, template: str, *, life: bool) -> None:
        self._client = client
        self._template = template
        self._life = life

    def notify(self, account: Account, say: Say, message_id: str, at: datetime) -> None:
        values = values_of(say, at)
        if self._life:
            url = say.link.url if say.link else ""
            self._client.single_send(account.subject, self._template, values, url=url)
        else:
            self._client.mini_templatemessage_send(
                account.subject, self._template, values, page=MINI_PAGE
            )


def values_of(say: Say, at: datetime) -> dict[str, str]:
    """What a template message holds of *say*: its first words, and the rest in the conversation."""
    lines = [line.strip() for line in say.text.splitlines() if line.strip()]
    rest = " ".join(lines[1:]) or (say.link.title if say.link else "请打开对话查看")
    return {
        "thing1": _cut(lines[0]),
        "phrase2": "有新消息",
        "thing3": _cut(rest),
        "time4": local(at)[:16],
    }


def _cut(text: str) -> str:
    return text if len(text) <= THING else f"{text[: THING - 1]}…"
