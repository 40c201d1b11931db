"""What Alipay pushes, and how strictly it judges the answer.

The service on the other side is a small one written here after the documents: it verifies
with the platform's key and answers as told.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

import pytest
from flask import Flask, Response, request
from lxml import etree

from sandbox.accounts import AlipayAccount
from sandbox.alipay import crypto, push
from sandbox.alipay.state import Code, state_of
from sandbox.people import Person
from sandbox.server import open_port, serving, url_of
from sandbox.world import Act, Fault, World

Reply = Callable[[AlipayAccount, etree._Element], Response]


@dataclass
class Service:
    """Receives pushes; ``reply`` says how it answers."""

    account: AlipayAccount
    reply: Reply
    received: list[dict[str, str]] = field(default_factory=list)
    messages: list[etree._Element] = field(default_factory=list)
    failures: int = 0  # so many answers are lost first

    def receive(self) -> Response:
        raw = request.get_data().decode("latin-1")
        latin = dict(parse_qsl(raw, keep_blank_values=True, encoding="latin-1"))
        codec = "gb18030" if latin.get("charset") == "GBK" else "utf-8"
        fields = {k: v.encode("latin-1").decode(codec) for k, v in latin.items()}
        unsigned = {"sign"} if "service" in fields else {"sign", "sign_type"}
        text = crypto.to_sign(fields, without=frozenset(unsigned), charset=codec)
        if not crypto.is_signed(self.account.platform_public_key, text, fields["sign"]):
            return Response("signature", 403)
        self.received.append(fields)
        if self.failures:
            self.failures -= 1
            return Response("busy", 503)
        if "service" not in fields:
            return Response("success")
        message = etree.fromstring(fields["biz_content"].encode("gb18030"))
        if message.findtext("AppId") != self.account.app_id:
            return Response("appid", 403)
        created = message.findtext("CreateTime")
        if created and int(created) < (time.time() - 26 * 3600) * 1000:
            return Response("stale", 403)
        self.messages.append(message)
        return self.reply(self.account, message)


def envelope(account: AlipayAccount, inner: str, **changes: str) -> Response:
    content = inner.encode("gbk")
    key = changes.get("key", account.app_private_key)
    body = (
        b'<?xml version="1.0" encoding="GBK"?><alipay><response>'
        + content
        + f"</response><sign>{crypto.sign(key, content)}</sign>".encode()
        + f"<sign_type>{changes.get('sign_type', 'RSA2')}</sign_type></alipay>".encode()
    )
    return Response(body, content_type=changes.get("media_type", "text/xml; charset=GBK"))


def acknowledge(account: AlipayAccount, message: etree._Element, **changes: str) -> Response:
    if message.findtext("EventType") == "verifygw":
        pem = "".join(account.app_public_key.splitlines()[1:-1])
        return envelope(
            account, f"<success>true</success><biz_content>{pem}</biz_content>", **changes
        )
    fields = {
        "ToUserId": message.findtext("FromUserId"),
        "AppId": account.app_id,
        "CreateTime": str(int(time.time() * 1000)),
        "MsgType": "<![CDATA[ack]]>",
    } | {name: value for name, value in changes.items() if name[0].isupper()}
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return envelope(account, f"<XML>{inner}</XML>", **changes)


@pytest.fixture
def service(world: World) -> Iterator[Service]:
    """A service on a real port, known to the world's accounts."""
    listener, app = open_port(), Flask("service")
    life = replace(world.accounts.alipay_life, url=f"{url_of(listener)}/life")
    mini = replace(world.accounts.alipay_miniprogram, url=f"{url_of(listener)}/mini")
    world.accounts = replace(world.accounts, alipay_life=life, alipay_miniprogram=mini)
    small = Service(life, acknowledge)

    @app.post("/life")
    def receive() -> Response:
        small.account = life
        return small.receive()

    @app.post("/mini")
    def receive_mini() -> Response:
        small.account = mini
        return small.receive()

    with serving(app, listener):
        yield small


@pytest.fixture
def person(world: World) -> Person:
    return world.person("tuoba")


