"""OpenID Connect, authorization code with PKCE, as strict as the specification allows.

The rules and the memory of the provider; ``views.py`` puts HTTP around them.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sandbox.people import Person
from sandbox.province import captcha
from sandbox.province.register import Entry, entry_of
from sandbox.province.tokens import SigningKey, base64url
from sandbox.world import World

PAGE_LIFE = timedelta(minutes=10)
CODE_LIFE = timedelta(seconds=60)
TOKEN_LIFE = timedelta(minutes=30)
MAX_FAILURES = 5
LOCK = timedelta(minutes=30)

# tab of the page → user_type claim
KINDS = {"legal": "legal_person", "person": "natural_person", "agent": "agent"}
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # RFC 7636, 4.2: S256 gives 43 characters
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636, 4.1


class BadClient(Exception):
    """Nobody we know, or a redirect_uri that is not theirs: no redirect, an error page."""


class OAuthError(Exception):
    """An error of RFC 6749 that is told to the client; *code* is the registered one."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code


class SignInFailed(Exception):
    """What the visitor typed is not right; the text is shown on the page."""


@dataclass(slots=True)
class Page:
    """One visitor at the sign-in page, from a valid authorization request."""

    id: str
    redirect_uri: str
    state: str
    nonce: str
    challenge: str
    opened_at: datetime
    captcha: str = field(default_factory=captcha.new_text)
    done: bool = False


@dataclass(slots=True)
class Grant:
    """A visitor who signed in, between the code and the access token."""

    page: Page
    person: Person
    user_type: str
    signed_in_at: datetime
    used: bool = False
    access_tokens: list[str] = field(default_factory=list)


class Provider:
    """Pages, codes and tokens of one run."""

    def __init__(self) -> None:
        self.key = SigningKey()
        self._lock = threading.RLock()
        self._pages: dict[str, Page] = {}
        self._codes: dict[str, Grant] = {}
        self._tokens: dict[str, tuple[Grant, datetime]] = {}
        self._failures: dict[str, tuple[int, datetime]] = {}

    def open_page(self, world: World, asked: Mapping[str, str]) -> Page:
        """Check an authorization request; BadClient before the redirect_uri is trusted."""
        client = world.accounts.oidc
        if asked.get("client_id") != client.client_id:
            raise BadClient("unknown client_id")
        if not _is_ours(asked.get("redirect_uri", ""), client.redirect_prefix):
            raise BadClient("redirect_uri is not registered")
        _check_request(asked)
        page = Page(
            id=secrets.token_urlsafe(18),
            redirect_uri=asked["redirect_uri"],
            state=asked["state"],
            nonce=asked["nonce"],
            challenge=asked["code_challenge"],
            opened_at=world.clock.now(),
        )
        with self._lock:
            self._pages[page.id] = page
        return page

    def page(self, world: World, page_id: str) -> Page | None:
        """A page that is still good."""
        page = self._pages.get(page_id)
        if page is None or page.done or world.clock.now() - page.opened_at > PAGE_LIFE:
            return None
        return page

    def sign_in(self, world: World, page: Page, typed: Mapping[str, str]) -> str:
        """Check what was typed and return the code; SignInFailed with words for the page."""
        with self._lock:
            expected, page.captcha = page.captcha, captcha.new_text()  # one look, one try
            if not hmac.compare_digest(typed.get("captcha", "").encode(), expected.encode()):
                raise SignInFailed("验证码不正确，请看图重新输入。")
            kind = typed.get("kind", "")
            person = self._authenticate(world, kind, typed)
            page.done = True
            code = secrets.token_urlsafe(32)
            self._codes[code] = Grant(page, person, KINDS[kind], world.clock.now())
            return code

    def redeem(self, world: World, asked: Mapping[str, str]) -> dict[str, Any]:
        """Exchange a code (RFC 6749, 4.1.3). A second use takes back what the first gave."""
        if asked.get("grant_type") != "authorization_code":
            raise OAuthError("unsupported_grant_type", "only authorization_code")
        if missing := [n for n in ("code", "redirect_uri", "code_verifier") if not asked.get(n)]:
            raise OAuthError("invalid_request", f"missing: {', '.join(missing)}")
        with self._lock:
            grant = self._codes.get(asked["code"])
            if grant is None:
                raise OAuthError("invalid_grant", "unknown code")
            if grant.used:
                for token in grant.access_tokens:
                    self._tokens.pop(token, None)
                raise OAuthError("invalid_grant", "code was used before")
            grant.used = True
            _check_redemption(grant, asked, world.clock.now())
            token = secrets.token_urlsafe(32)
            grant.access_tokens.append(token)
            self._tokens[token] = (grant, world.clock.now() + TOKEN_LIFE)
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": int(TOKEN_LIFE.total_seconds()),
            "scope": "openid profile",
            "id_token": self._id_token(world, grant, token),
        }

    def userinfo(self, world: World, token: str) -> dict[str, Any] | None:
        """The claims behind an access token, or None if it is not good (any more)."""
        grant, expires = self._tokens.get(token, (None, world.clock.now()))
        if grant is None or expires <= world.clock.now():
            return None
        return _claims(world, grant)

    def _authenticate(self, world: World, kind: str, typed: Mapping[str, str]) -> Person:
        account, now = typed.get("account", "").strip(), world.clock.now()
        failures, since = self._failures.get(account, (0, now))
        if failures >= MAX_FAILURES and now - since < LOCK:
            raise SignInFailed("密码多次输入错误，账号已锁定30分钟，请稍后再试。")
        person = _holder_of(world, kind, account)
        if person is None or typed.get("password") != person.password:
            failures = 0 if failures >= MAX_FAILURES else failures
            self._failures[account] = (failures + 1, now)
            raise SignInFailed("账号或密码不正确，请检查登录类型后重新输入。")
        self._failures.pop(account, None)
        return person

    def _id_token(self, world: World, grant: Grant, token: str) -> str:
        skew = world.faults.take("clock_skew", "province.token")
        now = int(world.clock.timestamp()) + (int(skew.value or -7200) if skew else 0)
        half = hashlib.sha256(token.encode()).digest()[:16]
        claims = {
            "iss": world.accounts.oidc.issuer,
            "sub": _subject(world, grant.person),
            "aud": world.accounts.oidc.client_id,
            "iat": now,
            "exp": now + 300,
            "auth_time": int(grant.signed_in_at.timestamp()),
            "nonce": grant.page.nonce,
            "at_hash": base64url(half),  # OpenID Connect Core, 3.1.3.6
            "user_type": grant.user_type,
        }
        if world.faults.take("repeated_nonce", "province.token"):
            claims["nonce"] = "another-nonce"
        forged = world.faults.take("wrong_signature", "province.token")
        return (SigningKey() if forged else self.key).sign(claims)


