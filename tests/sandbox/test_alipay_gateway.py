"""The Alipay gateway: what it checks before it listens, and what each method does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sandbox.accounts import AlipayAccount
from sandbox.alipay import crypto, gateway
from sandbox.alipay.state import state_of
from sandbox.people import Person
from sandbox.world import Fault, World

BEIJING = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Desk:
    """A service that signs its calls as the documents say."""

    world: World
    http: FlaskClient

    @property
    def life(self) -> AlipayAccount:
        return self.world.accounts.alipay_life

    @property
    def mini(self) -> AlipayAccount:
        return self.world.accounts.alipay_miniprogram

    @property
    def person(self) -> Person:
        return self.world.person("tuoba")

    def form(
        self, account: AlipayAccount, method: str, content: Any = None, **more: str
    ) -> dict[str, str]:
        fields = {
            "app_id": account.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": f"{self.world.clock.now().astimezone(BEIJING):%Y-%m-%d %H:%M:%S}",
            "version": "1.0",
        }
        if content is not None:
            fields["biz_content"] = json.dumps(content, ensure_ascii=False)
        fields |= more
        codec = gateway.CHARSETS.get(fields["charset"].lower(), "utf-8")
        text = crypto.to_sign(fields, without=frozenset({"sign"}), charset=codec)
        return fields | {"sign": crypto.sign(account.app_private_key, text)}

    def send(self, form: dict[str, str]) -> str:
        codec = gateway.CHARSETS.get(form.get("charset", ""), "utf-8")
        body = urlencode(form, encoding=codec)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        raw = self.http.post("/alipay/gateway.do", data=body, headers=headers).data
        return bytes(raw).decode(codec)

    def call(
        self, account: AlipayAccount, method: str, content: Any = None, **more: str
    ) -> dict[str, Any]:
        """The verified response; the signature is over the exact text."""
        name = method.replace(".", "_") + "_response"
        text = self.send(self.form(account, method, content, **more))
        whole = json.loads(text)
        value, end = json.JSONDecoder().raw_decode(text, text.index(f'"{name}":') + len(name) + 3)
        start = text.index(f'"{name}":') + len(name) + 3
        assert crypto.is_signed(
            account.platform_public_key, text[start:end].encode(), whole["sign"]
        )
        found: dict[str, Any] = value
        return found

    def code(self, app: str = "miniprogram", scope: str = "auth_base") -> str:
        wish = {"person": "tuoba", "app": app, "scope": scope}
        code: str = self.http.post("/world/alipay/auth_code", json=wish).get_json()["code"]
        return code

    def say(self, text: str = "您好") -> dict[str, Any]:
        open_id = self.world.openid(self.person, self.life.app_id)
        content = {"to_open_id": open_id, "msg_type": "text", "text": {"content": text}}
        return self.call(self.life, "alipay.open.public.message.custom.send", content)


@pytest.fixture
def desk(world: World) -> Desk:
    app = Flask("alipay")
    app.register_blueprint(gateway.create_blueprint(world))
    return Desk(world, app.test_client())


def follow(desk: Desk, act: str = "follow") -> None:
    desk.world.follow(desk.person, desk.life.app_id)
    state_of(desk.world).open_window(desk.life.app_id, desk.person, act, desk.world.clock.now())


# --- the door ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "sub_code"),
    [
        ({"app_id": "2021000000000000"}, "isv.invalid-app-id"),
        ({"method": "alipay.no.such"}, "isv.invalid-method"),
        ({"version": "2.0"}, "isv.invalid-version"),
        ({"format": "xml"}, "isv.invalid-format"),
        ({"sign_type": "RSA"}, "isv.invalid-signature-type"),
        ({"charset": "latin-1"}, "isv.invalid-charset"),
        ({"timestamp": "2026-01-01"}, "isv.invalid-timestamp"),
        ({"timestamp": ""}, "isv.missing-timestamp"),
        ({"biz_content": "no json"}, "isv.invalid-biz-content"),
        ({"biz_content": "[]"}, "isv.invalid-biz-content"),
    ],
)
def test_common_parameters(desk: Desk, changes: dict[str, str], sub_code: str) -> None:
    """Each is checked before the method is looked at, and the refusal is on record."""
    method = changes.pop("method", "alipay.open.public.qrcode.create")
    text = desk.send(desk.form(desk.life, method, {}, **changes))
    (told,) = (v for k, v in json.loads(text).items() if k.endswith("_response"))
    assert told["sub_code"] == sub_code
    assert desk.world.verdicts.illegal()[0].code == sub_code


def test_a_clock_in_another_zone_is_noticed(desk: Desk) -> None:
    """Timestamps are Beijing time; a service that signs in UTC is eight hours off."""
    utc = f"{desk.world.clock.now():%Y-%m-%d %H:%M:%S}"
    text = desk.send(desk.form(desk.life, "alipay.open.public.qrcode.create", {}, timestamp=utc))
    assert "isv.invalid-timestamp" in text


def test_every_parameter_is_signed(desk: Desk) -> None:
    """Anything changed or added after signing is refused, unsigned, as error_response."""
    form = desk.form(desk.mini, "alipay.system.oauth.token", grant_type="authorization_code")
    for forged in (form | {"code": "x"}, form | {"sign": "AAAA"}):
        assert '"error_response"' in desk.send(forged)
    assert '"sign"' not in desk.send(form | {"code": "x"})


def test_gbk_calls_are_understood(desk: Desk) -> None:
    """The declared charset holds for signature, parameters and answer."""
    follow(desk)
    open_id = desk.world.openid(desk.person, desk.life.app_id)
    content = {"to_open_id": open_id, "msg_type": "text", "text": {"content": "电子印章"}}
    form = desk.form(desk.life, "alipay.open.public.message.custom.send", content, charset="gbk")
    assert '"code":"10000"' in desk.send(form)
    assert desk.world.inbox.of(desk.person, "alipay")[-1].text == "电子印章"


@pytest.mark.parametrize(
    "style",
    ["escaped_slashes", "escaped_characters", "braces", "sign_first"],
)
def test_answers_are_signed_however_they_are_written(desk: Desk, style: str) -> None:
    """Escapes, braces inside strings and the order of members do not matter to a good client."""
    desk.http.post("/world/alipay/style", json={style: True})
    wish = {"url_param": "pages/index/index", "query_param": "a=1", "describe": "领取"}
    told = desk.call(desk.mini, "alipay.open.app.qrcode.create", wish)
    assert told["qr_code_url"].startswith("http://")


def test_encrypted_content(desk: Desk) -> None:
    """With encrypt_type=AES both directions are sealed; the quotes are part of what is signed."""
    wish = {"url_param": "pages/index/index", "query_param": "a=1", "describe": "领取"}
    form = desk.form(
        desk.mini,
        "alipay.open.app.qrcode.create",
        encrypt_type="AES",
        biz_content=crypto.encrypt(desk.mini.aes_key, json.dumps(wish)),
    )
    told = json.loads(desk.send(form))
    sealed = told["alipay_open_app_qrcode_create_response"]
    assert crypto.is_signed(desk.mini.platform_public_key, f'"{sealed}"'.encode(), told["sign"])
    assert json.loads(crypto.decrypt(desk.mini.aes_key, sealed))["code"] == "10000"


def test_a_wrongly_signed_answer_on_demand(desk: Desk) -> None:
    """The fault switch signs with another key."""
    desk.world.faults.switch_on(Fault("wrong_signature", gateway.DOOR))
    with pytest.raises(AssertionError):
        desk.call(desk.mini, "alipay.system.oauth.token", grant_type="x")


@pytest.mark.parametrize("name", ["http_5xx", "html", "truncated_json", "errcode"])
def test_a_bad_line_is_not_the_callers_fault(desk: Desk, name: str) -> None:
    """Faults are recorded as injected."""
    desk.world.faults.switch_on(Fault(name, "alipay.system"))
    text = desk.send(desk.form(desk.mini, "alipay.system.oauth.token"))
    assert "access_token" not in text
    assert not desk.world.verdicts.illegal()


# --- who somebody is ----------------------------------------------------------------------


def test_a_login_code_works_once_and_has_no_code_member(desk: Desk) -> None:
    """oauth.token success carries no ``code``; new applications learn the open_id only."""
    code, method = desk.code(), "alipay.system.oauth.token"
    told = desk.call(desk.mini, method, grant_type="authorization_code", code=code)
    assert told["open_id"] == desk.world.openid(desk.person, desk.mini.app_id)
    assert "code" not in told
    assert "user_id" not in told
    again = desk.call(desk.mini, method, grant_type="authorization_code", code=code)
    assert again["sub_code"] == "isv.code-invalid"
    renewed = desk.call(
        desk.mini, method, grant_type="refresh_token", refresh_token=told["refresh_token"]
    )
    assert renewed["open_id"] == told["open_id"]


def test_a_code_belongs_to_its_application(desk: Desk) -> None:
    """The life account cannot redeem the mini-program's code."""
    told = desk.call(
        desk.life, "alipay.system.oauth.token", grant_type="authorization_code", code=desk.code()
    )
    assert told["sub_code"] == "isv.code-invalid"


