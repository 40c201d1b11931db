"""Calling WeChat over real HTTP: one token, few tries, typed refusals, no foreign hosts."""

from __future__ import annotations

import io
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from channels.errors import (
    CallerNotAllowed,
    ChannelError,
    LoginBlocked,
    LoginCodeRefused,
    MediaGone,
    MediaRefused,
    PlatformBusy,
    PlatformRefused,
    QuotaSpent,
    RecipientUnreachable,
    TokenRejected,
    TooFrequent,
)
from channels.push import NewsReply
from channels.wechat.client import PlatformClient
from channels.wechat.tokens import MemoryTokens, TokenSource
from tests.support.http_side import Answerer, Asked, FarSide, Told, far_side

OK = Told({"errcode": 0, "errmsg": "ok", "msgid": 7})
TOKEN = "/wechat/cgi-bin/stable_token"
SEND = "/wechat/cgi-bin/message/custom/send"


class Platform:
    """Issues tokens and takes only the newest one."""

    def __init__(self) -> None:
        self.token = ""
        self.issued = 0
        self.answer: Answerer = lambda _: OK
        self.delay = 0.0
        self._lock = threading.Lock()

    def __call__(self, asked: Asked) -> Told:
        if asked.path == TOKEN:
            time.sleep(self.delay)
            with self._lock:
                self.issued += 1
                self.token = self.token or f"T{self.issued}"
            return Told({"access_token": self.token, "expires_in": 7200})
        if asked.query.get("access_token", self.token) != self.token:
            return error(40001)
        return self.answer(asked)


def error(code: int, text: str = "refused rid: 5f3a-77") -> Told:
    return Told({"errcode": code, "errmsg": text})


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def side(platform: Platform) -> Iterator[FarSide]:
    with far_side(platform) as side:
        yield side


@pytest.fixture
def tokens() -> MemoryTokens:
    return MemoryTokens()


Connect = Callable[[], PlatformClient]


@pytest.fixture
def connect(side: FarSide, tokens: MemoryTokens) -> Connect:
    """Further clients, as in other processes, with the same token store."""
    return lambda: PlatformClient(
        "wx1",
        "the-app-secret",
        tokens,
        base_url=side.base_url + "/wechat",
        timeout=(1.0, 1.0),
        sleep=lambda _: None,
    )


@pytest.fixture
def client(connect: Connect) -> PlatformClient:
    return connect()


# --- tokens ---------------------------------------------------------------------------


def test_stable_token_is_asked_with_the_secret_in_the_body(
    client: PlatformClient, side: FarSide
) -> None:
    """The secret is in no address; the token is renewed without force."""
    client.send_text("oUser", "你好")

    wish = next(one for one in side.asked if one.path == TOKEN)
    assert wish.query == {}
    assert wish.json()["force_refresh"] is False
    assert wish.json()["grant_type"] == "client_credential"


def test_cold_start_asks_for_one_token(connect: Connect, side: FarSide, platform: Platform) -> None:
    """Defect 7: 16 processes at once need one token call, not 121."""
    platform.delay = 0.05
    clients = [connect() for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda client: client.send_text("oUser", "x"), clients))

    assert (side.count(TOKEN), side.count(SEND)) == (1, 16)


def test_token_replaced_elsewhere_is_renewed_once(
    connect: Connect, side: FarSide, platform: Platform
) -> None:
    """F28: N workers, one refresh (defects 7 and 8)."""
    clients = [connect() for _ in range(8)]
    for client in clients:
        client.send_text("oUser", "x")
    platform.token = ""  # the platform forgets the old one and gives T2 next
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda client: client.send_text("oUser", "x"), clients))

    assert side.count(TOKEN) == 2


def test_always_refused_token_ends_after_one_renewal(
    client: PlatformClient, side: FarSide, platform: Platform
) -> None:
    """Defect 5: not 486 calls and a RecursionError, but two and a typed refusal."""
    platform.answer = lambda _: error(40001)
    with pytest.raises(TokenRejected):
        client.send_text("oUser", "x")

    assert (side.count(TOKEN), side.count(SEND)) == (2, 2)


