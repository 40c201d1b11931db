"""Our clients and doors against the sandbox's independent code, over real HTTP.

Every story ends with the sandbox's ledger: no call the real platform would refuse.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from flask import Flask, Response, request

from channels.alipay.channel import AlipayAccount, AlipayChannel
from channels.alipay.client import AlipayClient
from channels.errors import (
    CheckPending,
    IdentityMismatch,
    MalformedPush,
    PlatformBusy,
    PushTooLarge,
    SignInFailed,
    UntrustedPush,
)
from channels.identity.face import FaceCheck
from channels.identity.province import ProvinceSignIn
from channels.identity.registry import Registry
from channels.push import Answer, Kind, NewsReply, Push, Reply, TextReply
from channels.staff import StaffRobot
from channels.trust.ca import AuthorityClient
from channels.trust.tsa import Rfc3161TimeStamper
from channels.wechat.channel import WeChatAccount, WeChatChannel
from channels.wechat.client import PlatformClient
from channels.wechat.tokens import MemoryTokens
from sandbox.accounts import Accounts
from sandbox.acting import perform
from sandbox.actors import read_qr
from sandbox.app import create_app
from sandbox.people import Person
from sandbox.province import visitor
from sandbox.server import open_port, serving, url_of
from sandbox.wechat.push import handshake
from sandbox.wechat.state import WeChatState
from sandbox.world import Act, Fault, Shown, World
from seal_core.domain import holders
from seal_core.domain.holders import Role
from seal_core.domain.keys import ProofRefused
from seal_core.domain.secrets import IdNumber, Mobile
from seal_core.formats.certificates import build_request, parse_certificate
from seal_core.formats.timestamps import parse_token
from seal_core.gm import sm3
from seal_core.gm.sm2 import PrivateKey

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
DIGEST = sm3.digest("盖章授权单".encode()).hex()


@dataclass
class Door:
    """The least a webhook view must do: open, remember, answer."""

    official: WeChatChannel
    miniprogram: WeChatChannel
    life: AlipayChannel
    alipay_mini: AlipayChannel
    pushes: list[Push]
    reply: Reply = None

    def app(self) -> Flask:
        app = Flask("door")

        @app.get("/webhooks/wechat/<name>")
        def greet(name: str) -> Response:
            return _http(self._wechat(name).greet(request.args.to_dict()))

        @app.post("/webhooks/wechat/<name>")
        def wechat(name: str) -> Response:
            channel = self._wechat(name)
            push = channel.open(request.args.to_dict(), request.get_data())
            self.pushes.append(push)
            return _http(channel.answer(push, self.reply))

        @app.post("/webhooks/alipay/<name>")
        def alipay(name: str) -> Response:
            channel = self.life if name == "life" else self.alipay_mini
            push = channel.open(request.get_data())
            self.pushes.append(push)
            return _http(channel.answer(push))

        @app.errorhandler(UntrustedPush)
        def untrusted(_: Exception) -> Response:
            return Response("forbidden", 403)

        @app.errorhandler(MalformedPush)
        def malformed(exc: Exception) -> Response:
            return Response("bad request", 413 if isinstance(exc, PushTooLarge) else 400)

        return app

    def _wechat(self, name: str) -> WeChatChannel:
        return self.official if name == "official" else self.miniprogram


def _http(answer: Answer) -> Response:
    return Response(answer.body, content_type=answer.media_type)


@dataclass
class Stage:
    """The sandbox, our door, and the clients configured from the sandbox's accounts."""

    world: World
    door: Door

    @property
    def accounts(self) -> Accounts:
        return self.world.accounts

    @property
    def boss(self) -> Person:
        return next(p for p in self.world.people.values() if p.enterprise)

    @property
    def subject(self) -> holders.Person:
        boss = self.boss
        return holders.Person(
            "p-1", "s-1", boss.name, IdNumber(boss.id_number), Mobile(boss.mobile)
        )

    def wechat(self, *, mini: bool = False) -> PlatformClient:
        account = self.accounts.wechat_miniprogram if mini else self.accounts.wechat_official
        return PlatformClient(
            account.appid,
            account.secret,
            MemoryTokens(),
            base_url=account.api_base,
            sleep=lambda _: None,
        )

    def alipay(self, *, mini: bool = False) -> AlipayClient:
        account = self.accounts.alipay_miniprogram if mini else self.accounts.alipay_life
        return AlipayClient(
            AlipayAccount(account.app_id, account.app_private_key, account.platform_public_key),
            gateway=account.gateway,
        )

    def face(self) -> FaceCheck:
        client = self.accounts.oidc
        return FaceCheck(
            client.face_base, client.face_key, client.face_secret, f"{client.issuer}/jwks"
        )

    def act(self, channel: str, kind: str, **details: Any) -> list[Shown]:
        """Let the boss do something on the phone; what appears on the screen."""
        shown = perform(self.world, self.boss, channel, Act(kind, **details))
        self.world.settle()
        return [row for row in shown if row.sender == "service"]

    def pushed(self) -> Push:
        return self.door.pushes[-1]

    def openid(self, account: Any) -> str:
        appid = getattr(account, "appid", None) or account.app_id
        return self.world.openid(self.boss, appid)

    def legal(self) -> None:
        """Assert that no real platform would have complained."""
        self.world.settle()
        assert self.world.verdicts.illegal() == []


