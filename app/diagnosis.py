"""What ``doctor`` looks at on this machine: each check tells what it found and what to do."""

from __future__ import annotations

import datetime
import errno
import os
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import redis
import sqlalchemy as sa

from app.config import CONFIG_VARIABLE, Settings
from app.errors import ConfigurationError, ProcessFault
from app.pades_key import configured_pades_key
from app.provinces import load_province
from app.redis_server import find_server
from seal_core.errors import InvalidSignature, SealError
from seal_core.faces import fonts_in_use
from seal_core.formats.certificates import parse_certificate
from seal_core.gm import backends, sm2, sm3, sm4
from verify.trust import TrustStore


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor: *subject* is *detail*; *advice* is the next step, if any."""

    level: Level
    subject: str
    detail: str
    advice: str = ""


Findings = Iterator[Finding]
# RETURNING and a WAL that recovers well; what CPython 3.11 brings on Debian 12 is 3.40.
_OLDEST_SQLITE = (3, 35)
_OLDEST_POSTGRES = 13
_FREE_BYTES = 2**30
# GB/T 32905-2016, A.1: SM3("abc")
_SM3_ABC = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")


def examine() -> Findings:
    """Run all checks; those that need settings only if these can be read."""
    yield from _python()
    yield from _cryptography()
    yield from _fonts()
    yield from _clock(datetime.datetime.now(datetime.UTC))
    try:
        settings = Settings.load()
    except ConfigurationError as exc:
        for problem in exc.problems:
            yield Finding(Level.FAIL, "settings", problem, "see docs/reference/settings.md")
        return
    for check in _WITH_SETTINGS:
        yield from check(settings)


def _python() -> Findings:
    version = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 11) <= sys.version_info[:2] < (3, 15)
    advice = "" if fits else "install Python 3.11 to 3.14, remove .venv and start again"
    yield Finding(Level.OK if fits else Level.FAIL, "Python", version, advice)


def _cryptography() -> Findings:
    """SM2, SM3 and SM4 as this machine computes them, tried with known answers."""
    names = list(backends.available())
    try:
        _try_algorithms()
    except (SealError, ArithmeticError) as exc:
        detail = f"self-test failed with {names[0] if names else 'no backend'}: {exc}"
        yield Finding(Level.FAIL, "SM2/SM3/SM4", detail, "reinstall: remove .venv and start again")
        return
    fast = names[0] != "gmssl"
    advice = "" if fast else "twenty times slower: install OpenSSL 3 (apt install libssl3)"
    detail = f"self-test passed; arithmetic by {names[0]}, at hand: {', '.join(names)}"
    yield Finding(Level.OK if fast else Level.WARN, "SM2/SM3/SM4", detail, advice)


def _try_algorithms() -> None:
    if sm3.digest(b"abc").hex() != _SM3_ABC:
        raise ArithmeticError("SM3 gives another digest than GB/T 32905 A.1")
    key = sm2.PrivateKey.generate()
    signature = key.sign(b"doctor")
    key.public_key.verify(signature, b"doctor")
    try:
        key.public_key.verify(signature, b"Doctor")
    except InvalidSignature:
        pass
    else:
        raise ArithmeticError("SM2 accepts a signature over another message")
    if key.decrypt(key.public_key.encrypt(b"pin")) != b"pin":
        raise ArithmeticError("SM2 does not decrypt what it encrypted")
    if sm4.decrypt(b"k" * 16, sm4.encrypt(b"k" * 16, b"pin")) != b"pin":
        raise ArithmeticError("SM4 does not decrypt what it encrypted")


def _fonts() -> Findings:
    try:
        fonts_in_use().text("印")
    except (SealError, OSError) as exc:
        advice = "the checkout is incomplete: seal_core/faces/fonts"
        yield Finding(Level.FAIL, "seal fonts", str(exc), advice)
        return
    yield Finding(Level.OK, "seal fonts", "packaged fonts can be read")


def _clock(now: datetime.datetime) -> Findings:
    """A wrong clock makes signatures that nobody believes."""
    built = datetime.datetime.fromtimestamp(Path(__file__).stat().st_mtime, datetime.UTC)
    if now < built - datetime.timedelta(days=1):
        detail = f"{now:%Y-%m-%d %H:%M} UTC lies before this version was installed"
        yield Finding(Level.FAIL, "clock", detail, "set the clock; run a time service (chrony)")
        return
    try:
        local = now.astimezone(zoneinfo.ZoneInfo("Asia/Shanghai"))
    except zoneinfo.ZoneInfoNotFoundError:
        yield Finding(Level.FAIL, "time zones", "no data", "apt install tzdata")
        return
    known = _SYNCHRONISED.exists()
    advice = "" if known else "make sure a time service runs (chrony, systemd-timesyncd)"
    detail = f"{local:%Y-%m-%d %H:%M:%S} in Beijing"
    detail += ", synchronised" if known else "; whether it is synchronised cannot be seen"
    yield Finding(Level.OK if known else Level.WARN, "clock", detail, advice)


# --- with settings ------------------------------------------------------------------


def _settings(settings: Settings) -> Findings:
    detail = f"{settings.environment}, province {settings.province}, {settings.base_url}"
    yield Finding(Level.OK, "settings", detail)
    name = os.environ.get(CONFIG_VARIABLE, "")
    if name and stat.S_IMODE(Path(name).expanduser().stat().st_mode) & 0o077:
        detail = f"{name} can be read by others, and holds secrets"
        yield Finding(Level.WARN, "settings file", detail, f"chmod 600 {name}")
    if settings.secrets is None:
        yield Finding(Level.WARN, "keys", "none given; demonstration keys will be made", _KEYS)


def _province(settings: Settings) -> Findings:
    """A file of one's own is read field by field only when the service starts, and here."""
    try:
        province = load_province(settings.province)
    except ConfigurationError as exc:
        advice = "docs/reference/provinces.md explains every field"
        yield Finding(Level.FAIL, "province", "; ".join(exc.problems), advice)
        return
    names = "、".join(each.name for each in province.seal_types)
    yield Finding(Level.OK, "province", f"{province.name}: {names}")


