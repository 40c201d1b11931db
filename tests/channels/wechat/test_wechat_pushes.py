"""What WeChat pushes, and what others try to push in its name."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import pytest

from channels.errors import MalformedPush, PushTooLarge, UntrustedPush
from channels.push import Consent, Kind
from channels.wechat.channel import WeChatAccount, WeChatChannel
from channels.wechat.crypto import Envelope
from tests.support.wechat_side import NOW, Clock, Platform, Say, wrap

STAMP = int(NOW.timestamp())


def event(name: str, key: str = "", more: str = "") -> bytes:
    return (
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>oUser</FromUserName>"
        f"<CreateTime>{STAMP}</CreateTime><MsgType>event</MsgType>"
        f"<Event><![CDATA[{name}]]></Event><EventKey><![CDATA[{key}]]></EventKey>{more}</xml>"
    ).encode()


# --- what is understood ---------------------------------------------------------------


def test_text_keeps_every_character(channel: WeChatChannel, platform: Platform, say: Say) -> None:
    """Blanks and markup a person types arrive as typed (wechatpy strips them)."""
    push = channel.open(*platform.push(say("  电子印章 <b>&amp; \n")))

    assert (push.kind, push.text) == (Kind.TEXT, "  电子印章 <b>&amp; \n")
    assert (push.sender, push.addressee, push.account) == ("oUser", "gh_1", platform.appid)
    assert (push.message_id, push.created_at) == ("23456789", NOW)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (event("subscribe"), (Kind.FOLLOW, "", "")),
        (event("subscribe", "qrscene_领取-1"), (Kind.FOLLOW, "", "领取-1")),
        (event("subscribe", "last_trade_no_1"), (Kind.FOLLOW, "last_trade_no_1", "")),
        (event("SCAN", "领取-1"), (Kind.SCAN, "领取-1", "领取-1")),
        (event("unsubscribe"), (Kind.UNFOLLOW, "", "")),
        (event("CLICK", "my_seals"), (Kind.CLICK, "my_seals", "")),
        (event("user_enter_tempsession"), (Kind.ENTER, "", "")),
        (event("some_new_event"), (Kind.UNKNOWN, "", "")),
    ],
)
def test_events(
    channel: WeChatChannel, platform: Platform, message: bytes, expected: tuple[str, str, str]
) -> None:
    """Each event becomes what the person did; a scene loses its prefix."""
    push = channel.open(*platform.push(message))

    assert (push.kind, push.key, push.scene) == expected


def test_scanned_document_code(channel: WeChatChannel, platform: Platform) -> None:
    """The in-chat scanner's result is text, and no scene of ours."""
    found = "<ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>https://v/1</ScanResult>"
    push = channel.open(
        *platform.push(event("scancode_waitmsg", "verify", found + "</ScanCodeInfo>"))
    )

    assert (push.kind, push.key, push.text) == (Kind.SCAN, "verify", "https://v/1")


def test_menu_choice_and_file(channel: WeChatChannel, platform: Platform, say: Say) -> None:
    """A tapped choice brings its id; a file brings only its name (defect 15 of wechatpy)."""
    choice = channel.open(*platform.push(say("盖章", more="<bizmsgmenuid>seal</bizmsgmenuid>")))
    file = channel.open(
        *platform.push(say("").replace(b"[text]", b"[file]").replace(b"Content", b"Title"))
    )

    assert (choice.text, choice.key) == ("盖章", "seal")
    assert file.kind is Kind.FILE


def test_delivery_report(channel: WeChatChannel, platform: Platform) -> None:
    """A template message's outcome names the message it is about."""
    more = "<MsgID>200163836</MsgID><Status>failed:user block</Status>"
    push = channel.open(*platform.push(event("TEMPLATESENDJOBFINISH", more=more)))

    assert (push.kind, push.message_id) == (Kind.DELIVERY_REPORT, "200163836")
    assert push.status == "failed:user block"


ACCEPT = {"TemplateId": "T1", "SubscribeStatusString": "accept", "PopupScene": "1"}
REJECT = {"TemplateId": "T2", "SubscribeStatusString": "reject", "PopupScene": "1"}


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ({"List": ACCEPT}, [("T1", True)]),
        ({"List": [ACCEPT, REJECT]}, [("T1", True), ("T2", False)]),
        ({"SubscribeMsgPopupEvent": {"List": [REJECT]}}, [("T2", False)]),
    ],
)
def test_consents_in_every_shape(
    channel: WeChatChannel, platform: Platform, shape: dict[str, Any], expected: list[Any]
) -> None:
    """The list is an object, an array, or nested; numbers may be strings."""
    fields = {
        "ToUserName": "gh_1",
        "FromUserName": "oUser",
        "CreateTime": str(STAMP),
        "MsgType": "event",
        "Event": "subscribe_msg_popup_event",
        **shape,
    }
    push = channel.open(*platform.push(json.dumps(fields).encode()))

    assert push.kind is Kind.CONSENT
    assert push.consents == tuple(Consent(*item) for item in expected)
    assert push.created_at == NOW


