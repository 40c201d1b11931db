"""代申领: how a 经办人 is bound to an enterprise that did not invite him (domain facts 1.10)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum

from seal_core.domain.numbers import is_id_number, is_mobile, is_uscc
from seal_core.domain.secrets import IdNumber, Mobile
from seal_core.errors import SealError

REVIEW_DAYS = 3
"""2–3 个工作日通知结果 (item 102): the later one is promised."""

REMIND_DAYS = 2
"""After so many working days the staff is reminded of what still waits."""

NAME_LENGTH = 60
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,180}\.[^\s@.]{2,}")


class AgentIncomplete(SealError):
    """An answer of the registration is missing or wrong; *field* names it."""

    code = "agent.incomplete"

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class AgentNotOpen(SealError):
    """The registration was handed in, or decided, and cannot be changed any more."""

    code = "agent.not_open"


class Way(StrEnum):
    """The third way, 法人主动添加经办人, is an invitation (seal_core.domain.members)."""

    REPRESENTATIVE = "representative"  # 经办人关联企业: the 法定代表人 confirms
    MATERIALS = "materials"  # 人工认证通道: papers, checked by staff


class AgentState(StrEnum):
    """填写中 → 待审核 or 待确认 → 已通过 | 未通过; withdrawn by its own author."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Step(IntEnum):
    """填写基本信息→填写企业/单位信息→身份验证→填写账号信息→完成 (item 100)."""

    BASICS = 1
    ENTERPRISE = 2
    PAPERS = 3
    ACCOUNT = 4
    DONE = 5


class Paper(StrEnum):
    """The materials named in items 99, 101 and 104; all of them with *."""

    LICENCE = "licence"  # 营业执照/统一社会信用代码证, or 《民办非企业单位登记证书》 …
    MANDATE = "mandate"  # 机构实名认证授权委托书
    PROMISE = "promise"  # 承诺书（函）
    HEAD_FRONT = "head_front"  # 法定代表人身份证信息页
    HEAD_BACK = "head_back"  # 国徽页
    AGENT_FRONT = "agent_front"
    AGENT_BACK = "agent_back"


@dataclass(frozen=True, slots=True)
class Enterprise:
    """What the agent says of the enterprise; nobody vouches for it before it is checked."""

    name: str
    uscc: str
    region: str
    legal_representative: str

    def check(self) -> None:
        """Raises AgentIncomplete."""
        if not 2 <= len(self.name) <= NAME_LENGTH or not self.name.isprintable():
            raise AgentIncomplete("name")
        if not is_uscc(self.uscc):
            raise AgentIncomplete("uscc")
        if not self.region:
            raise AgentIncomplete("region")
        if not 2 <= len(self.legal_representative) <= 30:
            raise AgentIncomplete("legal_representative")


@dataclass(frozen=True, slots=True)
class AgentRegistration:
    """*person_id* wants to act as 经办人. His own name and number come from his sign-in.

    *papers* holds document ids by Paper; *due_at* is when an answer is promised.
    """

    id: str
    person_id: str
    way: Way
    state: AgentState
    position: str
    name: str
    uscc: str
    region: str
    legal_representative: str
    head_number: IdNumber
    papers: dict[str, str]
    mobile: Mobile
    email: str
    opinion: str
    decided_by: str
    created_at: datetime
    submitted_at: datetime | None
    due_at: datetime | None
    remind_at: datetime | None
    decided_at: datetime | None

    @property
    def enterprise(self) -> Enterprise:
        return Enterprise(self.name, self.uscc, self.region, self.legal_representative)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of this way; what the 法定代表人 confirms needs no papers."""
        if self.way is Way.MATERIALS:
            return tuple(Step)
        return (Step.BASICS, Step.ENTERPRISE, Step.ACCOUNT, Step.DONE)

    @property
    def next_step(self) -> Step:
        """The first step that is not complete yet; DONE if only handing in is left."""
        return next((step for step in self.steps if not self._has(step)), Step.DONE)

    def must_be_open(self) -> None:
        if self.state is not AgentState.DRAFT:
            raise AgentNotOpen(self.id)

    def must_wait(self) -> None:
        if self.state is not AgentState.SUBMITTED:
            raise AgentNotOpen(self.id)

    def with_basics(self, position: str) -> AgentRegistration:
        self.must_be_open()
        if not 2 <= len(position) <= 30 or not position.isprintable():
            raise AgentIncomplete("position")
        return replace(self, position=position)

    def with_enterprise(self, said: Enterprise, head_number: IdNumber) -> AgentRegistration:
        """Raises AgentIncomplete."""
        self.must_be_open()
        said.check()
        if self.way is Way.MATERIALS and not is_id_number(head_number.value):
            raise AgentIncomplete("head_number")
        return replace(
            self,
            name=said.name,
            uscc=said.uscc,
            region=said.region,
            legal_representative=said.legal_representative,
            head_number=head_number,
        )

    def with_paper(self, paper: Paper, document_id: str) -> AgentRegistration:
        self.must_be_open()
        return replace(self, papers=self.papers | {paper.value: document_id})

    def with_account(self, mobile: Mobile, email: str, promised: bool) -> AgentRegistration:
        """Raises AgentIncomplete; an e-mail address is welcome, not needed."""
        self.must_be_open()
        if not is_mobile(mobile.value):
            raise AgentIncomplete("mobile")
        if email and not _EMAIL.fullmatch(email):
            raise AgentIncomplete("email")
        if not promised:
            raise AgentIncomplete("promised")
        return replace(self, mobile=mobile, email=email)

    def submitted(self, now: datetime, due: datetime, remind: datetime) -> AgentRegistration:
        """Raises AgentNotOpen or AgentIncomplete."""
        self.must_be_open()
        if self.next_step is not Step.DONE:
            raise AgentIncomplete(f"step {self.next_step}")
        return replace(
            self, state=AgentState.SUBMITTED, submitted_at=now, due_at=due, remind_at=remind
        )

    def decided(self, approved: bool, by: str, opinion: str, now: datetime) -> AgentRegistration:
        """Raises AgentNotOpen."""
        self.must_wait()
        state = AgentState.APPROVED if approved else AgentState.REJECTED
        return replace(
            self, state=state, opinion=opinion, decided_by=by, decided_at=now, remind_at=None
        )

    def _has(self, step: Step) -> bool:
        match step:
            case Step.BASICS:
                return bool(self.position)
            case Step.ENTERPRISE:
                return bool(self.uscc)
            case Step.PAPERS:
                return self.papers.keys() >= set(Paper)
            case Step.ACCOUNT:
                return bool(self.mobile.value)
            case Step.DONE:
                return True