_KEYS = "fine for trying out; set ZHANGYIN_SECRETS__… for anything else"
_ACCOUNTS = ("wechat_official", "wechat_miniprogram", "alipay_life", "alipay_miniprogram")
_OUTSIDE = ("identity", "face", "ca", "tsa", "staff_robot")


def _accounts(settings: Settings) -> Findings:
    """Which doors are open. Lengths and forms of keys were checked when they were read."""
    opened = [name for name in _ACCOUNTS if getattr(settings, name) is not None]
    if not opened:
        advice = "fine for verify; demo and dev bring their own"
        yield Finding(Level.WARN, "platforms", "no WeChat or Alipay account is set", advice)
        return
    yield Finding(Level.OK, "platforms", ", ".join(opened))
    missing = [name for name in _OUTSIDE if getattr(settings, name) is None]
    if missing:
        advice = "people cannot sign in or get seals without identity and ca"
        level = Level.FAIL if {"identity", "ca"} & set(missing) else Level.WARN
        yield Finding(level, "outside services", f"not set: {', '.join(missing)}", advice)


def _pades_key(settings: Settings) -> Findings:
    """Whose it is, and whether what it signs will be found valid here."""
    if settings.pades is None:
        return
    try:
        key = configured_pades_key(settings.pades)
    except ConfigurationError as exc:
        detail = "; ".join(exc.problems)
        yield Finding(Level.FAIL, "PAdES key", detail, "workers need it; see ZHANGYIN_PADES__…")
        return
    own = parse_certificate(key.certificate)
    detail = f"{own.common_name}, until {own.not_after:%Y-%m-%d}"
    above = {parse_certificate(each).issuer_name.der for each in (key.certificate, *key.chain)}
    if above & _trusted_names(settings):
        yield Finding(Level.OK, "PAdES key", detail)
    else:
        advice = "put its root into ZHANGYIN_CA__ROOTS, or sealed PDF is not found valid"
        yield Finding(Level.WARN, "PAdES key", f"{detail}; its root is not trusted here", advice)


def _trusted_names(settings: Settings) -> set[bytes]:
    roots = settings.ca.roots if settings.ca else None
    if roots is None or not roots.is_dir():
        return set()
    return {each.subject_name.der for each in TrustStore.from_folder(roots).anchor_certificates()}


def _state_folder(settings: Settings) -> Findings:
    folder = settings.state_dir
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        advice = "give it to the user of the service, or set ZHANGYIN_STATE_DIR"
        yield Finding(Level.FAIL, "state folder", f"{existing} cannot be written", advice)
        return
    free = shutil.disk_usage(existing).free
    if free < _FREE_BYTES:
        detail = f"{folder}: {free // 2**20} MB free"
        yield Finding(Level.WARN, "state folder", detail, "make room on the disk")
    elif existing == folder and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        detail = f"{folder} is open to other users"
        yield Finding(Level.WARN, "state folder", detail, f"chmod 700 {folder}")
    else:
        yield Finding(Level.OK, "state folder", f"{folder}, {free // 2**30} GB free")