def test_nested_xml_consents(channel: WeChatChannel, platform: Platform) -> None:
    """XML nests the list; two of them are two elements of one name."""
    item = "<List><TemplateId>{}</TemplateId><SubscribeStatusString>accept</SubscribeStatusString>"
    items = "".join(item.format(name) + "</List>" for name in ("T1", "T2"))
    more = f"<SubscribeMsgPopupEvent>{items}</SubscribeMsgPopupEvent>"
    push = channel.open(*platform.push(event("subscribe_msg_popup_event", more=more)))

    assert [consent.template_id for consent in push.consents] == ["T1", "T2"]


# --- repetitions ----------------------------------------------------------------------


def test_a_repeated_push_has_the_same_key(
    channel: WeChatChannel, platform: Platform, say: Say
) -> None:
    """WeChat's retries are sealed and signed anew; the key stays."""
    first = channel.open(*platform.push(say()))
    again = channel.open(*platform.push(say()))

    assert first.dedupe_key == again.dedupe_key
    assert first.dedupe_key != channel.open(*platform.push(say(number="1"))).dedupe_key


def test_events_of_one_second_differ(channel: WeChatChannel, platform: Platform) -> None:
    """F03: FromUserName + CreateTime alone would swallow the second of these."""
    messages = [
        event("subscribe"),
        event("CLICK", "my_seals"),
        event("CLICK", "verify"),
        event("TEMPLATESENDJOBFINISH", more="<MsgID>1</MsgID>"),
        event("TEMPLATESENDJOBFINISH", more="<MsgID>2</MsgID>"),
        event("SCAN", "a", "<Ticket>t1</Ticket>"),
        event("SCAN", "a", "<Ticket>t2</Ticket>"),
    ]
    keys = {channel.open(*platform.push(message)).dedupe_key for message in messages}

    assert len(keys) == len(messages)


# --- what is refused ------------------------------------------------------------------


def refused(channel: WeChatChannel, query: dict[str, str], body: bytes) -> str:
    with pytest.raises(UntrustedPush) as caught:
        channel.open(query, body)
    return caught.value.reason


def test_wrong_signature(channel: WeChatChannel, platform: Platform, say: Say) -> None:
    """F04, and `signature` in the place of `msg_signature` (wechatpy issue 739)."""
    query, body = platform.push(say())
    flipped = query["msg_signature"].translate(
        str.maketrans("0123456789abcdef", "fedcba9876543210")
    )

    assert refused(channel, query | {"msg_signature": flipped}, body) == "signature"
    assert refused(channel, query | {"msg_signature": query["signature"]}, body) == "signature"
    assert refused(channel, {}, body) == "signature"
    assert refused(channel, query | {"nonce": "1"}, body) == "signature"


def test_nothing_is_parsed_before_the_signature(channel: WeChatChannel, platform: Platform) -> None:
    """F04: a body that would upset any parser is refused for its signature alone."""
    body = b"<!DOCTYPE x [<!ENTITY a 'a'>]><x><Encrypt>" + b"A" * 64 + b"</Encrypt"
    body += b"></x><<<"

    assert refused(channel, platform.query("other"), body) == "signature"


def test_message_for_another_account(channel: WeChatChannel, platform: Platform, say: Say) -> None:
    """F05: well signed and well sealed, but with another appid inside."""
    encrypted = platform.encrypt(say(), appid="wxffffffffffffffff")

    assert refused(channel, platform.query(encrypted), wrap(encrypted)) == "account"


@pytest.mark.parametrize("seconds", [-86400, -301, 301])
def test_stale_push(
    channel: WeChatChannel, platform: Platform, say: Say, clock: Clock, seconds: int
) -> None:
    """F06: a genuine push outside ±300 s is a replay (wechatpy takes it)."""
    query, body = platform.push(say())
    clock.advance(seconds=-seconds)

    assert refused(channel, query, body) == "stale"


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_push_inside_the_window(
    channel: WeChatChannel, platform: Platform, say: Say, clock: Clock, seconds: int
) -> None:
    """Clocks differ a little."""
    query, body = platform.push(say())
    clock.advance(seconds=seconds)

    assert channel.open(query, body).kind is Kind.TEXT


