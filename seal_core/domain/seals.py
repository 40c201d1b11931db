"""A seal and its life."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from seal_core.errors import SealError


class SealState(StrEnum):
    """Where a seal stands. The values are stored: never rename them."""

    PENDING_REVIEW = "pending_review"  # 待审核
    REJECTED = "rejected"  # 审核不通过
    WITHDRAWN = "withdrawn"  # 已撤回
    READY = "ready"  # 待领取
    ISSUING = "issuing"  # 制作中
    ACTIVE = "active"  # 有效
    SUSPENDED = "suspended"  # 停用
    EXPIRED = "expired"  # 到期
    FROZEN = "frozen"  # 冻结
    CANCELLED = "cancelled"  # 注销
    VOID = "void"  # 作废
    RENEWED = "renewed"  # 已续期: another seal with the same picture took its place


class SealEvent(StrEnum):
    """What can happen to a seal; also the name in the audit chain."""

    APPROVE = "seal:approve"
    REJECT = "seal:reject"
    WITHDRAW = "seal:withdraw"
    COLLECT = "seal:collect"
    ISSUE = "seal:issue"
    SUSPEND = "seal:suspend"
    RESUME = "seal:resume"
    EXPIRE = "seal:expire"
    FREEZE = "seal:freeze"
    CANCEL = "seal:cancel"
    VOID = "seal:void"
    RENEW = "seal:renew"


class CancelReason(StrEnum):
    """Why a seal was cancelled, as the audit record's ``reason`` has it."""

    DATA_CHANGED = "data_changed"  # 印章数据变更
    ENTERPRISE_CHANGED = "enterprise_changed"  # 企业变更
    ENTERPRISE_CLOSED = "enterprise_closed"  # 企业注销
    OTHER = "other"  # 其他, in the owner's own words
    REMADE = "remade"  # 挂失后重新制作
    PIN_RESET = "pin_reset"  # 印章密码重置
    REDRAWN = "redrawn"  # 更换手绘签名
    UNCOLLECTED = "uncollected"  # 逾期未领取


OWNERS_REASONS = (
    CancelReason.DATA_CHANGED,
    CancelReason.ENTERPRISE_CHANGED,
    CancelReason.ENTERPRISE_CLOSED,
    CancelReason.OTHER,
)
"""What an owner can choose from; the others are said by the service."""


_S, _E = SealState, SealEvent

ARROWS: dict[SealEvent, dict[SealState, SealState]] = {
    _E.APPROVE: {_S.PENDING_REVIEW: _S.READY},
    _E.REJECT: {_S.PENDING_REVIEW: _S.REJECTED},
    _E.WITHDRAW: {_S.PENDING_REVIEW: _S.WITHDRAWN},
    _E.COLLECT: {_S.READY: _S.ISSUING},
    _E.ISSUE: {_S.ISSUING: _S.ACTIVE},
    _E.SUSPEND: {_S.ACTIVE: _S.SUSPENDED},
    _E.RESUME: {_S.SUSPENDED: _S.ACTIVE},
    _E.EXPIRE: {_S.ACTIVE: _S.EXPIRED, _S.SUSPENDED: _S.EXPIRED},
    _E.FREEZE: {_S.ACTIVE: _S.FROZEN, _S.SUSPENDED: _S.FROZEN},
    _E.CANCEL: dict.fromkeys(
        (_S.READY, _S.ACTIVE, _S.SUSPENDED, _S.EXPIRED, _S.FROZEN), _S.CANCELLED
    ),
    _E.VOID: dict.fromkeys((_S.ISSUING, _S.ACTIVE, _S.SUSPENDED, _S.EXPIRED), _S.VOID),
    _E.RENEW: dict.fromkeys((_S.ACTIVE, _S.SUSPENDED, _S.EXPIRED), _S.RENEWED),
}
"""The life of a seal (design, "States of a seal"): event → from → to."""


ENDED = frozenset({SealState.RENEWED, SealState.CANCELLED, SealState.VOID})
"""States of a seal that was in hand once and will never be again."""


class WrongSealState(SealError):
    """The seal is in *state*, where *event* cannot happen."""

    code = "seal.state"

    def __init__(self, state: SealState, event: SealEvent) -> None:
        super().__init__(f"{event} is not possible in {state}")
        self.state = state
        self.event = event


class RenewalTooEarly(SealError):
    """The seal is good for longer than the time before its end in which it can be renewed."""

    code = "seal.renewal_early"

    def __init__(self, opens: datetime) -> None:
        super().__init__(f"renewal opens at {opens.isoformat()}")
        self.opens = opens


class SealNotUsable(SealError):
    """The seal cannot be used for sealing now; *state* says why."""

    code = "seal.not_usable"

    def __init__(self, state: SealState) -> None:
        super().__init__(state)
        self.state = state


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal of a holder, from the application on.

    *type* is a code of the province file, *form* ``phone`` or ``ukey``; *opinion* is the
    reviewer's 审核意见; *collector_id* the person who collected it and whose key opens it;
    *ses* the GB/T 38540 seal (DER) once issued; *replaces* the seal whose place it takes
    (续期, 重新制作); *reminded* how many days were left when its owner was last reminded of its
    end (of collection, then of validity), 0 if he was not.
    """

    id: str
    application_id: str
    holder_id: str
    holder_name: str
    collector_id: str
    type: str
    name: str
    form: str
    width_mm: float
    height_mm: float
    state: SealState
    code: str
    opinion: str
    applied_at: datetime
    reviewed_at: datetime | None
    collected_at: datetime | None
    valid_from: datetime | None
    valid_to: datetime | None
    certificate: bytes
    chain: tuple[bytes, ...]
    ses: bytes
    picture: bytes
    replaces: str = ""
    reminded: int = 0

    def after(self, event: SealEvent) -> Seal:
        """The seal once *event* has happened. Raises WrongSealState."""
        try:
            return replace(self, state=ARROWS[event][self.state])
        except KeyError:
            raise WrongSealState(self.state, event) from None

    def allows(self, event: SealEvent) -> bool:
        """Whether *event* can happen in its state."""
        return self.state in ARROWS[event]

    def must_be_renewable(self, at: datetime, window: timedelta) -> None:
        """Raise RenewalTooEarly before the last *window* of its time, or WrongSealState."""
        self.after(SealEvent.RENEW)
        if self.state is SealState.EXPIRED or self.valid_to is None:
            return
        if at < self.valid_to - window:
            raise RenewalTooEarly(self.valid_to - window)

    def is_renewable(self, at: datetime, window: timedelta) -> bool:
        """Whether `must_be_renewable` would let it pass."""
        try:
            self.must_be_renewable(at, window)
        except (RenewalTooEarly, WrongSealState):
            return False
        return True

    def is_usable(self, at: datetime) -> bool:
        """Whether `must_be_usable` would let it pass."""
        try:
            self.must_be_usable(at)
        except SealNotUsable:
            return False
        return True

    def must_be_usable(self, at: datetime) -> None:
        """Raise SealNotUsable unless the seal is 有效 and inside its period."""
        if self.state is not SealState.ACTIVE:
            raise SealNotUsable(self.state)
        if self.valid_from is None or self.valid_to is None:
            raise SealNotUsable(SealState.ISSUING)
        if not self.valid_from <= at <= self.valid_to:
            raise SealNotUsable(SealState.EXPIRED)
