"""Signing in from the WeChat mini-program: its login code, and the phone button's."""

from __future__ import annotations

from collections.abc import Mapping

from channels.wechat.client import PlatformClient


class WeChatMiniProgram:
    """Each code is good once and for five minutes; only the server can exchange it."""

    def __init__(self, client: PlatformClient) -> None:
        self._client = client

    @property
    def app(self) -> str:
        return str(self._client.appid)

    def subject(self, code: str) -> str:
        """The openid behind wx.login's *code*. Raises LoginCodeRefused or LoginBlocked.

        The session key that comes with it is not kept: nothing here needs it.
        """
        return self._client.code_to_session(code).openid

    def mobile(self, given: Mapping[str, str], subject: str) -> str:
        """The number behind the phone button's ``code``. Raises LoginCodeRefused."""
        return self._client.phone_number(given.get("code", ""), subject)