@pytest.mark.parametrize("stamp", ["", "-1", "１７", "9" * 40, "1e9", " 1"])
def test_absurd_timestamp(channel: WeChatChannel, platform: Platform, say: Say, stamp: str) -> None:
    """A signed timestamp that is no number is stale, not a crash."""
    encrypted = platform.encrypt(say())
    query = {
        "timestamp": stamp,
        "nonce": "n",
        "msg_signature": platform.sign(stamp, "n", encrypted),
    }

    assert refused(channel, query, wrap(encrypted)) == "stale"


def test_plaintext_in_safe_mode(channel: WeChatChannel, platform: Platform, say: Say) -> None:
    """F08: no downgrade, however well the query is signed."""
    query = platform.query("")

    assert refused(channel, query, say()) == "plaintext"
    del query["encrypt_type"]
    assert refused(channel, query, say()) == "plaintext"
    assert refused(channel, query, b"") == "plaintext"


def test_plaintext_where_allowed(platform: Platform, clock: Clock, say: Say) -> None:
    """In development a plain push is read, but still has to be signed."""
    account = WeChatAccount(platform.appid, platform.token, platform.key, accept_plaintext=True)
    channel = WeChatChannel(account, clock)
    query = platform.query("") | {"encrypt_type": ""}

    push = channel.open(query, say("<Encrypt>QUJD</Encrypt>"))

    assert (push.text, push.sealed) == ("<Encrypt>QUJD</Encrypt>", False)
    assert refused(channel, query | {"signature": "0"}, say()) == "signature"


def test_readable_twin_is_not_believed(
    channel: WeChatChannel, platform: Platform, say: Say
) -> None:
    """In compatible mode only the sealed content counts."""
    encrypted = platform.encrypt(say("真"))
    body = say("假", more=f"<Encrypt>{encrypted}</Encrypt>")

    assert channel.open(platform.query(encrypted), body).text == "真"


FRAMES = [
    b"",
    b"\x01" * 31,
    bytes(32),  # padding 0 (wechatpy cuts everything)
    bytes(31) + b"\x21",  # padding 33
    bytes(30) + b"\x01\x02",  # padding not uniform
    b"r" * 15 + b"\x11" * 17,  # shorter than its head
    b"r" * 16 + b"\xff\xff\xff\xff" + b"x" * 11 + b"\x01",  # length beyond the end
]


