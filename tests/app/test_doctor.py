"""The doctor: finds what is wrong, says what to do, and never tells a secret."""

from __future__ import annotations

import datetime
import json
import os
import socket
from pathlib import Path

import pytest
import redis

from app import cli, diagnosis
from app.diagnosis import Level
from app.redis_server import RedisSupervisor
from seal_core.errors import InvalidSignature
from seal_core.gm import sm2

CANARY = "kanarienvogel"


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings but a folder of our own and a port that is free."""
    for name in [name for name in os.environ if name.startswith("ZHANGYIN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ZHANGYIN_STATE_DIR", str(tmp_path / "state"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("ZHANGYIN_WEB__PORT", str(probe.getsockname()[1]))


def found(subject: str) -> diagnosis.Finding:
    return next(each for each in diagnosis.examine() if each.subject == subject)


def test_a_bare_machine_passes_with_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Without any setting nothing fails; every warning comes with a next step.
    """
    assert cli.run(["doctor"]) == 0
    assert "0 failed" in capsys.readouterr().out
    assert cli.run(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is True
    assert all(f["advice"] for f in report["findings"] if f["level"] == "warn")
    assert {"SM2/SM3/SM4", "Redis", "database", "seal fonts"} <= {
        f["subject"] for f in report["findings"]
    }


def test_wrong_settings_fail_without_their_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A short AES key is found before WeChat finds it; the rest of the machine is looked at too.
    """
    monkeypatch.setenv("ZHANGYIN_WECHAT_OFFICIAL__ENCODING_AES_KEY", CANARY)

    assert cli.run(["doctor"]) == 1

    out = capsys.readouterr().out
    assert "ZHANGYIN_WECHAT_OFFICIAL__ENCODING_AES_KEY: must be the 43 letters" in out
    assert "self-test passed" in out
    assert CANARY not in out


def test_servers_that_do_not_answer_are_named_without_their_passwords(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Addresses of databases hold passwords.
    """
    monkeypatch.setenv("ZHANGYIN_REDIS_URL", f"redis://:{CANARY}@127.0.0.1:1/0")
    monkeypatch.setenv("ZHANGYIN_DATABASE_URL", f"postgresql+psycopg://u:{CANARY}@127.0.0.1:1/x")

    assert cli.run(["doctor"]) == 1

    out = capsys.readouterr().out
    assert "check ZHANGYIN_REDIS_URL" in out
    assert "check ZHANGYIN_DATABASE_URL" in out
    assert CANARY not in out


def test_a_forgetful_redis_is_warned_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """
    A Redis that may evict or that keeps nothing on disk is no place for queues.
    """
    with RedisSupervisor(tmp_path) as server:
        monkeypatch.setenv("ZHANGYIN_REDIS_URL", server.url)
        assert found("Redis").level is Level.OK

        set_config(server.url, "maxmemory-policy", "allkeys-lru")
        assert found("Redis").level is Level.WARN


def set_config(url: str, name: str, value: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.config_set(name, value)


def test_a_port_in_use_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The commonest reason why a start fails.
    """
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        monkeypatch.setenv("ZHANGYIN_WEB__PORT", str(busy.getsockname()[1]))

        assert "is in use" in found("port").detail


def test_secrets_that_others_can_read_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """
    The settings file and the state folder belong to the service alone.
    """
    path = tmp_path / "settings.json"
    path.write_text("{}")
    path.chmod(0o644)
    (tmp_path / "state").mkdir(mode=0o755)
    monkeypatch.setenv("ZHANGYIN_CONFIG", str(path))

    assert found("settings file").advice == f"chmod 600 {path}"
    assert found("state folder").advice == f"chmod 700 {tmp_path / 'state'}"


def test_broken_arithmetic_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A library that accepts a wrong signature is worse than none.
    """
    assert found("SM2/SM3/SM4").level is Level.OK

    monkeypatch.setattr(sm2.PublicKey, "verify", lambda *_: None)
    assert found("SM2/SM3/SM4").level is Level.FAIL

    def refuse(*_: object) -> None:
        raise InvalidSignature

    monkeypatch.setattr(sm2.PublicKey, "verify", refuse)
    assert found("SM2/SM3/SM4").level is Level.FAIL


def test_a_clock_before_the_program_was_installed_fails() -> None:
    """
    Such a clock would date signatures before their certificates.
    """
    (finding,) = diagnosis._clock(datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC))
    assert finding.level is Level.FAIL
