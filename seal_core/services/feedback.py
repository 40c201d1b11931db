"""用户反馈: 意见建议 and 信息反馈 from people, replies by operators, and the history of both."""

from __future__ import annotations

from dataclasses import replace

from seal_core.domain.desk import (
    TEXT_LENGTH,
    AlreadyReplied,
    Feedback,
    FeedbackIncomplete,
    FeedbackKind,
)
from seal_core.domain.holders import Actor, NotFound
from seal_core.domain.identifiers import new_id
from seal_core.domain.records import News, StaffMember, StaffRole
from seal_core.errors import SealError
from seal_core.formats.pictures import describe
from seal_core.ports import Clock, DocumentStore, OpenWork
from seal_core.services.telling import note, note_system, tell

PICTURE_BYTES = 5_000_000
"""A screenshot is well below; a phone's photo mostly."""

PICTURES = {"png": "image/png", "jpg": "image/jpeg"}


class FeedbackService:
    """Takes what people write, and brings the operators' replies back."""

    def __init__(self, open_work: OpenWork, clock: Clock, store: DocumentStore) -> None:
        self._open_work = open_work
        self._now = clock
        self._store = store

    def send(self, actor: Actor, kind: FeedbackKind, text: str, picture: bytes = b"") -> Feedback:
        """Keep *text* and the picture, and tell the operators. Raises FeedbackIncomplete."""
        words = _words(text)
        now = self._now()
        feedback = Feedback(
            id=new_id(),
            person_id=actor.person.id,
            holder_id=actor.holder_id,
            holder_name=actor.holder_name,
            channel=actor.channel,
            kind=kind,
            text=words,
            picture_id=self._keep(picture),
            written_at=now,
            reply="",
            replied_by="",
            replied_at=None,
        )
        with self._open_work() as work:
            work.feedback.put(feedback)
            note(work, actor, "feedback:send", feedback.id, now, kind=kind)
            tell(work, actor.person.id, News.FEEDBACK_RECEIVED, now, text=words[:40])
            work.outbox.add("tell_operators", feedback.id)
            work.commit()
        return feedback

    def history(self, actor: Actor, *, limit: int = 10, offset: int = 0) -> list[Feedback]:
        """历史反馈 of the person, newest first."""
        with self._open_work() as work:
            return work.feedback.select(person_id=actor.person.id, limit=limit, offset=offset)

    def count(self, actor: Actor) -> int:
        with self._open_work() as work:
            return work.feedback.count(person_id=actor.person.id)

    def own(self, actor: Actor, feedback_id: str) -> Feedback:
        """Raises NotFound for anybody else's."""
        with self._open_work() as work:
            feedback = work.feedback.get(feedback_id)
        if feedback.person_id != actor.person.id:
            raise NotFound(feedback_id)
        return feedback

    def picture(self, feedback: Feedback) -> tuple[bytes, str]:
        """The picture and its media type. Raises NotFound if there is none."""
        if not feedback.picture_id:
            raise NotFound(feedback.id)
        data = self._store.get(feedback.picture_id)
        return data, PICTURES[describe(data).kind]

    # --- the desk -------------------------------------------------------------------

    def waiting(self, member: StaffMember) -> list[Feedback]:
        """What nobody replied to yet. Raises NotAllowed."""
        member.must_be(StaffRole.OPERATOR)
        with self._open_work() as work:
            return work.feedback.select(replied_at=None)

    def recent(self, member: StaffMember) -> list[Feedback]:
        """The newest, replied to or not. Raises NotAllowed."""
        member.must_be(StaffRole.OPERATOR)
        with self._open_work() as work:
            return work.feedback.select(limit=50)

    def get(self, member: StaffMember, feedback_id: str) -> Feedback:
        """Raises NotAllowed or NotFound."""
        member.must_be(StaffRole.OPERATOR)
        with self._open_work() as work:
            return work.feedback.get(feedback_id)

    def reply(self, member: StaffMember, feedback_id: str, text: str) -> Feedback:
        """回复: once, and told to the person. Raises AlreadyReplied or FeedbackIncomplete."""
        member.must_be(StaffRole.OPERATOR)
        words, now = _words(text), self._now()
        with self._open_work() as work:
            feedback = work.feedback.lock(feedback_id)
            if feedback.replied_at is not None:
                raise AlreadyReplied(feedback_id)
            answered = replace(feedback, reply=words, replied_by=member.id, replied_at=now)
            work.feedback.put(answered)
            detail = {"actor": member.id, "channel": "staff"}
            note_system(work, feedback.holder_id, "feedback:reply", feedback.id, now, **detail)
            news = {"text": feedback.text[:40], "reply": words, "feedback_id": feedback.id}
            tell(work, feedback.person_id, News.FEEDBACK_ANSWERED, now, **news)
            work.commit()
        return answered

    def _keep(self, picture: bytes) -> str:
        if not picture:
            return ""
        if len(picture) > PICTURE_BYTES:
            raise FeedbackIncomplete("picture")
        try:
            shown = describe(picture)
        except SealError:
            raise FeedbackIncomplete("picture") from None
        if shown.kind not in PICTURES or not shown.width or not shown.height:
            raise FeedbackIncomplete("picture")
        picture_id = new_id()
        self._store.put(picture_id, picture)
        return picture_id


def _words(text: str) -> str:
    """*text* as it is kept. Raises FeedbackIncomplete if nothing or too much is left."""
    words = text.replace("\0", "").strip()  # PostgreSQL keeps no NUL
    if not 2 <= len(words) <= TEXT_LENGTH:
        raise FeedbackIncomplete("text")
    return words
