"""Whose case it is: two reviewers never work on one application at once."""

from __future__ import annotations

from datetime import datetime

from seal_core.domain.desk import CaseClaimed
from seal_core.domain.records import StaffMember
from seal_core.domain.seals import SealState
from seal_core.ports import Work


def must_not_be_anothers(
    work: Work, member: StaffMember, application_id: str, now: datetime
) -> None:
    """Raises CaseClaimed while a colleague works on the application."""
    claim = work.claims.find(application_id=application_id)
    if claim is not None and claim.member_id != member.id and claim.until > now:
        raise CaseClaimed(claim.member_name)


def close_case(work: Work, application_id: str) -> None:
    """Nobody works any more on an application whose seals are all decided."""
    if not work.seals.count(application_id=application_id, state=SealState.PENDING_REVIEW):
        work.claims.delete(application_id)
