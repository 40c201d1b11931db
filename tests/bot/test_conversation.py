"""The way of a message: stored once, handled in order, one at a time, without PINs."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import texts
from bot.handlers import router
from bot.messages import Kind, Link, Message, Say
from bot.sessions.session import VERSION, Session
from bot.sessions.store import TurnTaken
from bot.states import State
from seal_core.domain.identifiers import new_id
from seal_core.domain.records import InboxMessage
from tests.support.chat import Chat, open_chat
from tests.support.databases import MORNING
from tests.support.house import PIN
from tests.support.people import STRANGER

PIN_LIKE = [
    "739154",
    " 739154 ",
    "我的密码是739154",
    "密码：７３９１５４",
    "739 154",
    "73-91-54",
    "13900001234",
    "739154739154",
    "pin 739154，快点",
]
NOT_PIN_LIKE = [
    "1 2",
    "1 2 3 4 5 6",
    "第2页 120 200",
    "关键字 合同编号20260101",
    "12345",
    "圆形 40 mm",
]


@pytest.mark.parametrize("text", PIN_LIKE)
def test_a_pin_in_the_chat_is_refused_and_rests_nowhere(signed_in: Chat, text: str) -> None:
    """
    In whatever form: the person is told, the dialog stays where it was, and no byte of the
    database or the session holds the digits (faults F34).
    """
    signed_in.say("印章申请")
    assert "不要在聊天里发送密码" in signed_in.say(text).text
    assert signed_in.where() is State.APPLY_CHOOSING_SEALS
    kept = b"".join(path.read_bytes() for path in signed_in.house.folder.glob("seal.db*"))
    kept += signed_in.sessions.load(signed_in.account.id).to_json().encode()
    assert signed_in.account.id.encode() in kept
    for canary in (b"739154", b"13900001234139", text.encode()):
        assert canary not in kept


@pytest.mark.parametrize("text", NOT_PIN_LIKE)
def test_what_is_no_pin_passes(text: str) -> None:
    """
    Choices, places, keywords and sizes are answers.
    """
    message = Message("1", Kind.TEXT, MORNING, text)
    assert message.without_pin() is message


def test_a_repeated_push_gets_the_same_answer(signed_in: Chat) -> None:
    """
    The platform sends again when we are slow: nothing happens twice, the words are the same
    (faults F01).
    """
    message = signed_in.message(Kind.TEXT, text="印章申请")
    first = signed_in.push(message, "wechat:1")
    signed_in.say("取消")
    assert [signed_in.push(message, "wechat:1") for _ in range(3)] == [first] * 3
    assert signed_in.where() is State.MENU
    assert signed_in.hear() == []


def test_fifty_equal_pushes_at_once_are_one(signed_in: Chat) -> None:
    """
    One of them is answered, none makes a second step (faults F02).
    """
    message = signed_in.message(Kind.TEXT, text="印章申请")
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda _: signed_in.push(message, "wechat:1"), range(50)))
    assert len({say.text for say in answers if say is not None}) == 1
    assert len(signed_in.sessions.load(signed_in.account.id).steps) == 1


def test_what_is_handled_later_is_sent_as_a_message(signed_in: Chat) -> None:
    """
    Without an open request to answer on, the words go out by themselves.
    """
    message = signed_in.message(Kind.TEXT, text="菜单")
    assert signed_in.push(message, answer_now=False) is None
    (said,) = signed_in.hear()
    assert said.choices == texts.MENU_ITEMS


def test_two_quick_messages_keep_their_order(signed_in: Chat) -> None:
    """
    The second waits while the first is handled, and is answered for what it is.
    """
    signed_in.say("印章申请")
    with signed_in.turns.take(signed_in.account.id):
        late = [
            signed_in.push(signed_in.message(Kind.TEXT, text=text)) for text in ("合同章", "42")
        ]
    assert late == [None, None], "somebody else has the turn"
    assert signed_in.conversation.stalled() == [signed_in.account.id]
    signed_in.conversation.catch_up(signed_in.account.id)
    said = signed_in.hear()
    assert "尺寸" in said[0].text
    assert "区划" in said[1].text
    assert signed_in.conversation.stalled() == []


def test_a_message_that_was_refused_the_turn_is_not_left_lying(
    signed_in: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Whoever has the turn looks again before he gives it back: the sweeper is for crashes only.
    """

    def interrupted(*_: object) -> Say:
        late = signed_in.message(Kind.TEXT, text="菜单")
        with ThreadPoolExecutor(1) as threads:
            assert threads.submit(signed_in.push, late).result(timeout=20) is None
        return Say("慢慢来")

    monkeypatch.setitem(router.commands, "我的印章", interrupted)
    assert signed_in.say("我的印章").text == "慢慢来"
    assert [said.choices for said in signed_in.hear()] == [texts.MENU_ITEMS]


