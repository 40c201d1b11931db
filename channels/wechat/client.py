"""Calling WeChat: wechatpy's client with our token, transport and error policy underneath.

Everything wechatpy offers (``client.menu``, ``client.user`` …) goes the same way:
one shared token, one renewal when it is refused, a few tries when WeChat says "busy",
and typed refusals. Errors never carry the request: its URL holds the token.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import requests
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from channels.errors import (
    LoginCodeRefused,
    MediaRefused,
    PlatformBusy,
    PlatformRefused,
    TokenRejected,
)
from channels.http import DEFAULT_TIMEOUT, Timeout, read_limited, translated
from channels.push import NewsReply
from channels.wechat.errcodes import refusal
from channels.wechat.notices import check_values
from channels.wechat.replies import TEXT_LIMIT
from channels.wechat.tokens import TokenSource, TokenStore
from channels.wechat.transport import API, platform_session
from channels.wire import clean, split_text

Result = TypeVar("Result")

BUSY_TRIES = 3
UPLOAD_LIMIT = 10 * 1024 * 1024  # octets of a picture (media/upload)
DOWNLOAD_LIMIT = 10 * 1024 * 1024
QR_LONGEST = 30 * 24 * 3600  # seconds a temporary QR code may live (qrcode/create)
SCENE_LONGEST = 64  # characters of scene_str


@dataclass(frozen=True, slots=True)
class Media:
    """A downloaded file."""

    content: bytes = field(repr=False)
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class MiniProgramSession:
    """Who opened the mini-program. The session key never leaves the server."""

    openid: str
    unionid: str = ""
    session_key: str = field(default="", repr=False)


class PlatformClient(WeChatClient):  # type: ignore[misc] # wechatpy has no types
    """One account (service account or mini-program) at WeChat.

    *base_url* stands in for the platform's hosts; empty means the real ones.
    """

    def __init__(
        self,
        appid: str,
        secret: str,
        tokens: TokenStore,
        *,
        base_url: str = "",
        timeout: Timeout = DEFAULT_TIMEOUT,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(appid, secret, timeout=timeout, auto_retry=False)
        self._http = platform_session(base_url, timeout)
        self._tokens = TokenSource(appid, tokens, self._fetch_stable_token)
        self._sleep = sleep

    def __repr__(self) -> str:
        return f"PlatformClient({self.appid})"

    # --- customer-service messages ----------------------------------------------------

    def send_text(self, openid: str, text: str) -> None:
        """Send *text*, in several messages where it exceeds what WeChat shows of one.

        Raises QuotaSpent when the window is closed or its count used up.
        """
        for piece in split_text(clean(text), TEXT_LIMIT):
            self._send_custom(openid, "text", {"content": piece})

    def send_menu(
        self, openid: str, head: str, choices: Sequence[tuple[str, str]], tail: str = ""
    ) -> None:
        """Send a question whose answers (id, words) can be tapped."""
        items = [{"id": key, "content": clean(words)} for key, words in choices]
        content = {"head_content": clean(head), "list": items, "tail_content": clean(tail)}
        self._send_custom(openid, "msgmenu", content)

    def send_image(self, openid: str, media_id: str) -> None:
        self._send_custom(openid, "image", {"media_id": media_id})

    def send_news(self, openid: str, card: NewsReply) -> None:
        """Send a link card to a follower of a service account."""
        article = {
            "title": clean(card.title),
            "description": clean(card.description),
            "url": card.url,
            "picurl": card.picture_url,
        }
        self._send_custom(openid, "news", {"articles": [article]})

    def send_page(self, openid: str, title: str, page: str, thumb_media_id: str) -> None:
        """Send a card that opens *page* of the mini-program, in its conversation."""
        card = {"title": clean(title), "pagepath": page, "thumb_media_id": thumb_media_id}
        self._send_custom(openid, "miniprogrampage", card)

    def typing(self, openid: str, *, on: bool = True) -> None:
        """Show that we are writing."""
        command = "Typing" if on else "CancelTyping"
        self._call("cgi-bin/message/custom/typing", {"touser": openid, "command": command})

    def _send_custom(self, openid: str, kind: str, content: Mapping[str, object]) -> None:
        message = {"touser": openid, "msgtype": kind, kind: content}
        self._call("cgi-bin/message/custom/send", message)

    # --- notices ----------------------------------------------------------------------

    def send_template(
        self,
        openid: str,
        template_id: str,
        values: Mapping[str, str],
        *,
        client_msg_id: str,
        url: str = "",
    ) -> str:
        """Send a service account's template message; return its id for the later report.

        With the same *client_msg_id* a repetition is refused, not delivered twice.
        """
        message = {
            "touser": openid,
            "template_id": template_id,
            "url": url,
            "client_msg_id": client_msg_id,
            "data": {name: {"value": clean(value)} for name, value in values.items()},
        }
        return str(self._call("cgi-bin/message/template/send", message).get("msgid", ""))

    def send_subscribe(
        self,
        openid: str,
        template_id: str,
        values: Mapping[str, str],
        *,
        page: str = "",
        state: str = "formal",
    ) -> None:
        """Send a mini-program notice the person agreed to.

        Raises UnsendableNotice before, QuotaSpent when the consent is used up.
        """
        message = {
            "touser": openid,
            "template_id": template_id,
            "page": page,
            "miniprogram_state": state,
            "lang": "zh_CN",
            "data": check_values(values),
        }
        self._call("cgi-bin/message/subscribe/send", message)

    # --- media, QR codes --------------------------------------------------------------

    def upload_media(self, name: str, content: bytes, media_type: str = "image/png") -> str:
        """Upload a picture for sending; return its media id, good for three days."""
        if not content or len(content) > UPLOAD_LIMIT:
            raise MediaRefused("empty or too large")
        # Octets, not a stream: a second try after a token renewal sends them again.
        answer = self._call(
            "cgi-bin/media/upload",
            None,
            params={"type": "image"},
            files={"media": (name, content, media_type)},
        )
        return _text(answer, "media_id")

    def download_media(self, media_id: str, *, max_octets: int = DOWNLOAD_LIMIT) -> Media:
        """Fetch what a person sent. Only the platform's own host is asked.

        Raises MediaGone after three days, MediaRefused for more than *max_octets*.
        """
        return self._renewing(lambda token: self._download(token, media_id, max_octets))

    def _download(self, token: str, media_id: str, max_octets: int) -> Media:
        params = {"access_token": token, "media_id": media_id}
        with (
            translated(),
            self._http.get(
                f"{API}/cgi-bin/media/get",
                params=params,
                timeout=self.timeout,
                stream=True,
                allow_redirects=False,
            ) as response,
        ):
            content = read_limited(response, max_octets)
        _check_status(response)
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media_type.startswith(("application/json", "text/")):
            _check_answer(_json(content))
            raise MediaRefused("not a file")  # e.g. the address of a video
        return Media(content, media_type)

    def create_qrcode(self, scene: str, ttl: int) -> str:
        """Return the text of a QR code that brings *scene* to us for *ttl* seconds."""
        if not 1 <= len(scene) <= SCENE_LONGEST or not 1 <= ttl <= QR_LONGEST:
            raise ValueError("scene or ttl out of range")
        wish = {
            "expire_seconds": ttl,
            "action_name": "QR_STR_SCENE",
            "action_info": {"scene": {"scene_str": scene}},
        }
        return _text(self._call("cgi-bin/qrcode/create", wish), "url")

    # --- who it is --------------------------------------------------------------------

    def code_to_session(self, code: str) -> MiniProgramSession:
        """Exchange a mini-program's login code. Needs no access token.

        Raises LoginCodeRefused, LoginBlocked.
        """
        params = {
            "appid": self.appid,
            "secret": self.secret,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        answer = self._plain("GET", "sns/jscode2session", params=params)
        return MiniProgramSession(
            _text(answer, "openid"), answer.get("unionid", ""), _text(answer, "session_key")
        )

    def phone_number(self, code: str, openid: str) -> str:
        """Exchange the code of the phone button (not the login code) of *openid*."""
        wish = {"code": code, "openid": openid}
        answer = self._call("wxa/business/getuserphonenumber", wish)
        info = answer.get("phone_info", {})
        if info.get("watermark", {}).get("appid") != self.appid:
            raise LoginCodeRefused("watermark", "number of another account")
        return _text(info, "purePhoneNumber")

    # --- the way every call goes ------------------------------------------------------

    @property
    def access_token(self) -> str:
        """The shared token (wechatpy's own keeping of it is not used)."""
        return self._tokens.current()

    def fetch_access_token(self) -> None:
        """Renew the token; wechatpy's name for it."""
        self._tokens.renew(self._tokens.current())

    def _fetch_stable_token(self) -> tuple[str, int]:
        wish = {
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret,
            "force_refresh": False,  # 20 a day, for leaks only
        }
        answer = self._plain("POST", "cgi-bin/stable_token", json=wish)
        return _text(answer, "access_token"), int(answer.get("expires_in", 7200))

    def _plain(self, method: str, path: str, **kwargs: Any) -> dict[str, Any]:
        """Call an interface that takes no access token."""
        with translated():
            response = self._http.request(
                method, f"{API}/{path}", timeout=self.timeout, allow_redirects=False, **kwargs
            )
        _check_status(response)
        return _check_answer(_json(response.content))

    def _call(self, path: str, data: object, **kwargs: Any) -> dict[str, Any]:
        if data is not None:
            kwargs["data"] = data
        answer = self._request("post", f"{API}/{path}", **kwargs)
        if not isinstance(answer, dict):
            raise PlatformBusy("answer is not a JSON object", outcome_unknown=True)
        return answer

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        """Every call of wechatpy comes through here."""
        kwargs["files"] = _rereadable(kwargs.get("files"))
        for wait in range(1, BUSY_TRIES):
            try:
                return self._renewing(lambda t: self._once(t, method, url_or_endpoint, kwargs))
            except PlatformBusy as busy:
                if busy.outcome_unknown:
                    raise
                self._sleep(0.2 * 2**wait * random.uniform(0.5, 1))  # noqa: S311 - jitter only
        return self._renewing(lambda t: self._once(t, method, url_or_endpoint, kwargs))

    def _renewing(self, call: Callable[[str], Result]) -> Result:
        """Run *call* with the token, and once more with a new one if it is refused."""
        token = self._tokens.current()
        try:
            return call(token)
        except TokenRejected:
            return call(self._tokens.renew(token))

    def _once(self, token: str, method: str, url: str, kwargs: Mapping[str, Any]) -> Any:
        params = {**(kwargs.get("params") or {}), "access_token": token}
        with translated():
            try:
                return super()._request(
                    method, url, **{**kwargs, "params": params, "allow_redirects": False}
                )
            except WeChatClientException as exc:
                raise _translate(exc) from None

    def _decode_result(self, res: requests.Response) -> Any:
        """Decode an answer; a page in its place is the platform's bad day, not a result."""
        _check_status(res)
        if res.headers.get("Content-Type", "").lower().startswith(("application/json", "text/")):
            _json(res.content)
        return super()._decode_result(res)


def _translate(exc: WeChatClientException) -> Exception:
    if exc.errcode is None:  # HTTP 4xx or 5xx
        return PlatformBusy("HTTP error", outcome_unknown=True)
    return refusal(int(exc.errcode), str(exc.errmsg))


def _check_status(response: requests.Response) -> None:
    if response.status_code != 200:
        raise PlatformBusy(f"HTTP {response.status_code}", outcome_unknown=True)


def _json(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        raise PlatformBusy("answer is not JSON", outcome_unknown=True) from None
    if not isinstance(value, dict):
        raise PlatformBusy("answer is not a JSON object", outcome_unknown=True)
    return value


def _check_answer(answer: dict[str, Any]) -> dict[str, Any]:
    """Return *answer* unless it is a refusal; success may leave errcode out."""
    errcode = int(answer.get("errcode") or 0)
    if errcode:
        raise refusal(errcode, str(answer.get("errmsg", "")))
    return answer


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise PlatformRefused("answer", f"no {name}")
    return value


def _rereadable(files: Any) -> Any:
    """Read streams into octets: a repeated request must not send an empty file."""
    if not isinstance(files, Mapping):
        return files
    return {name: _octets(value) for name, value in files.items()}


def _octets(value: Any) -> Any:
    if isinstance(value, tuple):
        return (value[0], _octets(value[1]), *value[2:])
    return value.read() if hasattr(value, "read") else value
