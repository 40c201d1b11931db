"""The platform's published vectors against the sandbox's own code (facts/platform.md §18)."""

from __future__ import annotations

import json

import pytest

from sandbox.wechat.crypto import CryptoError, MessageCipher, signature

_APPID = "wxba5fad812f8e6fb9"
_SAFE_PUSH = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcv"
    "ZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3F"
    "n2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSe"
    "OBrebufAlr7F9mFUPAJGj04="
)
_SAFE_REPLY = (
    "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
)


@pytest.fixture
def cipher() -> MessageCipher:
    return MessageCipher("A" * 43, _APPID)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("AAAAA", "1714036504", "1514711492"), "f464b24fc39322e44b38aa78f5edd27bd1441696"),
        (("AAAAA", "1714037059", "486452656"), "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
        (("AAAAA", "1714112445", "415670741"), "6c5c811b55cc85e0e1b54100749188c20beb3f5d"),
        (
            ("AAAAA", "1714112445", "415670741", _SAFE_PUSH),
            "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
        ),
        (
            ("AAAAA", "1713424427", "415670741", _SAFE_REPLY),
            "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1",
        ),
    ],
)
def test_signatures_of_the_documentation(parts: tuple[str, ...], expected: str) -> None:
    assert signature(*parts) == expected


def test_the_push_of_the_documentation_decrypts(cipher: MessageCipher) -> None:
    message = json.loads(cipher.decrypt(_SAFE_PUSH))

    assert message["Event"] == "debug_demo"
    assert message["debug_str"] == "hello world"


def test_the_reply_of_the_documentation_is_reproduced(cipher: MessageCipher) -> None:
    """With the same random prefix every byte agrees."""
    assert cipher.encrypt(b'{"demo_resp":"good luck"}', b"707722b803182950") == _SAFE_REPLY


@pytest.mark.parametrize("length", range(65))
def test_padding_of_every_length_comes_back(cipher: MessageCipher, length: int) -> None:
    """Blocks are of 32 bytes: paddings of 17 to 32 exist, unlike in usual AES code."""
    assert cipher.decrypt(cipher.encrypt(b"x" * length)) == b"x" * length


@pytest.mark.parametrize("changed", ["", "A", "!!!!", "QUJD", _SAFE_PUSH[:-4], "QUFB" * 16])
def test_what_is_no_ciphertext_is_refused(cipher: MessageCipher, changed: str) -> None:
    with pytest.raises(CryptoError):
        cipher.decrypt(changed)


def test_a_message_for_another_appid_is_refused(cipher: MessageCipher) -> None:
    other = MessageCipher("A" * 43, "wx0000000000000000")

    with pytest.raises(CryptoError, match="another appid"):
        cipher.decrypt(other.encrypt(b"hello"))
