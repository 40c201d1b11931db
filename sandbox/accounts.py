"""The accounts the service holds with the outside world, made anew for every run.

Nothing here opens a real door: every token and key is random and forgotten with the run.
The same JSON configures the sandbox and the service, so both sides agree without a word.
"""

from __future__ import annotations

import json
import os
import secrets
import string
from base64 import b64encode
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_ALPHANUMERIC: Final = string.ascii_letters + string.digits

PROVINCES: Final = {"shanxi": "三晋通", "jiangxi": "赣服通"}

# Template ids are given out by the platform's console; the service is configured with them.
# Purpose -> the keywords of the template, in the platform's own type prefixes.
_SUBSCRIBE_TEMPLATES: Final = {
    "review_result": ("thing1", "phrase2", "thing3", "time4"),
    "pickup_ready": ("thing1", "name2", "time3", "thing4"),
    "sealing_done": ("thing1", "character_string2", "time3", "thing4"),
}
_OFFICIAL_TEMPLATES: Final = {
    "review_result": ("thing1", "phrase2", "thing3", "time4"),
    "pickup_ready": ("thing1", "name2", "time3", "thing4"),
    "sealing_done": ("thing1", "character_string2", "time3", "thing4"),
    "review_wanted": ("thing1", "thing2", "time3"),
}
_PAGES: Final = (
    "pages/index/index",
    "pages/pickup/index",
    "pages/pin/index",
    "pages/seals/index",
    "pages/verify/index",
    "pages/web/index",
)


@dataclass(frozen=True, slots=True)
class WeChatAccount:
    """One appid: what its owner types into the platform's console, and what it was given."""

    url: str  # where the platform pushes to
    api_base: str  # stands for https://api.weixin.qq.com and https://mp.weixin.qq.com
    appid: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    encoding_aes_key: str = field(repr=False)  # 43 characters
    original_id: str  # gh_…, the FromUserName of passive replies
    mode: str  # safe | compat | plain
    payload: str  # xml | json
    templates: dict[str, str]  # purpose -> template id
    template_fields: dict[str, list[str]]  # template id -> its keywords
    pages: list[str]  # published mini-program pages


@dataclass(frozen=True, slots=True)
class AlipayAccount:
    """One Alipay app in key mode; keys are PEM (PKCS#8 and SubjectPublicKeyInfo)."""

    url: str
    gateway: str
    app_id: str
    platform_private_key: str = field(repr=False)
    platform_public_key: str
    app_private_key: str = field(repr=False)
    app_public_key: str
    aes_key: str = field(repr=False)  # base64 of 16 bytes, for encrypted content
    templates: dict[str, str]


