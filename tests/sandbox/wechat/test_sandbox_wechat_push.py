"""Pushes to a fake service: what it answers and what the person then sees."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from flask import Response

from sandbox.acting import CannotAct, perform
from sandbox.wechat.push import handshake, seal
from sandbox.world import Act, Fault, Shown, World


@pytest.fixture
def tuoba(world: World) -> Any:
    person = world.person("tuoba")
    perform(world, person, "wechat", Act("follow"))
    return person


def _say(world: World, person: Any, text: str = "你好") -> list[Shown]:
    return perform(world, person, "wechat", Act("text", text=text))[1:]


def test_the_handshake_wants_the_echo_verbatim(world: World) -> None:
    assert handshake(world, "wechat")


def test_a_message_arrives_decrypted_and_success_shows_nothing(
    world: World, service: Any, tuoba: Any
) -> None:
    """Safe mode carries ToUserName and Encrypt only; inside are the documented fields."""
    assert _say(world, tuoba) == []

    message = service.seen[-1]
    assert message["MsgType"] == "text"
    assert message["Content"] == "你好"
    assert message["FromUserName"] == world.openid(tuoba, world.accounts.wechat_official.appid)
    assert message["MsgId"].isdigit()
    assert world.verdicts.illegal() == []


def test_a_good_passive_reply_is_shown(world: World, service: Any, tuoba: Any) -> None:
    service.answer = lambda s, m: s.sealed(m, MsgType="text", Content="收到]]>了")

    shown = _say(world, tuoba)

    assert [(row.kind, row.text, row.passive) for row in shown] == [("text", "收到]]>了", True)]


@pytest.mark.parametrize(
    "bad",
    [
        lambda s, m: b"ok",
        lambda s, m: b'"success"',
        lambda s, m: b"<xml><Content>half",
        lambda s, m: b"<xml><MsgType><![CDATA[text]]></MsgType></xml>",
        lambda s, m: s.sealed(m, MsgType="text", Content=""),
        lambda s, m: s.sealed(m, MsgType="text", Content="长" * 700),
        lambda s, m: s.sealed(m, MsgType="evil", Content="x"),
        lambda s, m: s.sealed(m, MsgType="text", Content="x", ToUserName="somebody"),
        lambda s, m: s.sealed(m, MsgType="image", Image={"MediaId": "unknown"}),
        lambda s, m: s.sealed(m, MsgType="text", Content="x").replace(b"77", b"78"),
    ],
)
def test_a_malformed_reply_becomes_the_error_banner(
    world: World, service: Any, tuoba: Any, bad: Any
) -> None:
    """The person reads that the account is out of order; the ledger says why."""
    service.answer = bad

    shown = _say(world, tuoba)

    assert [row.kind for row in shown] == ["banner"]
    assert "故障" in shown[0].text
    assert world.verdicts.illegal()


def test_a_late_answer_is_asked_for_three_times_then_the_banner(
    world: World, service: Any, tuoba: Any
) -> None:
    """Each attempt carries the same MsgId, so that the service can drop repeats."""

    def late(_service: Any, _message: Any) -> bytes:
        time.sleep(1)
        return b"success"

    service.answer, service.seen = late, []
    world.push_timeout = 0.2

    shown = _say(world, tuoba)

    assert [row.kind for row in shown] == ["banner"]
    assert len(service.seen) == 3
    assert len({message["MsgId"] for message in service.seen}) == 1


def test_a_passing_failure_is_healed_by_the_next_attempt(
    world: World, service: Any, tuoba: Any
) -> None:
    answers = [Response(status=502), b"success"]
    service.answer = lambda _s, _m: answers.pop(0)

    assert _say(world, tuoba) == []
    assert world.verdicts.illegal() == []


@pytest.mark.parametrize(
    "name",
    [
        "wrong_signature",
        "stale_timestamp",
        "plaintext",
        "wrong_appid",
        "malformed",
        "oversized",
    ],
)
def test_a_forged_push_must_be_turned_away(
    world: World, service: Any, tuoba: Any, name: str
) -> None:
    """A service that refuses is in order; one that says success is not."""
    before = len(service.seen)
    world.faults.switch_on(Fault(name, "push"))

    assert _say(world, tuoba) == []
    assert len(service.seen) == before
    assert world.verdicts.all()[-1].ok


def test_a_service_that_accepts_forgeries_is_found_out(
    world: World, service: Any, tuoba: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(service), "receive", lambda _self: b"success")
    world.faults.switch_on(Fault("wrong_signature", "push"))

    _say(world, tuoba)

    assert [row.call for row in world.verdicts.illegal()] == ["forgery:wrong_signature"]


@pytest.mark.parametrize("name", ["duplicate", "concurrent", "repeated_nonce"])
def test_a_repeated_push_has_the_same_message_id(
    world: World, service: Any, tuoba: Any, name: str
) -> None:
    service.seen = []
    world.faults.switch_on(Fault(name, "push"))

    _say(world, tuoba)
    world.settle()

    assert len(service.seen) == 2
    assert service.seen[0]["MsgId"] == service.seen[1]["MsgId"]


@pytest.mark.parametrize("mode", ["plain", "compat"])
def test_other_modes_are_what_the_documentation_says(world: World, tuoba: Any, mode: str) -> None:
    """Compat carries both texts in one body; plain has no msg_signature."""
    account = replace(world.accounts.wechat_official, mode=mode)
    envelope = seal(world, account, {"ToUserName": "gh", "FromUserName": "o", "Content": "hi"})

    assert ("msg_signature" in envelope.query) == (mode == "compat")
    assert (b"<Encrypt>" in envelope.body) == (mode == "compat")
    assert b"<Content>" in envelope.body


def test_a_mini_program_is_pushed_json(world: World, service: Any) -> None:
    """Numbers are numbers; `List` is an object or an array, as the switch says."""
    bai = world.person("bai")
    template_id = next(iter(world.accounts.wechat_miniprogram.template_fields))

    perform(world, bai, "wechat_miniprogram", Act("text", text="在吗"))
    world.faults.switch_on(Fault("list_shape", "push", value="array"))
    perform(world, bai, "wechat_miniprogram", Act("accept", key=template_id))
    perform(world, bai, "wechat_miniprogram", Act("accept", key=template_id))

    assert isinstance(service.seen[0]["MsgId"], int)
    assert isinstance(service.seen[1]["List"], list)
    assert isinstance(service.seen[2]["List"], dict)


def test_only_followers_can_write(world: World) -> None:
    with pytest.raises(CannotAct):
        _say(world, world.person("yan"))
