"""The whole service with its own world on this machine: for demo, dev and journeys."""

from __future__ import annotations

import json
import os
import secrets
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from app.config import (
    CONFIG_VARIABLE,
    PREFIX,
    ROOT,
    AlipayAccount,
    CertificateAuthority,
    Face,
    Identity,
    Registry,
    Secrets,
    Settings,
    StaffRobot,
    TimeStampAuthority,
    Web,
    WechatAccount,
)
from app.demonstration import REVIEWER, demonstration_secrets, password_file
from app.metrics_folder import metrics_environment
from app.processes import ProcessGroup, Program, answers, free_port, says
from app.redis_server import redis_at
from channels.trust.ca import AuthorityClient
from sandbox.accounts import Accounts
from sandbox.accounts import AlipayAccount as SandboxAlipay
from sandbox.accounts import WeChatAccount as SandboxWeChat
from seal_core.formats.certificates import build_request
from seal_core.gm.sm2 import PrivateKey

MAKER = "电子印章制作中心（演示）"


@dataclass(frozen=True, slots=True)
class LocalWorld:
    """Where everything is; *reviewer_password* is made at random for this world."""

    accounts: Accounts
    settings: Settings
    reviewer_password: str
    processes: ProcessGroup

    @property
    def service_url(self) -> str:
        return self.settings.base_url

    @property
    def sandbox_url(self) -> str:
        return self.accounts.sandbox_url


@contextmanager
def local_world(
    province: str, state: Path, *, port: int = 0, database_url: str = ""
) -> Iterator[LocalWorld]:
    """Start Redis, sandbox, web and workers below *state*; all is gone when the block ends."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    web = Web(port=port or free_port(), workers=1)
    service_url = f"http://127.0.0.1:{web.port}"
    with (
        redis_at("", state) as redis_url,
        ProcessGroup(state / "logs") as group,
    ):
        accounts = _start_sandbox(group, province, state, service_url)
        settings = _settings(accounts, state, web, redis_url, database_url)
        password = _new_password(state)
        environment = service_environment(settings)
        _start_service(group, settings, environment)
        yield LocalWorld(accounts, settings, password, group)


def _start_sandbox(group: ProcessGroup, province: str, state: Path, service: str) -> Accounts:
    folder = state / "sandbox"
    command: list[str | Path] = [sys.executable, "-m", "sandbox", "--port", "0"]
    command += ["--state", folder, "--service-url", service, "--province", province]
    group.start(Program("sandbox", command, _environment(), says('"ready": true')))
    group.wait_ready()
    return Accounts.load(folder / "accounts.json")


def _settings(
    accounts: Accounts, state: Path, web: Web, redis_url: str, database_url: str
) -> Settings:
    """The settings an operator would write, taken from the sandbox's accounts."""
    oidc, trust = accounts.oidc, accounts.trust
    roots = state / "trust"
    roots.mkdir(exist_ok=True, mode=0o700)
    (roots / "root.cer").write_bytes(_fetch(f"{trust.ca_base}/root.cer"))
    (roots / "intermediates").mkdir(exist_ok=True)
    (roots / "intermediates" / "chain.pem").write_bytes(_fetch(f"{trust.ca_base}/chain"))
    values = {
        "province": accounts.province,
        "base_url": accounts.service_url,
        "state_dir": state,
        "redis_url": redis_url,
        "web": web,
        "wechat_official": _wechat(accounts.wechat_official),
        "wechat_miniprogram": _wechat(accounts.wechat_miniprogram),
        "alipay_life": _alipay(accounts.alipay_life),
        "alipay_miniprogram": _alipay(accounts.alipay_miniprogram),
        "identity": Identity(
            issuer=oidc.issuer,
            client_id=oidc.client_id,
            client_secret=SecretStr(oidc.client_secret),
        ),
        "face": Face(
            base=oidc.face_base,
            key=oidc.face_key,
            secret=SecretStr(oidc.face_secret),
            keys_url=f"{oidc.issuer}/jwks",
        ),
        "registry": Registry(
            base=f"{oidc.issuer}/registry", key=oidc.face_key, secret=SecretStr(oidc.face_secret)
        ),
        "ca": CertificateAuthority(
            url=trust.ca_base,
            api_key=SecretStr(trust.ca_token),
            roots=roots,
            crl_urls=(f"{trust.ca_base}/crl", f"{trust.ca_base}/root.crl"),
        ),
        "tsa": TimeStampAuthority(url=trust.tsa_url),
        "staff_robot": StaffRobot(
            key=SecretStr(accounts.staff_robot.key), api_base=f"{accounts.sandbox_url}/wecom"
        ),
        "secrets": _maker(trust.ca_base, trust.ca_token, state),
    }
    if database_url:
        values["database_url"] = database_url
    return Settings.load(**values)


