"""Where the conversation is closed, a template message says in short what is new."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from bot.messages import Link, Say
from channels.errors import PlatformRefused, QuotaSpent
from channels.wechat.notices import check_values
from jobs.delivery import DeliveryService
from jobs.notices import values_of
from seal_core.domain.holders import Account
from seal_core.domain.identifiers import new_id
from seal_core.domain.records import OutgoingMessage
from tests.support.databases import MORNING
from tests.support.house import CHANNEL, House, open_house

SAY = Say("审核通过：法定名称章。\n请在电脑端“印章领取”扫码领取。", (), Link("查看", "https://x/1"))


@dataclass
class Messenger:
    """See jobs.delivery.Messenger: refuses what it is told to."""

    closed: Exception | None = None
    no_template: Exception | None = None
    said: list[str] = field(default_factory=list)

    def say(self, account: Account, say: Say) -> None:
        if self.closed:
            raise self.closed
        self.said.append(say.text)

    def notify(self, account: Account, say: Say, message_id: str, at: datetime) -> None:
        if self.no_template:
            raise self.no_template
        self.said.append(values_of(say, at)["thing1"])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as place:
        yield place


def deliver(house: House, messenger: Messenger) -> OutgoingMessage:
    """One message to an account, sent; how it stands afterwards."""
    message = OutgoingMessage(new_id(), house.account().id, SAY.to_json(), house.clock(), None, "")
    with house.open_work() as work:
        work.outgoing.put(message)
        work.commit()
    service = DeliveryService(
        house.open_work,
        house.clock,
        {CHANNEL: messenger},
        {CHANNEL: messenger},
        None,
        lambda desk, case: "",
    )
    service.send(message.id)
    service.send(message.id)
    with house.open_work() as work:
        return work.outgoing.get(message.id)


def test_an_open_conversation_needs_no_template(house: House) -> None:
    """
    It is said once, in full.
    """
    messenger = Messenger()
    assert deliver(house, messenger).failure == ""
    assert messenger.said == [SAY.text]


def test_a_closed_conversation_gets_a_template_message(house: House) -> None:
    """
    48 hours on WeChat, five minutes on Alipay: after that only a template reaches the person.
    """
    messenger = Messenger(closed=QuotaSpent("45015"))
    assert deliver(house, messenger).failure == ""
    assert messenger.said == ["审核通过：法定名称章。"]


def test_without_template_or_consent_the_inbox_is_the_floor(house: House) -> None:
    """
    A lasting refusal is written down, not repeated; other refusals need no second try.
    """
    for messenger in (
        Messenger(closed=QuotaSpent("45015"), no_template=QuotaSpent("43101")),
        Messenger(closed=PlatformRefused("43004"), no_template=None),
    ):
        settled = deliver(house, messenger)
        assert settled.failure.startswith("platform.")
        assert settled.sent_at is not None
        assert messenger.said == []


@pytest.mark.parametrize("say", [SAY, Say("短"), Say("长" * 300 + "\n\n" + "x" * 300)])
def test_a_template_holds_what_the_platform_takes(say: Say) -> None:
    """
    Twenty characters a thing, five a phrase, nothing empty.
    """
    check_values(values_of(say, MORNING))
    assert len(values_of(say, MORNING)["thing1"]) <= 20