def test_old_applications_see_user_ids(desk: Desk) -> None:
    """In the transitional phase both ids are given."""
    desk.http.post("/world/alipay/style", json={"user_ids": True})
    told = desk.call(
        desk.mini, "alipay.system.oauth.token", grant_type="authorization_code", code=desk.code()
    )
    assert told["user_id"].startswith("2088")


def test_profile_needs_the_scope(desk: Desk) -> None:
    """auth_base says who, not more."""
    method = "alipay.system.oauth.token"
    for scope, expected in (("auth_base", "40006"), ("auth_user", "10000")):
        code = desk.code(scope=scope)
        token = desk.call(desk.mini, method, grant_type="authorization_code", code=code)
        told = desk.call(desk.mini, "alipay.user.info.share", auth_token=token["access_token"])
        assert told["code"] == expected
    told = desk.call(desk.mini, "alipay.user.info.share", auth_token="guess")
    assert told["sub_code"] == "aop.invalid-auth-token"


def test_the_sign_in_page_inside_alipay(desk: Desk) -> None:
    """A link passes through and comes back with auth_code and state; outside it is refused."""
    target = f"{desk.world.accounts.service_url}/h5/start"
    asked = {
        "app_id": desk.life.app_id,
        "scope": "auth_base",
        "redirect_uri": target,
        "state": "s1",
    }
    url = f"/alipay/oauth2/publicAppAuthorize.htm?{urlencode(asked)}"
    assert desk.http.get(url).status_code == 403
    desk.http.set_cookie("sandbox_person", "tuoba")
    told = parse_qs(urlsplit(desk.http.get(url).location).query)
    assert told["state"] == ["s1"]
    token = desk.call(
        desk.life,
        "alipay.system.oauth.token",
        grant_type="authorization_code",
        code=told["auth_code"][0],
    )
    assert token["open_id"] == desk.world.openid(desk.person, desk.life.app_id)
    evil = url.replace("127.0.0.1", "127.0.0.2")
    assert desk.http.get(evil).status_code == 400


