"""Whose Alipay opened a page: silent authorisation (auth_base)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from channels.alipay.client import AlipayClient


class AlipayRecognition:
    """Asks the person nothing and tells the open_id, and the user_id where there still is one."""

    def __init__(self, app_id: str, client: AlipayClient, *, authorize_base: str) -> None:
        self._app_id = app_id
        self._client = client
        self._authorize_base = authorize_base.rstrip("/")

    def url(self, redirect_uri: str, state: str) -> str:
        """Where the browser goes to come back to *redirect_uri* with a code."""
        query = urlencode(
            {
                "app_id": self._app_id,
                "scope": "auth_base",
                "redirect_uri": redirect_uri,
                "state": state,
            }
        )
        return f"{self._authorize_base}/oauth2/publicAppAuthorize.htm?{query}"

    def subjects(self, query: Mapping[str, str]) -> frozenset[str]:
        """The ids behind the code. Raises LoginCodeRefused or PlatformRefused."""
        token = self._client.oauth_token(query.get("auth_code", ""))
        return frozenset({token.open_id, token.user_id} - {""})
