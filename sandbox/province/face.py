"""Face check and willingness check (人脸核身、意愿认证).

Our service opens a session for a named person and a purpose; the person opens its page and
looks into the camera; the service asks for the result. Only the signed assertion counts: a
JWT (RS256, keys as in the sign-in's JWKS) that binds person, purpose, order digest and time.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.people import Person
from sandbox.province.oidc import provider_of
from sandbox.province.register import person_digest, resident
from sandbox.world import World

SESSION_LIFE = timedelta(minutes=10)
ASSERTION_LIFE = timedelta(minutes=5)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ID_NUMBER = re.compile(r"\d{17}[\dX]")

REASONS = {
    "mismatch": "人脸与身份信息不一致",
    "cancelled": "本人取消",
    "expired": "超过10分钟未完成",
}


class BadSession(Exception):
    """The session is not opened, or cannot be continued; *code* is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class Session:
    """One check of one person for one purpose."""

    id: str
    person: Person
    purpose: str
    order_digest: str
    return_url: str
    opened_at: datetime
    status: str = "pending"  # pending | passed | failed | cancelled | expired
    reason: str = ""
    settled_at: datetime | None = None
    assertion: str = ""

    @property
    def digest(self) -> str:
        """Names the person in the assertion."""
        return person_digest(self.person.name, self.person.id_number)


class FaceDesk:
    """The sessions of one run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}

    def open(self, world: World, wish: Mapping[str, Any]) -> Session:
        """Begin a check; BadSession if the wish is incomplete or the identity does not exist."""
        _check_wish(wish, world.accounts.oidc.redirect_prefix)
        person = resident(world, wish["name"], wish["id_number"])
        if person is None:
            raise BadSession("identity_mismatch", "姓名与身份证号不一致")
        session = Session(
            id=secrets.token_urlsafe(24),
            person=person,
            purpose=wish["purpose"],
            order_digest=wish.get("order_digest", ""),
            return_url=wish.get("return_url", ""),
            opened_at=world.clock.now(),
        )
        with self._lock:
            self._sessions[session.id] = session
        return session

    def find(self, world: World, session_id: str) -> Session | None:
        """The session with its status as of now."""
        with self._lock:
            session = self._sessions.get(session_id)
            if session and session.status == "pending" and _is_over(session, world.clock.now()):
                session.status, session.reason = "expired", REASONS["expired"]
            return session

    def look(self, world: World, session: Session, face: Person | None) -> None:
        """*face* looks into the camera; None walks away. A settled session stays as it is."""
        with self._lock:
            if session.status != "pending":
                raise BadSession("settled", "此次认证已结束")
            session.settled_at = world.clock.now()
            if face is None:
                session.status, session.reason = "cancelled", REASONS["cancelled"]
            elif face != session.person or world.faults.take("face_fail", "province.face"):
                session.status, session.reason = "failed", REASONS["mismatch"]
            else:
                session.status = "passed"
                session.assertion = _assertion(world, session)


def desk_of(world: World) -> FaceDesk:
    """The one face desk of *world*."""
    return world.room(FaceDesk)


def _is_over(session: Session, now: datetime) -> bool:
    return now - session.opened_at > SESSION_LIFE


def _check_wish(wish: Mapping[str, Any], prefix: str) -> None:
    texts = ("name", "id_number", "purpose", "order_digest", "return_url")
    if any(not isinstance(wish.get(name, ""), str) for name in texts):
        raise BadSession("malformed", "all fields are strings")
    if strange := wish.keys() - set(texts):
        raise BadSession("malformed", f"unknown fields: {', '.join(sorted(strange))}")
    if not wish.get("name") or not _ID_NUMBER.fullmatch(wish.get("id_number", "")):
        raise BadSession("identity", "name and id_number are needed")
    if not 4 <= len(wish.get("purpose", "")) <= 200:
        raise BadSession("purpose", "purpose has 4 to 200 characters; the person reads it")
    if wish.get("order_digest") and not _DIGEST.fullmatch(wish["order_digest"]):
        raise BadSession("order_digest", "order_digest is 64 lower-case hex digits (SM3)")
    if wish.get("return_url") and not wish["return_url"].startswith(prefix):
        raise BadSession("return_url", "return_url is not registered")


def _assertion(world: World, session: Session) -> str:
    client = world.accounts.oidc
    now = int(world.clock.timestamp())
    claims = {
        "iss": client.face_base,
        "aud": client.face_key,
        "sub": session.digest,
        "jti": session.id,
        "iat": now,
        "exp": now + int(ASSERTION_LIFE.total_seconds()),
        "auth_time": now,
        "amr": ["face"],  # RFC 8176
        "name": session.person.name,
        "purpose": session.purpose,
        "order_digest": session.order_digest,
    }
    return provider_of(world).key.sign(claims, kind="willingness+jwt")