def last(service: Service, name: str) -> str | None:
    found: str | None = service.messages[-1].findtext(name)
    return found


def test_a_follow_is_pushed_in_gbk(world: World, service: Service, person: Person) -> None:
    """Event, ids and time arrive; the masked name survives GBK; the window is open."""
    push.push(world, person, Act("follow"))

    assert service.received[0]["charset"] == "GBK"
    assert (last(service, "MsgType"), last(service, "EventType")) == ("event", "follow")
    account = world.accounts.alipay_life
    assert last(service, "FromUserId") == world.openid(person, account.app_id)
    assert json.loads(last(service, "UserInfo") or "")["user_name"] == "**珏"
    assert state_of(world).spend(account.app_id, person, world.clock.now())
    assert not world.verdicts.illegal()


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (Act("click", key="my_seals"), {"EventType": "click", "ActionParam": "my_seals"}),
        (Act("text", text="盖章 ]]> <b>"), {"MsgType": "text", "Text/Content": "盖章 ]]> <b>"}),
        (Act("choose", text="是"), {"MsgType": "text", "Text/Content": "是"}),
        (Act("image", data=b"\x89PNG"), {"MsgType": "image", "Image/Format": "PNG"}),
        (Act("enter"), {"EventType": "enter"}),
        (Act("unfollow"), {"EventType": "unfollow"}),
    ],
    ids=lambda value: value.kind if isinstance(value, Act) else "",
)
def test_each_act_has_its_message(
    world: World, service: Service, person: Person, act: Act, expected: dict[str, str]
) -> None:
    """The wire forms of facts/platform.md §8.2."""
    world.follow(person, world.accounts.alipay_life.app_id)
    push.push(world, person, act)
    assert {path: last(service, path) for path in expected} == expected


def test_a_scanned_code_brings_its_scene(world: World, service: Service, person: Person) -> None:
    """The first scan follows, the second enters; an expired code is told to the person."""
    app_id, now = world.accounts.alipay_life.app_id, world.clock.now()
    state_of(world).codes["http://x/q"] = Code(app_id, scene="abc")
    for kind in ("follow", "enter"):
        push.push(world, person, Act("scan", text="http://x/q"))
        assert last(service, "EventType") == kind
        assert json.loads(last(service, "ActionParam") or "") == {"scene": {"sceneId": "abc"}}
    state_of(world).codes["http://x/old"] = Code(app_id, scene="abc", expires=now)
    told = push.push(world, person, Act("scan", text="http://x/old"))
    assert [row.text for row in told] == ["二维码已过期"]
    assert len(service.messages) == 2


def test_strangers_are_asked_to_follow(world: World, service: Service, person: Person) -> None:
    """Nothing is pushed before somebody follows."""
    assert push.push(world, person, Act("text", text="你好"))[0].text == "请先关注生活号"
    assert not service.messages


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"ToUserId": "somebody"}, "ToUserId"),
        ({"AppId": "2021"}, "AppId"),
        ({"CreateTime": "1"}, "CreateTime"),
        ({"MsgType": "text"}, "MsgType"),
        ({"sign_type": "RSA"}, "sign_type"),
        ({"media_type": "text/html"}, "content type"),
    ],
)
def test_wrong_acknowledgements(
    world: World, service: Service, person: Person, changes: dict[str, str], why: str
) -> None:
    """Every member of the ack is checked."""
    service.reply = lambda account, message: acknowledge(account, message, **changes)
    push.push(world, person, Act("follow"))
    assert why in world.verdicts.illegal()[0].why


@pytest.mark.parametrize(
    "answer",
    [Response("success"), Response(""), Response("<alipay/>", content_type="text/xml;charset=GBK")],
    ids=["success", "empty", "no declaration"],
)
def test_other_answers(world: World, service: Service, person: Person, answer: Response) -> None:
    """The life account wants its signed XML, not the word of the other platforms."""
    service.reply = lambda *_: answer
    push.push(world, person, Act("follow"))
    assert world.verdicts.illegal()


