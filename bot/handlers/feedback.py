"""用户反馈: 意见建议 and 信息反馈 in the chat or, with a picture, on a page; 历史反馈."""

from __future__ import annotations

from bot import texts
from bot.handlers.choosing import pick
from bot.messages import Message, Say
from bot.router import Router
from bot.states import State
from bot.talk import Talk
from seal_core.domain.desk import FeedbackIncomplete, FeedbackKind
from seal_core.domain.records import News, Notification
from seal_core.domain.tickets import LinkPurpose

router = Router()

HISTORY = "历史反馈"
CHOICES = (
    (texts.FEEDBACK_KINDS[FeedbackKind.SUGGESTION], FeedbackKind.SUGGESTION),
    (texts.FEEDBACK_KINDS[FeedbackKind.PROBLEM], FeedbackKind.PROBLEM),
    (HISTORY, None),
)


@router.command("用户反馈", "反馈", "意见反馈")
def start(_: Message, talk: Talk) -> Say:
    talk.must_be_signed_in()
    return talk.begin(State.FEEDBACK_CHOOSING, _ask_kind())


@router.command("意见建议", "建议", "意见")
def suggest(_: Message, talk: Talk) -> Say:
    talk.must_be_signed_in()
    return _begin(talk, FeedbackKind.SUGGESTION)


@router.command("信息反馈", "投诉", "留言")
def report(_: Message, talk: Talk) -> Say:
    talk.must_be_signed_in()
    return _begin(talk, FeedbackKind.PROBLEM)


@router.command(HISTORY)
def history(_: Message, talk: Talk) -> Say:
    found = talk.services.feedback.history(talk.actor, limit=5)
    link = talk.link(LinkPurpose.VIEW, "查看全部反馈", feedback="history") if found else None
    return talk.end(texts.feedback_history(found, link))


@router.state(State.FEEDBACK_CHOOSING)
def choose_kind(message: Message, talk: Talk) -> Say:
    label = pick(message.text, [(label, label) for label, _ in CHOICES])
    if label is None:
        return talk.stay(texts.not_understood(_ask_kind()))
    if label == HISTORY:
        return history(message, talk)
    kind = dict(CHOICES)[label] or FeedbackKind.PROBLEM
    return talk.go(State.FEEDBACK_WRITING, _ask_text(talk, kind), kind=kind.value)


@router.state(State.FEEDBACK_WRITING)
def write(message: Message, talk: Talk) -> Say:
    kind = FeedbackKind(talk.data["kind"])
    try:
        talk.services.feedback.send(talk.actor, kind, message.text)
    except FeedbackIncomplete:
        return talk.stay(texts.feedback_too_short())
    return talk.end(texts.feedback_taken())


@router.tells(News.FEEDBACK_RECEIVED)
def received(_: Notification, talk: Talk) -> Say | None:
    """Written on a page: the dialog that waits for it is over. In the chat it was said already."""
    if talk.state is not State.FEEDBACK_WRITING:
        return None
    return talk.close(texts.feedback_taken(), State.FEEDBACK_WRITING)


@router.tells(News.FEEDBACK_ANSWERED)
def answered(notification: Notification, talk: Talk) -> Say:
    link = talk.link(LinkPurpose.VIEW, "查看反馈和回复", feedback="history")
    return texts.feedback_answered(notification.data["text"], notification.data["reply"], link)


def _begin(talk: Talk, kind: FeedbackKind) -> Say:
    return talk.begin(State.FEEDBACK_WRITING, _ask_text(talk, kind), kind=kind.value)


def _ask_kind() -> Say:
    return texts.choose_feedback(tuple(label for label, _ in CHOICES))


def _ask_text(talk: Talk, kind: FeedbackKind) -> Say:
    link = talk.link(LinkPurpose.FEEDBACK, "在页面上写（可附图片）", kind=kind.value)
    return texts.write_feedback(kind, link)
