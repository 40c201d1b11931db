"""The envelope of WeChat's safe mode: AES-256-CBC around ``random ‖ length ‖ message ‖ appid``.

The cipher is wechatpy's; the framing is ours, because wechatpy takes any padding and
any length for granted and draws its random prefix from a predictable source.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import struct

from wechatpy.crypto import WeChatCipher

from channels.errors import UntrustedPush

_PREFIX = 16  # octets of random in front
_HEAD = _PREFIX + 4  # and the length, network order
_BLOCK = 32  # PKCS#7 to 32 octets here, not to the cipher's 16


class Envelope:
    """Opens and seals messages of one account. Never shows its key."""

    def __init__(self, appid: str, encoding_aes_key: str) -> None:
        try:
            self._key = base64.b64decode(encoding_aes_key + "=", validate=True)
        except (binascii.Error, ValueError):
            self._key = b""
        if len(self._key) != 32:
            raise ValueError("EncodingAESKey must be 43 characters of base64")
        if not appid:
            raise ValueError("appid is empty")
        self._appid = appid.encode()

    def open(self, encrypted: str) -> bytes:
        """Return the message inside. Raises UntrustedPush, nothing else."""
        message, appid = _unframe(self._decrypt(encrypted))
        if not hmac.compare_digest(appid, self._appid):
            raise UntrustedPush("account")
        return message

    def seal(self, message: bytes, *, prefix: bytes = b"") -> str:
        """Return *message* encrypted; *prefix* replaces the random octets in tests only."""
        head = prefix or secrets.token_hex(_PREFIX // 2).encode()
        frame = head + struct.pack("!I", len(message)) + message + self._appid
        padding = _BLOCK - len(frame) % _BLOCK
        sealed = self._cipher().encrypt(frame + bytes([padding]) * padding)
        return base64.b64encode(sealed).decode()

    def _cipher(self) -> WeChatCipher:
        return WeChatCipher(self._key)  # its IV is the key's first half, by WeChat's rule

    def _decrypt(self, encrypted: str) -> bytes:
        try:
            sealed = base64.b64decode(encrypted, validate=True)
            frame: bytes = self._cipher().decrypt(sealed)
        except ValueError:  # odd base64, or no whole number of blocks
            raise UntrustedPush("cipher") from None
        return frame


def _unframe(frame: bytes) -> tuple[bytes, bytes]:
    padding = frame[-1] if frame else 0
    content = frame[: len(frame) - padding]
    if not 1 <= padding <= _BLOCK or frame[len(content) :] != bytes([padding]) * padding:
        raise UntrustedPush("cipher")
    if len(content) < _HEAD:
        raise UntrustedPush("cipher")
    end = _HEAD + struct.unpack("!I", content[_PREFIX:_HEAD])[0]
    if end > len(content):
        raise UntrustedPush("cipher")
    return content[_HEAD:end], content[end:]
