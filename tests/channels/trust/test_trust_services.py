"""Answers of the authority and the time-stamp server that must not be taken."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from channels.errors import (
    CertificateRefused,
    PlatformBusy,
    PlatformRefused,
    TimestampRefused,
)
from channels.trust.ca import AuthorityClient
from channels.trust.tsa import Rfc3161TimeStamper
from sandbox.accounts import Accounts
from sandbox.ca import authority_of
from sandbox.certificates import Profile, chinese_name
from sandbox.tsa import create_blueprint
from sandbox.world import World
from seal_core.formats.certificates import build_request
from seal_core.gm.sm2 import PrivateKey
from tests.support.http_side import Asked, Told, far_side


@pytest.fixture(scope="module")
def world() -> World:
    return World(Accounts.generate("shanxi", "http://127.0.0.1:9", "http://127.0.0.1:8"))


def certificate_for(world: World, key: PrivateKey) -> bytes:
    profile = Profile(frozenset({"digital_signature"}))
    name = chinese_name("合同专用章", "晋阳云帆科技有限公司")
    der: bytes = authority_of(world).certify(name, key.public_key.point, profile).dump()
    return der


def answer(certificate: bytes, *chain: bytes) -> Told:
    def text(der: bytes) -> str:
        return base64.b64encode(der).decode()

    return Told({"certificate": text(certificate), "chain": [text(der) for der in chain]}, 201)


def test_certificates_that_are_not_ours(world: World) -> None:
    """A mixed-up answer would make seals nobody could sign with."""
    ours, others = PrivateKey.generate(), PrivateKey.generate()
    wish = build_request(ours, "合同专用章", "晋阳云帆科技有限公司")
    good, chain = certificate_for(world, ours), authority_of(world).chain
    for told in (
        answer(certificate_for(world, others), *chain),
        answer(good, certificate_for(world, others)),
        answer(good + b"\x00", *chain),
        answer(b"", *chain),
        Told({"certificate": "*", "chain": []}, 201),
        Told({"certificate": 7, "chain": 8}, 201),
        Told({}, 201),
    ):
        with (
            far_side(lambda _, told=told: told) as side,  # type: ignore[misc]
            pytest.raises(CertificateRefused),
        ):
            AuthorityClient(side.base_url).certify(wish)
    with far_side(lambda _: answer(good, *chain)) as side:
        assert AuthorityClient(side.base_url).certify(wish) == (good, chain)


def test_refusals_of_the_authority() -> None:
    with far_side(lambda _: Told({"error": "key_reuse"}, 409)) as side:
        with pytest.raises(PlatformRefused) as caught:
            AuthorityClient(side.base_url, "api-key").certify(b"")
        assert caught.value.platform_code == "key_reuse"
        assert side.asked[0].headers["Authorization"] == "Bearer api-key"
    with far_side(lambda _: Told(b"oops", 500)) as side, pytest.raises(PlatformBusy):
        AuthorityClient(side.base_url).certify(b"")


def stamp_of(world: World, asked: Asked) -> bytes:
    """A genuine answer of the sandbox's authority to the query *asked*."""
    app = Flask("tsa")
    app.register_blueprint(create_blueprint(world))
    media_type = asked.headers["Content-Type"]
    answer = app.test_client().post("/tsa", data=asked.body, content_type=media_type)
    return bytes(answer.data)


def reply(body: bytes, **changed: Any) -> Told:
    return Told(body, **{"media_type": "application/timestamp-reply", **changed})


def test_stamps_for_something_else(world: World) -> None:
    """An old token, one over other octets, a refusal, and no token at all."""
    kept: list[bytes] = []

    def keeping(asked: Asked) -> Told:
        kept.append(stamp_of(world, asked))
        return reply(kept[-1])

    with far_side(keeping) as side:
        Rfc3161TimeStamper(side.base_url).stamp(b"one")
    for told in (
        reply(kept[0]),
        reply(b""),
        reply(kept[0][:-1]),
        reply(kept[0], media_type="text/html"),
        reply(kept[0], status=404),
        reply(bytes.fromhex("30053003020102")),
    ):
        with far_side(lambda _, told=told: told) as side:  # type: ignore[misc]
            for message in (b"one", b"two"):
                with pytest.raises(TimestampRefused):
                    Rfc3161TimeStamper(side.base_url).stamp(message)


def test_stamp_of_another_time(world: World) -> None:
    """An authority whose clock is wrong makes evidence of nothing."""
    later = datetime.now(UTC) + timedelta(hours=1)
    with (
        far_side(lambda asked: reply(stamp_of(world, asked))) as side,
        pytest.raises(TimestampRefused),
    ):
        Rfc3161TimeStamper(side.base_url, now=lambda: later).stamp(b"one")