def test_hung_token_endpoint_ends(client: PlatformClient, platform: Platform) -> None:
    """Defect 6: the time limit covers the token call too."""
    platform.delay = 3
    with pytest.raises(PlatformBusy):
        client.send_text("oUser", "x")


def test_kept_token_outlives_its_client(connect: Connect, side: FarSide) -> None:
    """Defect 8: another process uses the kept token."""
    connect().send_text("oUser", "x")
    connect().send_text("oUser", "x")

    assert side.count(TOKEN) == 1


def test_token_is_kept_shorter_than_it_lives() -> None:
    """Five minutes before its end the platform renews it, and so do we."""
    now = 0.0
    fetched = iter(["T1", "T2"])
    store = MemoryTokens(lambda: now)
    source = TokenSource("wx1", store, lambda: (next(fetched), 7200))
    assert source.current() == "T1"
    now = 6899.0
    assert source.current() == "T1"
    now = 6901.0
    assert source.current() == "T2"


# --- errors ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (40164, CallerNotAllowed),
        (48001, CallerNotAllowed),
        (40003, RecipientUnreachable),
        (43004, RecipientUnreachable),
        (43101, QuotaSpent),
        (45009, QuotaSpent),
        (45015, QuotaSpent),
        (45047, QuotaSpent),
        (45011, TooFrequent),
        (43117, TooFrequent),
        (40007, MediaGone),
        (40029, LoginCodeRefused),
        (40163, LoginCodeRefused),
        (40226, LoginBlocked),
        (47003, PlatformRefused),
        (99999, PlatformRefused),
    ],
)
def test_error_codes_are_typed(
    client: PlatformClient,
    side: FarSide,
    platform: Platform,
    code: int,
    expected: type[PlatformRefused],
) -> None:
    """Each code says what may be done next; none of these is tried again."""
    platform.answer = lambda _: error(code)
    with pytest.raises(expected) as caught:
        client.send_text("oUser", "x")

    assert (caught.value.platform_code, caught.value.rid) == (str(code), "5f3a-77")
    assert side.count(SEND) == 1


def test_busy_is_tried_three_times(
    client: PlatformClient, side: FarSide, platform: Platform
) -> None:
    """F28: bounded, and then it is the job's turn to wait."""
    platform.answer = lambda _: error(-1)
    with pytest.raises(PlatformBusy) as caught:
        client.send_text("oUser", "x")

    assert side.count(SEND) == 3
    assert not caught.value.outcome_unknown


def test_busy_once_is_not_noticed(
    client: PlatformClient, side: FarSide, platform: Platform
) -> None:
    answers = iter([error(-1), OK])
    platform.answer = lambda _: next(answers)
    client.send_text("oUser", "x")

    assert side.count(SEND) == 2


BAD_DAYS = [
    Told(b"oops", 502, "text/plain"),
    Told(b"<html>busy</html>", media_type="text/html"),
    Told(b'{"errcode":0,"err'),
    Told(b"[]"),
    Told(b"", 302, headers={"Location": "http://169.254.169.254/latest/"}),
    Told(b'{"errcode":0', cut=True),
]


@pytest.mark.parametrize("told", BAD_DAYS, ids=lambda told: f"{told.status}-{told.octets[:12]!r}")
def test_bad_days_of_the_platform(
    client: PlatformClient, side: FarSide, platform: Platform, told: Told
) -> None:
    """Defect 11: no page, no half answer and no redirect passes for a result."""
    platform.answer = lambda _: told
    with pytest.raises(PlatformBusy) as caught:
        client.send_text("oUser", "x")

    assert caught.value.outcome_unknown
    assert side.count(SEND) == 1  # it may have been delivered: who repeats it must know


