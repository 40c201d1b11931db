"""The HTTP session under wechatpy: only WeChat's hosts, moved to a base URL, with time limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from channels.http import Timeout, new_session

API = "https://api.weixin.qq.com"
# wechatpy writes these hosts into its methods; nothing else is ever reached.
HOSTS = (API, "https://mp.weixin.qq.com")


class RewritingAdapter(HTTPAdapter):
    """Sends what is meant for a platform host to *base_url*, path and query kept.

    With an empty base URL, or the platform's own, every host stays where it is.
    """

    def __init__(self, base_url: str, timeout: Timeout) -> None:
        self._base_url = "" if base_url in HOSTS else base_url.rstrip("/")
        self._timeout = timeout
        super().__init__(pool_maxsize=32)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        if self._base_url:
            parts = urlsplit(request.url or "")
            query = f"?{parts.query!s}" if parts.query else ""
            request.url = f"{self._base_url}{parts.path!s}{query}"
        return super().send(request, stream, timeout or self._timeout, verify, cert, proxies)


def platform_session(base_url: str, timeout: Timeout) -> requests.Session:
    """Return a session that reaches WeChat's hosts, or *base_url* in their place.

    Any other address, a redirect's included, fails before a connection is made.
    """
    session = new_session()
    session.adapters.clear()
    for host in HOSTS:
        session.mount(host + "/", RewritingAdapter(base_url, timeout))
    return session