def test_the_phone_number_comes_sealed_and_signed(desk: Desk) -> None:
    """my.getPhoneNumber: the signature is over the ciphertext with its quotes."""
    told = desk.http.post("/world/alipay/phone", json={"person": "tuoba"}).get_json()
    assert crypto.is_signed(
        desk.mini.platform_public_key, f'"{told["response"]}"'.encode(), told["sign"]
    )
    inner = json.loads(crypto.decrypt(desk.mini.aes_key, told["response"]))
    assert inner["mobile"] == desk.person.mobile


def certify(desk: Desk, **changes: Any) -> dict[str, Any]:
    person = desk.person
    identity = {
        "identity_type": "CERT_INFO",
        "cert_type": "IDENTITY_CARD",
        "cert_name": person.name,
        "cert_no": person.id_number,
    }
    content = {
        "outer_order_no": "order-1",
        "biz_code": "FACE",
        "identity_param": identity | changes.pop("identity", {}),
        "merchant_config": {"return_url": "", "face_reserve_strategy": "never"},
    }
    return desk.call(desk.mini, "alipay.user.certify.open.initialize", content | changes)


@pytest.mark.parametrize(
    ("action", "identity", "passed"),
    [("confirm", {}, "T"), ("cancel", {}, "F"), ("confirm", {"cert_name": "白露"}, "F")],
)
def test_only_the_query_tells_whether_somebody_passed(
    desk: Desk, action: str, identity: dict[str, str], passed: str
) -> None:
    """Initialize, page, query: F until the person has passed."""
    certify_id = certify(desk, identity=identity)["certify_id"]
    query = "alipay.user.certify.open.query"
    assert desk.call(desk.mini, query, {"certify_id": certify_id})["passed"] == "F"

    page = desk.form(desk.mini, gateway.CERTIFY_PAGE, {"certify_id": certify_id})
    landed = desk.http.get(f"/alipay/gateway.do?{urlencode(page)}")
    path = urlsplit(landed.location).path
    assert "人脸验证" in desk.http.get(path).text
    desk.http.post(path, data={"action": action})

    assert desk.call(desk.mini, query, {"certify_id": certify_id})["passed"] == passed


