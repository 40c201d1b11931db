"""The API refuses what the real one refuses, and shows what the real client shows."""

from __future__ import annotations

import json
from base64 import b64encode
from io import BytesIO
from typing import Any

import pytest
import requests
import zxingcpp
from PIL import Image

from sandbox.acting import CannotAct, perform
from sandbox.pictures import qr_picture
from sandbox.wechat.state import WeChatState
from sandbox.world import Act, Fault, World

SEND = "cgi-bin/message/custom/send"


@pytest.fixture
def tuoba(world: World) -> Any:
    person = world.person("tuoba")
    perform(world, person, "wechat", Act("follow"))
    return person


@pytest.fixture
def openid(world: World, tuoba: Any) -> str:
    return world.openid(tuoba, world.accounts.wechat_official.appid)


def _text(openid: str, content: str = "您好") -> dict[str, Any]:
    return {"touser": openid, "msgtype": "text", "text": {"content": content}}


def _codes(world: World) -> list[Any]:
    return [row.code for row in world.verdicts.illegal()]


def test_a_follower_may_be_told_three_things_within_a_minute(
    world: World, api: Any, openid: str
) -> None:
    """Then 45047; when the minute is over, 45015 (facts/platform.md §3.1)."""
    codes = [api(SEND, _text(openid))["errcode"] for _ in range(4)]
    world.clock.advance(61)
    codes.append(api(SEND, _text(openid))["errcode"])

    assert codes == [0, 0, 0, 45047, 45015]
    assert _codes(world) == [45047, 45015]


def test_a_message_of_the_person_opens_five_for_two_days(
    world: World, api: Any, tuoba: Any, openid: str
) -> None:
    world.clock.advance(61)
    perform(world, tuoba, "wechat", Act("text", text="查询"))
    world.clock.advance(47 * 3600)

    codes = [api(SEND, _text(openid))["errcode"] for _ in range(6)]
    world.clock.advance(2 * 3600)

    assert codes == [0, 0, 0, 0, 0, 45047]
    assert api(SEND, _text(openid))["errcode"] == 45015


def test_who_left_cannot_be_reached(world: World, api: Any, tuoba: Any, openid: str) -> None:
    perform(world, tuoba, "wechat", Act("unfollow"))

    assert api(SEND, _text(openid))["errcode"] == 45015


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"touser": "o" + "0" * 27}, 40003),
        ({"touser": None}, 40003),
        ({"msgtype": "poem"}, 40008),
        ({"msgtype": "link", "link": {}}, 40008),
        ({"text": {"content": ""}}, 44004),
        ({"text": {"content": "长" * 683}}, 45002),
        ({"msgtype": "image", "image": {"media_id": "none"}}, 40007),
        ({"msgtype": "news", "news": {"articles": [{}, {}]}}, 45008),
        ({"msgtype": "msgmenu", "msgmenu": {"head_content": "选", "list": []}}, 44004),
        (
            {
                "msgtype": "miniprogrampage",
                "miniprogrampage": {"title": "领", "pagepath": "pages/none", "thumb_media_id": "x"},
            },
            40165,
        ),
    ],
)
def test_what_the_platform_refuses_costs_nothing(
    world: World, api: Any, openid: str, change: dict[str, Any], code: int
) -> None:
    answer = api(SEND, _text(openid) | change)

    assert answer["errcode"] == code
    assert "rid: " in answer["errmsg"]
    left = world.room(WeChatState).windows.left(
        world.accounts.wechat_official.appid, openid, world.clock.timestamp()
    )
    assert left == 3


def test_escaped_characters_are_refused(api: Any, openid: str) -> None:
    """json.dumps' default is wrong here: 40033."""
    assert api(SEND, json.dumps(_text(openid)).encode())["errcode"] == 40033
    assert api(SEND, b"not json")["errcode"] == 47001


def test_a_menu_message_shows_its_buttons(world: World, api: Any, tuoba: Any, openid: str) -> None:
    entries = [{"id": "a", "content": "申请印章"}, {"id": "b", "content": "我的印章"}]
    menu = {"head_content": "请选择", "list": entries, "tail_content": "谢谢"}

    api(SEND, {"touser": openid, "msgtype": "msgmenu", "msgmenu": menu})

    row = world.inbox.of(tuoba, "wechat")[-1]
    assert (row.kind, row.text, row.tail) == ("menu", "请选择", "谢谢")
    assert [choice.text for choice in row.choices] == ["申请印章", "我的印章"]


