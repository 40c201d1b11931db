"""Assertions that say almost the right thing: each is refused."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from channels.errors import PlatformBusy
from channels.identity.face import FaceCheck, person_digest
from seal_core.domain.holders import Person
from seal_core.domain.keys import ProofRefused
from seal_core.domain.secrets import IdNumber, Mobile
from tests.support.http_side import Asked, FarSide, Told, far_side

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
STAMP = int(NOW.timestamp())
DIGEST = "ab" * 32
PERSON = Person("p-1", "s-1", "张三", IdNumber("310101199801011234"), Mobile("13800000000"))
HEADER = {"alg": "RS256", "typ": "willingness+jwt", "kid": "k1"}


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "k1"})


class Source:
    """An identity source that asserts whatever it is told to."""

    def __init__(self, key: RSAKey) -> None:
        self.key = key
        self.assertion = ""
        self.base_url = ""

    def claims(self, **changed: object) -> dict[str, object]:
        return {
            "iss": self.base_url,
            "aud": "face-1",
            "sub": person_digest("张三", "310101199801011234"),
            "jti": "session-1",
            "iat": STAMP,
            "exp": STAMP + 300,
            "order_digest": DIGEST,
            **changed,
        }

    def __call__(self, asked: Asked) -> Told:
        if asked.path == "/jwks":
            return Told({"keys": [self.key.as_dict(private=False)]})
        return Told({"status": "passed", "reason": "", "assertion": self.assertion})


@pytest.fixture
def source(key: RSAKey) -> Source:
    return Source(key)


@pytest.fixture
def side(source: Source) -> Iterator[FarSide]:
    with far_side(source) as side:
        source.base_url = f"{side.base_url}/face"
        yield side


@pytest.fixture
def face(side: FarSide) -> FaceCheck:
    return FaceCheck(
        f"{side.base_url}/face", "face-1", "secret", f"{side.base_url}/jwks", now=lambda: NOW
    )


def test_genuine_assertion(face: FaceCheck, source: Source, side: FarSide) -> None:
    source.assertion = jwt.encode(HEADER, source.claims(), source.key)

    assert face.result(PERSON, DIGEST, "session-1").digest == DIGEST
    face.result(PERSON, DIGEST, "session-1")
    assert side.count("/jwks") == 1


CHANGES: list[dict[str, Any]] = [
    {"iss": "https://other"},
    {"aud": "face-2"},
    {"sub": person_digest("李四", "310101199801011234")},
    {"jti": "session-2"},
    {"order_digest": "cd" * 32},
    {"order_digest": ""},
    {"order_digest": None},
    {"exp": STAMP - 61},
    {"iat": STAMP + 61},
    {"exp": None},
    {"exp": "soon"},
]


@pytest.mark.parametrize("changed", CHANGES)
def test_assertion_for_something_else(
    face: FaceCheck, source: Source, changed: dict[str, Any]
) -> None:
    """Each claim binds: person, session, order, audience, time."""
    source.assertion = jwt.encode(HEADER, source.claims(**changed), source.key)
    with pytest.raises(ProofRefused):
        face.result(PERSON, DIGEST, "session-1")


def test_sign_in_token_is_no_consent(face: FaceCheck, source: Source) -> None:
    """RFC 8725, 3.11: another kind of token by the same key."""
    source.assertion = jwt.encode({**HEADER, "typ": "JWT"}, source.claims(), source.key)
    with pytest.raises(ProofRefused):
        face.result(PERSON, DIGEST, "session-1")


def test_forged_signatures(face: FaceCheck, source: Source) -> None:
    """A foreign key, no algorithm, and HMAC with the public key as its secret."""

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    stranger = RSAKey.generate_key(2048, {"kid": "k1"})
    none = f"{part({**HEADER, 'alg': 'none'})}.{part(source.claims())}."
    head = f"{part({**HEADER, 'alg': 'HS256'})}.{part(source.claims())}"
    public = source.key.as_pem(private=False)
    mac = hmac.new(public, head.encode(), "sha256").digest()
    confused = f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    genuine = jwt.encode(HEADER, source.claims(), source.key)
    for forged in (
        jwt.encode(HEADER, source.claims(), stranger),
        none,
        confused,
        genuine[:-6],
        genuine.replace(".", "", 1),
        "",
        "a.b.c",
        "章",
    ):
        source.assertion = forged
        with pytest.raises(ProofRefused):
            face.result(PERSON, DIGEST, "session-1")


def test_passed_without_an_assertion(face: FaceCheck, source: Source) -> None:
    """The status alone proves nothing."""
    source.assertion = ""
    with pytest.raises(ProofRefused):
        face.result(PERSON, DIGEST, "session-1")


@pytest.mark.parametrize("session", ["", "../jwks", "a b", "x" * 200, "会话会话会话会话"])
def test_strange_session_is_not_asked_for(face: FaceCheck, side: FarSide, session: str) -> None:
    with pytest.raises(ProofRefused):
        face.result(PERSON, DIGEST, session)
    assert side.asked == []


def test_renewed_key_is_read_again(source: Source, side: FarSide) -> None:
    """The source changes its key; after a while it is read again, but not at every failure."""
    clock = [NOW]
    face = FaceCheck(
        f"{side.base_url}/face", "face-1", "secret", f"{side.base_url}/jwks", now=lambda: clock[0]
    )
    source.assertion = jwt.encode(HEADER, source.claims(), source.key)
    face.result(PERSON, DIGEST, "session-1")
    source.key = RSAKey.generate_key(2048, {"kid": "k2"})
    source.assertion = jwt.encode({**HEADER, "kid": "k2"}, source.claims(), source.key)
    with pytest.raises(ProofRefused):
        face.result(PERSON, DIGEST, "session-1")
    clock[0] = datetime(2026, 11, 20, 9, 31, tzinfo=UTC)
    assert face.result(PERSON, DIGEST, "session-1").person_id == "p-1"
    assert side.count("/jwks") == 2


def test_source_that_is_down() -> None:
    with far_side(lambda _: Told(b"oops", 503)) as side:
        face = FaceCheck(side.base_url, "k", "s", f"{side.base_url}/jwks", now=lambda: NOW)
        with pytest.raises(PlatformBusy):
            face.begin(PERSON, "确认盖章", DIGEST, "")
