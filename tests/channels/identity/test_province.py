"""A sign-in whose pieces do not fit together signs nobody in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from channels.errors import PlatformBusy, SignInFailed
from channels.identity.province import ProvinceSignIn, SignInAttempt
from tests.support.http_side import Asked, FarSide, Told, far_side

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
STAMP = int(NOW.timestamp())
KEY = RSAKey.generate_key(2048, {"kid": "k1"})
USERINFO: dict[str, Any] = {
    "sub": "s-1",
    "name": "张三",
    "user_type": "legal_person",
    "id_number": "31010119980101123x",
    "mobile": "13800000000",
    "org": {"uscc": "91140105MA0JY3F7XX", "name": "晋阳云帆科技有限公司"},
}


class Issuer:
    """An OpenID provider that can be made to err in any one thing."""

    def __init__(self) -> None:
        self.url = ""
        self.nonce = ""
        self.claims: dict[str, Any] = {}
        self.userinfo: Told = Told(USERINFO)
        self.token: Told | None = None
        self.metadata: dict[str, object] = {}

    def __call__(self, asked: Asked) -> Told:
        name = asked.path.rpartition("/")[2]
        if name == "openid-configuration":
            return Told(self.discovery() | self.metadata)
        if name == "jwks":
            return Told({"keys": [KEY.as_dict(private=False)]})
        if name == "token":
            return self.token or Told(self.tokens())
        return self.userinfo

    def discovery(self) -> dict[str, object]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
        }

    def tokens(self) -> dict[str, object]:
        claims = {
            "iss": self.url,
            "sub": "s-1",
            "aud": "client-1",
            "iat": STAMP,
            "exp": STAMP + 300,
            "nonce": self.nonce,
            **self.claims,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        id_token = jwt.encode({"alg": "RS256", "kid": "k1"}, kept, KEY)
        return {"access_token": "A", "token_type": "Bearer", "id_token": id_token}


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def side(issuer: Issuer) -> Iterator[FarSide]:
    with far_side(issuer) as side:
        issuer.url = side.base_url + "/province"
        yield side


def finish(issuer: Issuer) -> Any:
    province = ProvinceSignIn(issuer.url, "client-1", "client-secret", now=lambda: NOW)
    attempt = province.begin("https://s/done")
    issuer.nonce = attempt.nonce
    return province.finish(attempt, {"code": "c-1", "state": attempt.state})


def test_who_came_back(issuer: Issuer, side: FarSide) -> None:
    """The secret goes in a header, the verifier in the body, the number is normalised."""
    found = finish(issuer)

    asked = next(one for one in side.asked if one.path.endswith("/token"))
    form = dict(parse_qsl(asked.body.decode()))
    assert found.id_number.value == "31010119980101123X"
    assert (form["code"], form["redirect_uri"]) == ("c-1", "https://s/done")
    assert 43 <= len(form["code_verifier"]) <= 128
    assert asked.headers["Authorization"].startswith("Basic ")
    assert b"client-secret" not in asked.body


def test_every_sign_in_is_its_own(issuer: Issuer, side: FarSide) -> None:
    province = ProvinceSignIn(issuer.url, "client-1", "x", now=lambda: NOW)
    attempts = [province.begin("https://s/done") for _ in range(3)]
    query = dict(parse_qsl(urlsplit(attempts[0].url).query))

    for name in ("state", "nonce", "code_verifier"):
        assert len({getattr(attempt, name) for attempt in attempts}) == 3
    assert query["code_challenge_method"] == "S256"
    assert query["scope"] == "openid profile"
    assert attempts[0].code_verifier not in attempts[0].url
    assert side.count("/province/.well-known/openid-configuration") == 1
    assert isinstance(attempts[0], SignInAttempt)


CLAIMS: list[dict[str, Any]] = [
    {"iss": "https://other"},
    {"aud": "client-2"},
    {"aud": ["client-1", "client-2"]},  # without azp
    {"sub": "s-2"},  # not the one userinfo tells of
    {"sub": None},
    {"nonce": "other"},
    {"nonce": None},
    {"exp": STAMP - 61},
    {"exp": None},
    {"iat": STAMP + 400, "exp": STAMP + 700},
    {"at_hash": "AAAA"},
]


@pytest.mark.usefixtures("side")
@pytest.mark.parametrize("claims", CLAIMS)
def test_id_token_that_does_not_fit(issuer: Issuer, claims: dict[str, Any]) -> None:
    """OpenID Connect Core, 3.1.3.7."""
    issuer.claims = claims
    with pytest.raises(SignInFailed):
        finish(issuer)


USERINFOS: list[dict[str, Any]] = [
    {"sub": "s-2"},
    {"user_type": "superuser"},
    {"user_type": "natural_person"},  # but with an enterprise
    {"org": None},  # a legal person without one
    {"org": {"name": "无代码"}},
    {"id_number": "123"},
    {"id_number": None},
    {"name": " "},
]


@pytest.mark.usefixtures("side")
@pytest.mark.parametrize("changed", USERINFOS)
def test_userinfo_that_does_not_fit(issuer: Issuer, changed: dict[str, Any]) -> None:
    issuer.userinfo = Told(USERINFO | changed)
    with pytest.raises(SignInFailed):
        finish(issuer)


@pytest.mark.usefixtures("side")
@pytest.mark.parametrize(
    "token",
    [
        Told({"error": "invalid_grant"}, 400),
        Told({"access_token": "A"}),
        Told({"access_token": "A", "id_token": 7}),
        Told({"id_token": "a.b.c"}),
        Told({"access_token": "A", "id_token": "a.b.c"}),
    ],
)
def test_token_answer_that_is_none(issuer: Issuer, token: Told) -> None:
    issuer.token = token
    with pytest.raises(SignInFailed):
        finish(issuer)


@pytest.mark.usefixtures("side")
@pytest.mark.parametrize("token", [Told(b"oops", 502), Told(b"<html>"), Told(b"{", cut=True)])
def test_issuer_that_is_down(issuer: Issuer, token: Told) -> None:
    issuer.token = token
    with pytest.raises(PlatformBusy):
        finish(issuer)


@pytest.mark.usefixtures("side")
@pytest.mark.parametrize(
    "metadata",
    [{"issuer": "https://other"}, {"token_endpoint": "file:///etc/passwd"}, {"jwks_uri": ""}],
)
def test_discovery_that_misleads(issuer: Issuer, metadata: dict[str, object]) -> None:
    issuer.metadata = metadata
    with pytest.raises(SignInFailed):
        finish(issuer)
