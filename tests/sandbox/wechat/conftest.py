"""A tiny fake service that answers pushes, and a sandbox that is really served."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from flask import Flask, Response, request

from sandbox.accounts import Accounts, WeChatAccount
from sandbox.app import create_app
from sandbox.server import open_port, serving, url_of
from sandbox.wechat.crypto import MessageCipher, same, signature
from sandbox.wechat.payloads import as_json, as_xml, read_xml
from sandbox.world import World

Answer = Callable[["FakeService", dict[str, Any]], "bytes | Response"]


@dataclass
class FakeService:
    """Opens pushes as the documentation asks; `answer` decides what goes back."""

    answer: Answer
    accounts: Accounts | None = None
    seen: list[dict[str, Any]] = field(default_factory=list)

    def account(self) -> WeChatAccount:
        assert self.accounts is not None
        kind = request.path.rpartition("/")[2]
        return (
            self.accounts.wechat_official
            if kind == "official"
            else (self.accounts.wechat_miniprogram)
        )

    def receive(self) -> Response | bytes:
        account, query = self.account(), request.args
        if request.method == "GET":
            return query["echostr"].encode()
        data = request.get_data()
        if len(data) > 65536:
            return Response(status=413)
        try:
            envelope = read_xml(data) if account.payload == "xml" else request.get_json()
            encrypted = envelope["Encrypt"]
        except (ValueError, KeyError):
            return Response(status=400)
        wanted = signature(account.token, query["timestamp"], query["nonce"], encrypted)
        if not same(wanted, query["msg_signature"]):
            return Response(status=403)
        if abs(time.time() - int(query["timestamp"])) > 600:
            return Response(status=403)
        try:
            plain = MessageCipher(account.encoding_aes_key, account.appid).decrypt(encrypted)
        except Exception:  # noqa: BLE001 – a test double
            return Response(status=403)
        message = read_xml(plain) if account.payload == "xml" else _json(plain)
        self.seen.append(message)
        return self.answer(self, message)

    def sealed(self, message: dict[str, Any], **fields: Any) -> bytes:
        """An encrypted reply to *message*."""
        account = self.account()
        inner = {
            "ToUserName": message["FromUserName"],
            "FromUserName": message["ToUserName"],
            "CreateTime": int(time.time()),
        } | fields
        encrypted = MessageCipher(account.encoding_aes_key, account.appid).encrypt(as_xml(inner))
        stamp = str(int(time.time()))
        return as_xml(
            {
                "Encrypt": encrypted,
                "MsgSignature": signature(account.token, stamp, "77", encrypted),
                "TimeStamp": int(stamp),
                "Nonce": "77",
            }
        )


def _json(plain: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(plain)
    return found


Request = Callable[..., dict[str, Any]]


@pytest.fixture
def api(world: World) -> Request:
    """Call WeChat's API as the official account (or *account*) with a good token."""

    def call(
        path: str, body: Any = None, *, account: WeChatAccount | None = None, **params: str
    ) -> dict[str, Any]:
        own = account or world.accounts.wechat_official
        credential = {"grant_type": "client_credential", "appid": own.appid, "secret": own.secret}
        base = own.api_base
        answer = requests.post(f"{base}/cgi-bin/stable_token", json=credential, timeout=5)
        given = {"access_token": answer.json()["access_token"]} | params
        if body is None:
            found = requests.get(f"{base}/{path}", params=given, timeout=5)
        else:
            data = body if isinstance(body, bytes) else as_json(body)
            found = requests.post(f"{base}/{path}", params=given, data=data, timeout=5)
        content: dict[str, Any] = found.json()
        return content

    return call


@pytest.fixture
def service() -> FakeService:
    return FakeService(answer=lambda _service, _message: b"success")


@pytest.fixture(scope="session")
def template() -> Accounts:
    return Accounts.generate("shanxi", "http://127.0.0.1:2", "http://127.0.0.1:1")


@pytest.fixture
def world(service: FakeService, template: Accounts) -> Iterator[World]:
    """A world whose pushes reach the fake service and whose API is served."""
    app = Flask("fake")
    app.add_url_rule(
        "/webhooks/<path:_>", "hook", lambda _: service.receive(), methods=["GET", "POST"]
    )
    with ExitStack() as stack:
        service_url = stack.enter_context(serving(app, open_port()))
        listener = open_port()
        service.accounts = accounts = _moved(template, service_url, url_of(listener))
        world = World(accounts)
        world.push_timeout = 0.5
        stack.enter_context(serving(create_app(world), listener))
        yield world
        world.close()
        world.settle()


def _moved(accounts: Accounts, service_url: str, sandbox_url: str) -> Accounts:
    """The same secrets at other addresses: making RSA keys for each test is slow."""
    text = accounts.to_json()
    text = text.replace(accounts.service_url, service_url)
    text = text.replace(accounts.sandbox_url, sandbox_url)
    return Accounts.from_json(text)
