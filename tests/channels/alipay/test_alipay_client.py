"""Calling Alipay over real HTTP: POST, signed, verified over the exact text."""

from __future__ import annotations

import base64
import json
import logging
import logging.handlers
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given
from hypothesis import strategies as st

from channels.alipay.answers import members, verified
from channels.alipay.channel import AlipayAccount
from channels.alipay.client import AlipayClient
from channels.alipay.signature import load_public_key
from channels.errors import (
    AnswerNotTrusted,
    CallerNotAllowed,
    LoginCodeRefused,
    MediaGone,
    PlatformBusy,
    PlatformRefused,
    QuotaSpent,
    RecipientUnreachable,
    TokenRejected,
    UnsendableNotice,
)
from channels.push import NewsReply
from tests.support.alipay_side import APP_ID, NOW, keys
from tests.support.http_side import Asked, FarSide, Told, far_side

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "alipay.json").read_text(encoding="utf-8")
)
DONE = '{"code":"10000","msg":"Success"}'


def signed(method: str, text: str, *, name: str = "") -> Told:
    """An answer as the gateway writes it: *text* is signed as it stands."""
    name = name or method.replace(".", "_") + "_response"
    body = f'{{"{name}":{text},"sign":"{keys().sign(text.encode())}"}}'
    return Told(body.encode(), media_type="text/html")


def fields_of(asked: Asked) -> dict[str, str]:
    """Check a request as the gateway does, and return its fields."""
    fields = dict(parse_qsl(asked.body.decode(), keep_blank_values=True))
    signature = base64.b64decode(fields.pop("sign"))
    message = "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
    keys().app.public_key().verify(signature, message.encode(), padding.PKCS1v15(), hashes.SHA256())
    return fields


class Gateway:
    """Answers every method with what was set for it."""

    def __init__(self) -> None:
        self.text = DONE
        self.told: Told | None = None

    def __call__(self, asked: Asked) -> Told:
        return self.told or signed(fields_of(asked)["method"], self.text)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def side(gateway: Gateway) -> Iterator[FarSide]:
    with far_side(gateway) as side:
        yield side


@pytest.fixture
def client(side: FarSide) -> AlipayClient:
    account = AlipayAccount(APP_ID, keys().app_private, keys().platform_public)
    return AlipayClient(
        account,
        gateway=f"{side.base_url}/gateway.do",
        timeout=(1.0, 1.0),
        now=lambda: NOW,
    )


# --- the request ----------------------------------------------------------------------


def test_request_is_a_signed_post(client: AlipayClient, side: FarSide) -> None:
    """Defects 5 and 11: nothing personal in the address, the time is Beijing's."""
    client.send_text("openid-1", "盖章完成 " + "章" * 5000)

    asked = side.asked[0]
    fields = fields_of(asked)
    assert (asked.method, asked.query) == ("POST", {"charset": "utf-8"})
    assert fields["timestamp"] == "2026-11-20 17:30:00"
    assert fields["sign_type"] == "RSA2"
    content = json.loads(fields["biz_content"])
    assert content["to_open_id"] == "openid-1"
    assert content["text"]["content"].startswith("盖章完成")
    assert "\\u" not in fields["biz_content"]


def test_old_ids_go_to_their_own_field(client: AlipayClient, side: FarSide) -> None:
    client.send_text("2088123412341234", "x")

    assert json.loads(fields_of(side.asked[0])["biz_content"])["to_user_id"] == "2088123412341234"


def test_top_level_methods_have_no_content(
    client: AlipayClient, side: FarSide, gateway: Gateway
) -> None:
    """oauth.token takes its parameters at the top, and its success has no code."""
    gateway.text = '{"access_token":"A","open_id":"openid-1","expires_in":100}'
    token = client.oauth_token("code-1")

    fields = fields_of(side.asked[0])
    assert (fields["grant_type"], fields["code"]) == ("authorization_code", "code-1")
    assert "biz_content" not in fields
    assert token.person == "openid-1"
    assert "A" not in repr(token).replace("OAuthToken", "")
    assert token.user_id == ""


Call = Callable[[AlipayClient], object]


