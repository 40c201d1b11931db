"""The product's WeChat channel and the sandbox, written apart, understand each other over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from flask import Flask, Response, abort, request

from channels.errors import PushTooLarge, QuotaSpent, UntrustedPush
from channels.push import Kind, NewsReply, Push, Reply, TextReply
from channels.staff import StaffRobot
from channels.wechat.channel import WeChatAccount, WeChatChannel
from channels.wechat.client import PlatformClient
from channels.wechat.tokens import MemoryTokens
from sandbox.accounts import Accounts
from sandbox.actors import Phone, Watcher
from sandbox.app import create_app
from sandbox.pictures import qr_picture
from sandbox.server import open_port, serving, url_of
from sandbox.world import World


@dataclass
class Service:
    """The least service there can be: notes every push and says one thing."""

    accounts: Accounts
    reply: Reply = None
    pushes: list[Push] = field(default_factory=list)

    def app(self) -> Flask:
        own = self.accounts.wechat_official
        channel = WeChatChannel(WeChatAccount(own.appid, own.token, own.encoding_aes_key))
        app = Flask("least")

        @app.get("/webhooks/wechat/official")
        def greet() -> bytes:
            return channel.greet(request.args).body

        @app.post("/webhooks/wechat/official")
        def receive() -> Response:
            try:
                push = channel.open(request.args, request.get_data())
            except PushTooLarge:
                abort(413)
            except UntrustedPush:
                abort(403)
            self.pushes.append(push)
            may_answer = push.kind not in {Kind.UNFOLLOW, Kind.DELIVERY_REPORT}
            answer = channel.answer(push, self.reply if may_answer else None)
            return Response(answer.body, content_type=answer.media_type)

        return app


@dataclass
class Stage:
    """Both sides, and somebody with a phone."""

    world: World
    service: Service
    client: PlatformClient
    phone: Phone
    watcher: Watcher

    @property
    def openid(self) -> str:
        return self.world.openid(
            self.world.person("tuoba"), self.world.accounts.wechat_official.appid
        )


@pytest.fixture
def stage() -> Iterator[Stage]:
    ours, theirs = open_port(), open_port()
    accounts = Accounts.generate("shanxi", url_of(ours), url_of(theirs))
    world, service = World(accounts), Service(accounts)
    own = accounts.wechat_official
    client = PlatformClient(own.appid, own.secret, MemoryTokens(), base_url=own.api_base)
    with ExitStack() as stack:
        stack.enter_context(serving(service.app(), ours))
        stack.enter_context(serving(create_app(world), theirs))
        yield Stage(world, service, client, Phone(world.url, "tuoba"), Watcher(world.url))
        world.settle()
        world.close()


def test_a_conversation_in_safe_mode(stage: Stage) -> None:
    """Handshake, follow, passive reply, customer-service messages, buttons, pictures."""
    assert stage.watcher.handshake()
    stage.service.reply = TextReply("收到 ]]> 与 <b>")
    stage.phone.follow()
    stage.phone.wait_for("收到 ]]> 与 <b>")
    stage.service.reply = None
    stage.phone.say("你好")
    stage.client.send_menu(stage.openid, "请选择", [("1", "申请印章"), ("2", "我的印章")])
    stage.phone.tap("我的印章")
    stage.client.send_news(stage.openid, NewsReply("公告", "手册", "http://h.test/1"))
    media_id = stage.client.upload_media("seal.png", qr_picture("章", kind="PNG"))
    stage.client.send_image(stage.openid, media_id)
    stage.phone.send_image(qr_picture("表"))

    kinds = [push.kind for push in stage.service.pushes]
    assert kinds == [Kind.FOLLOW, Kind.TEXT, Kind.TEXT, Kind.IMAGE]
    assert stage.service.pushes[2].key == "2"
    assert stage.client.download_media(stage.service.pushes[3].media_id).content == qr_picture("表")
    assert stage.phone.wait_for(lambda row: row.kind == "image")
    assert stage.watcher.illegal() == []


def test_a_code_is_scanned_and_a_notice_reports_its_delivery(stage: Stage) -> None:
    """A stranger follows by the code; the end of a template message comes as an event."""
    content = stage.client.create_qrcode("pickup-1", 600)
    stage.phone.scan(qr_picture(content))
    stage.phone.scan(content)
    account = stage.world.accounts.wechat_official
    values = {"thing1": "合同专用章", "phrase2": "审核通过", "thing3": "请领取"}
    msgid = stage.client.send_template(
        stage.openid,
        account.templates["review_result"],
        values | {"time4": "2026-11-21 10:00"},
        client_msg_id="n1",
    )
    stage.watcher.settle()

    pushes = stage.service.pushes
    assert [(push.kind, push.scene) for push in pushes[:2]] == [
        (Kind.FOLLOW, "pickup-1"),
        (Kind.SCAN, "pickup-1"),
    ]
    assert (pushes[2].kind, pushes[2].message_id) == (Kind.DELIVERY_REPORT, msgid)
    assert stage.watcher.illegal() == []


@pytest.mark.parametrize(
    "name",
    ["wrong_signature", "stale_timestamp", "plaintext", "wrong_appid", "oversized"],
)
def test_forged_pushes_are_turned_away(stage: Stage, name: str) -> None:
    """Nothing of them reaches the service behind the door."""
    stage.phone.follow()
    stage.watcher.fault(name, "push")
    stage.phone.say("转账")

    assert len(stage.service.pushes) == 1
    assert stage.watcher.illegal() == []


@pytest.mark.parametrize("name", ["duplicate", "concurrent", "repeated_nonce"])
def test_repetitions_share_one_key(stage: Stage, name: str) -> None:
    """So that the inbox can drop them."""
    stage.phone.follow()
    stage.watcher.fault(name, "push")
    stage.phone.say("一次")
    stage.watcher.settle()

    assert len(stage.service.pushes) == 3
    assert len({push.dedupe_key for push in stage.service.pushes}) == 2


def test_a_lost_token_is_renewed_and_a_spent_window_is_told_apart(stage: Stage) -> None:
    """The refusal by a switch is not our fault; the fourth message in a minute is."""
    stage.phone.follow()
    stage.client.send_text(stage.openid, "一")
    stage.watcher.fault("token_invalidated", "cgi-bin/message")
    stage.client.send_text(stage.openid, "二")
    stage.client.send_text(stage.openid, "三")
    assert stage.watcher.illegal() == []

    with pytest.raises(QuotaSpent):
        stage.client.send_text(stage.openid, "四")

    assert [row["code"] for row in stage.watcher.illegal()] == [45047]


def test_the_staffs_robot_is_heard(stage: Stage) -> None:
    """The group reads what the service has to say."""
    robot = stage.world.accounts.staff_robot
    StaffRobot(robot.key, api_base=f"{stage.world.url}/wecom").send("有 1 件新申请")

    assert stage.watcher.robot() == ["有 1 件新申请"]
