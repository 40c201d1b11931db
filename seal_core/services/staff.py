"""Who works behind the desk: accounts and their sign-in."""

from __future__ import annotations

from typing import Protocol

from seal_core.domain.holders import NotAllowed, NotFound
from seal_core.domain.identifiers import new_id
from seal_core.domain.records import StaffMember, StaffRole
from seal_core.ports import OpenWork


class PasswordHasher(Protocol):
    """argon2id with its parameters in the hash."""

    def hash(self, password: str) -> str: ...

    def matches(self, stored: str, password: str) -> bool: ...


class StaffService:
    """Keeps staff accounts; a wrong name and a wrong password look the same."""

    def __init__(self, open_work: OpenWork, hasher: PasswordHasher) -> None:
        self._open_work = open_work
        self._hasher = hasher
        self._nobody = hasher.hash(new_id())

    def add(
        self, login: str, name: str, password: str, role: StaffRole = StaffRole.REVIEWER
    ) -> StaffMember:
        """A new account, or a new password and role for an old one."""
        with self._open_work() as work:
            known = work.staff.find(login=login)
            member = StaffMember(
                id=known.id if known else new_id(),
                login=login,
                name=name,
                password=self._hasher.hash(password),
                role=role,
            )
            work.staff.put(member)
            work.commit()
        return member

    def sign_in(self, login: str, password: str) -> StaffMember:
        """Raises NotAllowed."""
        with self._open_work() as work:
            member = work.staff.find(login=login)
        stored = member.password if member else self._nobody
        if not self._hasher.matches(stored, password) or member is None:
            raise NotAllowed("staff sign-in")
        return member

    def get(self, member_id: str) -> StaffMember | None:
        with self._open_work() as work:
            try:
                return work.staff.get(member_id)
            except NotFound:
                return None
