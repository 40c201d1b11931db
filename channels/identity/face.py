"""人脸核身 and 意愿认证 at the province's identity source.

What the page or the session's status says is not believed: only an assertion signed by
the source, naming this person, this session and exactly this digest, is a proof.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from channels.errors import CheckPending, IdentityMismatch, PlatformBusy, PlatformRefused
from channels.http import DEFAULT_TIMEOUT, HttpAnswer, HttpClient, Timeout
from channels.identity.keys import BadToken, PublishedKeys
from seal_core.domain.holders import Person
from seal_core.domain.keys import Proof, ProofRefused
from seal_core.gm import sm3

LEEWAY = 60  # seconds between the clocks of two servers
_SESSION_ID = re.compile(r"[A-Za-z0-9_-]{8,128}")
TYPE = "willingness+jwt"  # RFC 8725, 3.11: a sign-in token must not pass for consent


class FaceCheck:
    """The port ``WillingnessCheck`` over HTTP."""

    def __init__(
        self,
        base_url: str,
        key: str,
        secret: str,
        keys_url: str,
        *,
        timeout: Timeout = DEFAULT_TIMEOUT,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._http = HttpClient(base_url, timeout)
        self._auth = (key, secret)
        self._audience = key
        self._keys = PublishedKeys(keys_url, timeout, now)
        self._now = now

    def begin(self, person: Person, purpose: str, digest: str, return_url: str) -> tuple[str, str]:
        """Start a check of *person* for *purpose*; session id and the page to send him to.

        *digest* (64 hex digits) is what he agrees to; empty for a mere identity check.
        Raises IdentityMismatch when the source does not know this name with this number.
        """
        wish = {
            "name": person.name,
            "id_number": person.id_number.value,
            "purpose": purpose,
            "order_digest": digest,
            "return_url": return_url,
        }
        answer = _checked(self._post("/sessions", wish))
        session_id, url = str(answer.get("session_id", "")), str(answer.get("url", ""))
        if not _SESSION_ID.fullmatch(session_id) or not url.startswith(("https://", "http://")):
            raise PlatformRefused("answer", "no session")
        return session_id, url

    def result(self, person: Person, digest: str, session_id: str) -> Proof:
        """The proof of *person* for exactly *digest*.

        Raises CheckPending while he has not decided, ProofRefused otherwise.
        """
        if not _SESSION_ID.fullmatch(session_id):
            raise ProofRefused("session")
        answer = self._http.request("GET", f"/sessions/{session_id}", auth=self._auth)
        if answer.status == 404:
            raise ProofRefused("unknown session")
        told = _checked(answer)
        status = str(told.get("status"))
        if status == "pending":
            raise CheckPending(session_id)
        if status != "passed":
            raise ProofRefused(status)
        self._check(str(told.get("assertion", "")), person, digest, session_id)
        return Proof(person.id, digest, session_id)

    def belongs_together(self, name: str, id_number: str) -> bool:
        """Whether the source knows this name with this number (二要素核验)."""
        answer = _checked(self._post("/identity", {"name": name, "id_number": id_number}))
        return answer.get("match") is True

    def _post(self, path: str, wish: Mapping[str, str]) -> HttpAnswer:
        return self._http.request("POST", path, json_body=wish, auth=self._auth)

    def _check(self, assertion: str, person: Person, digest: str, session_id: str) -> None:
        """Raise ProofRefused unless *assertion* says exactly what we rely on."""
        try:
            proved = self._keys.verify(assertion)
        except BadToken:
            raise ProofRefused("signature") from None
        claims = proved.claims
        if proved.header.get("typ") != TYPE:
            raise ProofRefused("type")
        expected = {
            "iss": self._http.base_url,
            "aud": self._audience,
            "jti": session_id,
            "sub": person_digest(person.name, person.id_number.value),
            "order_digest": digest,
        }
        for name, value in expected.items():
            if not hmac.compare_digest(str(claims.get(name, "")).encode(), value.encode()):
                raise ProofRefused(name)
        self._check_time(claims)

    def _check_time(self, claims: Mapping[str, Any]) -> None:
        issued, expires = claims.get("iat"), claims.get("exp")
        if not isinstance(issued, int) or not isinstance(expires, int):
            raise ProofRefused("time")
        if not issued - LEEWAY <= self._now().timestamp() <= expires + LEEWAY:
            raise ProofRefused("expired")


def person_digest(name: str, id_number: str) -> str:
    """Names a person without telling the number: hex SM3 of ``name|id_number``."""
    return sm3.digest(f"{name}|{id_number}".encode()).hex()


def _checked(answer: HttpAnswer) -> dict[str, Any]:
    told = answer.json()
    if answer.status in {200, 201}:
        return told
    code = str(told.get("error", answer.status))
    if answer.status == 429:
        raise PlatformBusy(code, retry_after=60)
    if code == "identity_mismatch":
        raise IdentityMismatch
    raise PlatformRefused(code)
