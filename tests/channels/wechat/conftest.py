"""A WeChat account of ours, and the platform that pushes to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from channels.wechat.channel import WeChatAccount, WeChatChannel
from tests.support.wechat_side import NOW, Clock, Platform


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def channel(platform: Platform, clock: Clock) -> WeChatChannel:
    return WeChatChannel(WeChatAccount(platform.appid, platform.token, platform.key), clock)


@pytest.fixture
def say() -> Callable[..., bytes]:
    """An XML text message."""

    def say(text: str = "你好", number: str = "23456789", more: str = "") -> bytes:
        return (
            "<xml><ToUserName><![CDATA[gh_1]]></ToUserName>"
            "<FromUserName><![CDATA[oUser]]></FromUserName>"
            f"<CreateTime>{int(NOW.timestamp())}</CreateTime>"
            f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content>"
            f"<MsgId>{number}</MsgId>{more}</xml>"
        ).encode()

    return say
