"""Alipay's side: signs pushes and answers independently of the code under test."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
APP_ID = "2021000000000001"


@dataclass(frozen=True)
class Keys:
    """A pair of keys for each side."""

    platform: rsa.RSAPrivateKey
    app: rsa.RSAPrivateKey

    @property
    def platform_public(self) -> str:
        return public_pem(self.platform)

    @property
    def app_private(self) -> str:
        return self.app.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    def sign(self, message: bytes) -> str:
        value = self.platform.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return base64.b64encode(value).decode()

    def form(self, fields: Mapping[str, str], *, charset: str = "gbk") -> bytes:
        """A push as the platform sends it: V2 for the gateway, V1 for messages."""
        left_out = set() if "service" in fields else {"sign_type"}
        message = "&".join(f"{k}={v}" for k, v in sorted(fields.items()) if v and k not in left_out)
        signed = {**fields, "sign": self.sign(message.encode(charset))}
        return urlencode(signed, encoding=charset).encode()

    def life_message(self, content: str, **changed: str) -> bytes:
        fields = {
            "service": "alipay.mobile.public.message.notify",
            "sign_type": "RSA2",
            "charset": "GBK",
            "biz_content": content,
        }
        return self.form(fields | changed)


def public_pem(key: rsa.RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


@cache
def keys() -> Keys:
    """One pair for the whole run: making RSA keys is slow."""
    return Keys(*(rsa.generate_private_key(65537, 2048) for _ in range(2)))


def message(inner: str, *, number: str = "m-1", app_id: str = APP_ID, at: datetime = NOW) -> str:
    """The XML of a life-account message."""
    own = f"<MsgId>{number}</MsgId>" if number else ""
    return (
        f"<XML><AppId>{app_id}</AppId><FromUserId>openid-1</FromUserId>"
        f"<CreateTime>{int(at.timestamp() * 1000)}</CreateTime>{inner}{own}</XML>"
    )
