"""What Alipay pushes in GBK or UTF-8, under two signing rules, and what others try."""

from __future__ import annotations

import base64
import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from channels.alipay.channel import AlipayAccount, AlipayChannel
from channels.errors import MalformedPush, PushTooLarge, UntrustedPush
from channels.push import Answer, Kind
from tests.support.alipay_side import APP_ID, NOW, keys, message

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "alipay.json").read_text(encoding="utf-8")
)
TEXT = "<MsgType>text</MsgType><Text><Content><![CDATA[{}]]></Content></Text>"
EVENT = "<MsgType>event</MsgType><EventType>{}</EventType><ActionParam>{}</ActionParam>"


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def channel(clock: Clock) -> AlipayChannel:
    account = AlipayAccount(APP_ID, keys().app_private, keys().platform_public)
    return AlipayChannel(account, clock)


@pytest.fixture
def frozen(clock: Clock) -> AlipayChannel:
    """The channel that trusts the key of the frozen vectors."""
    account = AlipayAccount(APP_ID, keys().app_private, VECTORS["alipay_public_key"])
    return AlipayChannel(account, clock)


def refused(channel: AlipayChannel, body: bytes) -> str:
    with pytest.raises(UntrustedPush) as caught:
        channel.open(body)
    return caught.value.reason


def signed_part(answer: Answer) -> bytes:
    """Check the answer's signature with our public key, as Alipay does."""
    assert answer.media_type == "text/xml; charset=GBK"
    part = answer.body.partition(b"<response>")[2].partition(b"</response>")[0]
    outer = etree.fromstring(answer.body)
    signature = base64.b64decode(outer.findtext("sign") or "")
    keys().app.public_key().verify(signature, part, padding.PKCS1v15(), hashes.SHA256())
    assert outer.findtext("sign_type") == "RSA2"
    return part


# --- frozen vectors -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["text_v2_gbk", "text_v2_utf8"])
def test_life_message(frozen: AlipayChannel, name: str) -> None:
    """F12, F13: V2 in the platform's default charset; the SDK says False to both."""
    push = frozen.open(VECTORS["forms"][name].encode())

    assert (push.kind, push.text) == (Kind.TEXT, "我要申请电子印章")
    assert (push.sender, push.message_id, push.created_at) == ("openid-1", "m-1", NOW)


def test_gateway_check(frozen: AlipayChannel) -> None:
    """F16: answered with our public key, signed; a plain signature check suffices."""
    push = frozen.open(VECTORS["forms"]["check_v2_gbk"].encode())
    part = signed_part(frozen.answer(push)).decode("gbk")

    assert push.kind is Kind.GATEWAY_CHECK
    assert part.startswith("<success>true</success><biz_content>MII")


def test_message_service(frozen: AlipayChannel) -> None:
    """V1 with Chinese in GBK; acknowledged with exactly seven characters."""
    push = frozen.open(VECTORS["forms"]["message_v1_gbk"].encode())

    assert (push.event, push.sender) == ("alipay.open.mini.demo", "openid-1")
    assert push.dedupe_key.endswith(":n-1")
    assert push.raw["biz_content"] == {"open_id": "openid-1", "标题": "电子印章"}
    assert frozen.answer(push).body == b"success"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("text_v1_signed", "signature"),
        ("text_sha1", "sign_type"),
        ("text_sha1_as_rsa2", "signature"),
    ],
)
def test_other_rules_are_refused(frozen: AlipayChannel, name: str, reason: str) -> None:
    """F14: the rule goes by the service, and SHA-1 is never enough."""
    assert refused(frozen, VECTORS["forms"][name].encode()) == reason


