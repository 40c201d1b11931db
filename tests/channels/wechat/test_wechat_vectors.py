"""The official documents' own examples (facts/platform.md, 18)."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from channels.push import Kind
from channels.wechat.channel import WeChatAccount, WeChatChannel
from channels.wechat.crypto import Envelope
from channels.wechat.signature import sign

APPID = "wxba5fad812f8e6fb9"
ENCODING_AES_KEY = "A" * 43
SAFE_PUSH = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJG"
    "QqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrf"
    "MZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgR"
    "tWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)


def test_address_check_is_answered_with_the_very_echo() -> None:
    """Vector 1: the console's greeting comes back verbatim, as plain text."""
    account = WeChatAccount(APPID, "AAAAA", ENCODING_AES_KEY)
    channel = WeChatChannel(account, lambda: datetime.fromtimestamp(1714036504, UTC))

    answer = channel.greet(
        {
            "signature": "f464b24fc39322e44b38aa78f5edd27bd1441696",
            "timestamp": "1714036504",
            "nonce": "1514711492",
            "echostr": "4375120948345356249",
        }
    )

    assert answer.body == b"4375120948345356249"
    assert answer.media_type.startswith("text/plain")


def test_signature_of_a_plain_push() -> None:
    """Vector 2."""
    assert sign("AAAAA", "1714037059", "486452656") == "899cf89e464efb63f54ddac96b0a0a235f53aa78"


def test_safe_push_opens() -> None:
    """Vector 3: JSON in safe mode, proved by msg_signature and not by signature."""
    account = WeChatAccount(APPID, "AAAAA", ENCODING_AES_KEY)
    channel = WeChatChannel(account, lambda: datetime.fromtimestamp(1714112450, UTC))
    query = {
        "signature": "6c5c811b55cc85e0e1b54100749188c20beb3f5d",
        "timestamp": "1714112445",
        "nonce": "415670741",
        "openid": "o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
        "encrypt_type": "aes",
        "msg_signature": "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
    }
    body = json.dumps({"ToUserName": "gh_97417a04a28d", "Encrypt": SAFE_PUSH}).encode()

    push = channel.open(query, body)

    assert (push.kind, push.event, push.wire) == (Kind.UNKNOWN, "debug_demo", "json")
    assert push.sender == "o9AgO5Kd5ggOC-bXrbNODIiE3bGY"
    assert push.raw["debug_str"] == "hello world"


def test_safe_reply_is_sealed_byte_for_byte() -> None:
    """Vector 4: with the random octets given, our envelope is the official one."""
    sealed = Envelope(APPID, ENCODING_AES_KEY).seal(
        b'{"demo_resp":"good luck"}', prefix=b"707722b803182950"
    )

    assert sealed == (
        "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
    )
    assert sign("AAAAA", "1713424427", "415670741", sealed) == (
        "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"
    )