def test_an_uploaded_picture_can_be_sent_for_three_days(
    world: World, api: Any, tuoba: Any, openid: str
) -> None:
    account = world.accounts.wechat_official
    picture = qr_picture("hello")
    token = _token(world)
    answer = requests.post(
        f"{account.api_base}/cgi-bin/media/upload",
        params={"access_token": token, "type": "image"},
        files={"media": ("a.jpg", picture)},
        timeout=5,
    ).json()
    image = {
        "touser": openid,
        "msgtype": "image",
        "image": {"media_id": answer["media_id"]},
    }

    assert api(SEND, image)["errcode"] == 0
    shown = world.inbox.of(tuoba, "wechat")[-1]
    got = requests.get(
        f"{account.api_base}/cgi-bin/media/get",
        params={"access_token": token, "media_id": answer["media_id"]},
        timeout=5,
    )
    assert shown.picture
    assert got.content == picture
    perform(world, tuoba, "wechat", Act("text", text="再来"))
    world.clock.advance(3 * 86400)
    assert api(SEND, image)["errcode"] == 40007


@pytest.mark.parametrize(
    ("name", "data", "code"), [("a.jpg", b"MZ not a picture", 40005), ("a.jpg", b"", 44001)]
)
def test_uploads_are_judged_by_their_bytes(world: World, name: str, data: bytes, code: int) -> None:
    """An empty file is what wechatpy sends when it retries an upload."""
    answer = requests.post(
        f"{world.accounts.wechat_official.api_base}/cgi-bin/media/upload",
        params={"access_token": _token(world), "type": "image"},
        files={"media": (name, data)},
        timeout=5,
    )
    assert answer.json()["errcode"] == code


def _token(world: World) -> str:
    account = world.accounts.wechat_official
    token, _ = world.room(WeChatState).tokens.stable(account.appid, world.clock.timestamp())
    return token


def test_the_stable_token_stays_the_same_until_five_minutes_before_its_end(world: World) -> None:
    account, tokens = world.accounts.wechat_official, world.room(WeChatState).tokens
    first, seconds = tokens.stable(account.appid, 0.0)

    assert tokens.stable(account.appid, 6899.0) == (first, 301)
    assert tokens.stable(account.appid, 6901.0)[0] != first
    assert tokens.appid_of(first, 7199.0) == account.appid
    assert seconds == 7200


@pytest.mark.parametrize(("token", "code"), [("", 41001), ("99_wrong", 40001), (None, 41001)])
def test_a_wrong_token_opens_nothing(world: World, token: str | None, code: int) -> None:
    answer = requests.get(
        f"{world.accounts.wechat_official.api_base}/cgi-bin/getcallbackip",
        params={"access_token": token},
        timeout=5,
    )
    assert answer.json()["errcode"] == code


def test_a_wrong_secret_gets_no_token(world: World) -> None:
    account = world.accounts.wechat_official
    body = {"grant_type": "client_credential", "appid": account.appid, "secret": "x"}

    answer = requests.post(f"{account.api_base}/cgi-bin/stable_token", json=body, timeout=5)

    assert answer.json()["errcode"] == 40125


def test_faults_strike_once_and_are_not_the_callers_fault(
    world: World, api: Any, openid: str
) -> None:
    world.faults.switch_on(Fault("errcode", SEND, value="-1"))
    world.faults.switch_on(Fault("token_invalidated", SEND))

    assert [api(SEND, _text(openid))["errcode"] for _ in range(3)] == [40001, -1, 0]
    assert world.verdicts.illegal() == []


@pytest.mark.parametrize(
    ("name", "value"), [("reset", ""), ("http_5xx", "503"), ("html", ""), ("truncated_json", "")]
)
def test_a_broken_line_gives_no_json(
    world: World, api: Any, openid: str, name: str, value: str
) -> None:
    """Whatever breaks, the next call is in order again and nobody is blamed."""
    world.faults.switch_on(Fault(name, SEND, value=value))

    with pytest.raises(requests.RequestException):
        api(SEND, _text(openid))

    assert api(SEND, _text(openid))["errcode"] == 0
    assert world.verdicts.illegal() == []


def test_a_menu_offers_what_was_created(world: World, service: Any, api: Any, tuoba: Any) -> None:
    """A page entry opens the page and reports VIEW; an entry that is not there cannot be hit."""
    buttons = [
        {"type": "click", "name": "申请", "key": "apply"},
        {"type": "view", "name": "门户", "url": "http://h.test/"},
    ]
    api("cgi-bin/menu/create", {"button": buttons})

    perform(world, tuoba, "wechat", Act("click", key="apply"))
    opened = perform(world, tuoba, "wechat", Act("click", key="http://h.test/"))
    with pytest.raises(CannotAct):
        perform(world, tuoba, "wechat", Act("click", key="none"))

    assert [m["Event"] for m in service.seen[-2:]] == ["CLICK", "VIEW"]
    assert [row.kind for row in opened] == ["opened"]