@dataclass(frozen=True, slots=True)
class StaffRobot:
    """A WeCom group robot; whoever knows the URL may speak in the group."""

    url: str = field(repr=False)
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ProvinceClient:
    """Our registration with the province's sign-in and its face check."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_prefix: str  # a redirect_uri outside this prefix is refused
    face_base: str
    face_key: str
    face_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TrustServices:
    """The certificate authority and the time-stamp server."""

    ca_base: str
    ca_token: str = field(repr=False)
    tsa_url: str


@dataclass(frozen=True, slots=True)
class Accounts:
    """Everything one run needs to know about the outside, and nothing that outlives it."""

    province: str
    service_url: str
    sandbox_url: str
    wechat_official: WeChatAccount
    wechat_miniprogram: WeChatAccount
    alipay_life: AlipayAccount
    alipay_miniprogram: AlipayAccount
    staff_robot: StaffRobot
    oidc: ProvinceClient
    trust: TrustServices

    @classmethod
    def generate(cls, province: str, service_url: str, sandbox_url: str) -> Self:
        """Open fresh accounts for *province*. Raises ValueError for an unknown province."""
        if province not in PROVINCES:
            raise ValueError(f"unknown province: {province}")
        service_url, sandbox_url = service_url.rstrip("/"), sandbox_url.rstrip("/")
        hooks = f"{service_url}/webhooks"
        robot_key = secrets.token_hex(16)
        return cls(
            province=province,
            service_url=service_url,
            sandbox_url=sandbox_url,
            wechat_official=_wechat(f"{hooks}/wechat/official", sandbox_url, "xml"),
            wechat_miniprogram=_wechat(f"{hooks}/wechat/miniprogram", sandbox_url, "json"),
            alipay_life=_alipay(f"{hooks}/alipay/life", sandbox_url),
            alipay_miniprogram=_alipay(f"{hooks}/alipay/miniprogram", sandbox_url),
            staff_robot=StaffRobot(
                f"{sandbox_url}/wecom/cgi-bin/webhook/send?key={robot_key}", robot_key
            ),
            oidc=ProvinceClient(
                issuer=f"{sandbox_url}/province",
                client_id=f"zhangyin-{secrets.token_hex(4)}",
                client_secret=secrets.token_urlsafe(24),
                redirect_prefix=f"{service_url}/",
                face_base=f"{sandbox_url}/province/face",
                face_key=f"face-{secrets.token_hex(4)}",
                face_secret=secrets.token_urlsafe(24),
            ),
            trust=TrustServices(
                f"{sandbox_url}/ca", secrets.token_urlsafe(24), f"{sandbox_url}/tsa"
            ),
        )

    def wechat(self, appid: str) -> WeChatAccount | None:
        """The WeChat account with this *appid*, if it is one of ours."""
        own = (self.wechat_official, self.wechat_miniprogram)
        return next((account for account in own if account.appid == appid), None)

    def alipay(self, app_id: str) -> AlipayAccount | None:
        """The Alipay account with this *app_id*, if it is one of ours."""
        own = (self.alipay_life, self.alipay_miniprogram)
        return next((account for account in own if account.app_id == app_id), None)

    def for_clients(self) -> dict[str, dict[str, str]]:
        """What a third-party client needs to play the platforms: the part `dev --json` prints."""
        wechat = ("url", "appid", "token", "encoding_aes_key")
        alipay = ("url", "app_id", "platform_private_key", "app_public_key")
        return {
            "wechat_official": _pick(self.wechat_official, wechat),
            "wechat_miniprogram": _pick(self.wechat_miniprogram, wechat),
            "alipay_life": _pick(self.alipay_life, alipay),
            "alipay_miniprogram": _pick(self.alipay_miniprogram, alipay),
        }

    def to_json(self) -> str:
        """All of it, secrets included: for a private file, never for a log."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what to_json wrote. Raises ValueError if it is not that."""
        try:
            given = json.loads(text)
            return cls(**{f.name: _read(f.name, given[f.name]) for f in fields(cls)})
        except (KeyError, TypeError) as exc:
            raise ValueError("not an accounts file") from exc

    def save(self, path: Path) -> None:
        """Write to *path*, readable by its owner only."""
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(self.to_json())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file written by save."""
        return cls.from_json(path.read_text(encoding="utf-8"))


_PARTS: Final[dict[str, type]] = {
    "wechat_official": WeChatAccount,
    "wechat_miniprogram": WeChatAccount,
    "alipay_life": AlipayAccount,
    "alipay_miniprogram": AlipayAccount,
    "staff_robot": StaffRobot,
    "oidc": ProvinceClient,
    "trust": TrustServices,
}


def _read(name: str, value: Any) -> Any:
    part = _PARTS.get(name)
    return part(**value) if part else value


def _pick(account: WeChatAccount | AlipayAccount, names: tuple[str, ...]) -> dict[str, str]:
    return {name: getattr(account, name) for name in names}


def _letters(count: int) -> str:
    return "".join(secrets.choice(_ALPHANUMERIC) for _ in range(count))


def _wechat(url: str, sandbox_url: str, payload: str) -> WeChatAccount:
    wanted = _OFFICIAL_TEMPLATES if payload == "xml" else _SUBSCRIBE_TEMPLATES
    templates = {purpose: _letters(43) for purpose in wanted}
    return WeChatAccount(
        url=url,
        api_base=f"{sandbox_url}/wechat",
        appid=f"wx{secrets.token_hex(8)}",
        secret=secrets.token_hex(16),
        token=_letters(24),
        encoding_aes_key=_encoding_aes_key(),
        original_id=f"gh_{secrets.token_hex(6)}",
        mode="safe",
        payload=payload,
        templates=templates,
        template_fields={templates[purpose]: list(names) for purpose, names in wanted.items()},
        pages=[] if payload == "xml" else list(_PAGES),
    )


def _encoding_aes_key() -> str:
    # 43 characters are 258 bits; the console's keys leave the two spare bits zero
    return b64encode(secrets.token_bytes(32)).decode().rstrip("=").translate({43: "A", 47: "B"})


def _alipay(url: str, sandbox_url: str) -> AlipayAccount:
    platform, app = _rsa_pair(), _rsa_pair()
    return AlipayAccount(
        url=url,
        gateway=f"{sandbox_url}/alipay/gateway.do",
        app_id=f"2021{secrets.randbelow(10**12):012d}",
        platform_private_key=platform[0],
        platform_public_key=platform[1],
        app_private_key=app[0],
        app_public_key=app[1],
        aes_key=b64encode(secrets.token_bytes(16)).decode(),
        templates={purpose: secrets.token_hex(16) for purpose in _SUBSCRIBE_TEMPLATES},
    )


def _rsa_pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()