def now() -> datetime:
    return datetime.now(UTC)


def _channel(account: Any) -> WeChatChannel:
    return WeChatChannel(WeChatAccount(account.appid, account.token, account.encoding_aes_key), now)


def _alipay_channel(account: Any) -> AlipayChannel:
    return AlipayChannel(
        AlipayAccount(account.app_id, account.app_private_key, account.platform_public_key), now
    )


@pytest.fixture(scope="module")
def accounts() -> tuple[Accounts, Any, Any]:
    sandbox, service = open_port(), open_port()
    return Accounts.generate("shanxi", url_of(service), url_of(sandbox)), sandbox, service


@pytest.fixture(scope="module")
def theatre(accounts: tuple[Accounts, Any, Any]) -> Iterator[Stage]:
    """One sandbox and one door for all stories here: keys and threads are slow to make."""
    made, sandbox, service = accounts
    world = World(made)
    door = Door(
        _channel(made.wechat_official),
        _channel(made.wechat_miniprogram),
        _alipay_channel(made.alipay_life),
        _alipay_channel(made.alipay_miniprogram),
        [],
    )
    with serving(create_app(world), sandbox), serving(door.app(), service):
        yield Stage(world, door)
    world.close()


@pytest.fixture
def stage(theatre: Stage) -> Iterator[Stage]:
    theatre.door.pushes.clear()
    theatre.door.reply = None
    theatre.world.faults.clear()
    yield theatre
    theatre.legal()


# --- WeChat ---------------------------------------------------------------------------


def test_wechat_conversation(stage: Stage) -> None:
    """Greeting, follow, text, menu, and sealed replies the platform accepts."""
    assert handshake(stage.world, "wechat")
    assert handshake(stage.world, "wechat_miniprogram")
    stage.act("wechat", "follow")
    assert stage.pushed().kind is Kind.FOLLOW

    stage.door.reply = TextReply("您好 ]]> <b>&")
    shown = stage.act("wechat", "text", text="我要办章 ]]>")
    assert stage.pushed().text == "我要办章 ]]>"
    assert [row.text for row in shown] == ["您好 ]]> <b>&"]

    stage.door.reply = NewsReply("查看印章", "点击进入", "https://s/seals")
    assert [row.title for row in stage.act("wechat", "click", key="my_seals")] == ["查看印章"]
    assert stage.pushed().key == "my_seals"


def test_miniprogram_pushes_are_json(stage: Stage) -> None:
    stage.act("wechat_miniprogram", "enter")
    assert (stage.pushed().kind, stage.pushed().wire) == (Kind.ENTER, "json")

    account = stage.accounts.wechat_miniprogram
    template = account.templates["pickup_ready"]
    stage.act("wechat_miniprogram", "accept", key=template)
    assert [(c.template_id, c.accepted) for c in stage.pushed().consents] == [(template, True)]


