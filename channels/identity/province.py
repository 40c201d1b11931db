"""省统一身份认证: OpenID Connect with code, PKCE, state and nonce (Authlib underneath)."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError

from channels.errors import PlatformBusy, SignInFailed
from channels.http import DEFAULT_TIMEOUT, HttpClient, Timeout, translated
from channels.identity.keys import BadToken, PublishedKeys
from seal_core.domain.holders import Identity, Role
from seal_core.domain.secrets import IdNumber, Mobile

SCOPE = "openid profile"
LEEWAY = 60  # seconds between the clocks of two servers
KEEP_METADATA = timedelta(hours=1)

# What the person signed in as; 自然人 has no role in an enterprise.
_ROLES: dict[str, Role | None] = {
    "natural_person": None,
    "legal_person": Role.LEGAL_REPRESENTATIVE,
    "agent": Role.HANDLER,
}
_ID_NUMBER = re.compile(r"\d{17}[\dX]")  # GB 11643


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """One trip to the sign-in page. Keep it with the person's session, use it once."""

    url: str = field(repr=False)
    redirect_uri: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Metadata:
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    keys: PublishedKeys
    loaded_at: datetime


class ProvinceSignIn:
    """Sends people to the province's page and learns who came back."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        *,
        timeout: Timeout = DEFAULT_TIMEOUT,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._issuer = issuer.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._timeout = timeout
        self._now = now
        self._known: _Metadata | None = None

    def __repr__(self) -> str:
        return f"ProvinceSignIn({self._issuer})"

    def begin(self, redirect_uri: str) -> SignInAttempt:
        """Prepare a sign-in that comes back to *redirect_uri*."""
        state, nonce = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        verifier = secrets.token_urlsafe(48)  # 64 characters (RFC 7636, 4.1: 43 to 128)
        with self._session(redirect_uri) as session:
            url, _ = session.create_authorization_url(
                self._metadata().authorization_endpoint,
                state=state,
                nonce=nonce,
                code_verifier=verifier,
            )
        return SignInAttempt(str(url), redirect_uri, state, nonce, verifier)

    def finish(self, attempt: SignInAttempt, query: Mapping[str, str]) -> Identity:
        """Say who came back with *query*. Raises SignInFailed or PlatformBusy."""
        if not hmac.compare_digest(query.get("state", "").encode(), attempt.state.encode()):
            raise SignInFailed("state")
        if "error" in query or not query.get("code"):
            raise SignInFailed(query.get("error", "no code")[:64])
        with self._session(attempt.redirect_uri) as session:
            token = self._redeem(session, attempt, query["code"])
            subject = self._subject(attempt, token)
            return _identity(self._userinfo(session), subject)

    def _session(self, redirect_uri: str) -> OAuth2Session:
        session = OAuth2Session(
            self._client_id,
            self._client_secret,
            scope=SCOPE,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            default_timeout=self._timeout,
        )
        session.trust_env = False
        return session

    def _redeem(self, session: OAuth2Session, attempt: SignInAttempt, code: str) -> dict[str, Any]:
        try:
            with translated():
                token = session.fetch_token(
                    self._metadata().token_endpoint,
                    code=code,
                    code_verifier=attempt.code_verifier,
                    allow_redirects=False,
                )
        except AuthlibBaseError as exc:
            raise SignInFailed(str(exc.error)[:64]) from None
        except (ValueError, TypeError):
            raise PlatformBusy("token answer is not JSON", outcome_unknown=True) from None
        if not isinstance(token.get("id_token"), str) or not token.get("access_token"):
            raise SignInFailed("no id_token")
        return dict(token)

    def _subject(self, attempt: SignInAttempt, token: Mapping[str, Any]) -> str:
        """Verify the id_token (OpenID Connect Core, 3.1.3.7) and return its subject."""
        try:
            proved = self._metadata().keys.verify(token["id_token"])
            claims = CodeIDToken(
                proved.claims,
                proved.header,
                options={
                    "iss": {"essential": True, "value": self._issuer},
                    "aud": {"essential": True, "value": self._client_id},
                    "nonce": {"essential": True},
                },
                params={
                    "nonce": attempt.nonce,
                    "client_id": self._client_id,
                    "access_token": token["access_token"],
                },
            )
            claims.validate(now=int(self._now().timestamp()), leeway=LEEWAY)
        except (BadToken, AuthlibBaseError, JoseError, ValueError, TypeError) as exc:
            raise SignInFailed(f"id_token: {type(exc).__name__}") from None
        return str(claims["sub"])

    def _userinfo(self, session: OAuth2Session) -> dict[str, Any]:
        with translated():
            response = session.get(self._metadata().userinfo_endpoint, allow_redirects=False)
        if response.status_code != 200:
            raise SignInFailed(f"userinfo: HTTP {response.status_code}")
        try:
            claims = response.json()
        except ValueError:
            raise SignInFailed("userinfo is not JSON") from None
        if not isinstance(claims, dict):
            raise SignInFailed("userinfo is no object")
        return claims

    def _metadata(self) -> _Metadata:
        now = self._now()
        if self._known is None or now - self._known.loaded_at > KEEP_METADATA:
            self._known = self._discover(now)
        return self._known

    def _discover(self, now: datetime) -> _Metadata:
        # OpenID Connect Discovery 1.0, 4.3: the issuer named must be the one asked
        http = HttpClient(self._issuer, self._timeout)
        document = http.request("GET", "/.well-known/openid-configuration").json()
        if document.get("issuer") != self._issuer:
            raise SignInFailed("discovery: issuer")
        return _Metadata(
            authorization_endpoint=self._endpoint(document, "authorization_endpoint"),
            token_endpoint=self._endpoint(document, "token_endpoint"),
            userinfo_endpoint=self._endpoint(document, "userinfo_endpoint"),
            keys=PublishedKeys(self._endpoint(document, "jwks_uri"), self._timeout, self._now),
            loaded_at=now,
        )

    def _endpoint(self, document: Mapping[str, Any], name: str) -> str:
        address = str(document.get(name, ""))
        scheme = self._issuer.partition(":")[0]
        if not address.startswith(f"{scheme}://"):  # never down from https to http
            raise SignInFailed(f"discovery: {name}")
        return address


def _identity(claims: Mapping[str, Any], subject: str) -> Identity:
    # OpenID Connect Core, 5.3.2: the same person as in the id_token, or nobody
    if claims.get("sub") != subject:
        raise SignInFailed("userinfo: sub")
    kind = str(claims.get("user_type"))
    if kind not in _ROLES:
        raise SignInFailed("userinfo: user_type")
    organisation = claims.get("org")
    if not isinstance(organisation, dict):
        organisation = {}
    if (_ROLES[kind] is None) != (not organisation.get("uscc")):
        raise SignInFailed("userinfo: org")
    id_number = _claim(claims, "id_number").upper()
    if not _ID_NUMBER.fullmatch(id_number):
        raise SignInFailed("userinfo: id_number")
    return Identity(
        subject=subject,
        name=_claim(claims, "name"),
        id_number=IdNumber(id_number),
        mobile=Mobile(str(claims.get("mobile") or "")),
        uscc=str(organisation.get("uscc") or ""),
        organisation_name=str(organisation.get("name") or ""),
        region=str(organisation.get("region") or ""),
        legal_representative=str(organisation.get("legal_representative") or ""),
        role=_ROLES[kind],
    )


def _claim(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value.strip():
        raise SignInFailed(f"userinfo: {name}")
    return value.strip()