def _maker(ca_base: str, ca_token: str, state: Path) -> Secrets:
    """A demonstration maker (制章人), certified by the sandbox's authority."""
    key = PrivateKey.generate()
    request = build_request(key, common_name=MAKER, organization=MAKER)
    certificate, _ = AuthorityClient(ca_base, ca_token, kind="maker").certify(request)
    key_file, certificate_file = state / "maker.key", state / "maker.cer"
    key_file.touch(mode=0o600)
    key_file.write_bytes(key.to_pkcs8())
    certificate_file.write_bytes(certificate)
    return demonstration_secrets(state).model_copy(
        update={"maker_key": key_file, "maker_certificate": certificate_file}
    )


def service_environment(settings: Settings) -> dict[str, str]:
    """What the processes of the service are told: where their settings are."""
    config = settings.state_dir / "settings.json"
    settings.save(config)
    environment = _environment() | metrics_environment(settings.state_dir)
    return environment | {CONFIG_VARIABLE: str(config)}


def worker_program(environment: Mapping[str, str]) -> Program:
    """The job processes of a world."""
    return Program("worker", (sys.executable, "-m", "app.local_service"), environment)


def _start_service(group: ProcessGroup, settings: Settings, environment: dict[str, str]) -> None:
    group.start(worker_program(environment))
    ready = answers(f"{settings.base_url}/readyz")
    group.start(Program("web", (sys.executable, "-m", "app.cli", "serve"), environment, ready))
    group.wait_ready(60)


def _new_password(state: Path) -> str:
    """A reviewer's password that nobody knew before."""
    password, file = secrets.token_urlsafe(9), password_file(state)
    file.touch(mode=0o600)
    file.write_text(password)
    return password


def _environment() -> dict[str, str]:
    """Nothing of the caller's own settings leaks into this world."""
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith(PREFIX)}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def _wechat(account: SandboxWeChat) -> WechatAccount:
    return WechatAccount(
        appid=account.appid,
        secret=SecretStr(account.secret),
        token=SecretStr(account.token),
        encoding_aes_key=SecretStr(account.encoding_aes_key),
        api_base=account.api_base,
        notice_template=account.templates["review_result"],
        authorize_base=account.api_base,
    )


def _alipay(account: SandboxAlipay) -> AlipayAccount:
    return AlipayAccount(
        app_id=account.app_id,
        app_private_key=SecretStr(account.app_private_key),
        alipay_public_key=account.platform_public_key,
        aes_key=SecretStr(account.aes_key),
        gateway=account.gateway,
        notice_template=account.templates["review_result"],
        authorize_base=account.gateway.removesuffix("/gateway.do"),
    )


def _fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  # our own loopback
        return bytes(answer.read())


def as_json(world: LocalWorld) -> str:
    """What ``dev --json`` prints: addresses, and sandbox accounts for third-party clients."""
    base = world.service_url
    urls = {
        "phone": f"{world.sandbox_url}/phone/",
        "portal": f"{base}/portal/",
        "staff": f"{base}/staff/",
        "verify": f"{base}/verify/",
        "api": f"{base}/api/v1",
    }
    return json.dumps(
        {
            "urls": urls,
            "accounts": world.accounts.for_clients(),
            "staff": {"login": REVIEWER, "password": world.reviewer_password},
        },
        ensure_ascii=False,
    )
