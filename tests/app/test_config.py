"""Settings: where they come from, and what is refused at the door."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.config import ROOT, Settings, variables
from app.demonstration import demonstration_secrets
from app.errors import ConfigurationError
from tools.settings_reference import TARGET, render

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
CANARY = "geheim-4711"
GOOD_SECRETS = {
    "session_key": "s" * 64,
    "kek": "1" * 64,
    "pin_pepper": "2" * 64,
    "pin_private_key": "3" * 64,
    "worker_private_key": "4" * 64,
}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine reaches these tests."""
    for name in list(os.environ):
        if name.startswith("ZHANGYIN_"):
            monkeypatch.delenv(name)


def give(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv("ZHANGYIN_" + name, value)


def refused(**values: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        Settings.load(**values)
    return str(caught.value)


def test_without_any_setting_everything_lives_in_the_state_folder() -> None:
    """
    The embedded defaults: SQLite and documents below state_dir, our own Redis, loopback.
    """
    settings = Settings.load()

    assert settings.state_dir == ROOT / "var"
    assert settings.database_path == ROOT / "var" / "zhangyin.db"
    assert settings.documents_url == str(ROOT / "var" / "documents")
    assert (settings.redis_url, settings.web.host) == ("", "127.0.0.1")
    assert settings.wechat_official is None


def test_nested_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Two underscores lead into a group.
    """
    give(
        monkeypatch,
        WECHAT_OFFICIAL__APPID="wx1",
        WECHAT_OFFICIAL__SECRET=CANARY,
        WECHAT_OFFICIAL__TOKEN=CANARY,
        WECHAT_OFFICIAL__ENCODING_AES_KEY=AES_KEY,
        WEB__PORT="9001",
    )

    settings = Settings.load()

    assert settings.wechat_official is not None
    assert settings.wechat_official.secret.get_secret_value() == CANARY
    assert settings.wechat_official.api_base == "https://api.weixin.qq.com"
    assert settings.web.port == 9001
    assert CANARY not in repr(settings)
    assert AES_KEY not in repr(settings)


@pytest.mark.parametrize("suffix", ["json", "toml"])
def test_the_environment_wins_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, suffix: str
) -> None:
    """
    ZHANGYIN_CONFIG names a file of the same settings; single values can be set beside it.
    """
    path = tmp_path / f"settings.{suffix}"
    json_text = '{"province": "jiangxi", "web": {"port": 7000, "workers": 3}}'
    toml_text = 'province = "jiangxi"\n[web]\nport = 7000\nworkers = 3\n'
    path.write_text(json_text if suffix == "json" else toml_text)
    give(monkeypatch, CONFIG=str(path), WEB__PORT="7001")

    settings = Settings.load()

    assert (settings.province, settings.web.port, settings.web.workers) == ("jiangxi", 7001, 3)


def test_a_saved_file_gives_the_same_settings_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """
    Children get their settings by file: complete, secrets included, for the owner's eyes alone.
    """
    settings = Settings.load(state_dir=tmp_path, secrets=demonstration_secrets(tmp_path))
    path = tmp_path / "settings.json"
    settings.save(path)
    give(monkeypatch, CONFIG=str(path))

    assert Settings.load() == settings
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_unknown_names_are_refused_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A typing mistake stops the start, in a group as well.
    """
    give(monkeypatch, DATABSE_URL="x", WEB__PROT="1")

    text = refused()

    assert "ZHANGYIN_DATABSE_URL: unknown setting; did you mean ZHANGYIN_DATABASE_URL?" in text
    assert "ZHANGYIN_WEB__PROT: unknown setting; did you mean ZHANGYIN_WEB__PORT?" in text


def test_unknown_keys_of_the_file_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """
    The file is read as strictly as the environment.
    """
    path = tmp_path / "s.json"
    path.write_text('{"web": {"prot": 1}, "provinz": "x"}')
    give(monkeypatch, CONFIG=str(path))

    text = refused()

    assert "ZHANGYIN_WEB__PROT" in text
    assert "ZHANGYIN_PROVINZ" in text


@pytest.mark.parametrize(
    ("name", "content"),
    [("s.json", f'{{"a": {CANARY}}}'), ("s.toml", f"a = {CANARY}"), ("s.json", "[]"), ("no", "")],
)
def test_a_broken_or_missing_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, content: str
) -> None:
    """
    The refusal names ZHANGYIN_CONFIG and quotes nothing of the file.
    """
    if content:
        (tmp_path / name).write_text(content)
    give(monkeypatch, CONFIG=str(tmp_path / name))

    text = refused()

    assert text.startswith("ZHANGYIN_CONFIG:")
    assert CANARY not in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROVINCE", "atlantis"),
        ("BASE_URL", "ftp://x"),
        ("BASE_URL", "https:///x"),
        ("WEB__PORT", "70000"),
        ("ENVIRONMENT", CANARY),
        ("WECHAT_OFFICIAL__ENCODING_AES_KEY", CANARY),
        ("WECHAT_OFFICIAL__ENCODING_AES_KEY", "!" * 43),
        ("SECRETS__KEK", CANARY),
        ("SECRETS__KEK", "ab" * 31),
        ("SECRETS__PIN_PRIVATE_KEY", "f" * 64),
        ("SECRETS__PIN_PRIVATE_KEY", "0" * 64),
        ("SECRETS__SESSION_KEY", "short"),
        ("LIMITS__DOCUMENT_BYTES", "0"),
    ],
)
def test_wrong_values_are_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """
    The message says which setting is wrong; the value could be a secret and stays out.
    """
    give(monkeypatch, **{name: value})

    text = refused()

    assert f"ZHANGYIN_{name}:" in text
    assert value not in text or len(value) < 2