@pytest.mark.parametrize("name", ["wrong_signature", "stale_timestamp", "wrong_appid"])
@pytest.mark.parametrize("channel", ["wechat", "wechat_miniprogram", "alipay"])
def test_forgeries_stay_outside(stage: Stage, channel: str, name: str) -> None:
    """F04 to F06, as an independent hand makes them; the ledger says who was fooled."""
    stage.act(channel, "follow" if channel != "wechat_miniprogram" else "enter")
    stage.door.pushes.clear()
    stage.world.faults.switch_on(Fault(name, times=1))
    stage.act(channel, "text", text="我是冒充的")

    assert stage.door.pushes == []


def test_wechat_messages(stage: Stage) -> None:
    """Every kind of message inside the window; the sixth is refused as QuotaSpent."""
    client = stage.wechat()
    openid = stage.openid(stage.accounts.wechat_official)
    stage.act("wechat", "follow")
    stage.act("wechat", "text", text="开始")

    client.typing(openid)
    client.send_text(openid, "审核通过 🎉")
    client.send_menu(openid, "选择印章", [("1", "公章"), ("2", "合同章")], "或回复取消")
    media_id = client.upload_media("seal.png", PNG)
    client.send_image(openid, media_id)
    client.send_news(openid, NewsReply("查看", "印章详情", "https://s/seal"))
    assert client.download_media(media_id).content == PNG
    shown = stage.world.inbox.of(stage.boss, "wechat")
    assert [row.kind for row in shown if row.sender == "service"][-4:] == [
        "text",
        "menu",
        "image",
        "news",
    ]


def test_wechat_scene_comes_back(stage: Stage) -> None:
    """The pickup code's scene returns with the person who scanned it."""
    content = stage.wechat().create_qrcode("pickup-7f3a", 600)
    stage.act("wechat", "scan", text=content)

    assert stage.pushed().scene == "pickup-7f3a"
    assert stage.pushed().kind in {Kind.SCAN, Kind.FOLLOW}


def test_wechat_template_and_its_report(stage: Stage) -> None:
    account = stage.accounts.wechat_official
    stage.act("wechat", "follow")
    message_id = stage.wechat().send_template(
        stage.openid(account),
        account.templates["sealing_done"],
        {"thing1": "合同", "character_string2": "SQ-1", "time3": "17:30", "thing4": "请查收"},
        client_msg_id="n-1",
        url="https://s/done",
    )
    stage.world.settle()

    report = next(p for p in stage.door.pushes if p.kind is Kind.DELIVERY_REPORT)
    assert (report.message_id, report.status) == (message_id, "success")


def test_wechat_login_and_phone(stage: Stage) -> None:
    account, boss = stage.accounts.wechat_miniprogram, stage.boss
    state = stage.world.room(WeChatState)
    at = stage.world.clock.timestamp()
    client = stage.wechat(mini=True)

    code = state.issue_code("login", account.appid, boss.key, at)
    session = client.code_to_session(code)
    assert session.openid == stage.openid(account)
    phone = state.issue_code("phone", account.appid, boss.key, at)
    assert client.phone_number(phone, session.openid) == boss.mobile


def test_wechat_notice_uses_its_consent(stage: Stage) -> None:
    account = stage.accounts.wechat_miniprogram
    template = account.templates["pickup_ready"]
    openid = stage.openid(account)
    stage.world.room(WeChatState).consents.accept(openid, template)
    values = {
        "thing1": "合同专用章已制作完成可以前来领取请带好证件",
        "name2": "拓跋珏",
        "time3": "2026年11月20日",
        "thing4": "请扫码领取",
    }
    stage.wechat(mini=True).send_subscribe(openid, template, values, page="pages/pickup/index")
    shown = stage.world.inbox.of(stage.boss, "wechat_miniprogram")

    assert shown[-1].kind == "template"


