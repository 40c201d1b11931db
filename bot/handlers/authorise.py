"""授权管理: who may use which seal; the confirmation itself is made on a page."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime, timedelta

from bot import texts, texts_members
from bot.handlers import members
from bot.handlers.choosing import pick, tidy
from bot.messages import Message, Say
from bot.router import Router
from bot.states import State
from bot.talk import Talk
from seal_core.domain.grants import (
    DelegateNotReady,
    GrantNotOpen,
    GrantorWithoutKey,
    GrantTerms,
    GrantTermsRefused,
)
from seal_core.domain.holders import Ability
from seal_core.domain.records import News, Notification
from seal_core.domain.tickets import LinkPurpose

router = Router()

_DATE = re.compile(r"(20[0-9]{2})\s*[年/]\s*([0-9]{1,2})\s*[月/]\s*([0-9]{1,2})")
_SPAN = re.compile(r"([0-9]{1,4})\s*(天|日|周|星期|个月|月|年)")
_TIMES = re.compile(r"([0-9]{1,6})\s*次")
_UNLIMITED = ("无限", "不限", "长期", "永久", "一直")
_DAYS = {"天": 1, "日": 1, "周": 7, "星期": 7, "个月": 30, "月": 30, "年": 365}


@router.command("授权管理", "授权", "印章授权")
def start(message: Message, talk: Talk) -> Say:
    if not talk.actor.can(Ability.GRANT) or talk.actor.organisation is None:
        return list_grants(message, talk)
    return talk.begin(State.AUTHORISE_CHOOSING, texts_members.authorise(talk.actor.holder_name))


@router.state(State.AUTHORISE_CHOOSING)
def choose(message: Message, talk: Talk) -> Say:
    """The four entries are commands as well; here they may be said by number."""
    shown = texts_members.authorise(talk.actor.holder_name)
    wish = pick(message.text, [(choice, choice) for choice in shown.choices])
    if wish is None:
        return talk.stay(texts.not_understood(shown))
    return ENTRIES[wish](message, talk)


# --- 新增授权 -----------------------------------------------------------------------


@router.command("新增授权", "授权给别人")
def begin_grant(_: Message, talk: Talk) -> Say:
    if not talk.services.grants.grantable(talk.actor):
        return talk.end(texts_members.nothing_to_grant())
    if not talk.services.grants.candidates(talk.actor):
        return talk.end(texts_members.nobody_to_grant())
    return talk.begin(State.GRANT_CHOOSING_SEAL, _ask_seal(talk))


@router.state(State.GRANT_CHOOSING_SEAL)
def choose_seal(message: Message, talk: Talk) -> Say:
    seals = talk.services.grants.grantable(talk.actor)
    seal = pick(message.text, [(seal.name, seal) for seal in seals])
    if seal is None:
        return talk.stay(texts.not_understood(_ask_seal(talk)))
    return talk.go(State.GRANT_CHOOSING_DELEGATE, _ask_delegate(talk), seal_id=seal.id)


@router.state(State.GRANT_CHOOSING_DELEGATE)
def choose_delegate(message: Message, talk: Talk) -> Say:
    people = talk.services.grants.candidates(talk.actor)
    labels = [(texts_members.delegate_label(person), person) for person in people]
    person = pick(message.text, labels)
    if person is None:
        return talk.stay(texts.not_understood(_ask_delegate(talk)))
    ask = texts_members.choose_terms()
    return talk.go(
        State.GRANT_CHOOSING_TERMS, ask, delegate_id=person.id, delegate_name=person.name
    )


@router.state(State.GRANT_CHOOSING_TERMS)
def choose_terms(message: Message, talk: Talk) -> Say:
    """Draw the grant up and lead to the page that confirms it."""
    try:
        terms = read_terms(message.text, message.sent_at)
        if terms is None:
            return talk.stay(texts.not_understood(texts_members.choose_terms()))
        grant = talk.services.grants.draw_up(
            talk.actor, talk.data["seal_id"], talk.data["delegate_id"], terms
        )
    except GrantTermsRefused:
        return talk.stay(texts_members.terms_refused())
    except DelegateNotReady:
        return talk.end(texts_members.delegate_not_ready(talk.data["delegate_name"]))
    except GrantorWithoutKey:
        return talk.end(texts_members.nothing_to_grant())
    shown = talk.services.grants.grant(talk.actor, grant.id)
    link = talk.link(LinkPurpose.GRANT, "核对并确认授权", grant_id=grant.id)
    say = texts_members.confirm_grant(shown, link)
    return talk.go(State.GRANT_ON_PAGE, say, grant_id=grant.id)


@router.state(State.GRANT_ON_PAGE)
def wait_for_page(_: Message, talk: Talk) -> Say:
    try:
        talk.services.grants.must_be_open(talk.actor, talk.data["grant_id"])
    except GrantNotOpen:
        return talk.end(texts_members.grant_over())
    link = talk.link(LinkPurpose.GRANT, "核对并确认授权", grant_id=talk.data["grant_id"])
    return talk.stay(texts_members.grant_waiting(link))


@router.leaves(State.GRANT_ON_PAGE)
def drop_draft(talk: Talk) -> None:
    """Whoever says 取消 must not find a grant in force through a link left open."""
    with suppress(GrantNotOpen):
        talk.services.grants.drop(talk.actor, talk.data["grant_id"])


# --- 查看授权 -----------------------------------------------------------------------


@router.command("查看授权", "我的授权", "授权列表")
def list_grants(message: Message, talk: Talk) -> Say:
    say = texts_members.grants(talk.services.grants.grants(talk.actor), message.sent_at)
    return talk.begin(State.GRANTS_CHOOSING, say) if say.choices else talk.end(say)


@router.state(State.GRANTS_CHOOSING)
def choose_grant(message: Message, talk: Talk) -> Say:
    found, now = talk.services.grants.grants(talk.actor), message.sent_at
    grant = pick(message.text, [(texts_members.grant_row(s, now), s.grant) for s in found])
    if grant is None:
        return talk.stay(texts.not_understood(texts_members.grants(found, now)))
    return talk.go(State.GRANT_DETAIL, _detail(talk, grant.id, now), grant_id=grant.id)


@router.state(State.GRANT_DETAIL)
def act_on_grant(message: Message, talk: Talk) -> Say:
    grant_id = talk.data["grant_id"]
    shown = _detail(talk, grant_id, message.sent_at)
    wish = pick(message.text, [(choice, choice) for choice in shown.choices])
    if wish is None:
        return talk.stay(texts.not_understood(shown))
    if wish == texts_members.REVOKE:
        talk.services.grants.revoke(talk.actor, grant_id)
        return talk.end(texts_members.revoked(talk.services.grants.grant(talk.actor, grant_id)))
    return list_grants(message, talk)


# --- news ---------------------------------------------------------------------------


@router.tells(News.GRANT_GIVEN)
def given(notification: Notification, talk: Talk) -> Say:
    return talk.close(texts_members.grant_given(notification.data), State.GRANT_ON_PAGE)


@router.tells(News.GRANT_RECEIVED)
def received(notification: Notification, _: Talk) -> Say:
    return texts_members.grant_received(notification.data)


@router.tells(News.GRANT_USED)
def used(notification: Notification, _: Talk) -> Say:
    return texts_members.grant_used(notification.data)


@router.tells(News.GRANT_ENDED)
def ended(notification: Notification, _: Talk) -> Say:
    return texts_members.grant_ended(notification.data)


def read_terms(text: str, now: datetime) -> GrantTerms | None:
    """期限 and 次数 as people say them; None if they say neither.

    A date means the end of that day in Beijing. Raises GrantTermsRefused for a date there is not.
    """
    words = tidy(text)
    if words in {str(n) for n in range(1, len(texts_members.TERMS) + 1)}:
        words = texts_members.TERMS[int(words) - 1]
    times, until = _TIMES.search(words), None
    if date := _DATE.search(words):
        until = _end_of_day(int(date[1]), int(date[2]), int(date[3]))
    elif span := _SPAN.search(words):
        until = now + timedelta(days=int(span[1]) * _DAYS[span[2]])
    if times is None and until is None and not any(word in words for word in _UNLIMITED):
        return None
    if times is not None and int(times[1]) == 0:
        raise GrantTermsRefused("times")
    return GrantTerms(until, int(times[1]) if times else 0)


def _end_of_day(year: int, month: int, day: int) -> datetime:
    try:
        return datetime(year, month, day, 23, 59, 59, tzinfo=texts.BEIJING)
    except ValueError:
        raise GrantTermsRefused("date") from None


def _ask_seal(talk: Talk) -> Say:
    return texts_members.choose_seal(talk.services.grants.grantable(talk.actor))


def _ask_delegate(talk: Talk) -> Say:
    return texts_members.choose_delegate(talk.services.grants.candidates(talk.actor))


def _detail(talk: Talk, grant_id: str, now: datetime) -> Say:
    shown = talk.services.grants.grant(talk.actor, grant_id)
    may_revoke = talk.actor.can(Ability.GRANT)
    return texts_members.grant_detail(shown, now, may_revoke)


ENTRIES = {
    texts_members.NEW_GRANT: begin_grant,
    texts_members.SEE_GRANTS: list_grants,
    texts_members.MEMBERS: members.list_members,
    texts_members.ADD_MEMBER: members.add_member,
}