def test_refusals_carry_no_secret(
    client: PlatformClient, platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither text, repr nor cause of an error leads to the token or the secret."""
    caplog.set_level(logging.INFO)
    for told in [error(45015), *BAD_DAYS]:
        platform.answer = lambda _, told=told: told  # type: ignore[misc]
        with pytest.raises(ChannelError) as caught:
            client.send_text("oUser", "x")
        shown = repr(caught.value) + str(caught.value) + repr(client) + caplog.text
        assert platform.token not in shown
        assert "the-app-secret" not in shown
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


# --- messages -------------------------------------------------------------------------


def test_text_is_sent_in_raw_characters(client: PlatformClient, side: FarSide) -> None:
    """Escaped characters are refused by WeChat (40033)."""
    client.send_text("oUser", "盖章完成")

    assert "盖章完成".encode() in side.asked[-1].body
    assert side.asked[-1].json() == {
        "touser": "oUser",
        "msgtype": "text",
        "text": {"content": "盖章完成"},
    }


def test_long_text_is_split_at_lines(client: PlatformClient, side: FarSide) -> None:
    """Nothing is lost, no piece exceeds 2048 octets, no character is cut."""
    lines = [f"{number} " + "章" * 100 for number in range(40)]
    client.send_text("oUser", "\n".join(lines))

    pieces = [one.json()["text"]["content"] for one in side.asked if one.path == SEND]  # type: ignore[index]
    assert len(pieces) > 5
    assert max(len(piece.encode()) for piece in pieces) <= 2048
    assert "\n".join(pieces).split("\n") == lines


def test_messages_of_every_kind(client: PlatformClient, side: FarSide) -> None:
    card = NewsReply("题", "述", "https://s/1", "https://s/1.png")
    client.send_menu("oUser", "选择印章", [("1", "公章"), ("2", "合同章")], "或回复取消")
    client.send_image("oUser", "M")
    client.send_news("oUser", card)
    client.send_page("oUser", "盖章", "pages/web/index?link=t", "MEDIA")
    client.typing("oUser")

    menu, image, news, page, typing = [one.json() for one in side.asked if one.path != TOKEN]
    assert menu["msgmenu"] == {
        "head_content": "选择印章",
        "list": [{"id": "1", "content": "公章"}, {"id": "2", "content": "合同章"}],
        "tail_content": "或回复取消",
    }
    assert image["image"] == {"media_id": "M"}
    assert news["news"]["articles"][0]["picurl"] == "https://s/1.png"  # type: ignore[index]
    assert page["miniprogrampage"]["pagepath"] == "pages/web/index?link=t"  # type: ignore[index]
    assert typing == {"touser": "oUser", "command": "Typing"}


def test_template_carries_its_own_number(client: PlatformClient, side: FarSide) -> None:
    """With client_msg_id a repetition is not delivered twice (missing in wechatpy)."""
    message_id = client.send_template("oUser", "T", {"thing1": "公章"}, client_msg_id="n-1")

    assert message_id == "7"
    assert side.asked[-1].json()["client_msg_id"] == "n-1"


def test_wechatpys_own_methods_go_the_same_way(
    client: PlatformClient, side: FarSide, platform: Platform
) -> None:
    """Defect 12: other hosts and API classes are rewritten, refused and renewed alike."""
    client.menu.create({"button": []})
    client.wxa.get_wxa_code_unlimited("s=1")
    platform.token = ""
    client.user.get("oUser")

    assert [one.path for one in side.asked if one.path != TOKEN] == [
        "/wechat/cgi-bin/menu/create",
        "/wechat/wxa/getwxacodeunlimit",
        "/wechat/cgi-bin/user/info",
        "/wechat/cgi-bin/user/info",
    ]


# --- media ----------------------------------------------------------------------------


@pytest.mark.parametrize("as_stream", [True, False])
def test_upload_repeats_the_octets(
    client: PlatformClient, side: FarSide, platform: Platform, as_stream: bool
) -> None:
    """Defect 10: after a renewal the second try sends the file, not nothing."""
    platform.answer = lambda _: Told({"media_id": "M", "type": "image"})
    assert client.access_token
    platform.token = ""
    if as_stream:
        client.media.upload("image", ("a.png", io.BytesIO(b"PICTURE"), "image/png"))
    else:
        assert client.upload_media("a.png", b"PICTURE") == "M"

    bodies = [one.body for one in side.asked if one.path.endswith("/media/upload")]
    assert len(bodies) == 2
    assert all(b"PICTURE" in body for body in bodies)


def test_download(client: PlatformClient, side: FarSide, platform: Platform) -> None:
    platform.answer = lambda _: Told(b"\xff\xd8\xffJPEG", media_type="image/jpeg")
    media = client.download_media("M")

    assert (media.content, media.media_type) == (b"\xff\xd8\xffJPEG", "image/jpeg")
    assert side.asked[-1].path == "/wechat/cgi-bin/media/get"


def test_download_with_a_lost_token(client: PlatformClient, platform: Platform) -> None:
    assert client.access_token
    platform.token = ""
    platform.answer = lambda _: Told(b"PNG", media_type="image/png")

    assert client.download_media("M").content == b"PNG"


def test_expired_media(client: PlatformClient, platform: Platform) -> None:
    """After three days: HTTP 200 with an error in JSON."""
    platform.answer = lambda _: error(40007)
    with pytest.raises(MediaGone):
        client.download_media("M")


def test_too_large_download(client: PlatformClient, platform: Platform) -> None:
    """The limit holds while reading, whatever the headers promise."""
    platform.answer = lambda _: Told(b"x" * 200_000, media_type="image/png")
    with pytest.raises(MediaRefused):
        client.download_media("M", max_octets=100_000)


def test_no_other_host_is_ever_asked(client: PlatformClient, platform: Platform) -> None:
    """F52: neither a redirect nor an address inside an answer is followed."""
    with far_side(lambda _: OK) as inside:
        platform.answer = lambda _: Told(
            b"", 302, headers={"Location": f"{inside.base_url}/latest/meta-data"}
        )
        with pytest.raises(PlatformBusy):
            client.download_media("M")
        platform.answer = lambda _: Told({"video_url": f"{inside.base_url}/video"})
        with pytest.raises(MediaRefused):
            client.download_media("M")
        with pytest.raises(PlatformRefused):
            client.get(f"{inside.base_url}/x")
        with pytest.raises(requests.exceptions.InvalidSchema):
            client._http.get("file:///etc/passwd")

        assert inside.asked == []


# --- codes and people -----------------------------------------------------------------


def test_qrcode(client: PlatformClient, side: FarSide, platform: Platform) -> None:
    """The scene is nested as WeChat wants it, else it silently becomes 0."""
    platform.answer = lambda _: Told({"ticket": "t", "url": "http://weixin.qq.com/q/1"})

    assert client.create_qrcode("pickup-1", 600) == "http://weixin.qq.com/q/1"
    assert side.asked[-1].json() == {
        "expire_seconds": 600,
        "action_name": "QR_STR_SCENE",
        "action_info": {"scene": {"scene_str": "pickup-1"}},
    }


@pytest.mark.parametrize(("scene", "ttl"), [("", 60), ("x" * 65, 60), ("x", 0), ("x", 2592001)])
def test_impossible_qrcode(client: PlatformClient, scene: str, ttl: int) -> None:
    with pytest.raises(ValueError, match="range"):
        client.create_qrcode(scene, ttl)


def test_login_needs_no_token(client: PlatformClient, side: FarSide, platform: Platform) -> None:
    """wechatpy fetches a token first, and login breaks when that fails."""
    platform.answer = lambda _: Told({"openid": "oMini", "session_key": "S3SSION", "unionid": "u"})
    session = client.code_to_session("code")

    assert (session.openid, session.unionid) == ("oMini", "u")
    assert "S3SSION" not in repr(session)
    assert side.count(TOKEN) == 0
    assert "access_token" not in side.asked[-1].query


def test_used_login_code(client: PlatformClient, platform: Platform) -> None:
    platform.answer = lambda _: error(40163)
    with pytest.raises(LoginCodeRefused):
        client.code_to_session("code")


def test_phone_number_of_another_account(client: PlatformClient, platform: Platform) -> None:
    """The watermark must name our appid."""
    info = {"purePhoneNumber": "13800000000", "watermark": {"appid": "wx1"}}
    platform.answer = lambda _: Told({"errcode": 0, "phone_info": info})
    assert client.phone_number("code", "oMini") == "13800000000"

    platform.answer = lambda _: Told(
        {"errcode": 0, "phone_info": {**info, "watermark": {"appid": "wx2"}}}
    )
    with pytest.raises(LoginCodeRefused):
        client.phone_number("code", "oMini")
