"""用户反馈 in the chat: by the menu or by a word, written at once or on a page, and answered."""

from __future__ import annotations

from bot.states import State
from seal_core.domain.desk import FeedbackKind
from seal_core.domain.tickets import LinkPurpose
from tests.support.chat import Chat, token_of
from tests.support.house import OPERATOR


def test_feedback_is_written_in_the_chat_and_answered_there(signed_in: Chat) -> None:
    """
    The kind by number, the text as it comes; too short a text is asked for again.
    """
    assert signed_in.say("用户反馈").choices == ("意见建议", "信息反馈", "历史反馈")
    assert "没有听懂" in signed_in.say("随便").text
    assert "遇到的问题" in signed_in.say("2").text
    assert "2 到 1000 个字" in signed_in.say("坏").text
    assert "已收到" in signed_in.say("扫码以后没有反应").text
    assert signed_in.hear() == []
    assert signed_in.where() is State.MENU
    (sent,) = signed_in.house.feedback.waiting(OPERATOR)
    assert (sent.kind, sent.text) == (FeedbackKind.PROBLEM, "扫码以后没有反应")
    signed_in.house.feedback.reply(OPERATOR, sent.id, "请更新小程序后再试")
    (told,) = signed_in.hear()
    assert "请更新小程序后再试" in told.text
    history = signed_in.say("历史反馈")
    assert "回复：请更新小程序后再试" in history.text
    assert signed_in.house.links.look(token_of(history)).data == {"feedback": "history"}


def test_feedback_written_on_the_page_ends_the_dialog(signed_in: Chat) -> None:
    """
    For a picture; the link knows the kind.
    """
    assert "还没有反馈过" in signed_in.say("历史反馈").text
    link = signed_in.house.links.look(token_of(signed_in.say("意见建议")))
    assert (link.purpose, link.data) == (LinkPurpose.FEEDBACK, {"kind": "suggestion"})
    signed_in.house.feedback.send(signed_in.actor, FeedbackKind.SUGGESTION, "可以用在水电气办理")
    (said,) = signed_in.hear()
    assert "已收到" in said.text
    assert signed_in.where() is State.MENU


def test_people_are_reached_through_feedback(signed_in: Chat) -> None:
    """
    人工 says how, and the word leads there.
    """
    assert "信息反馈" in signed_in.say("人工").text
    signed_in.say("信息反馈")
    assert signed_in.where() is State.FEEDBACK_WRITING
