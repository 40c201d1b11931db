"""Settings become services: the one place where every port meets its adapter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import argon2
import structlog
from redis import Redis

from app.config import Secrets, Settings
from app.demonstration import demonstration_secrets
from app.errors import ConfigurationError
from app.pades_key import configured_pades_key
from app.provinces import load_province
from app.trust import LiveTrust
from app.workdays import load_workdays
from bot.conversation import Conversation
from bot.dispatcher import Dispatcher
from bot.sessions.redis import RedisSessions, RedisTurns
from bot.talk import Services
from channels.alipay.channel import AlipayAccount, AlipayChannel
from channels.alipay.client import AlipayClient
from channels.alipay.miniprogram import AlipayMiniProgram
from channels.alipay.web import AlipayRecognition
from channels.identity.face import FaceCheck
from channels.identity.province import ProvinceSignIn
from channels.identity.registry import Registry
from channels.staff import StaffRobot
from channels.trust.ca import AuthorityClient
from channels.trust.tsa import Rfc3161TimeStamper
from channels.wechat.channel import WeChatAccount, WeChatChannel
from channels.wechat.client import PlatformClient
from channels.wechat.miniprogram import WeChatMiniProgram
from channels.wechat.tokens import RedisTokens
from channels.wechat.web import WeChatRecognition
from jobs.delivery import (
    AlipayMessenger,
    DeliveryService,
    Messenger,
    MiniProgramMessenger,
    WeChatMessenger,
)
from jobs.notices import AlipayNotices, Notifier, WeChatNotices
from jobs.queue import RqQueue
from jobs.registry import KINDS, Workshop
from jobs.verification import OwnRegister, VerificationJob, VerifiedBeforeRelease
from portal.api.miniprogram import MiniProgram
from portal.context import Pages, Recognition
from seal_core.domain.documents import OFD, PDF
from seal_core.domain.provinces import Authorisation, IssuePolicy, Province
from seal_core.engines.ofd import OfdEngine
from seal_core.engines.pdf import Companion, PdfEngine, profile_named
from seal_core.engines.pdf_evidence import Proof
from seal_core.engines.protocol import SealEngine
from seal_core.faces import FaceKind, FaceSpec, draw, use_fonts
from seal_core.formats.certificates import parse_certificate
from seal_core.gm.sm2 import PrivateKey, PublicKey
from seal_core.impressions.confined import ConfinedReader
from seal_core.ports import Signer
from seal_core.services.agents import AgentService
from seal_core.services.applications import ApplicationService
from seal_core.services.archiving import ArchiveService
from seal_core.services.collection import CollectionService
from seal_core.services.custody import CustodyService
from seal_core.services.desk import DeskService
from seal_core.services.documents import DocumentService
from seal_core.services.drafts import DraftService
from seal_core.services.entering import EntranceService
from seal_core.services.feedback import FeedbackService
from seal_core.services.filing import FilingService
from seal_core.services.foresight import ForesightService
from seal_core.services.grants import GrantService
from seal_core.services.holdings import HoldingsService
from seal_core.services.id_photos import IdPhotoService
from seal_core.services.impressions import ImpressionService
from seal_core.services.issuing import IssuingService
from seal_core.services.left_dialogs import LeftDialogService
from seal_core.services.links import LinkService
from seal_core.services.lives import LifeService
from seal_core.services.members import MemberService
from seal_core.services.oversight import OversightService
from seal_core.services.personal import PersonalSealService
from seal_core.services.pin_care import PinCareService
from seal_core.services.preferences import PreferenceService
from seal_core.services.previews import PreviewService
from seal_core.services.proving import PinService
from seal_core.services.publishing import PublishingService
from seal_core.services.registry_watch import RegistryWatchService
from seal_core.services.retention import RetentionService
from seal_core.services.sealing import SealingService
from seal_core.services.sign_in import SignInService
from seal_core.services.staff import StaffService
from seal_core.services.terms import TermService
from seal_core.services.verification import VerificationService
from storage.documents import ObjectStore
from storage.keys import KeyedSigner, PinCost, PinOpener, SoftwareKeeper
from storage.outbox import OutboxRelay
from storage.unit_of_work import Database

log = structlog.get_logger(__name__)

T = TypeVar("T")

WECHAT_ACCOUNTS = ("wechat_official", "wechat_miniprogram")
ALIPAY_ACCOUNTS = ("alipay_life", "alipay_miniprogram")
PICKUP_ACCOUNTS = {"wechat": "wechat_official", "alipay": "alipay_life"}
"""Which account's QR code a pickup channel uses."""


