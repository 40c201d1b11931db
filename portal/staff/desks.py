"""Which desks each role sees; the services check the role again."""

from __future__ import annotations

from seal_core.domain.records import StaffMember, StaffRole

REVIEW = ("queue", "待审核")
AGENTS = ("agent_queue", "经办人审核")
FEEDBACK = ("feedback_desk", "用户反馈")
NOTICES = ("notice_desk", "信息公告")
SEALS = ("seal_search", "印章查询")
DISPOSALS = ("disposals", "处置复核")
FILINGS = ("filings", "备案")
STATISTICS = ("statistics", "统计")
AUDIT = ("audit", "审计")

DESKS: dict[StaffRole, tuple[tuple[str, str], ...]] = {
    StaffRole.REVIEWER: (REVIEW, AGENTS, SEALS, DISPOSALS, STATISTICS),
    StaffRole.MAKER: (DISPOSALS, FILINGS, SEALS, STATISTICS),
    StaffRole.OPERATOR: (FEEDBACK, NOTICES, STATISTICS),
    StaffRole.AUDITOR: (AUDIT, FILINGS, SEALS, STATISTICS),
}
"""Endpoint and label of each desk, the first one being where the role arrives."""

ROLES = {
    StaffRole.REVIEWER: "审核员",
    StaffRole.MAKER: "制章备案员",
    StaffRole.OPERATOR: "运维人员",
    StaffRole.AUDITOR: "审计员",
}


def desks(member: StaffMember) -> tuple[tuple[str, str], ...]:
    return DESKS[member.role]
