"""A scripted person inside the service's mini-program: what its client code would do.

wx.login or my.getAuthCode, then the service's interface; pages open in its web-view, a browser of
its own that no messenger vouches for.
"""

from __future__ import annotations

import secrets
from typing import Any

import requests

from sandbox.browser import Browser, Page
from sandbox.people import Person

_TIMEOUT = 30.0  # seconds


class TurnedAway(Exception):
    """The service refused; *code* is its code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class MiniProgramClient:
    """One person's mini-program on one platform (wechat or alipay)."""

    def __init__(self, service: str, sandbox: str, person: Person, platform: str) -> None:
        self.person = person
        self.web_view = Browser()  # without the cookie that says whose messenger it is
        self.platform = platform
        self._interface = f"{service}/api/v1/miniprogram"
        self._world = f"{sandbox}/world"
        self._token = ""

    def log_in(self, code: str = "") -> dict[str, Any]:
        """Sign in with a fresh code of the platform's client (or *code*)."""
        told = self.call(
            "POST",
            "sessions",
            channel=f"{self.platform}_miniprogram",
            code=code or self.login_code(),
        )
        self._token = str(told["token"])
        return told

    def login_code(self) -> str:
        """wx.login, or my.getAuthCode."""
        if self.platform == "wechat":
            return str(self._lever("code", purpose="login")["code"])
        return str(self._lever("alipay/auth_code", app="miniprogram")["code"])

    def give_phone(self) -> dict[str, Any]:
        """The phone button: WeChat hands out a code, Alipay a sealed answer."""
        if self.platform == "wechat":
            return self.call("POST", "phone", code=self._lever("code", purpose="phone")["code"])
        return self.call("POST", "phone", **self._lever("alipay/phone"))

    def say(self, text: str = "", scene: str = "") -> dict[str, Any]:
        """Speak in the mini-program's own conversation; the answer."""
        wish = {"text": text, "scene": scene, "id": secrets.token_hex(8)}
        answer: dict[str, Any] = self.call("POST", "messages", **wish)["answer"]
        return answer

    def hear(self) -> list[dict[str, Any]]:
        """What the service said by itself since."""
        told: list[dict[str, Any]] = self.call("GET", "messages")["messages"]
        return told

    def address_of(self, link: str) -> str:
        """Where the web-view finds the page of *link*, once."""
        return str(self.call("POST", f"links/{link}")["url"])

    def open(self, link: str) -> Page:
        """Open a page in the web-view, as the mini-program's page with it does."""
        return self.web_view.open(self.address_of(link))

    def call(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        """Raises TurnedAway."""
        answer = requests.request(
            method,
            f"{self._interface}/{path}",
            json=given if method == "POST" else None,
            headers={"Authorization": f"Bearer {self._token}"} if self._token else {},
            timeout=_TIMEOUT,
        )
        told: dict[str, Any] = answer.json()
        if answer.status_code >= 400:
            raise TurnedAway(str(told["code"]))
        return told

    def _lever(self, name: str, **given: str) -> dict[str, Any]:
        given["person"] = self.person.key
        answer = requests.post(f"{self._world}/{name}", json=given, timeout=_TIMEOUT)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found