def test_a_scanned_code_brings_its_scene(world: World, service: Any, api: Any) -> None:
    """A stranger follows by it (qrscene_…), a follower sends SCAN; later it has expired."""
    bai = world.person("bai")
    scene = {"scene": {"scene_str": "pickup-7"}}
    made = api(
        "cgi-bin/qrcode/create",
        {"action_name": "QR_STR_SCENE", "expire_seconds": 600, "action_info": scene},
    )
    drawn = requests.get(
        f"{world.url}/wechat/cgi-bin/showqrcode", params={"ticket": made["ticket"]}, timeout=5
    )
    content = zxingcpp.read_barcodes(Image.open(BytesIO(drawn.content)))[0].text

    perform(world, bai, "wechat", Act("scan", text=content))
    perform(world, bai, "wechat", Act("scan", text=content))
    world.clock.advance(601)
    late = perform(world, bai, "wechat", Act("scan", text=content))

    assert content == made["url"]
    assert [(m["Event"], m["EventKey"]) for m in service.seen] == [
        ("subscribe", "qrscene_pickup-7"),
        ("SCAN", "pickup-7"),
    ]
    assert [row.text for row in late] == ["二维码已过期"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"scene": "中文"}, 40169),
        ({"scene": "x" * 33}, 40169),
        ({"page": "/pages/pin/index"}, 41030),
        ({"page": "pages/none/index"}, 41030),
        ({"width": 100}, 40097),
    ],
)
def test_a_mini_program_code_is_validated(
    world: World, api: Any, change: dict[str, Any], code: int
) -> None:
    body = {"scene": "a=1", "page": "pages/pin/index"} | change
    account = world.accounts.wechat_miniprogram

    assert api("wxa/getwxacodeunlimit", body, account=account)["errcode"] == code


def _review(world: World, openid: str) -> dict[str, Any]:
    account = world.accounts.wechat_official
    values = {"thing1": "合同专用章", "phrase2": "审核通过", "thing3": "请领取"}
    data = {name: {"value": value} for name, value in values.items()}
    return {
        "touser": openid,
        "template_id": account.templates["review_result"],
        "data": data | {"time4": {"value": "2026-11-21 10:00"}},
        "client_msg_id": "m1",
    }


def test_a_template_message_reports_its_end_by_event(
    world: World, service: Any, api: Any, openid: str
) -> None:
    answer = api("cgi-bin/message/template/send", _review(world, openid))
    again = api("cgi-bin/message/template/send", _review(world, openid))
    world.settle()

    assert answer["errcode"] == 0
    assert again["errcode"] == 43119
    event = service.seen[-1]
    assert (event["Event"], event["Status"]) == ("TEMPLATESENDJOBFINISH", "success")
    assert event["MsgID"] == str(answer["msgid"])


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("thing1", ""),
        ("thing1", "长" * 21),
        ("phrase2", "passed"),
        ("phrase2", "审核未予通过"),
        ("time4", "tomorrow"),
    ],
)
def test_template_values_are_checked_by_type(
    world: World, api: Any, openid: str, keyword: str, value: str
) -> None:
    body = _review(world, openid)
    body["data"][keyword] = {"value": value}

    answer = api("cgi-bin/message/template/send", body)

    assert answer["errcode"] == 47003
    assert f"data.{keyword}.value" in answer["errmsg"]


def test_a_template_message_needs_a_follower(world: World, api: Any) -> None:
    stranger = world.openid(world.person("yan"), world.accounts.wechat_official.appid)

    assert api("cgi-bin/message/template/send", _review(world, stranger))["errcode"] == 43004


def test_one_accept_allows_one_subscribe_message(world: World, api: Any) -> None:
    account, bai = world.accounts.wechat_miniprogram, world.person("bai")
    openid = world.openid(bai, account.appid)
    template = account.templates["review_result"]
    body = _review(world, openid) | {"template_id": template, "page": "pages/index/index?a=1"}
    world.room(WeChatState).consents.accept(openid, template)

    path = "cgi-bin/message/subscribe/send"
    codes = [api(path, body, account=account)["errcode"] for _ in range(2)]
    body["page"] = "pages/none"
    codes.append(api(path, body, account=account)["errcode"])
    world.settle()

    assert codes == [0, 43101, 41030]
    assert world.inbox.of(bai, "wechat_miniprogram")[-1].kind == "template"