@pytest.mark.parametrize(
    ("changes", "sub_code"),
    [
        ({"outer_order_no": "x" * 33}, "isv.invalid-parameter"),
        ({"biz_code": "EYES"}, "isv.invalid-parameter"),
        ({"identity": {"cert_type": "PASSPORT"}}, "isv.invalid-parameter"),
        ({"identity": {"cert_no": ""}}, "isv.missing-cert-no"),
        ({"merchant_config": {}}, "isv.missing-merchant-config"),
    ],
)
def test_face_checks_need_their_fields(desk: Desk, changes: dict[str, Any], sub_code: str) -> None:
    """What the documents demand is demanded."""
    if changes.get("merchant_config") == {}:
        changes["merchant_config"] = None
    assert certify(desk, **changes)["sub_code"] == sub_code


def test_an_order_number_is_used_once(desk: Desk) -> None:
    """outer_order_no is unique per application."""
    certify(desk)
    assert certify(desk)["sub_code"] == "ORDER_EXIST"


def test_personal_data_in_an_address_is_on_record(desk: Desk) -> None:
    """A GET that carries an identity number works, but the ledger calls it illegal."""
    identity = {
        "identity_type": "CERT_INFO",
        "cert_type": "IDENTITY_CARD",
        "cert_name": desk.person.name,
        "cert_no": desk.person.id_number,
    }
    content = {
        "outer_order_no": "get-1",
        "biz_code": "FACE",
        "identity_param": identity,
        "merchant_config": {"return_url": ""},
    }
    form = desk.form(desk.mini, "alipay.user.certify.open.initialize", content)
    desk.http.get(f"/alipay/gateway.do?{urlencode(form)}")
    assert desk.world.verdicts.illegal()[-1].why == "personal data in an address"


# --- messages -------------------------------------------------------------------------------


def test_the_window_after_following_lasts_five_minutes(desk: Desk) -> None:
    """Inside it any number of messages, afterwards MSG_SD_OVER_TIME."""
    assert desk.say()["sub_code"] == "NOT_FOLLOW"
    follow(desk)
    assert desk.say("第一条")["code"] == "10000"
    assert desk.say("第二条")["code"] == "10000"
    assert [row.text for row in desk.world.inbox.of(desk.person, "alipay")] == ["第一条", "第二条"]
    desk.world.clock.advance(301)
    assert desk.say()["sub_code"] == "MSG_SD_OVER_TIME"


def test_entering_allows_one_message_a_day(desk: Desk) -> None:
    """Coming again does not renew it before the day is over."""
    follow(desk, "enter")
    assert desk.say()["code"] == "10000"
    follow(desk, "enter")
    assert desk.say()["sub_code"] == "MSG_SD_OVER_TIME"


def test_cards(desk: Desk) -> None:
    """image-text articles become cards with their links."""
    follow(desk)
    article = {"title": "领取印章", "desc": "请点击", "url": "https://a.example/x"}
    content = {
        "to_open_id": desk.world.openid(desk.person, desk.life.app_id),
        "msg_type": "image-text",
        "articles": [article],
    }
    method = "alipay.open.public.message.custom.send"
    assert desk.call(desk.life, method, content)["code"] == "10000"
    row = desk.world.inbox.of(desk.person, "alipay")[-1]
    assert (row.kind, row.title, row.url) == ("news", "领取印章", "https://a.example/x")
    broken = content | {"articles": [article | {"url": "javascript:alert(1)"}]}
    assert desk.call(desk.life, method, broken)["sub_code"] == "isv.invalid-parameter"


def notice(desk: Desk, **changes: Any) -> dict[str, Any]:
    content = {
        "to_open_id": desk.world.openid(desk.person, desk.mini.app_id),
        "user_template_id": desk.mini.templates["pickup_ready"],
        "page": "pages/pickup/index",
        "data": json.dumps({"keyword1": {"value": "合同专用章"}}, ensure_ascii=False),
    }
    method = "alipay.open.app.mini.templatemessage.send"
    return desk.call(desk.mini, method, content | changes)


