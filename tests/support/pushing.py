"""Pushing to a running service in a platform's name, rightly or wrongly."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from xml.etree import ElementTree

import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

from sandbox.accounts import AlipayAccount, WeChatAccount
from tests.support.alipay_side import Keys
from tests.support.wechat_side import Platform

_numbers = count(10**15)


def new_number() -> str:
    """A MsgId nobody has used."""
    return str(next(_numbers))


@dataclass(frozen=True)
class WeChatPusher:
    """WeChat's side of one account, for one follower."""

    account: WeChatAccount
    openid: str

    @property
    def platform(self) -> Platform:
        account = self.account
        return Platform(account.appid, account.token, account.encoding_aes_key)

    def text(self, words: str, number: str = "") -> bytes:
        return self.message(
            f"<MsgType>text</MsgType><Content><![CDATA[{words.replace(']]>', ']]]]><![CDATA[>')}]]>"
            f"</Content><MsgId>{number or new_number()}</MsgId>"
        )

    def event(self, name: str, key: str = "", at: int = 0) -> bytes:
        return self.message(
            f"<MsgType>event</MsgType><Event>{name}</Event><EventKey>{key}</EventKey>", at
        )

    def message(self, inner: str, at: int = 0) -> bytes:
        at = at or int(datetime.now(UTC).timestamp())
        return (
            f"<xml><ToUserName>{self.account.original_id}</ToUserName>"
            f"<FromUserName>{self.openid}</FromUserName><CreateTime>{at}</CreateTime>{inner}</xml>"
        ).encode()

    def push(self, message: bytes, at: datetime | None = None) -> requests.Response:
        """Encrypt, sign, post."""
        return self.post(*self.platform.push(message, at or datetime.now(UTC)))

    def post(self, query: dict[str, str], body: bytes) -> requests.Response:
        return requests.post(self.account.url, params=query, data=body, timeout=20)

    def read(self, answer: requests.Response) -> str:
        """What the person sees of the answer; empty if nothing."""
        if answer.content == b"success":
            return ""
        encrypted = ElementTree.fromstring(answer.content).findtext("Encrypt") or ""
        reply = ElementTree.fromstring(self.platform.decrypt(encrypted))
        return " ".join(text.strip() for text in reply.itertext() if text.strip())

    def say(self, words: str, number: str = "") -> str:
        answer = self.push(self.text(words, number))
        assert answer.status_code == 200
        return self.read(answer)


@dataclass(frozen=True)
class AlipayPusher:
    """Alipay's side of the life account, for one follower."""

    account: AlipayAccount
    openid: str

    @property
    def keys(self) -> Keys:
        return Keys(_key(self.account.platform_private_key), _key(self.account.app_private_key))

    def text(self, words: str, number: str = "", at: datetime | None = None) -> str:
        stamp = int((at or datetime.now(UTC)).timestamp() * 1000)
        return (
            f"<XML><AppId>{self.account.app_id}</AppId><FromUserId>{self.openid}</FromUserId>"
            f"<CreateTime>{stamp}</CreateTime><MsgType>text</MsgType>"
            f"<Text><Content><![CDATA[{words}]]></Content></Text>"
            f"<MsgId>{number or new_number()}</MsgId></XML>"
        )

    def push(self, content: str, **changed: str) -> requests.Response:
        """Sign by the rule of the gateway (V2), in GBK, and post."""
        return self.post(self.keys.life_message(content, **changed))

    def post(self, form: bytes) -> requests.Response:
        return requests.post(self.account.url, data=form, timeout=20)


def _key(text: str) -> rsa.RSAPrivateKey:
    if text.startswith("-----"):
        key = load_pem_private_key(text.encode(), None)
    else:
        key = load_der_private_key(b64decode(text), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key