def test_wechat_survives_a_lost_token_and_a_bad_minute(stage: Stage) -> None:
    """F28: one renewal, one retry, nothing the person would notice."""
    client = stage.wechat()
    openid = stage.openid(stage.accounts.wechat_official)
    stage.act("wechat", "follow")
    stage.act("wechat", "text", text="开始")
    client.typing(openid)
    stage.world.faults.switch_on(Fault("token_invalidated", "cgi-bin/message"))
    client.send_text(openid, "一")
    stage.world.faults.switch_on(Fault("errcode", "cgi-bin/message", 1, "-1"))
    client.send_text(openid, "二")
    for name in ("http_5xx", "html", "truncated_json"):
        stage.world.faults.switch_on(Fault(name, "cgi-bin/message"))
        with pytest.raises(PlatformBusy):
            client.send_text(openid, "三")


# --- Alipay ---------------------------------------------------------------------------


def test_alipay_gateway_check(stage: Stage) -> None:
    """F16: the stand-in verifies our signed answer with our public key."""
    answer = requests.post(f"{stage.world.url}/world/alipay/check", json={}, timeout=20)

    assert answer.json() == {"ok": True}
    assert stage.pushed().kind is Kind.GATEWAY_CHECK


def test_alipay_conversation(stage: Stage) -> None:
    """GBK pushes are read, acknowledged, and answered by the API in the window."""
    client, account = stage.alipay(), stage.accounts.alipay_life
    stage.act("alipay", "follow")
    stage.act("alipay", "text", text="我要办章")
    assert (stage.pushed().kind, stage.pushed().text) == (Kind.TEXT, "我要办章")

    person = stage.pushed().sender
    assert person == stage.openid(account)
    client.send_text(person, "审核通过")
    client.send_image_text(person, [NewsReply("查看", "印章详情", "https://s/1", "https://s/p")])
    shown = [r for r in stage.world.inbox.of(stage.boss, "alipay") if r.sender == "service"]
    assert shown[-1].title == "查看"


def test_alipay_scene_comes_back(stage: Stage) -> None:
    picture = stage.alipay().create_qrcode("pickup-9c", 600)
    stage.act("alipay", "follow")
    stage.act("alipay", "scan", text=read_qr(requests.get(picture, timeout=20).content))

    assert (stage.pushed().kind, stage.pushed().scene) == (Kind.SCAN, "pickup-9c")


def test_alipay_message_service(stage: Stage) -> None:
    """V1, in both charsets, acknowledged with `success`."""
    for charset in ("GBK", "UTF-8"):
        given = {"msg_method": "alipay.demo", "content": {"说明": "印章"}, "charset": charset}
        answer = requests.post(f"{stage.world.url}/world/alipay/notify", json=given, timeout=20)
        assert answer.json()["done"] is True
        assert stage.pushed().raw["biz_content"] == {"说明": "印章"}


# --- identity -------------------------------------------------------------------------


def sign_in(stage: Stage, person: Person, kind: str) -> holders.Identity:
    client = stage.accounts.oidc
    province = ProvinceSignIn(client.issuer, client.client_id, client.client_secret)
    attempt = province.begin(f"{stage.accounts.service_url}/sign-in/done")
    with requests.Session() as browser:
        landed = visitor.sign_in(browser, attempt.url, person, kind)
    return province.finish(attempt, dict(parse_qsl(urlsplit(landed.url).query)))


def test_sign_in_as_legal_person(stage: Stage) -> None:
    boss = stage.boss
    assert boss.enterprise
    found = sign_in(stage, boss, "legal")

    assert (found.name, found.id_number.value) == (boss.name, boss.id_number)
    assert (found.uscc, found.role) == (boss.enterprise.uscc, Role.LEGAL_REPRESENTATIVE)
    assert boss.id_number not in repr(found)
    assert boss.mobile not in repr(found)


def test_sign_in_as_natural_person(stage: Stage) -> None:
    found = sign_in(stage, stage.boss, "person")

    assert (found.uscc, found.role) == ("", None)


@pytest.mark.parametrize("fault", ["wrong_signature", "repeated_nonce", "clock_skew"])
def test_sign_in_with_a_bad_id_token(stage: Stage, fault: str) -> None:
    """A foreign key, a replayed nonce, an expired token: nobody is signed in."""
    stage.world.faults.switch_on(Fault(fault, "province.token"))
    with pytest.raises(SignInFailed):
        sign_in(stage, stage.boss, "legal")


