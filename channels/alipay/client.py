"""Calling Alipay: python-alipay-sdk names the parameters, the rest is ours.

The SDK sends everything in a GET address, counts braces to find what is signed and
signs slowly; here a call is a POST with time limits, signed with cryptography, and the
answer is verified over its exact text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import zxingcpp
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from PIL import Image

from channels.alipay.answers import verified
from channels.alipay.channel import AlipayAccount
from channels.alipay.sdk import AliPay
from channels.alipay.signature import SIGN_TYPE, load_private_key, load_public_key, sign
from channels.errors import MediaRefused, PlatformRefused, UnsendableNotice
from channels.http import DEFAULT_TIMEOUT, MAX_ANSWER, HttpAnswer, HttpClient, Timeout
from channels.push import NewsReply
from channels.wire import clean

GATEWAY = "https://openapi.alipay.com/gateway.do"
BEIJING = timezone(timedelta(hours=8))  # the gateway reads timestamps so, wherever we run
DOWNLOAD_LIMIT = 10 * 1024 * 1024  # octets of a picture
NOTICE_LIMIT = 2048  # characters of a template message's data
_USER_ID = re.compile(r"2088\d{12}")


@dataclass(frozen=True, slots=True)
class OAuthToken:
    """Who logged in. New applications get only an open_id, old ones also a user_id."""

    access_token: str = field(repr=False)
    open_id: str = ""
    user_id: str = ""

    @property
    def person(self) -> str:
        """The id to know the person by."""
        return self.open_id or self.user_id


class AlipayClient:
    """One application at Alipay's gateway."""

    def __init__(
        self,
        account: AlipayAccount,
        *,
        gateway: str = GATEWAY,
        timeout: Timeout = DEFAULT_TIMEOUT,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._key = load_private_key(account.app_private_key)
        self._alipay_key = load_public_key(account.alipay_public_key)
        self._conventions = _conventions(account.app_id, self._key, self._alipay_key)
        self._app_id = account.app_id
        self._gateway = HttpClient(gateway, timeout)
        self._timeout = timeout
        self._now = now

    def __repr__(self) -> str:
        return f"AlipayClient({self._app_id})"

    # --- messages ---------------------------------------------------------------------

    def send_text(self, person: str, text: str) -> None:
        """Send *text* in the life account's conversation.

        Raises QuotaSpent outside the window after the person's last action.
        """
        self._send_message(person, {"msg_type": "text", "text": {"content": clean(text)}})

    def send_image_text(self, person: str, cards: Sequence[NewsReply]) -> None:
        """Send link cards in the life account's conversation."""
        articles = [
            {
                "title": clean(card.title),
                "desc": clean(card.description),
                "url": card.url,
                "image_url": card.picture_url,
                "action_name": "查看",
            }
            for card in cards
        ]
        self._send_message(person, {"msg_type": "image-text", "articles": articles})

    def _send_message(self, person: str, content: Mapping[str, object]) -> None:
        wish = {**_recipient(person), **content, "chat": "0"}
        self.call("alipay.open.public.message.custom.send", wish)

    def single_send(
        self, person: str, template_id: str, values: Mapping[str, str], *, url: str = ""
    ) -> None:
        """Send a life account's template message to a follower; it needs no open window."""
        context: dict[str, object] = {
            name: {"value": clean(value)} for name, value in values.items()
        }
        wish = {
            **_recipient(person),
            "template": {"template_id": template_id, "context": {**context, "url": url}},
        }
        self.call("alipay.open.public.message.single.send", wish)

    def mini_templatemessage_send(
        self, person: str, template_id: str, values: Mapping[str, str], *, page: str
    ) -> None:
        """Send a mini-program notice the person agreed to."""
        data = {name: {"value": clean(value)} for name, value in values.items()}
        text = _compact(data)
        if len(text) > NOTICE_LIMIT:
            raise UnsendableNotice("data", "too long")
        wish = {
            **_recipient(person),
            "user_template_id": template_id,
            "page": page,
            "data": text,
        }
        self.call("alipay.open.app.mini.templatemessage.send", wish)

    # --- QR codes ---------------------------------------------------------------------

    def create_qrcode(self, scene: str, ttl: int) -> str:
        """Return the address of a QR picture that brings *scene* to the life account."""
        wish = {
            "code_type": "TEMP",
            "expire_second": ttl,
            "code_info": {"scene": {"scene_id": scene}},
            "show_logo": "N",
        }
        return _text(self.call("alipay.open.public.qrcode.create", wish), "code_img")

    def qr_content(self, scene: str, ttl: int) -> str:
        """What the code of `create_qrcode` says: Alipay gives out a picture only."""
        address = self.create_qrcode(scene, ttl)
        picture = HttpClient(address, self._timeout).request("GET")
        try:
            found = zxingcpp.read_barcode(Image.open(BytesIO(picture.body)).convert("L"))
        except OSError:
            found = None
        if found is None:
            raise PlatformRefused("answer", "no QR code in the picture")
        return str(found.text)

    def create_app_qrcode(self, page: str, query: Mapping[str, str], description: str) -> str:
        """Return the address of a QR picture that opens *page* of the mini-program."""
        wish = {"url_param": page, "query_param": urlencode(query), "describe": description}
        return _text(self.call("alipay.open.app.qrcode.create", wish), "qr_code_url")

    def download_media(self, media_id: str, *, max_octets: int = DOWNLOAD_LIMIT) -> bytes:
        """Fetch a picture a person sent. Raises MediaGone, or MediaRefused for its size."""
        method = "alipay.mobile.public.multimedia.download"
        answer = self._post(self._signed(method, {"mediaId": media_id}, {}), max_octets)
        if answer.body.lstrip()[:1] != b"{":
            return answer.body  # unsigned, so it is only ever shown or read as a picture
        verified(answer.body.decode("utf-8", "replace"), method, self._alipay_key)
        raise MediaRefused("not a file")

    # --- who it is --------------------------------------------------------------------

    def oauth_token(self, code: str) -> OAuthToken:
        """Exchange a login code. Raises LoginCodeRefused when it is used or expired."""
        answer = self.call("alipay.system.oauth.token", grant_type="authorization_code", code=code)
        token = OAuthToken(
            _text(answer, "access_token"),
            str(answer.get("open_id", "")),
            str(answer.get("user_id", "")),
        )
        if not token.person:
            raise PlatformRefused("answer", "neither open_id nor user_id")
        return token

    def user_info(self, token: OAuthToken) -> dict[str, Any]:
        """Return what the person agreed to show."""
        return self.call("alipay.user.info.share", auth_token=token.access_token)

    def certify_initialize(
        self, order: str, name: str, id_number: str, *, return_url: str = ""
    ) -> str:
        """Open a face check for this person; return its certify_id (one use)."""
        wish = {
            "outer_order_no": order,
            "biz_code": "FACE",
            "identity_param": {
                "identity_type": "CERT_INFO",
                "cert_type": "IDENTITY_CARD",
                "cert_name": name,
                "cert_no": id_number,
            },
            # The picture is not kept: no law asks us to.
            "merchant_config": {"return_url": return_url, "face_reserve_strategy": "never"},
        }
        return _text(self.call("alipay.user.certify.open.initialize", wish), "certify_id")

    def certify_url(self, certify_id: str) -> str:
        """Return the page where the person looks into the camera."""
        fields = self._signed("alipay.user.certify.open.certify", {"certify_id": certify_id}, {})
        return f"{self._gateway.base_url}?{urlencode(fields)}"

    def certify_query(self, certify_id: str) -> bool:
        """Whether the person passed. Only this counts, not what the page reported."""
        wish = {"certify_id": certify_id}
        answer = self.call("alipay.user.certify.open.query", wish)
        return answer.get("passed") == "T"

    # --- the way every call goes ------------------------------------------------------

    def call(
        self, method: str, content: Mapping[str, object] | None = None, **parameters: str
    ) -> dict[str, Any]:
        """Call *method* and return its verified, successful answer; else a typed refusal."""
        answer = self._post(self._signed(method, content, parameters), MAX_ANSWER)
        return verified(answer.body.decode("utf-8", "replace"), method, self._alipay_key)

    def _post(self, fields: Mapping[str, str], max_octets: int) -> HttpAnswer:
        # The gateway learns the body's charset from the address.
        answer = self._gateway.request(
            "POST", params={"charset": "utf-8"}, data=fields, max_octets=max_octets
        )
        if answer.status != 200:
            raise PlatformRefused(f"http.{answer.status}")
        return answer

    def _signed(
        self, method: str, content: Mapping[str, object] | None, parameters: Mapping[str, str]
    ) -> dict[str, str]:
        body: dict[str, Any] = self._conventions.build_body(
            method,
            # Written out here: the SDK knows only dicts and escapes every Chinese letter.
            _compact(content) if content is not None else None,
            timestamp=self._now().astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
            **parameters,
        )
        fields = {name: str(value) for name, value in body.items() if value}
        message = "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
        return {**fields, "sign": sign(self._key, message.encode())}


def _conventions(app_id: str, key: rsa.RSAPrivateKey, alipay_key: rsa.RSAPublicKey) -> Any:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = alipay_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return AliPay(
        appid=app_id,
        app_private_key_string=private.decode(),
        alipay_public_key_string=public.decode(),
        sign_type=SIGN_TYPE,
    )


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _recipient(person: str) -> dict[str, str]:
    """Name the person in the field for this form of id."""
    return {"to_user_id" if _USER_ID.fullmatch(person) else "to_open_id": person}


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise PlatformRefused("answer", f"no {name}")
    return value
