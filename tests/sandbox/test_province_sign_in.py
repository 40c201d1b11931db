"""The province's OpenID Connect provider: a round trip in a browser, and each refusal."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from sandbox.accounts import Accounts
from sandbox.people import Person
from sandbox.province import views, visitor
from sandbox.world import Fault, World

VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def unpacked(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def claims_of(token: str, keys: list[dict[str, str]]) -> dict[str, Any]:
    """Verify *token* the way a client does, with nothing but the JWKS."""
    head, body, signature = token.split(".")
    header = json.loads(unpacked(head))
    assert header["alg"] == "RS256"
    jwk = next(key for key in keys if key["kid"] == header["kid"])
    exponent, modulus = (int.from_bytes(unpacked(jwk[name])) for name in ("e", "n"))
    public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    public.verify(
        unpacked(signature), f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    claims: dict[str, Any] = json.loads(unpacked(body))
    return claims


@dataclass(frozen=True)
class Desk:
    """The provider as the service and a person's browser see it."""

    world: World
    http: FlaskClient

    @property
    def redirect_uri(self) -> str:
        return f"{self.world.accounts.service_url}/portal/callback"

    def authorize(self, **changes: str) -> Any:
        asked = {
            "response_type": "code",
            "client_id": self.world.accounts.oidc.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile",
            "state": "state-0001",
            "nonce": "nonce-0001",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        } | changes
        return self.http.get(f"/province/authorize?{urlencode(asked)}")

    def log_in(self, person: Person, kind: str = "legal", **changes: str) -> Any:
        found = re.search(r'name="page" value="([^"]+)"', self.authorize().text)
        assert found
        text = self.http.get(f"/world/province/captcha/{found[1]}").get_json()["text"]
        form = {
            "page": found[1],
            "kind": kind,
            "account": person.mobile,
            "password": person.password,
            "captcha": text,
        }
        return self.http.post("/province/login", data=form | changes)

    def code(self, person: Person, kind: str = "legal") -> str:
        location: str = self.log_in(person, kind).location
        return parse_qs(urlsplit(location).query)["code"][0]

    def redeem(self, code: str, secret: str = "", **changes: str) -> Any:
        client = self.world.accounts.oidc
        pair = f"{client.client_id}:{secret or client.client_secret}"
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": VERIFIER,
        }
        headers = {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
        return self.http.post("/province/token", data=form | changes, headers=headers)

    def userinfo(self, token: str) -> Any:
        return self.http.get("/province/userinfo", headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def desk(world: World) -> Desk:
    app = Flask("province")
    app.register_blueprint(views.create_blueprint(world))
    return Desk(world, app.test_client())


@pytest.fixture
def live() -> Iterator[World]:
    """A provider on a real port, with a little service that keeps what it is told."""
    app = Flask("live")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    url = f"http://127.0.0.1:{server.port}"
    world = World(Accounts.generate("shanxi", f"{url}/service", url))
    app.register_blueprint(views.create_blueprint(world))

    @app.get("/service/callback")
    def callback() -> dict[str, str]:
        return request.args.to_dict()

    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield world
    server.shutdown()
    thread.join()
    server.server_close()
    world.close()


def test_a_browser_goes_all_the_way_round(live: World) -> None:
    """Discovery, sign-in page, captcha, code, token and userinfo over real HTTP."""
    client, person = live.accounts.oidc, live.person("tuoba")
    about = requests.get(f"{client.issuer}/.well-known/openid-configuration", timeout=5).json()
    assert about["issuer"] == client.issuer
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": f"{client.redirect_prefix}callback",
        "scope": "openid",
        "state": "state-4711",
        "nonce": "nonce-4711",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    with requests.Session() as browser:
        start = f"{about['authorization_endpoint']}?{urlencode(asked)}"
        told = visitor.sign_in(browser, start, person).json()
    assert told["state"] == "state-4711"

    form = {
        "grant_type": "authorization_code",
        "code": told["code"],
        "redirect_uri": asked["redirect_uri"],
        "code_verifier": VERIFIER,
    }
    secret = (client.client_id, client.client_secret)
    answer = requests.post(about["token_endpoint"], data=form, auth=secret, timeout=5).json()
    keys = requests.get(about["jwks_uri"], timeout=5).json()["keys"]
    claims = claims_of(answer["id_token"], keys)
    assert (claims["iss"], claims["aud"]) == (client.issuer, client.client_id)
    assert (claims["nonce"], claims["user_type"]) == ("nonce-4711", "legal_person")
    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    user = requests.get(about["userinfo_endpoint"], headers=bearer, timeout=5).json()
    assert user["sub"] == claims["sub"]
    assert user["org"]["name"] == "晋阳云帆科技有限公司"
    assert not live.verdicts.illegal()


def test_a_visitor_with_a_wrong_kind_is_turned_away(live: World) -> None:
    """The page's own words reach the script."""
    client = live.accounts.oidc
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": f"{client.redirect_prefix}callback",
        "scope": "openid",
        "state": "state-4711",
        "nonce": "nonce-4711",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    start = f"{client.issuer}/authorize?{urlencode(asked)}"
    with requests.Session() as browser, pytest.raises(visitor.TurnedAway, match="账号或密码"):
        visitor.sign_in(browser, start, live.person("bai"), "legal")


@pytest.mark.parametrize(
    ("key", "kind", "user_type", "org"),
    [
        ("tuoba", "legal", "legal_person", "晋阳云帆科技有限公司"),
        ("tuoba", "person", "natural_person", None),
        ("guo", "agent", "agent", "晋阳云帆科技有限公司"),
        ("bai", "person", "natural_person", None),
    ],
)
def test_claims_follow_the_kind_of_sign_in(
    desk: Desk, key: str, kind: str, user_type: str, org: str | None
) -> None:
    """The same person is a legal person or a natural one, as they chose on the page."""
    person = desk.world.person(key)
    token = desk.redeem(desk.code(person, kind)).get_json()["access_token"]
    claims = desk.userinfo(token).get_json()
    assert claims["user_type"] == user_type
    assert (claims["name"], claims["id_number"]) == (person.name, person.id_number)
    assert claims.get("org", {}).get("name") == org


def test_a_company_signs_in_by_its_code(desk: Desk) -> None:
    """法人登录 takes the 统一社会信用代码 with the representative's password."""
    person = desk.world.person("tuoba")
    assert person.enterprise
    assert desk.log_in(person, account=person.enterprise.uscc).status_code == 302


@pytest.mark.parametrize(
    "changes", [{"client_id": "nobody"}, {"redirect_uri": "https://evil.example/"}]
)
def test_strangers_get_no_redirect(desk: Desk, changes: dict[str, str]) -> None:
    """RFC 6749, 4.1.2.1: before the redirect_uri is trusted nothing is sent there."""
    answer = desk.authorize(**changes)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"state": ""}, "invalid_request"),
        ({"nonce": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "abc"}, "invalid_request"),
    ],
)
def test_sloppy_requests_are_sent_back(desk: Desk, changes: dict[str, str], error: str) -> None:
    """State, nonce and PKCE are not optional here."""
    answer = desk.authorize(**changes)
    assert parse_qs(urlsplit(answer.location).query)["error"] == [error]
    assert desk.world.verdicts.illegal()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"captcha": "x"}, "验证码不正确"),
        ({"password": "x"}, "账号或密码不正确"),
        ({"account": "13000000000"}, "账号或密码不正确"),
        ({"kind": "agent"}, "账号或密码不正确"),
        ({"kind": "admin"}, "账号或密码不正确"),
    ],
)
def test_wrong_entries_stay_on_the_page(desk: Desk, changes: dict[str, str], words: str) -> None:
    """The visitor is told what to do; the service is not blamed."""
    answer = desk.log_in(desk.world.person("tuoba"), **changes)
    assert words in answer.text
    assert not desk.world.verdicts.illegal()


