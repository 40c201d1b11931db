"""Accounts travel as JSON; the world keeps people, ledgers and faults."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from sandbox.accounts import Accounts
from sandbox.world import Fault, World


def test_accounts_survive_the_way_through_a_private_file(
    accounts: Accounts, tmp_path: Path
) -> None:
    """Both sides read the same file; nobody else may."""
    path = tmp_path / "accounts.json"
    accounts.save(path)

    assert Accounts.load(path) == accounts
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_runs_share_no_secret(accounts: Accounts) -> None:
    """Tokens are random per run."""
    other = Accounts.generate("shanxi", accounts.service_url, accounts.sandbox_url)

    assert other.wechat_official.token != accounts.wechat_official.token
    assert other.alipay_life.platform_private_key != accounts.alipay_life.platform_private_key


def test_what_dev_prints_has_the_promised_fields(accounts: Accounts) -> None:
    """Third-party clients rely on these names."""
    printed = accounts.for_clients()

    assert set(printed["wechat_official"]) == {"url", "appid", "token", "encoding_aes_key"}
    assert set(printed["alipay_life"]) == {
        "url",
        "app_id",
        "platform_private_key",
        "app_public_key",
    }
    assert len(printed["wechat_miniprogram"]["encoding_aes_key"]) == 43


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"province": "shanxi"}'])
def test_a_file_that_is_no_accounts_file_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Accounts.from_json(text)


def test_an_openid_belongs_to_one_app_only(world: World) -> None:
    """Using an openid with another appid is the classic mistake; the world notices it."""
    person = world.person("tuoba")
    official, mini = world.accounts.wechat_official.appid, world.accounts.wechat_miniprogram.appid

    openid = world.openid(person, official)

    assert len(openid) == 28
    assert world.person_of(official, openid) == person
    assert world.person_of(mini, openid) is None


def test_refusals_by_a_fault_switch_are_not_held_against_the_caller(world: World) -> None:
    world.verdicts.refused("wechat.api", "token", "switched off", 40001, injected=True)
    world.verdicts.refused("wechat.api", "message/custom/send", "over quota", 45047)

    assert [row.code for row in world.verdicts.illegal()] == [45047]


def test_a_fault_strikes_as_often_as_told_and_only_there(world: World) -> None:
    world.faults.switch_on(Fault("http_5xx", "cgi-bin/message", times=2))

    assert world.faults.take("http_5xx", "cgi-bin/media/get") is None
    assert [bool(world.faults.take("http_5xx", "cgi-bin/message/x")) for _ in range(3)] == [
        True,
        True,
        False,
    ]
    with pytest.raises(ValueError, match="unknown fault"):
        world.faults.switch_on(Fault("meteor"))


def test_work_beside_the_call_is_awaited_and_its_mishap_surfaces(world: World) -> None:
    def break_down() -> None:
        raise RuntimeError("aside")

    world.later(break_down)

    with pytest.raises(RuntimeError, match="aside"):
        world.settle()


def test_following_is_per_account(world: World) -> None:
    person, appid = world.person("bai"), world.accounts.wechat_official.appid

    assert world.follow(person, appid)
    assert not world.follow(person, appid)
    assert not world.follows(person, "another")
    world.unfollow(person, appid)
    assert not world.follows(person, appid)