@pytest.mark.parametrize(
    ("call", "text", "expected"),
    [
        (
            lambda c: c.create_qrcode("p-1", 600),
            '{"code":"10000","code_img":"http://q"}',
            "http://q",
        ),
        (
            lambda c: c.create_app_qrcode("pages/pickup", {"t": "p 1"}, "领取"),
            '{"code":"10000","qr_code_url":"http://q"}',
            "http://q",
        ),
        (
            lambda c: c.certify_initialize("o-1", "张三", "310101199801011234"),
            '{"code":"10000","certify_id":"C"}',
            "C",
        ),
        (lambda c: c.certify_query("C"), '{"code":"10000","passed":"T"}', True),
        (lambda c: c.certify_query("C"), '{"code":"10000","passed":"F"}', False),
        (lambda c: c.certify_query("C"), '{"code":"10000"}', False),
    ],
)
def test_methods(
    client: AlipayClient, gateway: Gateway, call: Call, text: str, expected: object
) -> None:
    gateway.text = text

    assert call(client) == expected


def test_face_picture_is_not_kept(client: AlipayClient, side: FarSide, gateway: Gateway) -> None:
    gateway.text = '{"code":"10000","certify_id":"C"}'
    client.certify_initialize("o-1", "张三", "310101199801011234", return_url="https://s/back")

    content = json.loads(fields_of(side.asked[0])["biz_content"])
    assert content["merchant_config"]["face_reserve_strategy"] == "never"


def test_certify_page_is_signed(client: AlipayClient) -> None:
    """The page's address is signed and names nobody."""
    query = urlsplit(client.certify_url("C-1")).query
    fields = fields_of(Asked("GET", "", {}, Any, query.encode()))  # type: ignore[arg-type]

    assert json.loads(fields["biz_content"]) == {"certify_id": "C-1"}


def test_cards_and_notices(client: AlipayClient, side: FarSide) -> None:
    client.send_image_text("openid-1", [NewsReply("题", "述", "https://s", "https://s/p")])
    client.mini_templatemessage_send("openid-1", "T", {"keyword1": "公章"}, page="pages/seals")

    cards, notice = [json.loads(fields_of(one)["biz_content"]) for one in side.asked]
    assert cards["articles"][0]["image_url"] == "https://s/p"
    assert json.loads(notice["data"]) == {"keyword1": {"value": "公章"}}
    with pytest.raises(UnsendableNotice):
        client.mini_templatemessage_send("o", "T", {"keyword1": "章" * 2048}, page="p")


# --- the answer -----------------------------------------------------------------------


def test_frozen_answer() -> None:
    """Braces, escapes and a nested "sign" inside strings do not mislead (defect 2)."""
    key = load_public_key(VECTORS["alipay_public_key"])
    value = verified(VECTORS["response"], "alipay.user.info.share", key)

    assert value["nick"] == 'a}b/{"sign":"x"}'
    assert value["name"] == "张三"
    with pytest.raises(AnswerNotTrusted):
        verified(VECTORS["response"].replace("张三", "李四"), "alipay.user.info.share", key)


@given(
    st.dictionaries(
        st.text(max_size=8),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=12),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(max_size=5), inner, max_size=3)
            ),
            max_leaves=6,
        ),
        max_size=5,
    ),
    st.sampled_from([None, 1, 3]),
)
def test_members_give_the_exact_text(value: dict[str, Any], indent: int | None) -> None:
    """Each member's text is found as it was written, whatever is in its strings."""
    text = json.dumps(value, indent=indent)
    found = members(text)

    assert {name: part[1] for name, part in found.items()} == value
    for span, part in found.values():
        assert json.loads(span) == part
        assert span in text


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "x", '{"a":1', '{"a":1,"a":2}', "{" * 3000, "[" * 9]
)
def test_members_of_nonsense(text: str) -> None:
    with pytest.raises(ValueError):
        members(text)


UNTRUSTED = [
    Told(f'{{"alipay_open_public_message_custom_send_response":{DONE}}}'.encode()),
    Told(f'{{"alipay_open_public_message_custom_send_response":{DONE},"sign":""}}'.encode()),
    Told(f'{{"alipay_open_public_message_custom_send_response":{DONE},"sign":"QUJD"}}'.encode()),
    Told(f'{{"alipay_open_public_message_custom_send_response":{DONE},"sign":7}}'.encode()),
    Told(b'{"alipay_open_public_message_custom_send_response":"QUJD","sign":"QUJD"}'),
    Told(b'{"other_response":{"code":"10000"}}'),
    Told(b"{}"),
]