def test_five_wrong_passwords_lock_the_account(desk: Desk) -> None:
    """After five tries even the right password waits for half an hour."""
    person = desk.world.person("tuoba")
    for _ in range(5):
        desk.log_in(person, password="x")
    assert "已锁定" in desk.log_in(person).text
    desk.world.clock.advance(31 * 60)
    assert desk.log_in(person).status_code == 302


def test_a_page_is_good_for_ten_minutes_and_one_sign_in(desk: Desk) -> None:
    """An old or finished page asks to start again."""
    assert desk.log_in(desk.world.person("tuoba"), page="unknown").status_code == 400
    found = re.search(r'name="page" value="([^"]+)"', desk.authorize().text)
    assert found
    desk.world.clock.advance(601)
    assert desk.http.get(f"/province/captcha/{found[1]}.svg").status_code == 404


def test_the_captcha_is_a_picture_without_its_text(desk: Desk) -> None:
    """The digits are strokes; the answer is not in the file."""
    found = re.search(r'name="page" value="([^"]+)"', desk.authorize().text)
    assert found
    svg = desk.http.get(f"/province/captcha/{found[1]}.svg").text
    assert svg.startswith("<svg")
    assert "<text" not in svg


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:9/other"}, "invalid_grant"),
    ],
)
def test_token_requests_must_fit(desk: Desk, changes: dict[str, str], error: str) -> None:
    """Grant type, PKCE and redirect_uri are checked to the letter."""
    answer = desk.redeem(desk.code(desk.world.person("tuoba")), **changes)
    assert (answer.status_code, answer.get_json()["error"]) == (400, error)


def test_a_guessed_code_is_worth_nothing(desk: Desk) -> None:
    """Codes are random and known to the provider alone."""
    assert desk.redeem("guess").get_json()["error"] == "invalid_grant"


def test_the_client_authenticates(desk: Desk) -> None:
    """Without the secret a code is worth nothing."""
    answer = desk.redeem(desk.code(desk.world.person("tuoba")), secret="guess")
    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_client")


def test_a_code_works_once(desk: Desk) -> None:
    """A second use is refused and takes back the token of the first (RFC 6749, 4.1.2)."""
    code = desk.code(desk.world.person("tuoba"))
    token = desk.redeem(code).get_json()["access_token"]
    assert desk.userinfo(token).status_code == 200
    assert desk.redeem(code).get_json()["error"] == "invalid_grant"
    assert desk.userinfo(token).status_code == 401


def test_a_code_lives_a_minute_and_a_token_half_an_hour(desk: Desk) -> None:
    """Time ends both."""
    code = desk.code(desk.world.person("tuoba"))
    desk.world.clock.advance(61)
    assert desk.redeem(code).get_json()["error"] == "invalid_grant"
    token = desk.redeem(desk.code(desk.world.person("tuoba"))).get_json()["access_token"]
    desk.world.clock.advance(30 * 60)
    assert desk.userinfo(token).status_code == 401


def test_a_forged_id_token_on_demand(desk: Desk) -> None:
    """The fault switch signs with a key that is not in the JWKS."""
    desk.world.faults.switch_on(Fault("wrong_signature", "province.token"))
    keys = desk.http.get("/province/jwks").get_json()["keys"]
    forged = desk.redeem(desk.code(desk.world.person("tuoba"))).get_json()["id_token"]
    with pytest.raises((StopIteration, InvalidSignature)):
        claims_of(forged, keys)
