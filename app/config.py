"""Typed settings of the service: read once, refused when wrong, frozen afterwards.

Every setting is an environment variable ZHANGYIN_NAME (parts joined by two underscores:
ZHANGYIN_WECHAT_OFFICIAL__TOKEN) or a key of the JSON or TOML file that ZHANGYIN_CONFIG names;
the environment wins. ``docs/reference/settings.md`` lists them; tools/settings_reference.py
writes it from the descriptions below.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from app.errors import ConfigurationError

ROOT = Path(__file__).resolve().parents[1]
PREFIX = "ZHANGYIN_"
CONFIG_VARIABLE = PREFIX + "CONFIG"
# Read by the launcher and by tests, not settings of the service.
_OTHER_VARIABLES = frozenset({CONFIG_VARIABLE, PREFIX + "SHARED", PREFIX + "PYTHON"})
_TEST_PREFIX = PREFIX + "TEST_"
_PROVINCES = ("shanxi", "jiangxi")
# Order n of the curve, GB/T 32918.5-2017, A.2.
_SM2_ORDER = int("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123", 16)
MEGABYTE = 2**20


# --- kinds of values ----------------------------------------------------------------


def _address(text: str) -> str:
    if not text.startswith(("https://", "http://")) or len(text.split("/")[2]) == 0:
        raise ValueError("must be an address like https://host")
    return text.rstrip("/")


def _aes_key(value: SecretStr) -> SecretStr:
    """EncodingAESKey: 43 characters of base64 that are 32 bytes (WeChat's message crypto)."""
    text = value.get_secret_value()
    try:
        size = len(base64.b64decode(text + "=", validate=True))
    except binascii.Error:
        size = 0
    if len(text) != 43 or size != 32:
        raise ValueError("must be the 43 letters and digits shown by the platform")
    return value


def _key_of_32_bytes(value: SecretStr) -> SecretStr:
    try:
        size = len(bytes.fromhex(value.get_secret_value()))
    except ValueError:
        size = 0
    if size != 32:
        raise ValueError("must be 32 bytes in hex (make one: openssl rand -hex 32)")
    return value


def _sm2_scalar(value: SecretStr) -> SecretStr:
    _key_of_32_bytes(value)
    if not 1 <= int(value.get_secret_value(), 16) <= _SM2_ORDER - 2:  # GB/T 32918.1-2016, 6.1
        raise ValueError("is no SM2 private key: out of range")
    return value


def _session_key(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < 32:
        raise ValueError("must have at least 32 characters (make one: openssl rand -hex 32)")
    return value


def _province(name: str) -> str:
    if name not in _PROVINCES and not (name.endswith(".toml") and Path(name).is_file()):
        raise ValueError(f"must be {' or '.join(_PROVINCES)} or the path of a province TOML file")
    return name


Address = Annotated[str, AfterValidator(_address)]
AesKey = Annotated[SecretStr, AfterValidator(_aes_key)]
Key32 = Annotated[SecretStr, AfterValidator(_key_of_32_bytes)]
Sm2Scalar = Annotated[SecretStr, AfterValidator(_sm2_scalar)]
SessionKey = Annotated[SecretStr, AfterValidator(_session_key)]
Port = Annotated[int, Field(ge=1, le=65535)]


NOTICE_TEMPLATE = (
    "Template for news when the conversation is closed, with thing1, phrase2, thing3 and time4."
)

# --- groups -------------------------------------------------------------------------


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Web(_Group):
    """Where the web processes listen."""

    host: str = Field("127.0.0.1", description="Address to listen on; a proxy stands in front.")
    port: Port = Field(8000, description="Port to listen on.")
    workers: int = Field(2, ge=1, le=64, description="Web processes; one per core is plenty.")
    proxies: int = Field(
        0, ge=0, le=5, description="Proxies in front whose X-Forwarded-For and -Proto are true."
    )


class WechatAccount(_Group):
    """A WeChat official account or mini-program."""

    appid: str = Field(min_length=1, description="AppID shown by the platform.")
    secret: SecretStr = Field(description="AppSecret.")
    token: SecretStr = Field(description="Token of the message push.")
    encoding_aes_key: AesKey = Field(description="EncodingAESKey of the message push.")
    api_base: Address = Field("https://api.weixin.qq.com", description="Address of the API.")
    notice_template: str = Field("", description=NOTICE_TEMPLATE)
    authorize_base: Address = Field(
        "https://open.weixin.qq.com", description="Address of the web authorisation."
    )


class AlipayAccount(_Group):
    """An Alipay life account or mini-program."""

    app_id: str = Field(min_length=1, description="APPID shown by the open platform.")
    app_private_key: SecretStr = Field(description="Our RSA2 private key, PEM or bare base64.")
    alipay_public_key: str = Field(min_length=1, description="Alipay's public key for this app.")
    aes_key: SecretStr | None = Field(None, description="Key of encrypted contents, if used.")
    gateway: Address = Field(
        "https://openapi.alipay.com/gateway.do", description="Address of the gateway."
    )
    notice_template: str = Field("", description=NOTICE_TEMPLATE)
    authorize_base: Address = Field(
        "https://openauth.alipay.com", description="Address of the web authorisation."
    )


class Identity(_Group):
    """The province's sign-in (OpenID Connect)."""

    issuer: Address = Field(description="Issuer; discovery is read below it.")
    client_id: str = Field(min_length=1, description="Our client id.")
    client_secret: SecretStr = Field(description="Our client secret.")


class Face(_Group):
    """The province's face check and 意愿认证."""

    base: Address = Field(description="Address of the service.")
    key: str = Field(min_length=1, description="Our key at the service.")
    secret: SecretStr = Field(description="Our secret at the service.")
    keys_url: Address = Field(description="Address of the key set its assertions are signed with.")


class Registry(_Group):
    """The enterprise register."""

    base: Address = Field(description="Address of the service.")
    key: str = Field(min_length=1, description="Our key at the service.")
    secret: SecretStr = Field(description="Our secret at the service.")


class CertificateAuthority(_Group):
    """The authority that certifies seal keys."""

    url: Address = Field(description="Address of its interface.")
    api_key: SecretStr | None = Field(None, description="Our key at the authority.")
    roots: Path | None = Field(
        None, description="Folder of trusted root certificates, helpers in its intermediates/."
    )
    crl_urls: tuple[Address, ...] = Field(
        (), description="Addresses of revocation lists, fetched every ten minutes (JSON list)."
    )


class TimeStampAuthority(_Group):
    """The time-stamp authority (RFC 3161, GB/T 20520)."""

    url: Address = Field(description="Address that takes time-stamp queries.")
    digest: Literal["sm3", "sha256"] = Field(
        "sm3", description="What it stamps; sha256 for an authority that knows no SM3."
    )


class Pdf(_Group):
    """The form of seals in PDF."""

    profile: Literal["pades", "pkcs7", "gb_t_35275", "ses"] = Field(
        "pades",
        description="pades or pkcs7 (CMS with the names of PKCS#7), gb_t_35275 (with those of "
        "GB/T 35275), ses (GM.sm2seal: SES_Signature).",
    )
    filter: str = Field(
        "",
        pattern=r"^[A-Za-z0-9.]{0,64}$",
        description="Name of /Filter in place of the profile's, for readers that want their own.",
    )


class Pades(_Group):
    """The service's own RSA or ECDSA key: it signs every PDF that was sealed once more, for
    readers that know no SM2."""

    key: Path = Field(description="File of the key: PKCS#12, or PEM; read by workers.")
    certificate: Path | None = Field(
        None, description="File of its certificate and chain, where the key's file has none."
    )
    password: SecretStr | None = Field(None, description="Password of the key's file.")
    tsa_url: Address | None = Field(
        None, description="Time-stamp authority for these signatures, with SHA-256."
    )


class StaffRobot(_Group):
    """The WeCom group robot that tells reviewers of new work."""

    key: SecretStr = Field(description="Key of the robot.")
    api_base: Address = Field("https://qyapi.weixin.qq.com", description="Address of WeCom's API.")


class ObjectStore(_Group):
    """Access to an S3-compatible store, where documents_url begins with s3://."""

    endpoint: Address | None = Field(None, description="Address, if it is not Amazon's.")
    region: str = Field("us-east-1", description="Region.")
    access_key_id: str = Field(min_length=1, description="Access key id.")
    secret_access_key: SecretStr = Field(description="Secret access key.")


class Secrets(_Group):
    """The deployment's own keys. Kept apart from backups of the database."""

    session_key: SessionKey = Field(description="Signs cookies of the pages.")
    kek: Key32 = Field(description="Key-encryption key, 32 bytes in hex.")
    pin_pepper: Key32 = Field(description="Pepper of the PIN check, 32 bytes in hex.")
    pin_private_key: Sm2Scalar = Field(description="SM2 key PINs are encrypted to, hex.")
    worker_private_key: Sm2Scalar | None = Field(
        None, description="SM2 transport key of the workers, hex; web hosts do without it."
    )
    worker_public_key: str | None = Field(
        None,
        pattern="^04[0-9a-fA-F]{128}$",
        description="Its public point, hex; for web hosts that lack the private key.",
    )
    maker_key: Path | None = Field(None, description="File of the seal maker's key (PKCS#8).")
    maker_certificate: Path | None = Field(None, description="File of the maker's certificate.")
    demonstration: bool = Field(
        False, description="Marks keys that demo and dev made; production refuses them."
    )


class Limits(_Group):
    """Sizes beyond which a request is refused, and how long things are kept."""

    document_bytes: int = Field(50 * MEGABYTE, ge=1, description="A document to seal or verify.")
    pages: int = Field(2000, ge=1, description="Pages of a document.")
    id_photo_days: int = Field(
        30, ge=0, description="Days that photos of ID cards are kept after the decision."
    )


class Argon2Cost(_Group):
    """Work of one PIN check (RFC 9106)."""

    memory_kib: int
    time_cost: int
    parallelism: int


# OWASP Password Storage Cheat Sheet, 2024: 19 MiB, t=2, p=1 as the minimum; 17 ms of one core here.
_ARGON2 = {
    "standard": Argon2Cost(memory_kib=19 * 1024, time_cost=2, parallelism=1),
    "strong": Argon2Cost(memory_kib=64 * 1024, time_cost=3, parallelism=1),
    "cheapest": Argon2Cost(memory_kib=8, time_cost=1, parallelism=1),
}


# --- the whole ----------------------------------------------------------------------


def _database_in(data: dict[str, Any]) -> str:
    return f"sqlite:///{data['state_dir'] / 'zhangyin.db'}"


def _documents_in(data: dict[str, Any]) -> str:
    return str(data["state_dir"] / "documents")


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


class Settings(BaseSettings):
    """Everything a process of the service may be told from outside."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    environment: Literal["sandbox", "production"] = Field(
        "sandbox", description="production refuses whatever is only good for trying out."
    )
    province: Annotated[str, AfterValidator(_province)] = Field(
        "shanxi", description="shanxi, jiangxi, or the path of a province TOML file."
    )
    base_url: Address = Field(
        "http://127.0.0.1:8000", description="Address under which people and platforms reach us."
    )
    state_dir: Annotated[Path, AfterValidator(_absolute)] = Field(
        ROOT / "var", description="Folder for what this host keeps (0700)."
    )
    database_url: str = Field(
        default_factory=_database_in,
        repr=False,
        description="sqlite:///… or postgresql+psycopg://…; default: zhangyin.db in state_dir.",
    )
    redis_url: str = Field(
        "", repr=False, description="redis://…, rediss://… or unix://…; empty: our own Redis."
    )
    documents_url: str = Field(
        default_factory=_documents_in,
        description="Folder or s3://bucket/prefix; default: documents in state_dir.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least level that is logged."
    )
    argon2_profile: Literal["standard", "strong", "cheapest"] = Field(
        "standard", description="Cost of a PIN check; cheapest is for tests."
    )
    preview_fonts: tuple[Path, ...] = Field(
        (),
        description="Font files (TTF, OTF, TTC) for characters of OFD pages that neither the "
        "document nor the packaged Noto Serif SC has; a JSON list.",
    )
    face_fonts: tuple[Path, ...] = Field(
        (),
        description="Font files (TTF, OTF, TTC) for characters of seal faces that the packaged "
        "Noto Serif SC has not; a JSON list.",
    )
    fangsong_fonts: tuple[Path, ...] = Field(
        (),
        description="仿宋 for the invoice seal, which 税务总局公告2011年第7号 asks for and nobody "
        "licenses freely; a JSON list. Without it 宋体 stands in.",
    )
    verification_code: bool = Field(
        False,
        description="Show a QR code beside seals in PDF, where there is room, that leads to the "
        "page for verification.",
    )
    archive: bool = Field(
        False,
        description="Keep sealed PDF provable for years: validation data and a time stamp a day "
        "after sealing, renewed before it ends. Needs tsa and the roots of ca.",
    )
    web: Web = Web()
    limits: Limits = Limits()
    s3: ObjectStore | None = None
    wechat_official: WechatAccount | None = None
    wechat_miniprogram: WechatAccount | None = None
    alipay_life: AlipayAccount | None = None
    alipay_miniprogram: AlipayAccount | None = None
    identity: Identity | None = None
    face: Face | None = None
    registry: Registry | None = None
    ca: CertificateAuthority | None = None
    tsa: TimeStampAuthority | None = None
    pdf: Pdf = Pdf()
    pades: Pades | None = None
    staff_robot: StaffRobot | None = None
    secrets: Secrets | None = None

    @property
    def argon2(self) -> Argon2Cost:
        """The cost parameters of the chosen profile."""
        return _ARGON2[self.argon2_profile]

    @property
    def database_path(self) -> Path | None:
        """The SQLite file, or None with another database."""
        scheme, _, path = self.database_url.partition(":///")
        return Path(path) if scheme.startswith("sqlite") and path else None

    @classmethod
    def load(cls, **values: Any) -> Self:
        """Read environment and file; *values* win over both.

        Raises ConfigurationError, naming every unknown or wrong setting.
        """
        problems = _unknown_variables(os.environ)
        try:
            settings = cls(**values)
        except ValidationError as exc:
            for each in exc.errors():
                problems += _describe(each["loc"], each["msg"]).splitlines()
        except SettingsError as exc:
            problems.append(str(exc).partition(" from source")[0])
        if problems:
            raise ConfigurationError(*problems)
        return settings

    def save(self, path: Path) -> None:
        """Write a file for ZHANGYIN_CONFIG, secrets included, readable by the owner alone."""
        text = json.dumps(_plain(self.model_dump(exclude_none=True)), ensure_ascii=False, indent=1)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, 0o600)
            file.write(text)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment over file over defaults; no .env lying about is read."""
        del dotenv_settings, file_secret_settings
        file = InitSettingsSource(settings_cls, _read_file(os.environ.get(CONFIG_VARIABLE, "")))
        return init_settings, env_settings, file

    @model_validator(mode="after")
    def _fit_for_archiving(self) -> Self:
        if self.archive and (self.tsa is None or self.ca is None or self.ca.roots is None):
            raise ValueError(f"{PREFIX}ARCHIVE needs {PREFIX}TSA__URL and {PREFIX}CA__ROOTS")
        return self

    @model_validator(mode="after")
    def _fit_for_production(self) -> Self:
        if self.environment == "production" and (faults := list(_production_faults(self))):
            raise ValueError("\n".join(faults))
        return self


def _production_faults(settings: Settings) -> Iterator[str]:
    """What may be tried out but not put before people."""
    for name, address in _outside_addresses(settings):
        if not address.startswith("https://"):
            yield f"{name} must begin with https:// in production"
    if settings.argon2_profile == "cheapest":
        yield f"{PREFIX}ARGON2_PROFILE=cheapest is for tests, not for production"
    secrets = settings.secrets
    if secrets is None:
        yield f"{PREFIX}SECRETS__… are missing; production makes no keys of its own"
        return
    if secrets.demonstration:
        yield f"{PREFIX}SECRETS__… are demonstration keys; production needs its own"
    for field in ("maker_key", "maker_certificate"):
        path: Path | None = getattr(secrets, field)
        if path is None or not path.is_file():
            yield f"{PREFIX}SECRETS__{field.upper()} must name a file"


def _outside_addresses(settings: Settings) -> Iterator[tuple[str, str]]:
    """Addresses that secrets or people's data travel to. Time stamps prove themselves."""
    yield PREFIX + "BASE_URL", settings.base_url
    for group in Settings.model_fields:
        part = getattr(settings, group)
        if isinstance(part, BaseModel) and group not in ("tsa", "s3"):
            for field in ("api_base", "gateway", "issuer", "base", "url"):
                if address := getattr(part, field, None):
                    yield f"{PREFIX}{group}__{field}".upper(), address


def variables() -> Iterator[tuple[str, Any]]:
    """Every variable with its pydantic field, in the order of the reference."""
    for name, field in Settings.model_fields.items():
        group = _group_of(field.annotation)
        if group is None:
            yield (PREFIX + name).upper(), field
            continue
        for inner, inner_field in group.model_fields.items():
            yield f"{PREFIX}{name}__{inner}".upper(), inner_field


def _group_of(annotation: Any) -> type[_Group] | None:
    for each in (annotation, *get_args(annotation)):
        if isinstance(each, type) and issubclass(each, _Group):
            return each
    return None


def _unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """A mistyped name must not pass silently as "not set"."""
    known = {name for name, _ in variables()}
    known |= {(PREFIX + name).upper() for name in Settings.model_fields} | _OTHER_VARIABLES
    problems = []
    for name in sorted(environ):
        upper = name.upper()
        if not upper.startswith(PREFIX) or upper.startswith(_TEST_PREFIX) or upper in known:
            continue
        close = difflib.get_close_matches(upper, known, n=1)
        problems.append(
            f"{name}: unknown setting" + (f"; did you mean {close[0]}?" if close else "")
        )
    return problems


def _describe(location: tuple[int | str, ...], message: str) -> str:
    text = message.removeprefix("Value error, ")
    name = PREFIX + "__".join(str(part) for part in location).upper()
    return f"{name}: {text}" if location else text


def _read_file(name: str) -> dict[str, Any]:
    if not name:
        return {}
    try:
        raw = Path(name).expanduser().read_text(encoding="utf-8")
        data = tomllib.loads(raw) if name.endswith(".toml") else json.loads(raw)
    except OSError as exc:
        raise ConfigurationError(
            f"{CONFIG_VARIABLE}: cannot read the file: {exc.strerror}"
        ) from None
    except ValueError as exc:
        # the parsers' messages give a position; a part of the text they may quote is left out
        kind = "TOML" if name.endswith(".toml") else "JSON"
        where = f" (line {exc.lineno})" if isinstance(exc, json.JSONDecodeError) else ""
        raise ConfigurationError(f"{CONFIG_VARIABLE}: the file is no {kind}{where}") from None
    if not isinstance(data, dict):
        raise ConfigurationError(f"{CONFIG_VARIABLE}: the file must hold one object")
    return data


def _plain(value: Any) -> Any:
    """Values as JSON has them, secrets revealed."""
    match value:
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case SecretStr():
            return value.get_secret_value()
        case Path():
            return str(value)
        case _:
            return value
