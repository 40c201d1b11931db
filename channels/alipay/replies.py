"""The signed XML Alipay's gateway wants back, in GBK."""

from __future__ import annotations

import base64
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from channels.alipay.signature import SIGN_TYPE, sign
from channels.push import Answer, Push
from channels.wire import cdata

MEDIA_TYPE = "text/xml; charset=GBK"


def _public_key_body(key: rsa.RSAPrivateKey) -> str:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def check_passed(key: rsa.RSAPrivateKey) -> Answer:
    """The gateway check succeeded: present our public key."""
    body = _public_key_body(key)
    return signed(key, f"<success>true</success><biz_content>{body}</biz_content>")


def check_failed(key: rsa.RSAPrivateKey) -> Answer:
    """The gateway check was not signed by the Alipay key we know."""
    return signed(
        key,
        "<success>false</success><error_code>VERIFY_FAILED</error_code>"
        f"<biz_content>{_public_key_body(key)}</biz_content>",
    )


def acknowledgement(key: rsa.RSAPrivateKey, push: Push, at: datetime) -> Answer:
    """A life-account message was received; what we have to say follows by the API."""
    return signed(
        key,
        f"<XML><ToUserId>{cdata(push.sender)}</ToUserId>"
        f"<AppId>{cdata(push.account)}</AppId>"
        f"<CreateTime>{int(at.timestamp() * 1000)}</CreateTime>"
        "<MsgType><![CDATA[ack]]></MsgType></XML>",
    )


def signed(key: rsa.RSAPrivateKey, response: str) -> Answer:
    """Wrap *response*, signed over the very octets between the response tags."""
    content = response.encode("gbk", "xmlcharrefreplace")
    signature = sign(key, content).encode()
    body = (
        b'<?xml version="1.0" encoding="GBK"?><alipay><response>'
        + content
        + b"</response><sign>"
        + signature
        + b"</sign><sign_type>"
        + SIGN_TYPE.encode()
        + b"</sign_type></alipay>"
    )
    return Answer(body, MEDIA_TYPE)