def test_a_person_s_messages_are_handled_one_at_a_time(signed_in: Chat) -> None:
    """
    However many processes receive them: each handled once, each answered once, and one
    person does not wait for another.
    """
    others = [signed_in.also(f"openid-{n}") for n in range(10, 13)]
    everybody = [signed_in, *others]

    def push(number: int) -> int:
        chat = everybody[number % 4]
        text = "菜单" if number % 8 < 4 else "帮助"
        return chat.push(chat.message(Kind.TEXT, text=text), f"key {number}") is not None

    with ThreadPoolExecutor(8) as threads:
        answered = sum(threads.map(push, range(64)))
    for chat in everybody:
        chat.conversation.catch_up(chat.account.id)
    sent = sum(len(chat.hear()) for chat in everybody)
    assert answered + sent == 64
    assert signed_in.conversation.stalled() == []


def test_words_are_not_kept_once_they_are_handled(signed_in: Chat) -> None:
    """
    The inbox holds the fact of a message, not what it said.
    """
    signed_in.say("这是一句悄悄话")
    with signed_in.house.open_work() as work:
        assert {stored.body for stored in work.inbox.select()} == {""}


def test_our_own_mistake_is_said_and_holds_up_nobody(
    signed_in: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A handler that fails: the person hears that it is our fault, and his next word is handled.
    """

    def fail(*_: object) -> Say:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setitem(router.commands, "我的印章", fail)
        assert signed_in.say("我的印章").text == texts.trouble().text
    assert signed_in.say("菜单").choices == texts.MENU_ITEMS


def test_what_a_dialog_rests_on_may_be_gone(signed_in: Chat) -> None:
    """
    Another person signs in on the same account in the middle of a dialog: he sees nothing of
    the first one's, and no error either.
    """
    signed_in.house.issued(signed_in.actor)
    signed_in.hear()
    signed_in.say("我的印章")
    signed_in.say("1")
    signed_in.house.signed_in(STRANGER, signed_in.openid)
    say = signed_in.say("停用")
    assert say.text == texts.trouble().text
    assert "示例科技" not in say.text
    assert signed_in.where() is State.MENU


def test_news_for_an_account_that_left_its_enterprise(signed_in: Chat) -> None:
    """
    What cannot be told any more stays in the in-site inbox; the job does not fail for ever.
    """
    actor = signed_in.actor
    signed_in.house.issued(actor)
    signed_in.hear()
    signed_in.house.upload(actor)
    with signed_in.house.open_work() as work:
        member = work.memberships.find(person_id=actor.person.id)
        assert member is not None
        work.memberships.delete(member.id)
        work.commit()
    signed_in.hear()
    with signed_in.house.open_work() as work:
        assert work.notifications.count(delivered_at=None) == 0


def test_news_for_nobody_s_account_are_kept_as_told(signed_in: Chat) -> None:
    """
    After 退出登录 or 取消关注 there is no account to tell; the inbox on the pages has it.
    """
    actor = signed_in.actor
    signed_in.do(Kind.UNFOLLOW)
    signed_in.house.applied(actor)
    assert signed_in.hear() == []
    with signed_in.house.open_work() as work:
        assert work.notifications.count(delivered_at=None) == 0


def test_the_turn_is_kept_while_news_move_the_conversation(signed_in: Chat) -> None:
    """
    News wait for the person's turn like his own words do; the job is tried again.
    """
    signed_in.house.applied(signed_in.actor)
    with signed_in.house.open_work() as work:
        waiting = work.notifications.select(delivered_at=None)
    with signed_in.turns.take(signed_in.account.id), pytest.raises(TurnTaken):
        signed_in.conversation.tell(waiting[0].id)
    assert signed_in.hear()


# --- sessions ------------------------------------------------------------------------


def test_a_session_comes_back_as_it_was() -> None:
    """
    And one of another version, or with a state that is gone, starts over.
    """
    session = Session()
    session.go(State.APPLY_CHOOSING_SIZE, {"types": ["contract"]}, Say("几号？", ("1",)))
    text = session.to_json()
    assert Session.from_json(text) == session
    stored = json.loads(text)
    assert Session.from_json(json.dumps(stored | {"version": VERSION + 1})) == Session()
    stored["steps"][0]["state"] = "apply.gone"
    assert Session.from_json(json.dumps(stored)) == Session()


def test_steps_are_remembered_to_a_depth() -> None:
    """
    A long talk does not make a long session.
    """
    session = Session()
    for number in range(100):
        session.go(State.MY_SEALS_DETAIL, {"n": number}, Say(str(number)))
    assert len(session.steps) == 12
    assert session.back() == Say("98")
    assert session.data == {"n": 98}


def test_messages_and_words_survive_their_way_through_storage() -> None:
    """
    What goes into the inbox and the outgoing table comes out the same.
    """
    message = Message("1", Kind.SCAN, MORNING, "字", "k", "s")
    assert Message.from_json(message.to_json()) == message
    say = Say("字", ("一", "二"), Link("题", "https://x"))
    assert Say.from_json(say.to_json()) == say
    assert say.as_text() == "字\n1. 一\n2. 二\n请回复数字选择。\n题：https://x"


# --- anybody, anything -----------------------------------------------------------------

WORDS = st.one_of(
    st.sampled_from(sorted(word for word in router.commands if not word.startswith("#"))),
    st.sampled_from(["菜单", "返回", "取消", "帮助", "登录", "人工", "重来", "确定", "全部"]),
    st.sampled_from(
        ["末页", "骑缝", "关键字 Contract", "第1页 10 10", "第9页 1 1", "停用", "启用"]
    ),
    st.sampled_from(["太原", "圆形 40 mm", "公章和合同章", "返回列表"]),
    st.integers(0, 12).map(str),
    st.text(max_size=40),
)
STEPS = st.one_of(
    st.tuples(st.just(Kind.TEXT), WORDS),
    st.tuples(st.sampled_from([Kind.PICTURE, Kind.FILE, Kind.OTHER, Kind.FOLLOW]), st.just("")),
    st.tuples(st.sampled_from([Kind.CLICK, Kind.SCAN]), st.one_of(WORDS, st.just("pickup-0"))),
    st.tuples(st.just(Kind.UNFOLLOW), st.sampled_from(["upload", "confirm", "wait", "stop"])),
)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STEPS, min_size=20, max_size=40), known=st.booleans())
def test_whoever_says_whatever_is_answered(
    tmp_path: Path, steps: list[tuple[Kind, str]], known: bool
) -> None:
    """
    A person who does anything in any order, with files and confirmations in between, is always
    answered, in words, and never by an error of ours.
    """
    folder = tmp_path / new_id()
    folder.mkdir()
    with open_chat(folder) as chat:
        if known:
            chat.sign_in()
            chat.house.issued(chat.actor, "statutory_name", "contract")
            chat.hear()
        for kind, word in steps:
            if kind is Kind.UNFOLLOW and known and chat.account.person_id:
                happen(chat, word)
                continue
            say = chat.push(chat.message(kind, text=word, key=word, scene=word))
            assert (say is None) == (kind is Kind.UNFOLLOW)
            assert say is None or (say.text.strip() and say.text != texts.trouble().text)
        assert all(said.text.strip() for said in chat.hear())


def happen(chat: Chat, what: str) -> None:
    """Something outside the chat, as a page would do it."""
    data = chat.sessions.load(chat.account.id).data
    match what:
        case "upload":
            chat.house.upload(chat.actor)
            chat.hear()
        case "confirm" if "order_id" in data:
            order = chat.house.sealing.order(data["order_id"], chat.actor.person.id)[0]
            if order.state == "open" and chat.house.clock() < order.expires_at:
                chat.house.sealing.confirm_with_pin(chat.actor, order.id, PIN)
            chat.hear()
        case "wait":
            chat.house.clock.advance(minutes=6)
        case _:
            chat.hear()


def test_an_inbox_row_of_a_process_that_died_is_handled(signed_in: Chat) -> None:
    """
    Stored, and then the process was gone: the sweeper finds it and the answer is sent.
    """
    body = signed_in.message(Kind.TEXT, text="菜单").to_json()
    stored = InboxMessage(new_id(), signed_in.account.id, body, MORNING, None, "")
    with signed_in.house.open_work() as work:
        work.inbox.accept(replace(stored), "wechat:7")
        work.commit()
    (account_id,) = signed_in.conversation.stalled()
    signed_in.conversation.catch_up(account_id)
    (said,) = signed_in.hear()
    assert said.choices == texts.MENU_ITEMS