def _redis(settings: Settings) -> Findings:
    if not settings.redis_url:
        yield from _embedded_redis()
        return
    try:
        with redis.Redis.from_url(settings.redis_url, socket_timeout=3) as client:
            policy = dict(client.config_get("maxmemory-policy")).get("maxmemory-policy", "?")
            durable = dict(client.config_get("appendonly")).get("appendonly")
    except (redis.RedisError, ValueError) as exc:
        detail = f"does not answer ({type(exc).__name__})"
        yield Finding(Level.FAIL, "Redis", detail, "check ZHANGYIN_REDIS_URL and the server")
        return
    if _text(policy) != "noeviction" or _text(durable) != "yes":
        advice = "set maxmemory-policy noeviction and appendonly yes: queues must not be dropped"
        yield Finding(Level.WARN, "Redis", "answers, but may forget jobs", advice)
    else:
        yield Finding(Level.OK, "Redis", "answers; keeps what it is given")


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _embedded_redis() -> Findings:
    try:
        server = find_server()
        command = [str(server), "--version"]
        run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)  # noqa: S603  # found by us
    except ProcessFault as exc:
        yield Finding(Level.FAIL, "Redis", exc.what)
    except (OSError, subprocess.SubprocessError) as exc:
        detail = f"{server} does not run ({type(exc).__name__})"
        yield Finding(Level.FAIL, "Redis", detail, "apt install redis-server")
    else:
        yield Finding(Level.OK, "Redis", f"our own: {' '.join(run.stdout.split()[:3])}, {server}")


def _database(settings: Settings) -> Findings:
    if settings.database_path is not None:
        fits = sqlite3.sqlite_version_info >= _OLDEST_SQLITE
        advice = "" if fits else "use a Python with SQLite from 3.35, or PostgreSQL"
        detail = f"SQLite {sqlite3.sqlite_version}, {settings.database_path}"
        yield Finding(Level.OK if fits else Level.FAIL, "database", detail, advice)
        if settings.environment == "production":
            advice = "fine for one host; several hosts need PostgreSQL"
            yield Finding(Level.WARN, "database", "SQLite in production", advice)
        return
    try:
        engine = sa.create_engine(settings.database_url, connect_args={"connect_timeout": 5})
        with engine.connect() as connection:
            numbers = connection.dialect.server_version_info or (0,)
            version = [int(each) for each in numbers]
        engine.dispose()
    except (sa.exc.SQLAlchemyError, ImportError) as exc:
        advice = "check ZHANGYIN_DATABASE_URL and the server"
        yield Finding(Level.FAIL, "database", f"does not answer ({type(exc).__name__})", advice)
        return
    old = version[0] < _OLDEST_POSTGRES
    advice = f"upgrade to {_OLDEST_POSTGRES} or newer" if old else ""
    detail = f"PostgreSQL {'.'.join(map(str, version))}"
    yield Finding(Level.FAIL if old else Level.OK, "database", detail, advice)


def _documents(settings: Settings) -> Findings:
    url = settings.documents_url
    if "://" in url and not url.startswith("file://"):
        yield Finding(Level.OK, "documents", f"{url} (not asked)")
        return
    folder = Path(url.removeprefix("file://"))
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    writable = os.access(existing, os.W_OK | os.X_OK)
    advice = "" if writable else "give it to the user of the service"
    yield Finding(Level.OK if writable else Level.FAIL, "documents", str(folder), advice)


def _port(settings: Settings) -> Findings:
    where = f"{settings.web.host}:{settings.web.port}"
    with socket.socket(socket.AF_INET6 if ":" in settings.web.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.web.host, settings.web.port))
        except OSError as exc:
            taken = exc.errno == errno.EADDRINUSE
            advice = "already serving? else stop the other program or set ZHANGYIN_WEB__PORT"
            detail = f"{where} {'is in use' if taken else exc.strerror}"
            yield Finding(Level.WARN if taken else Level.FAIL, "port", detail, advice)
            return
    yield Finding(Level.OK, "port", f"{where} is free")


_WITH_SETTINGS: tuple[Callable[[Settings], Findings], ...] = (
    _settings,
    _province,
    _accounts,
    _pades_key,
    _state_folder,
    _database,
    _redis,
    _documents,
    _port,
)
