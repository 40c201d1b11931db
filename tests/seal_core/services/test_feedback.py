"""用户反馈: kept, told to operators, replied to once, and nobody else's business."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from seal_core.domain.desk import AlreadyReplied, FeedbackIncomplete, FeedbackKind
from seal_core.domain.documents import PDF
from seal_core.domain.holders import NotAllowed, NotFound
from seal_core.domain.records import News, StaffMember, StaffRole
from seal_core.errors import DocumentRefused
from seal_core.services.publishing import NoticeIncomplete, PublishingService
from tests.support.house import OPERATOR, REVIEWER, House, open_house
from tests.support.pdf import simple_pdf
from tests.support.people import STRANGER

PICTURE = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90wS\xde"
    b"\0\0\0\x0cIDATx\x9cc\xf8\xcf\xc0\0\0\3\1\1\0\xc9\xfe\x92\xef\0\0\0\0IEND\xaeB`\x82"
)
BAD_PICTURES = [
    b"GIF89a\1\0\1\0",
    b"<svg onload='x'/>",
    b"%PDF-1.7",
    b"\x89PNG\r\n\x1a\n",
    PICTURE + bytes(5_000_000),
]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as place:
        yield place


def test_a_feedback_is_replied_to_and_both_stay_in_the_history(house: House) -> None:
    """
    The person hears of the reply; the chain names who replied; a second reply is refused.
    """
    actor = house.signed_in()
    sent = house.feedback.send(actor, FeedbackKind.PROBLEM, " 领取时扫码没有反应 ", PICTURE)
    assert house.feedback.picture(sent) == (PICTURE, "image/png")
    assert [f.id for f in house.feedback.waiting(OPERATOR)] == [sent.id]
    house.clock.advance(minutes=3)
    answered = house.feedback.reply(OPERATOR, sent.id, "已修复，请再试一次。")
    assert house.feedback.history(actor) == [answered]
    assert answered.text == "领取时扫码没有反应"
    assert house.feedback.waiting(OPERATOR) == []
    assert house.news(actor)[-2:] == [News.FEEDBACK_RECEIVED, News.FEEDBACK_ANSWERED]
    assert house.events(actor.holder_id)[-2:] == ["feedback:send", "feedback:reply"]
    with pytest.raises(AlreadyReplied):
        house.feedback.reply(OPERATOR, sent.id, "再说一次")


@pytest.mark.parametrize("picture", BAD_PICTURES)
def test_only_pictures_are_taken(house: House, picture: bytes) -> None:
    """
    PNG and JPG that say how large they are; nothing that could run, nothing too large.
    """
    with pytest.raises(FeedbackIncomplete) as refused:
        house.feedback.send(house.signed_in(), FeedbackKind.SUGGESTION, "图片", picture)
    assert refused.value.field == "picture"


@pytest.mark.parametrize("text", ["", " 一 ", "\0\0", "长" * 1001])
def test_a_text_is_needed_and_not_a_book(house: House, text: str) -> None:
    """
    For the feedback and for the reply.
    """
    actor = house.signed_in()
    with pytest.raises(FeedbackIncomplete):
        house.feedback.send(actor, FeedbackKind.SUGGESTION, text)
    sent = house.feedback.send(actor, FeedbackKind.SUGGESTION, "建议")
    with pytest.raises(FeedbackIncomplete):
        house.feedback.reply(OPERATOR, sent.id, text)
    assert house.feedback.own(actor, sent.id).replied_at is None


def test_it_is_nobody_elses_business(house: House) -> None:
    """
    Another person finds nothing; a reviewer is no operator.
    """
    sent = house.feedback.send(house.signed_in(), FeedbackKind.SUGGESTION, "建议")
    stranger = house.signed_in(STRANGER, "openid-2")
    assert house.feedback.history(stranger) == []
    with pytest.raises(NotFound):
        house.feedback.own(stranger, sent.id)
    for act in (
        lambda: house.feedback.waiting(REVIEWER),
        lambda: house.feedback.get(REVIEWER, sent.id),
        lambda: house.feedback.reply(REVIEWER, sent.id, "回复"),
    ):
        with pytest.raises(NotAllowed):
            act()


# --- 信息公告 -------------------------------------------------------------------------


@pytest.fixture
def publishing(house: House) -> PublishingService:
    return PublishingService(house.open_work, house.clock, house.documents_kept)


def test_notices_are_published_and_withdrawn(house: House, publishing: PublishingService) -> None:
    """
    What is withdrawn is gone for everybody but the desk, its attachments with it.
    """
    pdf = simple_pdf()
    notice = publishing.publish(OPERATOR, "系统升级公告", "周六升级。", [("../手册.pdf", pdf)])
    ((name, document_id),) = notice.attachments
    assert name == "手册.pdf"
    assert house.documents.get(document_id).media_type == PDF
    assert house.documents_kept.get(document_id) == pdf
    assert house.holdings.notices() == [notice]
    publishing.withdraw(OPERATOR, notice.id)
    assert house.holdings.notices() == []
    for act in (house.holdings.notice, lambda i: publishing.withdraw(OPERATOR, i)):
        with pytest.raises(NotFound):
            act(notice.id)
    assert [n.id for n in publishing.all(OPERATOR)] == [notice.id]
    assert house.events("desk") == ["notice:publish", "notice:withdraw"]


def test_what_is_no_notice(publishing: PublishingService) -> None:
    """
    No title, no text, an attachment that is no document, or the wrong role.
    """
    for title, body in (("", "正文"), ("标题", " "), ("题" * 101, "正文")):
        with pytest.raises(NoticeIncomplete):
            publishing.publish(OPERATOR, title, body, [])
    with pytest.raises(DocumentRefused):
        publishing.publish(OPERATOR, "标题", "正文", [("a.exe", b"MZ")])
    auditor = StaffMember("a" * 32, "auditor", "审计员", "", StaffRole.AUDITOR)
    for act in (
        lambda: publishing.all(auditor),
        lambda: publishing.publish(auditor, "标题", "正文", []),
        lambda: publishing.withdraw(auditor, "x"),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert publishing.all(OPERATOR) == []