def provider_of(world: World) -> Provider:
    """The one provider of *world*."""
    return world.room(Provider)


def _is_ours(redirect_uri: str, prefix: str) -> bool:
    parts = urlsplit(redirect_uri)
    plain = not parts.fragment and "\\" not in redirect_uri and ".." not in parts.path
    return plain and parts.username is None and redirect_uri.startswith(prefix)


def _check_request(asked: Mapping[str, str]) -> None:
    if asked.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "only code")
    if "openid" not in asked.get("scope", "").split():
        raise OAuthError("invalid_scope", "scope must contain openid")
    for name in ("state", "nonce"):  # optional in the specification, demanded here
        if not 8 <= len(asked.get(name, "")) <= 512:
            raise OAuthError("invalid_request", f"{name} must have 8 to 512 characters")
    if asked.get("code_challenge_method") != "S256":
        raise OAuthError("invalid_request", "PKCE with S256 is required")
    if not _CHALLENGE.fullmatch(asked.get("code_challenge", "")):
        raise OAuthError("invalid_request", "code_challenge is no S256 challenge")


def _check_redemption(grant: Grant, asked: Mapping[str, str], now: datetime) -> None:
    if now - grant.signed_in_at > CODE_LIFE:
        raise OAuthError("invalid_grant", "code has expired")
    if asked["redirect_uri"] != grant.page.redirect_uri:
        raise OAuthError("invalid_grant", "redirect_uri differs from the authorization request")
    if not _VERIFIER.fullmatch(asked["code_verifier"]):
        raise OAuthError("invalid_grant", "code_verifier is malformed")
    proof = base64url(hashlib.sha256(asked["code_verifier"].encode()).digest())
    if not hmac.compare_digest(proof, grant.page.challenge):
        raise OAuthError("invalid_grant", "code_verifier does not fit")


def _holder_of(world: World, kind: str, account: str) -> Person | None:
    """Whose account it is; *kind* must suit the person."""
    if kind == "legal" and (entry := entry_of(world, account)):
        return entry.representative
    for person in world.people.values():
        if account in {person.mobile, person.id_number} and _may_use(world, person, kind):
            return person
    return None


def _may_use(world: World, person: Person, kind: str) -> bool:
    if kind == "legal":
        return _entry_for(world, person, "legal_person") is not None
    return kind == "person" or (kind == "agent" and person.works_for is not None)


def _entry_for(world: World, person: Person, user_type: str) -> Entry | None:
    if user_type == "agent" and person.works_for:
        return entry_of(world, person.works_for.uscc)
    if user_type == "legal_person":
        usccs = (p.enterprise.uscc for p in world.people.values() if p.enterprise)
        entries = (entry_of(world, uscc) for uscc in usccs)
        return next((e for e in entries if e and e.representative == person), None)
    return None


def _subject(world: World, person: Person) -> str:
    return world.openid(person, world.accounts.oidc.client_id)


def _claims(world: World, grant: Grant) -> dict[str, Any]:
    person = grant.person
    claims: dict[str, Any] = {
        "sub": _subject(world, person),
        "name": person.name,
        "user_type": grant.user_type,
        "id_number": person.id_number,
        "mobile": person.mobile,
    }
    if entry := _entry_for(world, person, grant.user_type):
        told = entry.as_json()
        names = ("name", "uscc", "region", "region_name", "legal_representative")
        claims["org"] = {name: told[name] for name in names}
    return claims
