"""The door for one WeChat account: proves the sender, opens the push, closes the request."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from channels.errors import UntrustedPush
from channels.push import SUCCESS, Answer, Push, Reply
from channels.wechat import payload, replies
from channels.wechat.crypto import Envelope
from channels.wechat.signature import check_freshness, check_signature, sign
from channels.wire import limit

# The ciphertext is found without parsing: trust is settled before any parser runs.
# What is found here is what the signature covers, so a clever body gains nothing.
_CIPHERTEXT_XML = re.compile(
    rb"<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/=]*)(?:\]\]>)?\s*</Encrypt>"
)
_CIPHERTEXT_JSON = re.compile(rb'"Encrypt"\s*:\s*"([A-Za-z0-9+/=\\]*)"')


@dataclass(frozen=True, slots=True)
class WeChatAccount:
    """What the console shows for one account. *accept_plaintext* is for development."""

    appid: str
    token: str = field(repr=False)
    encoding_aes_key: str = field(repr=False)
    accept_plaintext: bool = False

    def __post_init__(self) -> None:
        if not self.token:
            # Anybody can sign with an empty token.
            raise ValueError("the push token is empty")


class WeChatChannel:
    """Opens pushes to one account and renders what is answered at once."""

    def __init__(
        self,
        account: WeChatAccount,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.account = account
        self._envelope = Envelope(account.appid, account.encoding_aes_key)
        self._now = now

    def greet(self, query: Mapping[str, str]) -> Answer:
        """Answer the console's test of our address. Raises UntrustedPush."""
        self._check(query, "signature")
        return Answer(query.get("echostr", "").encode())  # verbatim, never as HTML

    def open(self, query: Mapping[str, str], body: bytes) -> Push:
        """Return the push in *body*. Raises UntrustedPush or MalformedPush, nothing else."""
        limit(body)
        sealed = not self.account.accept_plaintext or query.get("encrypt_type") == "aes"
        if sealed:
            message = self._decrypted(query, body)
        else:
            self._check(query, "signature")
            message = body
        return payload.parse(message, self.account.appid, sealed=sealed)

    def answer(self, push: Push, reply: Reply = None) -> Answer:
        """Render *reply* for the request that brought *push*, sealed where it came sealed."""
        at = self._now()
        fields = replies.fields_of(reply, push, at)
        if not fields:
            return SUCCESS
        message = replies.render(fields, push.wire)
        if push.sealed:
            message = self._sealed(message, push.wire, int(at.timestamp()))
        return Answer(message.encode(), _MEDIA_TYPES[push.wire])

    def _decrypted(self, query: Mapping[str, str], body: bytes) -> bytes:
        # In compatible mode the readable twin beside the ciphertext is not looked at.
        ciphertexts = _CIPHERTEXT_XML.findall(body) or _CIPHERTEXT_JSON.findall(body)
        if not ciphertexts:
            raise UntrustedPush("plaintext")
        if len(ciphertexts) > 1:
            raise UntrustedPush("cipher")
        ciphertext = ciphertexts[0].decode().replace("\\/", "/")
        # Not `signature`: that one covers the query only.
        self._check(query, "msg_signature", ciphertext)
        return self._envelope.open(ciphertext)

    def _check(self, query: Mapping[str, str], name: str, *signed: str) -> None:
        timestamp = query.get("timestamp", "")
        nonce = query.get("nonce", "")
        check_signature(query.get(name, ""), self.account.token, timestamp, nonce, *signed)
        check_freshness(timestamp, self._now())

    def _sealed(self, message: str, wire: str, timestamp: int) -> str:
        nonce = secrets.token_hex(8)
        ciphertext = self._envelope.seal(message.encode())
        signature = sign(self.account.token, str(timestamp), nonce, ciphertext)
        fields: replies.Fields = {
            "Encrypt": ciphertext,
            "MsgSignature": signature,
            "TimeStamp": timestamp,
            "Nonce": nonce,
        }
        return replies.render(fields, wire)


_MEDIA_TYPES = {
    "xml": "application/xml; charset=utf-8",
    "json": "application/json; charset=utf-8",
}
