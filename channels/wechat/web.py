"""Whose WeChat opened a page: web authorisation of a service account (OAuth2, snsapi_base)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from channels.errors import LoginCodeRefused, PlatformRefused
from channels.http import DEFAULT_TIMEOUT, HttpClient, Timeout

_USED_CODES = frozenset({40029, 40163})


class WeChatRecognition:
    """Silent: snsapi_base asks the person nothing and tells the openid alone."""

    def __init__(
        self,
        appid: str,
        secret: str,
        *,
        authorize_base: str,
        api_base: str,
        timeout: Timeout = DEFAULT_TIMEOUT,
    ) -> None:
        self._appid = appid
        self._secret = secret
        self._authorize_base = authorize_base.rstrip("/")
        self._http = HttpClient(api_base, timeout)

    def __repr__(self) -> str:
        return f"WeChatRecognition({self._appid})"

    def url(self, redirect_uri: str, state: str) -> str:
        """Where the browser goes to come back to *redirect_uri* with a code."""
        # The order of parameters matters to WeChat (platform facts 5).
        query = urlencode(
            [
                ("appid", self._appid),
                ("redirect_uri", redirect_uri),
                ("response_type", "code"),
                ("scope", "snsapi_base"),
                ("state", state),
            ]
        )
        return f"{self._authorize_base}/connect/oauth2/authorize?{query}#wechat_redirect"

    def subjects(self, query: Mapping[str, str]) -> frozenset[str]:
        """The openid behind the code. Raises LoginCodeRefused or PlatformRefused."""
        wish = {
            "appid": self._appid,
            "secret": self._secret,
            "code": query.get("code", ""),
            "grant_type": "authorization_code",
        }
        told = self._http.request("GET", "/sns/oauth2/access_token", params=wish).json()
        errcode = int(told.get("errcode") or 0)
        if errcode in _USED_CODES:
            raise LoginCodeRefused(str(errcode))
        if errcode or told.get("is_snapshotuser"):  # a snapshot page shows a made-up person
            raise PlatformRefused(str(errcode or "snapshot"))
        return frozenset({str(told["openid"])}) if told.get("openid") else frozenset()