def test_an_acknowledgement_signed_by_somebody_else(
    world: World, service: Service, person: Person
) -> None:
    """The signature must be the application's."""
    key = world.accounts.alipay_life.platform_private_key
    service.reply = lambda account, message: acknowledge(account, message, key=key)
    push.push(world, person, Act("follow"))
    assert "signature" in world.verdicts.illegal()[0].why


def test_an_answer_may_say_something_at_once(
    world: World, service: Service, person: Person
) -> None:
    """image-text inside the acknowledgement is shown as a card."""

    def cards(account: AlipayAccount, message: etree._Element) -> Response:
        item = "<Item><Title>欢迎</Title><Desc>您好</Desc><Url>https://a.example/</Url></Item>"
        changes = {
            "MsgType": "image-text",
            "ArticleCount": "1",
            "Articles": item,
        }
        return acknowledge(account, message, **changes)

    service.reply = cards
    (shown,) = push.push(world, person, Act("follow"))
    assert (shown.kind, shown.title, shown.passive) == ("news", "欢迎", True)


def test_a_lost_answer_is_sent_again(world: World, service: Service, person: Person) -> None:
    """The same message, the same MsgId."""
    service.failures = 1
    push.push(world, person, Act("follow"))
    first, second = (fields["biz_content"] for fields in service.received)
    assert first == second
    assert not world.verdicts.illegal()


@pytest.mark.parametrize("name", ["wrong_signature", "stale_timestamp", "wrong_appid"])
def test_forgeries_must_be_refused(
    world: World, service: Service, person: Person, name: str
) -> None:
    """A service that answers 4xx passes; one that does not is on record."""
    world.faults.switch_on(Fault(name, "push"))
    push.push(world, person, Act("follow"))
    assert not service.messages
    assert not world.verdicts.illegal()


def test_a_duplicate_on_demand(world: World, service: Service, person: Person) -> None:
    """The fault switch sends the same message twice."""
    world.faults.switch_on(Fault("duplicate", "push"))
    push.push(world, person, Act("follow"))
    first, second = (message.findtext("MsgId") for message in service.messages)
    assert first == second


def test_the_gateway_check(world: World, service: Service) -> None:
    """The service presents its public key, signed; a forged check must not be answered so."""
    account = world.accounts.alipay_life
    assert push.check_gateway(world, account)
    world.faults.switch_on(Fault("wrong_signature", "check"))
    push.check_gateway(world, account)
    assert not world.verdicts.illegal()
    service.reply = lambda account, _: envelope(account, "<success>false</success>")
    assert not push.check_gateway(world, account)


@pytest.mark.parametrize("charset", ["UTF-8", "GBK"])
def test_messages_of_the_message_service(world: World, service: Service, charset: str) -> None:
    """V1 signature in the declared charset, the seven characters as the answer."""
    content: dict[str, Any] = {"open_id": "o1", "remark": "电子印章"}
    sent = push.notify(world, "alipay.open.auth.appauth.cancelled", content, charset=charset)
    assert sent.done
    assert json.loads(service.received[0]["biz_content"]) == content


def test_notifications_come_again_for_a_day(world: World, service: Service) -> None:
    """4 m, 10 m, 10 m, 1 h … in virtual time, with the same notify_id, until success."""
    service.failures = 3
    sent = push.notify(world, "alipay.open.auth.appauth.cancelled", {})
    assert sent.attempts == 1
    assert push.send_due(world) == 0
    for minutes in (4, 10, 10):
        world.clock.advance(minutes * 60 + 1)
        assert push.send_due(world) == 1
    assert sent.done
    assert len({fields["notify_id"] for fields in service.received}) == 1
    assert len(service.received) == 4


def test_notifications_stop_after_eight(world: World, service: Service) -> None:
    """After 25 hours it is over."""
    service.failures = 100
    push.notify(world, "alipay.open.auth.appauth.cancelled", {})
    for _ in range(10):
        world.clock.advance(16 * 3600)
        push.send_due(world)
    assert len(service.received) == 8