def test_login_and_phone_codes_work_once_and_only_for_their_purpose(world: World, api: Any) -> None:
    account, bai = world.accounts.wechat_miniprogram, world.person("bai")
    codes = {
        purpose: requests.post(
            f"{world.url}/world/code", json={"purpose": purpose, "person": "bai"}, timeout=5
        ).json()["code"]
        for purpose in ("login", "phone")
    }
    login = {
        "appid": account.appid,
        "secret": account.secret,
        "js_code": codes["login"],
        "grant_type": "authorization_code",
    }
    session = f"{account.api_base}/sns/jscode2session"
    phone = "wxa/business/getuserphonenumber"

    first = requests.get(session, params=login, timeout=5).json()
    second = requests.get(session, params=login, timeout=5).json()
    wrong = api(phone, {"code": codes["login"]}, account=account)
    right = api(phone, {"code": codes["phone"], "openid": first["openid"]}, account=account)

    assert first["openid"] == world.openid(bai, account.appid)
    assert second["errcode"] == wrong["errcode"] == 40029
    assert right["phone_info"]["phoneNumber"] == bai.mobile


def test_web_sign_in_gives_a_code_for_the_person_in_whose_wechat_the_page_is(
    world: World,
) -> None:
    account = world.accounts.wechat_official
    base = account.api_base
    wanted = {
        "appid": account.appid,
        "redirect_uri": f"{world.accounts.service_url}/h5/back?x=1",
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "abc",
    }
    page = requests.get(
        f"{base}/connect/oauth2/authorize",
        params=wanted,
        cookies={"sandbox_person": "tuoba"},
        allow_redirects=False,
        timeout=5,
    )
    target = page.headers["Location"]
    code = target.partition("code=")[2].partition("&")[0]
    answer = requests.get(
        f"{base}/sns/oauth2/access_token",
        params={"appid": account.appid, "secret": account.secret, "code": code},
        timeout=5,
    ).json()

    assert target.endswith("&state=abc")
    assert answer["openid"] == world.openid(world.person("tuoba"), account.appid)
    assert "unionid" not in answer
    wanted["redirect_uri"] = "http://elsewhere.example/"
    assert (
        requests.get(f"{base}/connect/oauth2/authorize", params=wanted, timeout=5).status_code
        == 400
    )


@pytest.mark.parametrize(
    ("buttons", "code"),
    [
        ([{"type": "click", "name": "申请", "key": "apply"}], 0),
        ([], 40016),
        ([{"type": "click", "name": "六个汉字长名", "key": "k"}], 40018),
        ([{"type": "click", "name": "申请", "key": ""}], 40019),
        ([{"type": "magic", "name": "申请"}], 40017),
        ([{"name": "更多", "sub_button": []}], 40023),
    ],
)
def test_menus_are_checked(api: Any, buttons: list[Any], code: int) -> None:
    assert api("cgi-bin/menu/create", {"button": buttons})["errcode"] == code


def test_the_robot_speaks_twenty_times_a_minute(world: World) -> None:
    url = world.accounts.staff_robot.url
    body = {"msgtype": "text", "text": {"content": "有 1 件新申请"}}

    codes = [requests.post(url, json=body, timeout=5).json()["errcode"] for _ in range(21)]
    world.clock.advance(60)
    codes.append(requests.post(url, json=body, timeout=5).json()["errcode"])

    assert codes == [0] * 20 + [45009, 0]
    wrong = requests.post(url + "x", json=body, timeout=5).json()
    assert wrong["errcode"] == 93000


def test_the_world_can_be_driven_over_http(world: World, service: Any) -> None:
    """What the phone page and the actors use."""
    base = f"{world.url}/world"
    act = {"person": "bai", "channel": "wechat", "kind": "follow"}
    shown = requests.post(f"{base}/act", json=act, timeout=5).json()
    act |= {"kind": "image", "data": b64encode(qr_picture("x")).decode()}
    requests.post(f"{base}/act", json=act, timeout=5)
    rows = requests.get(
        f"{base}/inbox",
        params={"person": "bai", "channel": "wechat", "after": shown[-1]["seq"]},
        timeout=5,
    ).json()
    unknown = requests.post(f"{base}/act", json=act | {"person": "nobody"}, timeout=5)

    assert [row["kind"] for row in rows] == ["image"]
    assert service.seen[-1]["PicUrl"].startswith(world.url)
    assert unknown.status_code == 400
    assert requests.get(f"{base}/verdicts?illegal=1", timeout=5).json() == []