def test_sign_in_that_is_not_ours(stage: Stage) -> None:
    """Another's state (login CSRF) is refused before any code is spent."""
    client = stage.accounts.oidc
    province = ProvinceSignIn(client.issuer, client.client_id, client.client_secret)
    attempt = province.begin(f"{stage.accounts.service_url}/sign-in/done")
    for query in ({"code": "c", "state": "other"}, {"code": "c"}, {"state": attempt.state}):
        with pytest.raises(SignInFailed):
            province.finish(attempt, query)
    assert attempt.code_verifier not in repr(attempt)


def test_willingness(stage: Stage) -> None:
    """意愿认证: pending, then a proof for exactly this order; for no other."""
    face, person = stage.face(), stage.subject
    session, page = face.begin(person, "确认盖章：采购合同", DIGEST, "")
    with pytest.raises(CheckPending):
        face.result(person, DIGEST, session)
    with requests.Session() as browser:
        visitor.show_face(browser, page, stage.boss)
    proof = face.result(person, DIGEST, session)

    assert (proof.person_id, proof.digest, proof.session_id) == ("p-1", DIGEST, session)
    with pytest.raises(ProofRefused):
        face.result(person, "0" * 64, session)
    stranger = holders.Person("p-2", "s", "李四", person.id_number, person.mobile)
    with pytest.raises(ProofRefused):
        face.result(stranger, DIGEST, session)


def test_willingness_refused(stage: Stage) -> None:
    """Another face, or a person who walks away, proves nothing."""
    face, person = stage.face(), stage.subject
    other = next(p for p in stage.world.people.values() if p != stage.boss)
    for act in (
        lambda browser, page: visitor.show_face(browser, page, other),
        visitor.walk_away,
    ):
        session, page = face.begin(person, "确认盖章", DIGEST, "")
        with requests.Session() as browser:
            act(browser, page)
        with pytest.raises(ProofRefused):
            face.result(person, DIGEST, session)


def test_identity_check(stage: Stage) -> None:
    face, person = stage.face(), stage.subject
    stranger = holders.Person("p", "s", "李四", person.id_number, person.mobile)

    assert face.belongs_together(person.name, person.id_number.value)
    assert not face.belongs_together("李四", person.id_number.value)
    with pytest.raises(IdentityMismatch):
        face.begin(stranger, "身份核验", "", "")


def test_registry(stage: Stage) -> None:
    client, enterprise = stage.accounts.oidc, stage.boss.enterprise
    assert enterprise
    registry = Registry(f"{client.issuer}/registry", client.face_key, client.face_secret)
    entry = registry.look_up(enterprise.uscc)

    assert entry
    assert (entry.name, entry.active) == (enterprise.name, True)
    assert entry.legal_representative == stage.boss.name
    assert registry.look_up("91140105MA0AAAAA0X") is None
    assert registry.look_up("../enterprises/x") is None


# --- trust ----------------------------------------------------------------------------


def test_certificate_for_our_key(stage: Stage) -> None:
    trust, key = stage.accounts.trust, PrivateKey.generate()
    wish = build_request(key, "合同专用章", "晋阳云帆科技有限公司")
    certificate, chain = AuthorityClient(trust.ca_base, trust.ca_token).certify(wish)

    assert parse_certificate(certificate).public_point == key.public_key.point
    assert parse_certificate(chain[0]).subject == parse_certificate(certificate).issuer


def test_time_stamp(stage: Stage) -> None:
    token = Rfc3161TimeStamper(stage.accounts.trust.tsa_url).stamp("签章".encode())
    stamp = parse_token(token)

    assert stamp.imprint == sm3.digest("签章".encode())
    assert abs((stamp.at - now()).total_seconds()) < 60


def test_staff_robot(stage: Stage) -> None:
    """The 21st message of a minute is held back here, before the platform refuses it."""
    robot = StaffRobot(
        stage.accounts.staff_robot.key, api_base=f"{stage.accounts.sandbox_url}/wecom"
    )
    for number in range(20):
        robot.send(f"新申请 {number}：https://s/review/{number}")
    with pytest.raises(PlatformBusy) as caught:
        robot.send("新申请 21")

    assert 0 < caught.value.retry_after <= 60