@pytest.mark.parametrize("frame", FRAMES)
def test_well_signed_nonsense(channel: WeChatChannel, platform: Platform, frame: bytes) -> None:
    """F09: whatever is wrong inside, the refusal is one and the same."""
    whole = frame.ljust(-(-len(frame) // 16) * 16, b"\x00")
    encrypted = platform.encrypt_frame(whole)

    assert refused(channel, platform.query(encrypted), wrap(encrypted)) == "cipher"


@pytest.mark.parametrize("encrypted", ["A", "AA=A", "QUJD", "=" * 8, "A" * 63])
def test_odd_base64(channel: WeChatChannel, platform: Platform, encrypted: str) -> None:
    """F09: no whole number of blocks, no base64."""
    assert refused(channel, platform.query(encrypted), wrap(encrypted)) == "cipher"


def test_200_mutations_give_one_answer(
    channel: WeChatChannel, platform: Platform, say: Say
) -> None:
    """F09: cut, changed or grown ciphertext never gets past the signature."""
    random.seed(20261120)
    query, body = platform.push(say())
    start, end = body.index(b"<Encrypt><![CDATA[") + 18, body.index(b"]]></Encrypt")
    reasons = set()
    for _ in range(200):
        cipher = bytearray(body[start:end])
        match random.randrange(3):
            case 0:
                del cipher[random.randrange(len(cipher)) :]
            case 1:
                cipher[random.randrange(len(cipher))] ^= random.randrange(1, 256)
            case _:
                cipher.insert(random.randrange(len(cipher)), random.randrange(256))
        with pytest.raises(UntrustedPush) as caught:
            channel.open(query, body[:start] + bytes(cipher) + body[end:])
        reasons.add(caught.value.code)

    assert reasons == {"push.untrusted"}


def test_200_well_signed_mutations_give_one_answer(
    channel: WeChatChannel, platform: Platform, say: Say
) -> None:
    """F09: even with the token known, a broken cipher tells nothing about its padding."""
    random.seed(20261121)
    for _ in range(200):
        cipher = bytearray(platform.encrypt(say()).encode())
        del cipher[random.randrange(len(cipher)) :]
        encrypted = cipher.decode()
        with pytest.raises(UntrustedPush):
            channel.open(platform.query(encrypted), wrap(encrypted))


BOMBS = [
    b'<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b"<xml><FromUserName>o</FromUserName><MsgType>text</MsgType><Content>&x;</Content></xml>",
    b'<!DOCTYPE xml SYSTEM "http://127.0.0.1:9/evil.dtd"><xml><FromUserName>o</FromUserName><MsgType>text</MsgType></xml>',
    b'<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>'
    b"<xml><FromUserName>o</FromUserName><MsgType>text</MsgType><Content>&d;&d;&d;&d;&d;</Content></xml>",
    "<?xml version='1.0'?><!DOCTYPE xml [<!ENTITY x 'y'>]><xml>&x;</xml>".encode("utf-16"),
    b"<xml>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</xml>",
]


@pytest.mark.parametrize("message", BOMBS)
def test_hostile_xml(channel: WeChatChannel, platform: Platform, message: bytes) -> None:
    """F11: no document type, no entity, no depth; refused at once."""
    started = time.monotonic()
    with pytest.raises(MalformedPush):
        channel.open(*platform.push(message))
    assert time.monotonic() - started < 60  # it ended; the figure is not a promise


MALFORMED = [
    b"",
    b"<xml></xml>",
    b"<xml>",
    b"text",
    b"\xff\xfe",
    b"[]",
    b"{}",
    b'{"MsgType":"text"}',
    b'{"MsgType":{"a":1},"FromUserName":"o"}',
    b'{"MsgType":"text","FromUserName":"o","Content":["a","b"]}',
    b'{"MsgType":"text","FromUserName":"o","CreateTime":1e400}',
    b'{"MsgType":"text","FromUserName":"o","CreateTime":"99999999999999999999"}',
    b'{"MsgType":"text","FromUserName":"o","a":' + b"[" * 20000 + b"]" * 20000 + b"}",
    b'{"MsgType":"text","FromUserName":"o","CreateTime":' + b"9" * 5000 + b"}",
    b"<xml><MsgType>text</MsgType><MsgType>evil</MsgType><FromUserName>o</FromUserName></xml>",
]


@pytest.mark.parametrize("message", MALFORMED)
def test_malformed_messages(channel: WeChatChannel, platform: Platform, message: bytes) -> None:
    """Defect 13 of wechatpy: here one error, whatever is wrong."""
    with pytest.raises(MalformedPush):
        channel.open(*platform.push(message))


def test_unstorable_characters_are_dropped(channel: WeChatChannel, platform: Platform) -> None:
    """JSON can escape NUL and half a surrogate; a database cannot hold them."""
    message = rb'{"MsgType":"text","FromUserName":"o","MsgId":1,"Content":"a\u0000b\ud83dc"}'
    push = channel.open(*platform.push(message))

    assert push.text == "abc"
    assert push.raw["Content"] == "abc"


def test_oversized_body(channel: WeChatChannel, platform: Platform, say: Say) -> None:
    """F10: too large is refused before anything else is looked at."""
    with pytest.raises(PushTooLarge):
        channel.open({}, b"x" * (64 * 1024 + 1))


def test_hostile_text_stays_text(channel: WeChatChannel, platform: Platform, say: Say) -> None:
    """F53: nothing in a text is interpreted on the way in."""
    text = "{{7*7}} ${7*7} <script>alert(1)</script> %s \u202e\u200b"

    assert channel.open(*platform.push(say(text))).text == text


def test_secrets_do_not_show(platform: Platform, channel: WeChatChannel, say: Say) -> None:
    """Token, key and what a person typed (a PIN, perhaps) appear in no repr."""
    push = channel.open(*platform.push(say("印章密码 135790")))

    shown = repr(channel.account) + repr(push)
    assert platform.token not in shown
    assert platform.key not in shown
    assert "135790" not in shown


@pytest.mark.parametrize("token", [""])
def test_empty_token_is_refused_at_start(platform: Platform, token: str) -> None:
    """Defect 14 of wechatpy: with an empty token everybody could sign."""
    with pytest.raises(ValueError, match="token"):
        WeChatAccount(platform.appid, token, platform.key)


@pytest.mark.parametrize("key", ["", "A" * 42, "A" * 44, "*" * 43])
def test_wrong_aes_key_is_refused_at_start(key: str) -> None:
    with pytest.raises(ValueError, match="EncodingAESKey"):
        Envelope("wx1", key)


def test_greeting_of_a_stranger(channel: WeChatChannel, platform: Platform) -> None:
    """The echo is given to the platform only: else any page could be reflected from us."""
    query = platform.query("") | {"echostr": "<script>"}

    assert channel.greet(query).media_type.startswith("text/plain")
    with pytest.raises(UntrustedPush):
        channel.greet(query | {"signature": "0" * 40})
