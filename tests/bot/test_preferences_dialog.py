"""通知设置 and quiet hours: what waits until the morning, and what never waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.states import State
from seal_core.domain.desk import TOPICS, FeedbackKind, HoursUnclear, Preferences, Topic
from seal_core.domain.records import News
from tests.support.chat import Chat
from tests.support.house import OPERATOR, REVIEWER

FEEDBACK = (FeedbackKind.SUGGESTION, "希望支持更多场景")
URGENT = (News.PIN_LOCKED, News.PICKUP_FORWARDED, News.SEAL_DISPOSED, News.SEAL_FROZEN)


def at_hour(chat: Chat, hour: int) -> None:
    """Let time pass to the next *hour* o'clock in Beijing."""
    now = chat.house.clock()
    wanted = now.replace(hour=(hour - 8) % 24, minute=0, second=0, microsecond=0)
    while wanted <= now:
        wanted += timedelta(days=1)
    chat.house.clock.advance(seconds=(wanted - now).total_seconds())


def test_a_topic_is_switched_off_and_on(signed_in: Chat) -> None:
    """
    By number or name; what is off is not sent, and stands in the inbox all the same.
    """
    assert "审核和领取结果：已打开" in signed_in.say("通知设置").choices
    assert "审核和领取结果：已关闭" in signed_in.say("1").choices
    ids = [seal.id for seal in signed_in.house.applied(signed_in.actor)[1]]
    signed_in.hear()
    signed_in.house.applications.approve(REVIEWER, ids)
    assert signed_in.hear() == []
    assert signed_in.house.news(signed_in.actor)[-1] is News.APPLICATION_APPROVED
    signed_in.say("通知设置")
    assert "审核和领取结果：已打开" in signed_in.say("审核和领取结果").choices
    assert "没有听懂" in signed_in.say("别的").text


def test_quiet_hours_are_set_in_words(signed_in: Chat) -> None:
    """
    As people say them; nonsense is asked for again, 不要 ends them.
    """
    for words, shown in (
        ("23点到7点", "23 点到 7 点"),
        ("0 至 6", "0 点到 6 点"),
        ("不要", "未设置"),
    ):
        signed_in.say("通知设置")
        signed_in.say("免打扰时段")
        assert "没有听懂" in signed_in.say("25 到 8").text
        assert "没有听懂" in signed_in.say("晚上").text
        assert shown in signed_in.say(words).text
        assert signed_in.where() is State.MENU


def test_at_night_news_wait_until_the_morning(signed_in: Chat) -> None:
    """
    Nothing is lost and nothing is told twice; whoever speaks with us just now is awake.
    """
    sent = signed_in.house.feedback.send(signed_in.actor, *FEEDBACK)
    more = signed_in.house.feedback.send(signed_in.actor, *FEEDBACK)
    signed_in.hear()
    at_hour(signed_in, 23)
    signed_in.house.feedback.reply(OPERATOR, sent.id, "第一个回复")
    assert signed_in.hear() == []
    signed_in.conversation.morning()
    assert signed_in.hear() == []
    signed_in.say("你好")
    signed_in.house.feedback.reply(OPERATOR, more.id, "第二个回复")
    (told,) = signed_in.hear()
    assert "第二个回复" in told.text
    at_hour(signed_in, 8)
    signed_in.conversation.morning()
    (told,) = signed_in.hear()
    assert "第一个回复" in told.text
    signed_in.conversation.morning()
    assert signed_in.hear() == []


@pytest.mark.parametrize("kind", URGENT)
def test_safety_waits_for_nobody(kind: News) -> None:
    """
    Neither wishes nor the night keep it back.
    """
    wishes = Preferences("p", tuple(topic.value for topic in Topic), 0, 23)
    assert wishes.wants(kind)
    assert not wishes.is_quiet(kind, 3)


def test_hours_of_the_night() -> None:
    """
    Over midnight, within a day, and none; hours that are none are refused.
    """
    news = next(iter(TOPICS))
    night = Preferences("p")
    assert [hour for hour in range(24) if not night.is_quiet(news, hour)] == list(range(8, 22))
    noon = night.with_hours(12, 14)
    assert [hour for hour in range(24) if noon.is_quiet(news, hour)] == [12, 13]
    assert not any(night.with_hours(5, 5).is_quiet(news, hour) for hour in range(24))
    for first, until in ((-1, 8), (22, 24)):
        with pytest.raises(HoursUnclear):
            night.with_hours(first, until)
