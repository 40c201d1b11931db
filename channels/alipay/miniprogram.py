"""Signing in from the Alipay mini-program: my.getAuthCode and my.getPhoneNumber."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from channels.alipay.client import AlipayClient
from channels.alipay.signature import is_signed, load_public_key
from channels.errors import AnswerNotTrusted, LoginCodeRefused

_ZERO_IV = bytes(16)  # Alipay's content encryption has no IV of its own (platform facts 9)
LONGEST_ANSWER = 4096  # characters of my.getPhoneNumber's response


class AlipayMiniProgram:
    """*aes_key* is the application's key of encrypted contents (base64), empty without one."""

    def __init__(
        self, app_id: str, client: AlipayClient, alipay_public_key: str, aes_key: str
    ) -> None:
        self.app = app_id
        self._client = client
        self._alipay_key = load_public_key(alipay_public_key)
        self._aes_key = aes_key

    def subject(self, code: str) -> str:
        """The open_id (user_id of old applications) behind *code*. Raises LoginCodeRefused."""
        return self._client.oauth_token(code).person

    def mobile(self, given: Mapping[str, str], subject: str) -> str:
        """The number in my.getPhoneNumber's ``response`` and ``sign``.

        The signature is over the ciphertext with its quotes (platform facts 10). Raises
        AnswerNotTrusted for what Alipay did not sign, LoginCodeRefused for what it refused.
        """
        del subject  # the answer names nobody; whoever sends it is signed in as *subject*
        sealed, signature = given.get("response", ""), given.get("sign", "")
        if len(sealed) > LONGEST_ANSWER or not is_signed(
            self._alipay_key, f'"{sealed}"'.encode(), signature
        ):
            raise AnswerNotTrusted("phone number")
        told = self._opened(sealed)
        if told.get("code") != "10000" or not told.get("mobile"):
            raise LoginCodeRefused(str(told.get("sub_code") or told.get("code"))[:64])
        return str(told["mobile"])

    def _opened(self, sealed: str) -> dict[str, object]:
        try:
            key, data = base64.b64decode(self._aes_key), base64.b64decode(sealed, validate=True)
            machine = Cipher(algorithms.AES(key), modes.CBC(_ZERO_IV)).decryptor()
            padded = machine.update(data) + machine.finalize()
            unpadder = PKCS7(128).unpadder()
            told = json.loads(unpadder.update(padded) + unpadder.finalize())
        except (ValueError, binascii.Error):
            raise AnswerNotTrusted("phone number does not open") from None
        if not isinstance(told, dict):
            raise AnswerNotTrusted("phone number is no object")
        return told