# --- what is understood ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (EVENT.format("follow", ""), (Kind.FOLLOW, "", "")),
        (EVENT.format("follow", '{"scene":{"sceneId":"p-1"}}'), (Kind.FOLLOW, "", "p-1")),
        (EVENT.format("unfollow", ""), (Kind.UNFOLLOW, "", "")),
        (EVENT.format("click", "my_seals"), (Kind.CLICK, "my_seals", "")),
        (EVENT.format("enter", ""), (Kind.ENTER, "", "")),
        (EVENT.format("enter", '{"scene":{"sceneId":"p-1"}}'), (Kind.SCAN, "", "p-1")),
        (EVENT.format("enter", '{"sceneId":7}'), (Kind.SCAN, "", "7")),
        (EVENT.format("enter", "{broken"), (Kind.ENTER, "{broken", "")),
        (EVENT.format("moon_rise", ""), (Kind.UNKNOWN, "", "")),
        ("<MsgType>text</MsgType><Text>裸</Text>", (Kind.TEXT, "", "")),
        ("<MsgType>image</MsgType><Image><MediaId>M</MediaId></Image>", (Kind.IMAGE, "", "")),
        ("<MsgType>location</MsgType>", (Kind.OTHER, "", "")),
    ],
)
def test_messages(channel: AlipayChannel, inner: str, expected: tuple[str, str, str]) -> None:
    push = channel.open(keys().life_message(message(inner)))

    assert (push.kind, push.key, push.scene) == expected
    assert push.text == ("裸" if "裸" in inner else "")


def test_acknowledgement(channel: AlipayChannel) -> None:
    """A message is acknowledged in signed XML addressed to its sender."""
    push = channel.open(keys().life_message(message(TEXT.format("好"))))
    inner = etree.fromstring(signed_part(channel.answer(push)))

    assert inner.findtext("ToUserId") == "openid-1"
    assert inner.findtext("AppId") == APP_ID
    assert inner.findtext("MsgType") == "ack"
    assert (inner.findtext("CreateTime") or "").isdigit()


def test_old_user_id(channel: AlipayChannel) -> None:
    """Where there is no open_id yet, the 2088 number is the sender."""
    inner = TEXT.format("好")
    content = message(inner).replace("FromUserId>", "FromAlipayUserId>")

    assert channel.open(keys().life_message(content)).sender == "openid-1"


def test_repeats_share_a_key_and_others_do_not(channel: AlipayChannel) -> None:
    """F15, F03."""
    contents = [
        message(TEXT.format("一")),
        message(TEXT.format("一"), number="m-2"),
        message(EVENT.format("click", "a"), number=""),
        message(EVENT.format("click", "b"), number=""),
        message(EVENT.format("follow", ""), number=""),
    ]
    found = [channel.open(keys().life_message(content)).dedupe_key for content in contents]

    assert len(set(found)) == len(contents)
    assert channel.open(keys().life_message(contents[2])).dedupe_key == found[2]


@pytest.mark.parametrize("hours", [0, 1, 25])
def test_late_repeats_are_taken(channel: AlipayChannel, clock: Clock, hours: int) -> None:
    """F15: Alipay repeats over 25 hours; the inbox knows them by their key."""
    body = keys().life_message(message(TEXT.format("好")))
    clock.now = NOW + timedelta(hours=hours)

    assert channel.open(body).kind is Kind.TEXT


# --- what is refused ------------------------------------------------------------------


@pytest.mark.parametrize("passed", [timedelta(hours=27), timedelta(minutes=-6)])
def test_stale(channel: AlipayChannel, clock: Clock, passed: timedelta) -> None:
    """F06."""
    body = keys().life_message(message(TEXT.format("好")))
    clock.now = NOW + passed

    assert refused(channel, body) == "stale"


def test_message_without_a_time(channel: AlipayChannel) -> None:
    content = f"<XML><AppId>{APP_ID}</AppId><FromUserId>o</FromUserId><MsgType>x</MsgType></XML>"

    assert refused(channel, keys().life_message(content)) == "stale"


def test_message_for_another_app(channel: AlipayChannel) -> None:
    """F05: one platform key may serve several applications."""
    content = message(TEXT.format("好"), app_id="2021999999999999")
    nameless = content.replace("<AppId>2021999999999999</AppId>", "")

    assert refused(channel, keys().life_message(content)) == "account"
    assert refused(channel, keys().life_message(nameless)) == "account"


