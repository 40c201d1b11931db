"""What happens between people and the offices: feedback, the desk's cases, filing, wishes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from seal_core.domain.records import News
from seal_core.domain.seals import SealEvent
from seal_core.errors import SealError

TEXT_LENGTH = 1000
"""Most characters of a feedback, a reply or a reason."""


class FeedbackIncomplete(SealError):
    """The text is missing or too long, or the picture is none; *field* says which."""

    code = "feedback.incomplete"

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class FeedbackKind(StrEnum):
    """用户反馈 has two kinds (S1)."""

    SUGGESTION = "suggestion"  # 意见建议, about where seals could be used
    PROBLEM = "problem"  # 信息反馈, about applying, managing, using


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody wrote to the operators, and their reply; *picture_id* is empty for none."""

    id: str
    person_id: str
    holder_id: str
    holder_name: str
    channel: str
    kind: FeedbackKind
    text: str
    picture_id: str
    written_at: datetime
    reply: str
    replied_by: str
    replied_at: datetime | None


class AlreadyReplied(SealError):
    """A colleague was faster."""

    code = "feedback.replied"


class CaseClaimed(SealError):
    """A colleague works on this application; *name* is his."""

    code = "review.claimed"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Claim:
    """*member_id* works on the application; a claim left alone ends at *until*."""

    application_id: str
    member_id: str
    member_name: str
    claimed_at: datetime
    until: datetime


class SecondPersonNeeded(SealError):
    """Who proposed it cannot be the one who confirms it (four-eyes)."""

    code = "desk.second_person"


class DisposalState(StrEnum):
    """Where a proposed act of the authority stands."""

    PROPOSED = "proposed"  # 待复核
    DONE = "done"  # 已执行
    REFUSED = "refused"  # 已退回


@dataclass(frozen=True, slots=True)
class Disposal:
    """处置意见 on a seal by the authority (国办发〔2025〕33号, article 18): proposed, then done."""

    id: str
    seal_id: str
    event: SealEvent
    reason: str
    state: DisposalState
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None


FILED = (
    SealEvent.ISSUE,
    SealEvent.SUSPEND,
    SealEvent.RESUME,
    SealEvent.EXPIRE,
    SealEvent.FREEZE,
    SealEvent.CANCEL,
    SealEvent.VOID,
)
"""Making a seal, and every change of its state after that."""


@dataclass(frozen=True, slots=True)
class Filing:
    """备案 of one change of a seal (article 17); *number* is on the receipt.

    *digest* is SM3 (hex) over what is filed, so that a receipt can be checked against the seal.
    """

    id: str
    number: str
    seal_id: str
    holder_id: str
    event: SealEvent
    digest: str
    certificate: str
    happened_at: datetime
    filed_at: datetime


class Topic(StrEnum):
    """What a person can choose not to be sent; it stays in his in-site inbox."""

    RESULTS = "results"  # 审核和领取
    TERMS = "terms"  # 到期提醒
    FEEDBACK = "feedback"  # 反馈回复
    USES = "uses"  # 授权用章


TOPICS: dict[News, Topic] = {
    News.APPLICATION_APPROVED: Topic.RESULTS,
    News.APPLICATION_REJECTED: Topic.RESULTS,
    News.COLLECTION_ENDS_SOON: Topic.RESULTS,
    News.COLLECTION_ENDED: Topic.RESULTS,
    News.SEAL_ENDS_SOON: Topic.TERMS,
    News.SEAL_EXPIRED: Topic.TERMS,
    News.FEEDBACK_ANSWERED: Topic.FEEDBACK,
    News.GRANT_USED: Topic.USES,
}
"""News that come unasked and can wait. All others answer what the person does just now, or are
about his safety: neither wishes nor quiet hours keep them back."""


class HoursUnclear(SealError):
    """Quiet hours are two whole hours from 0 to 23."""

    code = "preferences.hours"


@dataclass(frozen=True, slots=True)
class Preferences:
    """通知设置 of a person; *quiet_from* to *quiet_until* are hours of 北京时间, equal for none."""

    person_id: str
    muted: tuple[str, ...] = ()
    quiet_from: int = 22
    quiet_until: int = 8

    def wants(self, kind: News) -> bool:
        return TOPICS.get(kind, "") not in self.muted

    def is_quiet(self, kind: News, hour: int) -> bool:
        """Whether *kind* has to wait for the end of the quiet hours."""
        if kind not in TOPICS:
            return False
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= hour < self.quiet_until
        return hour >= self.quiet_from or hour < self.quiet_until

    def with_topic(self, topic: Topic, *, told: bool) -> Preferences:
        """Be told of *topic*, or not."""
        others = [each for each in self.muted if each != topic]
        return replace(self, muted=tuple(others if told else sorted([*others, topic.value])))

    def with_hours(self, first: int, until: int) -> Preferences:
        """Raises HoursUnclear."""
        if not (0 <= first <= 23 and 0 <= until <= 23):
            raise HoursUnclear(f"{first}-{until}")
        return replace(self, quiet_from=first, quiet_until=until)