def test_a_notice_needs_consent_each_time(desk: Desk) -> None:
    """One acceptance is one notice."""
    assert notice(desk)["sub_code"] == "USER_NOT_SUBSCRIBE"
    wish = {"person": "tuoba", "template_id": desk.mini.templates["pickup_ready"]}
    desk.http.post("/world/alipay/consent", json=wish)
    assert notice(desk)["code"] == "10000"
    assert desk.world.inbox.of(desk.person, "alipay")[-1].text == "合同专用章"
    assert notice(desk)["sub_code"] == "USER_NOT_SUBSCRIBE"


@pytest.mark.parametrize(
    ("changes", "sub_code"),
    [
        ({"to_open_id": "o" * 28}, "USER_NOT_EXIST"),
        ({"to_open_id": ""}, "isv.missing-to-open-id"),
        ({"user_template_id": "x"}, "INVALID_TEMPLATE"),
        ({"page": "p" * 129}, "isv.invalid-parameter"),
        ({"data": {"keyword1": {"value": "x"}}}, "isv.invalid-parameter"),
        ({"data": '{"keyword1":{"value":""}}'}, "isv.invalid-parameter"),
        ({"data": '{"keyword1":{"value":"' + "x" * 2048 + '"}}'}, "isv.invalid-parameter"),
    ],
)
def test_notices_are_checked(desk: Desk, changes: dict[str, Any], sub_code: str) -> None:
    """The data is a JSON text of at most 2048 characters, without empty values."""
    assert notice(desk, **changes)["sub_code"] == sub_code


def test_template_messages_of_the_life_account(desk: Desk) -> None:
    """To followers at any time; the first level of the template decides."""
    follow(desk)
    desk.world.clock.advance(3600)
    content = {
        "to_open_id": desk.world.openid(desk.person, desk.life.app_id),
        "template": {
            "template_id": desk.life.templates["sealing_done"],
            "context": {"url": "https://a.example/", "keyword1": {"value": "合同.pdf"}},
        },
    }
    method = "alipay.open.public.message.single.send"
    assert desk.call(desk.life, method, content)["code"] == "10000"
    assert desk.world.inbox.of(desk.person, "alipay")[-1].text == "合同.pdf"


def test_qr_codes_lead_somewhere(desk: Desk) -> None:
    """The life account's carries a scene, the mini-program's a page; both are pictures."""
    content = {
        "code_type": "TEMP",
        "expire_second": 600,
        "code_info": {"scene": {"scene_id": "abc"}},
    }
    told = desk.call(desk.life, "alipay.open.public.qrcode.create", content)
    picture = desk.http.get(urlsplit(told["code_img"]).path)
    assert picture.data.startswith(b"\x89PNG")
    assert [code.scene for code in state_of(desk.world).codes.values()] == ["abc"]
    wrongs: list[dict[str, Any]] = [{"code_type": "X"}, {"expire_second": 0}, {"code_info": {}}]
    for wrong in wrongs:
        told = desk.call(desk.life, "alipay.open.public.qrcode.create", content | wrong)
        assert told["code"] in {"40001", "40002"}


def test_applications_keep_to_their_own_methods(desk: Desk) -> None:
    """A mini-program cannot speak in the life account's name."""
    told = desk.call(desk.mini, "alipay.open.public.message.custom.send", {})
    assert told["code"] == "40006"


def test_pictures_are_downloaded_as_they_were_sent(desk: Desk) -> None:
    """The answer is the picture itself; after three days it is gone."""
    media_id = state_of(desk.world).keep_media(b"\x89PNG...", desk.world.clock.now())
    form = desk.form(desk.life, "alipay.mobile.public.multimedia.download", {"mediaId": media_id})
    answer = desk.http.post("/alipay/gateway.do", data=form)
    assert answer.data == b"\x89PNG..."
    desk.world.clock.advance(3 * 24 * 3600 + 1)
    method = "alipay.mobile.public.multimedia.download"
    told = desk.call(desk.life, method, {"mediaId": media_id})
    assert told["sub_code"] == "MEDIA_NOT_EXIST"
