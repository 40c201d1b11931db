"""What is said on the open request stays one message, whatever a person typed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from channels.push import Answer, ImageReply, Kind, NewsReply, Push, Reply, TextReply
from channels.wechat.channel import WeChatAccount, WeChatChannel
from tests.support.wechat_side import NOW, Platform, Say

PLATFORM = Platform()
CHANNEL = WeChatChannel(WeChatAccount(PLATFORM.appid, PLATFORM.token, PLATFORM.key), lambda: NOW)
PLAIN = Push(
    channel="wechat",
    account=PLATFORM.appid,
    sender="oUser",
    addressee="gh_1",
    kind=Kind.TEXT,
    dedupe_key="k",
    sealed=False,
)


def unsealed(answer: Answer) -> bytes:
    """Check a sealed XML answer as WeChat does, and open it."""
    outer = etree.fromstring(answer.body)
    encrypted, stamp = outer.findtext("Encrypt") or "", outer.findtext("TimeStamp") or ""
    nonce = outer.findtext("Nonce") or ""
    assert outer.findtext("MsgSignature") == PLATFORM.sign(stamp, nonce, encrypted)
    return PLATFORM.decrypt(encrypted)


@given(st.text(alphabet=st.characters(), max_size=80))
def test_any_text_stays_one_message(text: str) -> None:
    """F55: the reply parses, has the fields we gave it and no other, each once."""
    answer = CHANNEL.answer(PLAIN, TextReply(text))
    if answer.body == b"success":
        return
    message = etree.fromstring(answer.body)

    assert [child.tag for child in message] == [
        "ToUserName",
        "FromUserName",
        "CreateTime",
        "MsgType",
        "Content",
    ]
    assert message.findtext("MsgType") == "text"
    kept = (message.findtext("Content") or "").replace("\n", "").replace("\r", "")
    assert set(kept) <= set(text)


@pytest.mark.parametrize(
    "text",
    [
        "a]]></Content><MsgType><![CDATA[evil]]></MsgType><Content><![CDATA[b",
        "]]>",
        "]]]]>>",
        "]" * 50 + ">",
        "\x0b\x00\x1f]\x00]>",
        "]]\ud800>",
    ],
)
def test_cdata_cannot_be_closed_from_inside(text: str) -> None:
    """F55, defect 3 of wechatpy: attacker's nodes and control characters."""
    message = etree.fromstring(CHANNEL.answer(PLAIN, TextReply(text)).body)

    assert len(message.findall("MsgType")) == 1
    allowed = "".join(c for c in text if c >= " " and not "\ud800" <= c <= "\udfff")
    assert message.findtext("Content") == allowed


def test_sealed_reply(channel: WeChatChannel, platform: Platform, say: Say) -> None:
    """A sealed push gets a sealed reply, To and From swapped."""
    push = channel.open(*platform.push(say()))
    message = etree.fromstring(unsealed(channel.answer(push, TextReply("收到 ]]> 了"))))

    assert message.findtext("ToUserName") == "oUser"
    assert message.findtext("FromUserName") == "gh_1"
    assert message.findtext("Content") == "收到 ]]> 了"


def test_sealed_json_reply(channel: WeChatChannel, platform: Platform) -> None:
    """A JSON push gets a JSON reply (defect 2): TimeStamp a number, Nonce a string."""
    push = channel.open(
        *platform.push(b'{"MsgType":"text","FromUserName":"oUser","ToUserName":"gh_1","MsgId":1}')
    )
    outer = json.loads(channel.answer(push, TextReply("好")).body)

    assert isinstance(outer["TimeStamp"], int)
    signature = platform.sign(str(outer["TimeStamp"]), outer["Nonce"], outer["Encrypt"])
    assert outer["MsgSignature"] == signature
    assert json.loads(platform.decrypt(outer["Encrypt"]))["Content"] == "好"


@pytest.mark.parametrize("reply", [None, TextReply(""), TextReply(" \n"), TextReply("\x00\x0b")])
def test_nothing_to_say_is_success(reply: Reply) -> None:
    """Not an empty text, which would show an error banner; and never sealed."""
    assert CHANNEL.answer(replace(PLAIN, sealed=True), reply).body == b"success"


def test_long_text_is_cut_on_a_character(channel: WeChatChannel) -> None:
    """Defect 4: WeChat shows 2048 octets."""
    content = etree.fromstring(CHANNEL.answer(PLAIN, TextReply("章" * 2000)).body)
    shown = content.findtext("Content") or ""

    assert len(shown.encode()) <= 2048
    assert shown.endswith("章…")


def test_news_and_image() -> None:
    news = etree.fromstring(
        CHANNEL.answer(PLAIN, NewsReply("题<1>", "述", "https://s/?a=1&b=2")).body
    )
    image = etree.fromstring(CHANNEL.answer(PLAIN, ImageReply("media")).body)

    assert news.findtext("Articles/item/Url") == "https://s/?a=1&b=2"
    assert (news.findtext("ArticleCount"), news.findtext("Articles/item/Title")) == ("1", "题<1>")
    assert image.findtext("Image/MediaId") == "media"
