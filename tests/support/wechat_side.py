"""WeChat's side of a push: signs and encrypts independently of the code under test."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **passed: float) -> None:
        self.now += timedelta(**passed)


Say = Callable[..., bytes]  # writes an XML text message


@dataclass(frozen=True)
class Platform:
    """Signs and encrypts as WeChat does."""

    appid: str = "wx0123456789abcdef"
    token: str = "a-token-of-the-console"
    key: str = base64.b64encode(bytes(range(32))).decode().rstrip("=")

    def sign(self, *parts: str) -> str:
        return hashlib.sha1("".join(sorted([self.token, *parts])).encode()).hexdigest()

    def encrypt(self, message: bytes, appid: str = "", padding: bytes | None = None) -> str:
        frame = os.urandom(16) + struct.pack("!I", len(message)) + message
        frame += (appid or self.appid).encode()
        if padding is None:
            size = 32 - len(frame) % 32
            padding = bytes([size]) * size
        return self.encrypt_frame(frame + padding)

    def encrypt_frame(self, frame: bytes) -> str:
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(frame) + encryptor.finalize()).decode()

    def decrypt(self, encrypted: str) -> bytes:
        decryptor = self._cipher().decryptor()
        frame = decryptor.update(base64.b64decode(encrypted)) + decryptor.finalize()
        size = struct.unpack("!I", frame[16:20])[0]
        message, rest = frame[20 : 20 + size], frame[20 + size : -frame[-1]]
        assert rest == self.appid.encode()
        return message

    def _cipher(self) -> Cipher[modes.CBC]:
        key = base64.b64decode(self.key + "=")
        return Cipher(algorithms.AES(key), modes.CBC(key[:16]))

    def query(self, encrypted: str, at: datetime = NOW) -> dict[str, str]:
        stamp, nonce = str(int(at.timestamp())), "1320562132"
        return {
            "signature": self.sign(stamp, nonce),
            "timestamp": stamp,
            "nonce": nonce,
            "encrypt_type": "aes",
            "msg_signature": self.sign(stamp, nonce, encrypted),
        }

    def push(self, message: bytes, at: datetime = NOW) -> tuple[dict[str, str], bytes]:
        """A safe-mode push of *message*, XML or JSON as the message is."""
        encrypted = self.encrypt(message)
        return self.query(encrypted, at), wrap(encrypted, as_json=message.lstrip()[:1] == b"{")


def wrap(encrypted: str, *, as_json: bool = False) -> bytes:
    if as_json:
        return json.dumps({"ToUserName": "gh_1", "Encrypt": encrypted}).encode()
    return (
        f"<xml><ToUserName><![CDATA[gh_1]]></ToUserName>"
        f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    ).encode()