def test_every_changed_field_is_noticed(channel: AlipayChannel) -> None:
    """F04, F14: change, drop or add a field, the signature no longer fits."""
    fields = dict(parse_qsl(keys().life_message(message(TEXT.format("hello")))))
    for changed in (
        {**fields, b"biz_content": b"<XML/>"},
        {**fields, b"service": b"alipay.service.check"},
        {**fields, b"extra": b"1"},
        {name: value for name, value in fields.items() if name != b"charset"},
        {name: value for name, value in fields.items() if name != b"service"},
        {**fields, b"sign": b""},
        {**fields, b"sign": b"QUJD"},
        {name: value for name, value in fields.items() if name != b"sign"},
    ):
        assert refused(channel, urlencode(changed).encode()) == "signature"
    for sign_type in (b"RSA", b"rsa2", b""):
        body = urlencode({**fields, b"sign_type": sign_type}).encode()
        assert refused(channel, body) == "sign_type"


def test_repeated_field_is_refused(channel: AlipayChannel) -> None:
    """Two values of one name: what was signed would be anybody's guess."""
    body = keys().life_message(message(TEXT.format("好")))
    with pytest.raises(MalformedPush):
        channel.open(body + b"&biz_content=x")


def test_200_mutations_are_refused(channel: AlipayChannel) -> None:
    """F09: any octet changed, dropped or added ends in a typed refusal."""
    random.seed(20261120)
    body = keys().life_message(message(TEXT.format("电子印章")))
    for _ in range(200):
        changed = bytearray(body)
        position = random.randrange(len(changed))
        match random.randrange(3):
            case 0:
                del changed[position:]
            case 1:
                changed[position] = (changed[position] + random.randrange(1, 256)) % 256
            case _:
                changed.insert(position, random.randrange(256))
        try:
            push = channel.open(bytes(changed))
        except (UntrustedPush, MalformedPush):
            continue
        # only another spelling of the same octets may pass, e.g. %3C as %3c
        assert push.text == "电子印章"


BOMBS = [
    '<!DOCTYPE XML [<!ENTITY x SYSTEM "file:///etc/passwd">]><XML><AppId>&x;</AppId></XML>',
    '<!DOCTYPE XML [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><XML><AppId>&b;</AppId></XML>',
    "<XML><AppId>1</AppId>",
    "{}",
    "",
]


@pytest.mark.parametrize("content", BOMBS)
def test_hostile_content(channel: AlipayChannel, content: str) -> None:
    """F11: even well signed, no document type and no half XML is read."""
    with pytest.raises(MalformedPush):
        channel.open(keys().life_message(content))


def test_undecodable_charset(channel: AlipayChannel) -> None:
    """Signed octets that are not what they claim to be."""
    fields = {"service": "s", "sign_type": "RSA2", "charset": "utf-8", "biz_content": "章"}
    with pytest.raises(MalformedPush):
        channel.open(keys().form(fields, charset="gbk"))


def test_oversized(channel: AlipayChannel) -> None:
    with pytest.raises(PushTooLarge):
        channel.open(b"a=" + b"x" * 65536)


def test_forged_check_is_told_so(channel: AlipayChannel) -> None:
    """Alipay expects VERIFY_FAILED, signed, when its signature does not verify."""
    part = signed_part(channel.refuse())

    assert b"<success>false</success><error_code>VERIFY_FAILED</error_code>" in part


def test_bare_base64_keys(clock: Clock) -> None:
    """Keys as Alipay's tool exports them, without PEM headers (defect 7 of the SDK)."""

    def bare(pem: str) -> str:
        return "".join(pem.splitlines()[1:-1])

    account = AlipayAccount(APP_ID, bare(keys().app_private), bare(keys().platform_public))
    channel = AlipayChannel(account, clock)

    assert channel.open(keys().life_message(message(TEXT.format("好")))).text == "好"
    assert bare(keys().app_private) not in repr(account)


def test_a_wrong_key_is_not_quoted() -> None:
    with pytest.raises(ValueError, match="private key") as caught:
        AlipayChannel(AlipayAccount(APP_ID, "c2VjcmV0", keys().platform_public))
    assert "c2VjcmV0" not in str(caught.value)