def now() -> datetime:
    return datetime.now(UTC)


class Argon2Passwords:
    """See seal_core.services.staff.PasswordHasher."""

    def __init__(self, settings: Settings) -> None:
        cost = settings.argon2
        self._hasher = argon2.PasswordHasher(
            time_cost=cost.time_cost, memory_cost=cost.memory_kib, parallelism=cost.parallelism
        )

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except argon2.exceptions.VerifyMismatchError:
            return False


class PlatformCodes:
    """See seal_core.ports.PickupCodes: the platforms' own scene QR codes."""

    def __init__(self, clients: Mapping[str, PlatformClient | AlipayClient]) -> None:
        self._clients = clients

    def qr_content(self, channel: str, scene: str, seconds: int) -> str:
        client = self._clients[PICKUP_ACCOUNTS[channel]]
        if isinstance(client, AlipayClient):
            return client.qr_content(scene, seconds)
        return client.create_qrcode(scene, seconds)


class Wiring:
    """Everything a process needs, made on first use; one instance a process.

    Nothing here opens a connection before it is used, so that a fork shares none.
    """

    def __init__(
        self, settings: Settings, *, redis_url: str, opens_envelopes: bool = False
    ) -> None:
        """*opens_envelopes*: a worker, which alone holds the transport key."""
        self.settings = settings
        self._redis_url = redis_url
        self._opens_envelopes = opens_envelopes
        use_fonts(settings.face_fonts, settings.fangsong_fonts)

    # --- ground ---------------------------------------------------------------------

    @cached_property
    def secrets(self) -> Secrets:
        if self.settings.secrets is not None:
            return self.settings.secrets
        return demonstration_secrets(self.settings.state_dir)

    @cached_property
    def province(self) -> Province:
        return load_province(self.settings.province)

    @cached_property
    def redis(self) -> Redis:
        return Redis.from_url(self._redis_url, socket_timeout=10, socket_connect_timeout=2)

    @cached_property
    def database(self) -> Database:
        key = bytes.fromhex(self.secrets.kek.get_secret_value())[:16]
        return Database(self.settings.database_url, now, key, self._relay_soon)

    @cached_property
    def queue(self) -> RqQueue:
        return RqQueue(self.redis, KINDS)

    @cached_property
    def relay(self) -> OutboxRelay:
        return OutboxRelay(self.database.engine, self.queue.put, now)

    @cached_property
    def store(self) -> ObjectStore:
        s3 = self.settings.s3
        if s3 is None:
            return ObjectStore(self.settings.documents_url)
        return ObjectStore(
            self.settings.documents_url,
            endpoint=s3.endpoint,
            region=s3.region,
            access_key_id=s3.access_key_id,
            secret_access_key=s3.secret_access_key.get_secret_value(),
            virtual_hosted_style_request=False,
            client_options={"allow_http": self.settings.environment == "sandbox"},
        )

    def _relay_soon(self, serials: list[int]) -> None:
        """Queue committed jobs at once; if Redis is away the sweeper does it later."""
        try:
            self.relay.relay(serials)
        except Exception as exc:  # noqa: BLE001  # the work is committed, whatever Redis says
            log.warning("outbox.later", error=type(exc).__name__, jobs=len(serials))

    # --- the world outside ----------------------------------------------------------

    @cached_property
    def wechat_channels(self) -> dict[str, WeChatChannel]:
        found = {}
        for name in WECHAT_ACCOUNTS:
            if given := getattr(self.settings, name):
                account = WeChatAccount(
                    given.appid,
                    given.token.get_secret_value(),
                    given.encoding_aes_key.get_secret_value(),
                )
                found[name] = WeChatChannel(account, now)
        return found

    @cached_property
    def alipay_accounts(self) -> dict[str, AlipayAccount]:
        found = {}
        for name in ALIPAY_ACCOUNTS:
            if given := getattr(self.settings, name):
                found[name] = AlipayAccount(
                    given.app_id, given.app_private_key.get_secret_value(), given.alipay_public_key
                )
        return found

    @cached_property
    def alipay_channels(self) -> dict[str, AlipayChannel]:
        return {name: AlipayChannel(each, now) for name, each in self.alipay_accounts.items()}

    @cached_property
    def clients(self) -> dict[str, PlatformClient | AlipayClient]:
        found: dict[str, PlatformClient | AlipayClient] = {}
        for name in self.wechat_channels:
            given = getattr(self.settings, name)
            found[name] = PlatformClient(
                given.appid,
                given.secret.get_secret_value(),
                RedisTokens(self.redis),
                base_url=given.api_base,
            )
        for name, account in self.alipay_accounts.items():
            found[name] = AlipayClient(account, gateway=getattr(self.settings, name).gateway)
        return found

    @cached_property
    def messengers(self) -> dict[str, Messenger]:
        found: dict[str, Messenger] = {}
        for name, client in self.clients.items():
            if isinstance(client, AlipayClient):
                found[name] = AlipayMessenger(client)
            elif name == "wechat_official":
                found[name] = WeChatMessenger(client)
            else:
                found[name] = MiniProgramMessenger(client, _card_picture(), now)
        return found

    @cached_property
    def notifiers(self) -> dict[str, Notifier]:
        """For the accounts that were given a template."""
        found: dict[str, Notifier] = {}
        for name, client in self.clients.items():
            template = getattr(self.settings, name).notice_template
            if template and isinstance(client, AlipayClient):
                found[name] = AlipayNotices(client, template, life=name == "alipay_life")
            elif template and isinstance(client, PlatformClient):
                official = name == "wechat_official"
                found[name] = WeChatNotices(client, template, official=official)
        return found

    @cached_property
    def province_sign_in(self) -> ProvinceSignIn:
        given = _needed("IDENTITY", self.settings.identity)
        return ProvinceSignIn(given.issuer, given.client_id, given.client_secret.get_secret_value())

    @cached_property
    def recognitions(self) -> dict[str, Recognition]:
        """Accounts whose messengers open web pages; a mini-program opens its own."""
        found: dict[str, Recognition] = {}
        if official := self.settings.wechat_official:
            found["wechat_official"] = WeChatRecognition(
                official.appid,
                official.secret.get_secret_value(),
                authorize_base=official.authorize_base,
                api_base=official.api_base,
            )
        client = self.clients.get("alipay_life")
        if (life := self.settings.alipay_life) and isinstance(client, AlipayClient):
            found["alipay_life"] = AlipayRecognition(
                life.app_id, client, authorize_base=life.authorize_base
            )
        return found

    @cached_property
    def mini_programs(self) -> dict[str, MiniProgram]:
        """Those that are set, by channel."""
        found: dict[str, MiniProgram] = {}
        client = self.clients.get("wechat_miniprogram")
        if isinstance(client, PlatformClient):
            found["wechat_miniprogram"] = WeChatMiniProgram(client)
        client, given = self.clients.get("alipay_miniprogram"), self.settings.alipay_miniprogram
        if given and isinstance(client, AlipayClient):
            key = given.aes_key.get_secret_value() if given.aes_key else ""
            found["alipay_miniprogram"] = AlipayMiniProgram(
                given.app_id, client, given.alipay_public_key, key
            )
        return found

    @cached_property
    def willingness(self) -> FaceCheck | None:
        """None where the province reviews and asks for PINs, and no face check was given."""
        by_pin = self.province.authorisation is Authorisation.PIN
        if self.settings.face is None and by_pin and not self._decides_by_identity:
            return None
        given = _needed("FACE", self.settings.face)
        return FaceCheck(given.base, given.key, given.secret.get_secret_value(), given.keys_url)

    @property
    def _decides_by_identity(self) -> bool:
        return self.province.issue_policy is IssuePolicy.IDENTITY

    @cached_property
    def registry(self) -> Registry | None:
        """None where the province does not ask it and none was given."""
        if self.settings.registry is None and not self._decides_by_identity:
            return None
        given = _needed("REGISTRY", self.settings.registry)
        return Registry(given.base, given.key, given.secret.get_secret_value())

    @cached_property
    def authority(self) -> AuthorityClient:
        given = _needed("CA", self.settings.ca)
        return AuthorityClient(given.url, given.api_key.get_secret_value() if given.api_key else "")

    @cached_property
    def timestamper(self) -> Rfc3161TimeStamper | None:
        tsa = self.settings.tsa
        return Rfc3161TimeStamper(tsa.url, digest=tsa.digest) if tsa else None

    @cached_property
    def companion(self) -> Companion | None:
        """The service's own RSA or ECDSA signature on sealed PDF, where it was given a key.

        Workers alone read the key. Raises ConfigurationError.
        """
        given = self.settings.pades
        if given is None or not self._opens_envelopes:
            return None
        url = given.tsa_url
        stamper = Rfc3161TimeStamper(url, digest="sha256") if url else None
        return Companion(configured_pades_key(given), stamper)

    @cached_property
    def robot(self) -> StaffRobot | None:
        given = self.settings.staff_robot
        return StaffRobot(given.key.get_secret_value(), api_base=given.api_base) if given else None

    @cached_property
    def trust(self) -> LiveTrust:
        """Whom verification trusts: the roots the operator gave, with fresh revocation lists."""
        ca = self.settings.ca
        if ca is None or ca.roots is None:
            return LiveTrust(None, (), self.settings.state_dir, now)
        return LiveTrust(ca.roots, ca.crl_urls, self.settings.state_dir, now)

    # --- keys -----------------------------------------------------------------------

    @cached_property
    def keeper(self) -> SoftwareKeeper:
        cost = self.settings.argon2
        private = self._transport_key()
        return SoftwareKeeper(
            kek=bytes.fromhex(self.secrets.kek.get_secret_value()),
            pepper=bytes.fromhex(self.secrets.pin_pepper.get_secret_value()),
            cost=PinCost(cost.time_cost, cost.memory_kib, cost.parallelism),
            transport_public=self._transport_point(private),
            transport=private if self._opens_envelopes else None,
        )

    def _transport_key(self) -> PrivateKey | None:
        given = self.secrets.worker_private_key
        if given is None and self._opens_envelopes:
            raise ConfigurationError("ZHANGYIN_SECRETS__WORKER_PRIVATE_KEY is missing")
        return _private_key(given.get_secret_value()) if given else None

    def _transport_point(self, private: PrivateKey | None) -> PublicKey:
        if private is not None:
            return private.public_key
        if self.secrets.worker_public_key is None:
            raise ConfigurationError("ZHANGYIN_SECRETS__WORKER_PUBLIC_KEY is missing")
        return PublicKey.from_point(bytes.fromhex(self.secrets.worker_public_key))

    @cached_property
    def pin_opener(self) -> PinOpener:
        return PinOpener(_private_key(self.secrets.pin_private_key.get_secret_value()))

    @cached_property
    def maker(self) -> Signer:
        """The seal maker's key (制章人); its chain is what the authority gave with it."""
        certificate = _file("MAKER_CERTIFICATE", self.secrets.maker_certificate)
        parse_certificate(certificate)
        key = PrivateKey.from_pkcs8(_file("MAKER_KEY", self.secrets.maker_key))
        return KeyedSigner(certificate, (), key)

    # --- use cases ------------------------------------------------------------------

    @cached_property
    def engines(self) -> dict[str, SealEngine]:
        given = self.settings.pdf
        profile = profile_named(given.profile, given.filter)
        return {PDF: PdfEngine(profile, self.companion), OFD: OfdEngine()}

    @cached_property
    def sign_in(self) -> SignInService:
        return SignInService(self.database.open_work, now)

    @cached_property
    def entrances(self) -> EntranceService:
        return EntranceService(
            self.database.open_work, now, PlatformCodes(self.clients), self.sign_in
        )

    @cached_property
    def links(self) -> LinkService:
        return LinkService(self.database.open_work, now, self.settings.base_url)

    @cached_property
    def pins(self) -> PinService:
        return PinService(self.database.open_work, now, self.keeper)

    @cached_property
    def pin_care(self) -> PinCareService:
        return PinCareService(self.database.open_work, now)

    @cached_property
    def applications(self) -> ApplicationService:
        return ApplicationService(self.database.open_work, now, self.province, self.registry)

    @cached_property
    def personal(self) -> PersonalSealService:
        return PersonalSealService(
            self.database.open_work, now, self.province, self.applications, self.keeper
        )

    @cached_property
    def id_photos(self) -> IdPhotoService:
        return IdPhotoService(
            self.database.open_work,
            now,
            self.applications,
            self.personal,
            self.settings.limits.id_photo_days,
        )

    @cached_property
    def collection(self) -> CollectionService:
        codes = PlatformCodes(self.clients)
        return CollectionService(
            self.database.open_work, now, self.province, codes, self.pins, self.keeper
        )

    @cached_property
    def holdings(self) -> HoldingsService:
        return HoldingsService(self.database.open_work, now)

    @cached_property
    def drafts(self) -> DraftService:
        return DraftService(self.database.open_work, now, self.province)

    @cached_property
    def lives(self) -> LifeService:
        return LifeService(self.database.open_work, now, self.province)

    @cached_property
    def registry_watch(self) -> RegistryWatchService:
        return RegistryWatchService(self.database.open_work, now, self.province, self.registry)

    @cached_property
    def retention(self) -> RetentionService:
        return RetentionService(self.database.open_work, now)

    @cached_property
    def terms(self) -> TermService:
        return TermService(self.database.open_work, now, self.province)

    @cached_property
    def members(self) -> MemberService:
        return MemberService(self.database.open_work, now)

    @cached_property
    def grants(self) -> GrantService:
        return GrantService(self.database.open_work, now, self.province, self.pins, self.keeper)

    @cached_property
    def agents(self) -> AgentService:
        return AgentService(self.database.open_work, now, load_workdays())

    @cached_property
    def custody(self) -> CustodyService:
        return CustodyService(self.database.open_work, now)

    @cached_property
    def documents(self) -> DocumentService:
        return DocumentService(
            self.database.open_work,
            now,
            self.store,
            self.engines,
            self.settings.limits.document_bytes,
            self.settings.limits.pages,
        )

    @cached_property
    def issuing(self) -> IssuingService:
        return IssuingService(
            self.database.open_work,
            now,
            self.province,
            self.keeper,
            self.authority,
            self.maker,
            VerifiedBeforeRelease(self.trust),
            self.store,
        )

    @cached_property
    def foresight(self) -> ForesightService:
        return ForesightService(self.database.open_work, self.store, self.engines)

    @cached_property
    def impressions(self) -> ImpressionService:
        return ImpressionService(
            self.database.open_work, now, self.store, self.province, ConfinedReader()
        )

    @cached_property
    def sealing(self) -> SealingService:
        return SealingService(
            self.database.open_work,
            now,
            self.province,
            self.store,
            self.engines,
            self.pins,
            self.keeper,
            VerifiedBeforeRelease(self.trust),
            self.timestamper,
            f"{self.settings.base_url}/verify/" if self.settings.verification_code else "",
        )

    @cached_property
    def archiving(self) -> ArchiveService:
        return ArchiveService(
            self.database.open_work,
            now,
            self.store,
            VerifiedBeforeRelease(self.trust),
            self._proof,
            self.timestamper if self.settings.archive else None,
        )

    def _proof(self) -> Proof:
        """What is known of authorities at this moment."""
        trust = self.trust.current()
        return Proof((*trust.anchors, *trust.intermediates), trust.crls, trust.ocsp)

    @cached_property
    def previews(self) -> PreviewService:
        return PreviewService(self.database.open_work, self.store, self.settings.preview_fonts)

    @cached_property
    def verification(self) -> VerificationService:
        return VerificationService(self.database.open_work, now, self.documents)

    @cached_property
    def verification_job(self) -> VerificationJob:
        register = OwnRegister(self.database.open_work)
        return VerificationJob(self.verification, self.store, self.trust, register)

    @cached_property
    def staff(self) -> StaffService:
        return StaffService(self.database.open_work, Argon2Passwords(self.settings))

    @cached_property
    def left_dialogs(self) -> LeftDialogService:
        return LeftDialogService(self.database.open_work, now)

    @cached_property
    def feedback(self) -> FeedbackService:
        return FeedbackService(self.database.open_work, now, self.store)

    @cached_property
    def publishing(self) -> PublishingService:
        return PublishingService(self.database.open_work, now, self.store)

    @cached_property
    def desk(self) -> DeskService:
        return DeskService(self.database.open_work, now, self.province)

    @cached_property
    def filing(self) -> FilingService:
        return FilingService(self.database.open_work, now, self.province)

    @cached_property
    def oversight(self) -> OversightService:
        return OversightService(self.database.open_work, now)

    @cached_property
    def preferences(self) -> PreferenceService:
        return PreferenceService(self.database.open_work, now)

    @cached_property
    def services(self) -> Services:
        return Services(
            province=self.province,
            sign_in=self.sign_in,
            entrances=self.entrances,
            links=self.links,
            applications=self.applications,
            personal=self.personal,
            drafts=self.drafts,
            collection=self.collection,
            holdings=self.holdings,
            lives=self.lives,
            members=self.members,
            grants=self.grants,
            agents=self.agents,
            custody=self.custody,
            documents=self.documents,
            sealing=self.sealing,
            verification=self.verification,
            left_dialogs=self.left_dialogs,
            feedback=self.feedback,
            preferences=self.preferences,
        )

    @cached_property
    def conversation(self) -> Conversation:
        sessions = RedisSessions(self.redis)
        return Conversation(
            self.database.open_work,
            now,
            self.sign_in,
            RedisTurns(self.redis),
            self.left_dialogs,
            self.preferences,
            lambda: Dispatcher(sessions, self.services),
        )

    @cached_property
    def delivery(self) -> DeliveryService:
        return DeliveryService(
            self.database.open_work,
            now,
            self.messengers,
            self.notifiers,
            self.robot,
            lambda desk, case: f"{self.settings.base_url}/staff/{desk}/{case}",
        )

    @cached_property
    def workshop(self) -> Workshop:
        return Workshop(
            relay=self.relay,
            conversation=self.conversation,
            left_dialogs=self.left_dialogs,
            filing=self.filing,
            delivery=self.delivery,
            agents=self.agents,
            documents=self.documents,
            foresight=self.foresight,
            impressions=self.impressions,
            grants=self.grants,
            drafts=self.drafts,
            issuing=self.issuing,
            id_photos=self.id_photos,
            personal=self.personal,
            previews=self.previews,
            sealing=self.sealing,
            retention=self.retention,
            terms=self.terms,
            registry_watch=self.registry_watch,
            verification=self.verification_job,
            archiving=self.archiving,
        )

    def forget_connections(self) -> None:
        """In a forked child: connections of the parent are its own business."""
        self.database.engine.dispose(close=False)
        self.redis.connection_pool.reset()

    @cached_property
    def pages(self) -> Pages:
        return Pages(
            province=self.province,
            base_url=self.settings.base_url,
            now=now,
            open_work=self.database.open_work,
            sign_in=self.sign_in,
            entrances=self.entrances,
            province_sign_in=self.province_sign_in,
            recognitions=self.recognitions,
            willingness=self.willingness,
            pin_opener=self.pin_opener,
            links=self.links,
            applications=self.applications,
            personal=self.personal,
            id_photos=self.id_photos,
            drafts=self.drafts,
            collection=self.collection,
            holdings=self.holdings,
            lives=self.lives,
            members=self.members,
            grants=self.grants,
            agents=self.agents,
            custody=self.custody,
            documents=self.documents,
            sealing=self.sealing,
            verification=self.verification,
            previews=self.previews,
            impressions=self.impressions,
            foresight=self.foresight,
            pins=self.pins,
            pin_care=self.pin_care,
            staff=self.staff,
            feedback=self.feedback,
            publishing=self.publishing,
            preferences=self.preferences,
            desk=self.desk,
            filing=self.filing,
            oversight=self.oversight,
            store=self.store,
        )


def _needed(name: str, group: T | None) -> T:
    if group is None:
        raise ConfigurationError(f"ZHANGYIN_{name}__… is missing: it is needed here")
    return group


def _card_picture() -> bytes:
    """The seal on the cards of the mini-program; the invented face of nobody."""
    return draw(FaceSpec(FaceKind.SPECIAL, "电子印章", 40, 40, centre_text="电子印章")).png(150)


def _private_key(scalar: str) -> PrivateKey:
    return PrivateKey.from_scalar(bytes.fromhex(scalar))


def _file(name: str, path: Path | None) -> bytes:
    if path is None or not path.is_file():
        raise ConfigurationError(f"ZHANGYIN_SECRETS__{name} must name a file")
    return path.read_bytes()
