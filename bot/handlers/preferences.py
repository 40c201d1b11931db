"""通知设置: which news are sent, and the hours in which none are."""

from __future__ import annotations

import re

from bot import texts
from bot.handlers.choosing import pick, tidy
from bot.messages import Message, Say
from bot.router import Router
from bot.states import State
from bot.talk import Talk
from seal_core.domain.desk import HoursUnclear, Topic

router = Router()

_HOURS = re.compile(r"(\d{1,2})(?:[:：点时]\S*?)?\s*(?:到|至|-|—|~)\s*(\d{1,2})(?:[:：点时]\S*)?")
_NONE = frozenset({"不要", "关闭", "关", "不用", "没有", "取消免打扰"})


@router.command("通知设置", "消息设置", "免打扰")
def start(_: Message, talk: Talk) -> Say:
    talk.must_be_signed_in()
    return talk.begin(State.PREFERENCES_CHOOSING, _shown(talk))


@router.state(State.PREFERENCES_CHOOSING)
def choose(message: Message, talk: Talk) -> Say:
    topics: list[tuple[str, Topic | None]] = [
        *((texts.TOPICS[topic], topic) for topic in Topic),
        (texts.QUIET, None),
    ]
    label = pick(message.text, [(words, words) for words, _ in topics])
    chosen = label or next((w for w, _ in topics if tidy(message.text).startswith(w)), None)
    if chosen is None:
        return talk.stay(texts.not_understood(_shown(talk)))
    topic = dict(topics)[chosen]
    if topic is None:
        return talk.go(State.PREFERENCES_HOURS, texts.ask_hours())
    wishes = talk.services.preferences.of(talk.actor)
    talk.services.preferences.keep(wishes.with_topic(topic, told=topic in wishes.muted))
    return talk.begin(State.PREFERENCES_CHOOSING, _shown(talk))


@router.state(State.PREFERENCES_HOURS)
def set_hours(message: Message, talk: Talk) -> Say:
    word = tidy(message.text)
    found = _HOURS.fullmatch(word)
    if found is None and word not in _NONE:
        return talk.stay(texts.not_understood(texts.ask_hours()))
    first, until = (int(found[1]), int(found[2])) if found else (0, 0)
    wishes = talk.services.preferences.of(talk.actor)
    try:
        changed = wishes.with_hours(first, until)
    except HoursUnclear:
        return talk.stay(texts.not_understood(texts.ask_hours()))
    talk.services.preferences.keep(changed)
    return talk.end(texts.hours_set(changed))


def _shown(talk: Talk) -> Say:
    return texts.preferences(talk.services.preferences.of(talk.actor))
