"""Pushes that are wrong, repeated or strange, over HTTP to the whole service."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.support.alipay_side import Keys, keys
from tests.support.pushing import AlipayPusher, WeChatPusher, new_number
from tests.support.towns import Town
from tests.support.wechat_side import wrap

ENTITIES = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY a "ha">]>'


@pytest.fixture
def stranger(shanxi: Town, request: pytest.FixtureRequest) -> WeChatPusher:
    """Somebody who has never spoken before, a new one for each test."""
    name = f"o{random.Random(request.node.nodeid).randbytes(14).hex()[:27]}"
    return WeChatPusher(shanxi.world.accounts.wechat_official, name)


@pytest.fixture
def payer(shanxi: Town, request: pytest.FixtureRequest) -> AlipayPusher:
    """The same on Alipay."""
    name = random.Random(request.node.nodeid).randbytes(14).hex()
    return AlipayPusher(shanxi.world.accounts.alipay_life, name)


def messages_of(town: Town, openid: str) -> int:
    """How many messages of this person were accepted."""
    return town.count(
        "inbox_messages", "account_id IN (SELECT id FROM accounts WHERE subject = :s)", s=openid
    )


def traces_of(town: Town, openid: str) -> int:
    return town.count("accounts", "subject = :s", s=openid)


Attack = Callable[[WeChatPusher], tuple[dict[str, str], bytes]]


def _signature(who: WeChatPusher) -> tuple[dict[str, str], bytes]:
    query, body = who.platform.push(who.text("转账"), datetime.now(UTC))
    flipped = "0" if query["msg_signature"][0] != "0" else "1"
    return query | {"msg_signature": flipped + query["msg_signature"][1:]}, body


def _no_signature(who: WeChatPusher) -> tuple[dict[str, str], bytes]:
    return {}, who.platform.push(who.text("转账"), datetime.now(UTC))[1]


def _appid(who: WeChatPusher) -> tuple[dict[str, str], bytes]:
    encrypted = who.platform.encrypt(who.text("转账"), appid="wx0000000000000000")
    return who.platform.query(encrypted, datetime.now(UTC)), wrap(encrypted)


def _aged(**age: int) -> Attack:
    return lambda who: who.platform.push(who.text("转账"), datetime.now(UTC) - timedelta(**age))


def _plaintext(who: WeChatPusher) -> tuple[dict[str, str], bytes]:
    query = who.platform.query("", datetime.now(UTC))
    del query["msg_signature"], query["encrypt_type"]
    return query, who.text("转账")


def _encrypted(message: bytes) -> Attack:
    return lambda who: who.platform.push(message, datetime.now(UTC))


def _huge(size: int) -> Attack:
    def attack(who: WeChatPusher) -> tuple[dict[str, str], bytes]:
        query, body = who.platform.push(who.text("转账"), datetime.now(UTC))
        return query, body + b" " * size

    return attack


def _entities(who: WeChatPusher) -> tuple[dict[str, str], bytes]:
    message = ENTITIES + who.text("x").replace(b"<![CDATA[x]]>", b"&f;")
    return who.platform.push(message, datetime.now(UTC))


def _laughs(who: WeChatPusher) -> tuple[dict[str, str], bytes]:
    lines = [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)]
    bomb = f'<!DOCTYPE x [<!ENTITY l0 "ha">{"".join(lines)}]>'.encode()
    message = bomb + who.text("x").replace(b"<![CDATA[x]]>", b"&l9;")
    return who.platform.push(message, datetime.now(UTC))


FORGED: dict[str, tuple[Attack, int]] = {
    "wrong signature": (_signature, 403),
    "no signature": (_no_signature, 403),
    "another account inside": (_appid, 403),
    "a day old": (_aged(days=1), 403),
    "an hour ahead": (_aged(hours=-1), 403),
    "plaintext": (_plaintext, 403),
    "malformed XML": (_encrypted(b"<xml><FromUserName>o1</FromUser"), 400),
    "no XML at all": (_encrypted(b"\x00\xff\xfe"), 400),
    "no sender": (_encrypted(b"<xml><MsgType>text</MsgType><Content>x</Content></xml>"), 400),
    "external entity": (_entities, 400),
    "billion laughs": (_laughs, 400),
    "oversized": (_huge(1024 * 1024), 413),
    "10 MB": (_huge(10 * 1024 * 1024), 413),
}


@pytest.mark.parametrize("name", FORGED)
def test_what_wechat_did_not_send_is_refused_and_leaves_nothing(
    shanxi: Town, stranger: WeChatPusher, name: str
) -> None:
    """A status of its kind, a bare code as body, no row, no echo of the attack in the logs."""
    attack, status = FORGED[name]
    before = shanxi.count("inbox_messages")

    answer = stranger.post(*attack(stranger))

    assert answer.status_code == status
    assert answer.text == f"http.{status}"
    assert traces_of(shanxi, stranger.openid) == 0
    assert shanxi.count("inbox_messages") == before
    assert "转账" not in shanxi.logs()


def test_broken_ciphertexts_all_get_one_answer(stranger: WeChatPusher) -> None:
    """F09: nothing tells padding, frame and key apart; nothing is a 500."""
    rng = random.Random(9)
    whole = stranger.platform.encrypt(stranger.text("x"))
    frame = b"\x11" * 16 + b"\x00\x00\x00\x05" + b"hello" + stranger.platform.appid.encode()
    broken = [whole[: rng.randrange(4, len(whole))] for _ in range(10)]
    broken += [stranger.platform.encrypt_frame((frame + b"\x07" * 64)[:64]) for _ in range(3)]
    broken += ["", "=", "!!!!", whole + "A", "A" * 43]
    answers = {push_ciphertext(stranger, ciphertext) for ciphertext in broken}

    assert answers == {(403, "http.403")}


def test_garbled_ciphertexts_never_break_the_service(stranger: WeChatPusher) -> None:
    """Whatever a changed block decrypts to, it is refused or read, and no 500."""
    rng = random.Random(10)
    whole = stranger.platform.encrypt(stranger.text("x"))
    for _ in range(40):
        at = rng.randrange(len(whole) - 2)
        garbled = whole[:at] + ("B" if whole[at] == "A" else "A") + whole[at + 1 :]
        assert push_ciphertext(stranger, garbled)[0] in {200, 400, 403}


def push_ciphertext(who: WeChatPusher, ciphertext: str) -> tuple[int, str]:
    """Post it rightly signed, as only one who has the token can."""
    answer = who.post(who.platform.query(ciphertext, datetime.now(UTC)), wrap(ciphertext))
    return answer.status_code, answer.text


def without_second(answer: str) -> str:
    """An answer bears the second it was given in; everything else has to be kept."""
    return re.sub(r" \d{10} ", " ", answer)


def test_a_push_sent_three_times_has_one_effect_and_one_answer(
    shanxi: Town, stranger: WeChatPusher
) -> None:
    """F01, F07: each attempt has its own nonce, or is the very same bytes; the answer is kept."""
    number = new_number()
    query, body = stranger.platform.push(stranger.text("帮助", number), datetime.now(UTC))
    answers = [stranger.read(stranger.post(query, body)) for _ in range(2)]
    answers.append(stranger.say("帮助", number))

    assert len({without_second(answer) for answer in answers}) == 1
    assert answers[0]
    assert messages_of(shanxi, stranger.openid) == 1


def test_fifty_repetitions_at_once_have_one_effect(shanxi: Town, stranger: WeChatPusher) -> None:
    """F02: the unique key in SQL decides, not a look before the leap."""
    number = new_number()
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: stranger.say("帮助", number), range(50)))

    assert messages_of(shanxi, stranger.openid) == 1
    assert len({without_second(answer) for answer in answers}) == 1
    assert answers[0]


def test_events_without_a_number_are_told_apart_by_what_they_are(
    shanxi: Town, stranger: WeChatPusher
) -> None:
    """F03: the same event twice counts once; another one of the same second counts."""
    at = int(datetime.now(UTC).timestamp())
    for name, key in (("SCAN", "promo"), ("SCAN", "promo"), ("CLICK", "我的印章")):
        assert stranger.push(stranger.event(name, key, at)).status_code == 200

    assert messages_of(shanxi, stranger.openid) == 2


def test_an_unknown_event_is_acknowledged_and_forgotten(
    shanxi: Town, stranger: WeChatPusher
) -> None:
    """WeChat adds events; sending one again would not make us understand it."""
    answer = stranger.push(stranger.event("moon_rise"))

    assert (answer.status_code, answer.content) == (200, b"success")
    assert traces_of(shanxi, stranger.openid) == 0


@pytest.mark.parametrize(
    "words",
    [
        "今天天气怎么样",
        "{{7919*7907}} ${7919*7907} %s %(x)s",
        "]]></Content><MsgType>evil</MsgType>",
        "<script>alert(1)</script>",
        "\u202e\u200b\ufeff",
        "0" * 2000,
        "😀" * 300,
    ],
)
def test_words_that_fit_no_state_are_answered_kindly(stranger: WeChatPusher, words: str) -> None:
    """The answer is one well-formed message of one kind and leads on to the menu."""
    reply = stranger.say(words)

    assert "没有听懂" in reply
    assert "印章申请" in reply
    assert "62615533" not in reply
    assert "evil" not in reply


@pytest.mark.parametrize("kind", ["voice", "video", "location", "link", "shortvideo"])
def test_what_is_no_text_is_answered_too(stranger: WeChatPusher, kind: str) -> None:
    """Nobody who talks or films is left without a word."""
    message = stranger.message(f"<MsgType>{kind}</MsgType><MsgId>{new_number()}</MsgId>")

    assert "这里看不了" in stranger.read(stranger.push(message))


def test_two_quick_messages_of_one_person_keep_their_order(
    shanxi: Town, stranger: WeChatPusher
) -> None:
    """“1” means the first notice only if “信息公告” was heard before it."""
    first, second = stranger.text("信息公告"), stranger.text("1")
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(stranger.push, first)
        while not messages_of(shanxi, stranger.openid):
            pass  # WeChat sends them in order; it does not wait for our answer between
        two = pool.submit(stranger.push, second)
        replies = [stranger.read(each.result()) for each in (one, two)]

    assert "想看哪一条" in replies[0]
    assert "附件" in replies[1]


def test_a_pin_typed_into_the_chat_is_kept_nowhere(shanxi: Town, stranger: WeChatPusher) -> None:
    """The person is told; the row says only that something like a PIN was there."""
    before = shanxi.rows("SELECT max(serial) FROM inbox_messages")[0] or 0

    reply = stranger.say(" 518273 ")

    assert "不要在聊天里发送密码" in reply
    assert shanxi.rows("SELECT body FROM inbox_messages WHERE serial > :n", n=before) == [""]
    assert "518273" not in shanxi.logs()


# --- Alipay ---------------------------------------------------------------------------


def _alipay_forms(who: AlipayPusher) -> dict[str, tuple[bytes, int]]:
    ours, content = who.keys, who.text("转账")
    fields = {
        "service": "alipay.mobile.public.message.notify",
        "sign_type": "RSA2",
        "charset": "GBK",
        "biz_content": content,
    }
    v1 = "&".join(f"{k}={v}" for k, v in sorted(fields.items()) if k != "sign_type")
    signed_v1 = ours.life_message(content).split(b"&sign=")[0]
    day = timedelta(days=1, hours=6)
    entities = ENTITIES.decode() + content.replace("<![CDATA[转账]]>", "&f;")
    return {
        "signed by the rule of the other service": (
            signed_v1 + _sign(ours.sign(v1.encode("gbk"))),
            403,
        ),
        "SHA-1": (_sha1(ours, fields), 403),
        "a stranger's key": (Keys(keys().app, keys().app).life_message(content), 403),
        "another application": (
            ours.life_message(content.replace(who.account.app_id, "2021000000000000")),
            403,
        ),
        "stale": (ours.life_message(who.text("转账", at=datetime.now(UTC) - 2 * day)), 403),
        "malformed": (ours.life_message(content[:-20]), 400),
        "external entity": (ours.life_message(entities), 400),
        "oversized": (ours.life_message(content) + b"&padding=" + b"x" * 2**20, 413),
        "no form": (b"\xff\xfe\x00", 400),
    }


def _sign(value: str) -> bytes:
    return f"&sign={value.replace('+', '%2B').replace('/', '%2F').replace('=', '%3D')}".encode()


def _sha1(ours: Keys, fields: dict[str, str]) -> bytes:
    form = ours.form(fields | {"sign_type": "RSA"}).split(b"&sign=")[0]
    text = "&".join(f"{k}={v}" for k, v in sorted((fields | {"sign_type": "RSA"}).items()))
    value = ours.platform.sign(text.encode("gbk"), padding.PKCS1v15(), hashes.SHA1())
    return form + b"&sign=" + value.hex().encode()


@pytest.mark.parametrize(
    "name",
    [
        "signed by the rule of the other service",
        "SHA-1",
        "a stranger's key",
        "another application",
        "stale",
        "malformed",
        "external entity",
        "oversized",
        "no form",
    ],
)
def test_what_alipay_did_not_send_is_refused_and_leaves_nothing(
    shanxi: Town, payer: AlipayPusher, name: str
) -> None:
    """F11, F14: the rule of signing goes by the service; nothing of a refused push is kept."""
    form, status = _alipay_forms(payer)[name]

    answer = payer.post(form)

    assert answer.status_code == status
    assert traces_of(shanxi, payer.openid) == 0
    assert "转账" not in shanxi.logs()


def test_an_alipay_message_repeated_eight_times_has_one_effect(
    shanxi: Town, payer: AlipayPusher
) -> None:
    """F12, F13, F15: V2 in GBK with Chinese inside; each time the same acknowledgement."""
    person = shanxi.citizen("bai", "alipay")
    person.phone.follow()
    openids = {row["key"]: row["openids"]["alipay"] for row in shanxi.watcher.people()}
    payer = replace(payer, openid=openids["bai"])
    before, content = messages_of(shanxi, payer.openid), payer.text("信息公告")

    answers = [payer.push(content) for _ in range(8)]

    assert {answer.status_code for answer in answers} == {200}
    assert all(b"<sign>" in answer.content or answer.text == "success" for answer in answers)
    assert messages_of(shanxi, payer.openid) == before + 1
    shown = person.phone.wait_for("想看哪一条")
    assert sum("想看哪一条" in row.text for row in shown) == 1
