"""Dialogs that were left: reminded of, put aside, taken up again with everything given."""

from __future__ import annotations

from bot.states import State
from tests.support.chat import Chat, token_of
from tests.support.people import STRANGER


def wait(chat: Chat, minutes: int) -> list[str]:
    """Let time pass and the timer look; what was said by itself."""
    chat.house.clock.advance(minutes=minutes)
    for draft in chat.house.left_dialogs.due():
        chat.conversation.nudge(draft.account_id)
    return [say.text for say in chat.hear()]


def test_a_dialog_left_alone_is_reminded_of_and_taken_up_again(signed_in: Chat) -> None:
    """
    25 minutes: one reminder; half an hour: put aside without a word; 继续 asks the open
    question with everything given before.
    """
    signed_in.say("印章申请")
    asked = signed_in.say("1")
    assert wait(signed_in, 24) == []
    (reminder,) = wait(signed_in, 2)
    assert "印章申请" in reminder
    assert wait(signed_in, 1) == []
    assert signed_in.where() is State.APPLY_CHOOSING_SIZE
    assert wait(signed_in, 6) == []
    assert signed_in.where() is State.MENU
    assert "没办完的“印章申请”" in signed_in.say("你好").text
    again = signed_in.say("继续")
    assert asked.text in again.text
    assert again.choices == asked.choices
    assert signed_in.sessions.load(signed_in.account.id).data["types"] == ["statutory_name"]


def test_an_answer_stops_the_clock(signed_in: Chat) -> None:
    """
    Whoever answers after the reminder has the whole time again.
    """
    signed_in.say("印章申请")
    assert len(wait(signed_in, 26)) == 1
    signed_in.say("1")
    assert wait(signed_in, 20) == []
    assert signed_in.where() is State.APPLY_CHOOSING_SIZE


def test_the_menu_puts_a_dialog_aside_and_cancelling_drops_it(signed_in: Chat) -> None:
    """
    菜单 loses nothing; 取消 and 重来 leave nothing to go on with, nor does a dialog that ended.
    """
    for leaving in ("取消", "重来", "退出登录"):
        signed_in.say("印章申请")
        assert "印章申请" in signed_in.say("菜单").text
        signed_in.say("继续")
        assert signed_in.where() is State.APPLY_CHOOSING_SEALS
        signed_in.say(leaving)
        assert "没有放下的事情" in signed_in.say("继续").text
    signed_in.sign_in()
    signed_in.say("印章申请")
    signed_in.say("印章领取")  # has nothing to collect, and ends at once
    assert "没有放下的事情" in signed_in.say("继续").text


def test_what_is_put_aside_is_kept_for_a_week(signed_in: Chat) -> None:
    """
    Then it is gone.
    """
    signed_in.say("印章申请")
    signed_in.say("菜单")
    wait(signed_in, 6 * 24 * 60)
    assert "没办完" in signed_in.say("菜单").text
    wait(signed_in, 2 * 24 * 60)
    assert "没有放下的事情" in signed_in.say("继续").text


def test_another_person_does_not_find_it(signed_in: Chat) -> None:
    """
    Whoever signs in on the same account takes up only what is his.
    """
    signed_in.say("印章申请")
    signed_in.say("菜单")
    signed_in.sign_in(STRANGER)
    assert "没有放下的事情" in signed_in.say("继续").text


def test_help_explains_the_open_question(signed_in: Chat) -> None:
    """
    Its guide first, then what holds everywhere, and the question again.
    """
    asked = signed_in.say("印章申请")
    say = signed_in.say("帮助")
    assert "分别审核" in say.text
    assert asked.text in say.text
    assert say.choices == asked.choices


def test_a_link_that_ran_out_is_made_anew(signed_in: Chat) -> None:
    """
    帮助, 返回 and 继续 never hand out a link that only says it is too late.
    """
    first = signed_in.say("文件验签")
    assert token_of(signed_in.say("帮助")) == token_of(first)
    signed_in.house.clock.advance(minutes=31)
    again = signed_in.say("继续")
    assert token_of(again) != token_of(first)
    assert signed_in.house.links.look(token_of(again)).data == {"use": "verify"}