def test_settings_do_not_change(tmp_path: Path) -> None:
    """
    What was read at the start holds until the end.
    """
    settings = Settings.load(state_dir=tmp_path)
    with pytest.raises(ValidationError):
        settings.province = "jiangxi"  # type: ignore[misc]  # the very thing refused


def production(tmp_path: Path, **changes: Any) -> dict[str, Any]:
    for name in ("maker.key", "maker.cer"):
        (tmp_path / name).write_bytes(b"x")
    maker = {"maker_key": tmp_path / "maker.key", "maker_certificate": tmp_path / "maker.cer"}
    values: dict[str, Any] = {
        "environment": "production",
        "base_url": "https://seal.example.cn",
        "state_dir": tmp_path,
        "secrets": GOOD_SECRETS | maker,
    }
    return values | changes


def test_production_starts_with_keys_of_its_own(tmp_path: Path) -> None:
    """
    The one good case, so that the refusals below prove something.
    """
    assert Settings.load(**production(tmp_path)).environment == "production"


def test_production_refuses_what_is_for_trying_out(tmp_path: Path) -> None:
    """
    Plain http, demonstration keys, missing keys and a cheap PIN check never go live,
    and all faults are told at once.
    """
    account = {
        "appid": "a", "secret": "s", "token": "t", "encoding_aes_key": AES_KEY,
        "api_base": "http://127.0.0.1:9/wechat",
    }  # fmt: skip
    text = refused(
        **production(
            tmp_path,
            base_url="http://seal.example.cn",
            wechat_official=account,
            argon2_profile="cheapest",
            secrets=demonstration_secrets(tmp_path).model_dump(),
        )
    )

    assert "ZHANGYIN_BASE_URL must begin with https://" in text
    assert "ZHANGYIN_WECHAT_OFFICIAL__API_BASE must begin with https://" in text
    assert "ZHANGYIN_ARGON2_PROFILE=cheapest" in text
    assert "demonstration keys" in text
    assert "ZHANGYIN_SECRETS__MAKER_KEY must name a file" in text
    assert "are missing" in refused(**production(tmp_path, secrets=None))


def test_demonstration_keys_are_made_once_per_folder(tmp_path: Path) -> None:
    """
    Web and worker of one demonstration share their keys; another folder has others.
    """
    first = demonstration_secrets(tmp_path / "a")

    assert demonstration_secrets(tmp_path / "a") == first
    assert demonstration_secrets(tmp_path / "b") != first
    assert first.demonstration
    (path,) = (tmp_path / "a").iterdir()  # no half-written file is left
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_every_setting_is_in_the_reference() -> None:
    """
    docs/reference/settings.md is what the code says; rewrite it with
    ``python -m tools.settings_reference`` when this fails.
    """
    assert TARGET.read_text(encoding="utf-8") == render()
    names = set(re.findall(r"^\| `(ZHANGYIN_\w+)`", render(), re.M))
    assert names == {name for name, _ in variables()}
    assert all(field.description for _, field in variables())