@pytest.mark.parametrize("told", UNTRUSTED)
def test_unsigned_success_is_none(client: AlipayClient, gateway: Gateway, told: Told) -> None:
    """Whoever answers without Alipay's signature has told us nothing."""
    gateway.told = told
    with pytest.raises(AnswerNotTrusted):
        client.send_text("openid-1", "x")


def test_answer_to_another_method(client: AlipayClient, gateway: Gateway) -> None:
    """A genuine answer, but to another question."""
    gateway.told = signed("alipay.user.info.share", DONE)
    with pytest.raises(AnswerNotTrusted):
        client.send_text("openid-1", "x")


def test_second_answer_does_not_hide_behind_the_first(
    client: AlipayClient, gateway: Gateway
) -> None:
    """One name twice: the signed one and the forged one cannot be told apart."""
    name = "alipay_user_certify_open_query_response"
    good = '{"code":"10000","passed":"F"}'
    forged = '{"code":"10000","passed":"T"}'
    body = f'{{"{name}":{forged},"{name}":{good},"sign":"{keys().sign(good.encode())}"}}'
    gateway.told = Told(body.encode())
    with pytest.raises(PlatformBusy):
        client.certify_query("C")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"code":"20000","sub_code":"isp.unknow-error"}', PlatformBusy),
        ('{"code":"40004","sub_code":"MSG_SD_OVER_TIME"}', QuotaSpent),
        ('{"code":"40004","sub_code":"NOT_FOLLOW"}', RecipientUnreachable),
        ('{"code":"40002","sub_code":"isv.code-invalid"}', LoginCodeRefused),
        ('{"code":"20001","sub_code":"aop.invalid-auth-token"}', TokenRejected),
        ('{"code":"40006","sub_code":"isv.insufficient-isv-permissions"}', CallerNotAllowed),
        ('{"code":"40004","sub_code":"ACQ.INVALID"}', PlatformRefused),
        ('{"code":"40002"}', PlatformRefused),
    ],
)
@pytest.mark.parametrize("name", ["", "error_response"])
def test_refusals_are_typed(
    client: AlipayClient, gateway: Gateway, text: str, expected: type[Exception], name: str
) -> None:
    """Defect 4: a business failure is never returned as if it were an answer."""
    gateway.told = signed("alipay.open.public.message.custom.send", text, name=name)
    with pytest.raises(expected):
        client.send_text("openid-1", "x")


def test_unsigned_refusal_of_the_gateway(client: AlipayClient, gateway: Gateway) -> None:
    """It may refuse unsigned (wrong app_id, for one); a wrong signature is not that."""
    gateway.told = Told(b'{"error_response":{"code":"40002","sub_code":"isv.invalid-app-id"}}')
    with pytest.raises(PlatformRefused) as caught:
        client.send_text("openid-1", "x")
    assert caught.value.platform_code == "isv.invalid-app-id"


@pytest.mark.parametrize(
    "told",
    [
        Told(b"oops", 502),
        Told("<html>系统繁忙</html>".encode()),
        Told(b'{"error_resp'),
        Told(b"", 302, headers={"Location": "http://169.254.169.254/"}),
        Told(b"{", cut=True),
    ],
)
def test_bad_days(client: AlipayClient, gateway: Gateway, told: Told) -> None:
    gateway.told = told
    with pytest.raises(PlatformBusy):
        client.send_text("openid-1", "x")


def test_pictures(client: AlipayClient, gateway: Gateway) -> None:
    method = "alipay.mobile.public.multimedia.download"
    gateway.told = Told(b"\x89PNG...", media_type="application/octet-stream")
    assert client.download_media("M") == b"\x89PNG..."

    gateway.told = signed(method, '{"code":"40004","sub_code":"MEDIA_NOT_EXIST"}')
    with pytest.raises(MediaGone):
        client.download_media("M")


# --- the SDK's side effect ------------------------------------------------------------

PROBE = """
import logging, logging.handlers
target = logging.StreamHandler()
memory = logging.handlers.MemoryHandler(10, target=target)
logging.getLogger().addHandler(memory)
import channels.alipay.client
assert memory.target is target, "handlers were closed"
assert logging.getLogger("python-alipay-sdk").handlers == []
"""


def test_import_leaves_logging_alone() -> None:
    """Defect 10: importing the SDK closes every configured handler."""
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=root, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert logging.getLogger("python-alipay-sdk").handlers == []
