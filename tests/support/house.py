"""The whole service on a real database, with stand-ins for the world outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import cast

from app.provinces import load_province
from bot.talk import Services
from sandbox.ca import CertificateAuthority
from sandbox.certificates import DOCUMENT_SIGNING, Profile, chinese_name
from seal_core.domain.applications import Application, ApplicationForm, WantedSeal
from seal_core.domain.documents import OFD, PDF, Document
from seal_core.domain.grants import Grant, GrantTerms
from seal_core.domain.holders import Account, Actor, Identity, Role
from seal_core.domain.provinces import Province
from seal_core.domain.records import News, StaffMember, StaffRole
from seal_core.domain.sealing import PlaceWish, SealingOrder
from seal_core.domain.seals import Seal
from seal_core.domain.secrets import IdNumber, Mobile, Pin
from seal_core.domain.workdays import Workdays
from seal_core.engines.ofd import OfdEngine
from seal_core.engines.pdf import PdfEngine
from seal_core.engines.protocol import SealEngine
from seal_core.gm.sm2 import PrivateKey
from seal_core.impressions.confined import ConfinedReader
from seal_core.ports import KeyKeeper, OpenWork
from seal_core.services.agents import AgentService
from seal_core.services.applications import ApplicationService
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
from seal_core.services.registry_watch import RegistryWatchService
from seal_core.services.sealing import SealingService
from seal_core.services.sign_in import SignInService
from seal_core.services.terms import TermService
from seal_core.services.verification import VerificationService
from storage.documents import ObjectStore
from storage.keys import CHEAPEST, KeyedSigner, SoftwareKeeper
from storage.outbox import OutboxRelay
from storage.schema import upgrade
from tests.support.databases import FakeClock, Store, open_store
from tests.support.fakes import (
    FakeAuthority,
    FakeCodes,
    FakeRegistry,
    FakeWillingness,
    FragileStore,
    RealJudge,
    WatchedKeeper,
)
from tests.support.pdf import simple_pdf
from tests.support.people import ID_NUMBER, MOBILE, OWNER

PIN = Pin("739154")
WRONG = Pin("280517")
DELEGATE_PIN = Pin("604928")
UNLIMITED = GrantTerms()
CORNER = PlaceWish("corner")
REVIEWER = StaffMember("r" * 32, "reviewer", "审核员", "")
OPERATOR = StaffMember("o" * 32, "operator", "运维人员", "", StaffRole.OPERATOR)
ENGINES: dict[str, SealEngine] = {PDF: PdfEngine(), OFD: OfdEngine()}
COLLEAGUE_REVIEWER = StaffMember("s" * 32, "reviewer2", "审核员乙", "")
MAKER = StaffMember("m" * 32, "maker", "制章备案员", "", StaffRole.MAKER)
AUDITOR = StaffMember("a" * 32, "auditor", "审计员", "", StaffRole.AUDITOR)
CHANNEL, APP = "wechat_official", "wx1"


@dataclass
class House:
    """Services as app/wiring.py joins them; jobs run when a test says so."""

    store: Store
    folder: Path
    province: Province
    jobs: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def clock(self) -> FakeClock:
        return self.store.clock

    @property
    def open_work(self) -> OpenWork:
        return self.store.open_work

    # --- the world outside ----------------------------------------------------------

    @cached_property
    def authority(self) -> FakeAuthority:
        return FakeAuthority(CertificateAuthority(self.clock, "http://127.0.0.1:9"))

    @cached_property
    def maker(self) -> KeyedSigner:
        key, authority = PrivateKey.generate(), self.authority.authority
        subject = chinese_name("测试制章者", "测试制章者")
        profile = Profile(DOCUMENT_SIGNING)
        made = authority.certify(subject, key.public_key.point, profile, days=3653)
        return KeyedSigner(made.dump(), authority.chain, key)

    @cached_property
    def registry(self) -> FakeRegistry:
        return FakeRegistry()

    @cached_property
    def willingness(self) -> FakeWillingness:
        return FakeWillingness()

    @cached_property
    def judge(self) -> RealJudge:
        return RealJudge(self.authority.authority, self.clock)

    @cached_property
    def documents_kept(self) -> FragileStore:
        return FragileStore(ObjectStore(str(self.folder / "documents")))

    @cached_property
    def watched(self) -> WatchedKeeper:
        transport = PrivateKey.generate()
        return WatchedKeeper(
            SoftwareKeeper(
                kek=b"k" * 32,
                pepper=b"p" * 32,
                cost=CHEAPEST,
                transport_public=transport.public_key,
                transport=transport,
            )
        )

    @property
    def keeper(self) -> KeyKeeper:
        return cast(KeyKeeper, self.watched)

    # --- services -------------------------------------------------------------------

    @cached_property
    def sign_in(self) -> SignInService:
        return SignInService(self.open_work, self.clock)

    @cached_property
    def pins(self) -> PinService:
        return PinService(self.open_work, self.clock, self.keeper)

    @cached_property
    def pin_care(self) -> PinCareService:
        return PinCareService(self.open_work, self.clock)

    @cached_property
    def entrances(self) -> EntranceService:
        return EntranceService(self.open_work, self.clock, FakeCodes(), self.sign_in)

    @cached_property
    def links(self) -> LinkService:
        return LinkService(self.open_work, self.clock, "https://seal.example")

    @cached_property
    def applications(self) -> ApplicationService:
        return ApplicationService(self.open_work, self.clock, self.province, self.registry)

    @cached_property
    def personal(self) -> PersonalSealService:
        return PersonalSealService(
            self.open_work, self.clock, self.province, self.applications, self.keeper
        )

    @cached_property
    def id_photos(self) -> IdPhotoService:
        return IdPhotoService(self.open_work, self.clock, self.applications, self.personal, 30)

    @cached_property
    def collection(self) -> CollectionService:
        return CollectionService(
            self.open_work, self.clock, self.province, FakeCodes(), self.pins, self.keeper
        )

    @cached_property
    def holdings(self) -> HoldingsService:
        return HoldingsService(self.open_work, self.clock)

    @cached_property
    def drafts(self) -> DraftService:
        return DraftService(self.open_work, self.clock, self.province)

    @cached_property
    def lives(self) -> LifeService:
        return LifeService(self.open_work, self.clock, self.province)

    @cached_property
    def registry_watch(self) -> RegistryWatchService:
        return RegistryWatchService(self.open_work, self.clock, self.province, self.registry)

    @cached_property
    def terms(self) -> TermService:
        return TermService(self.open_work, self.clock, self.province)

    @cached_property
    def members(self) -> MemberService:
        return MemberService(self.open_work, self.clock)

    @cached_property
    def grants(self) -> GrantService:
        return GrantService(self.open_work, self.clock, self.province, self.pins, self.keeper)

    @cached_property
    def agents(self) -> AgentService:
        return AgentService(self.open_work, self.clock, Workdays())

    @cached_property
    def custody(self) -> CustodyService:
        return CustodyService(self.open_work, self.clock)

    @cached_property
    def documents(self) -> DocumentService:
        return DocumentService(
            self.open_work, self.clock, self.documents_kept, ENGINES, 50_000_000, 2000
        )

    @cached_property
    def issuing(self) -> IssuingService:
        return IssuingService(
            self.open_work,
            self.clock,
            self.province,
            self.keeper,
            self.authority,
            self.maker,
            self.judge,
            self.documents_kept,
        )

    @cached_property
    def foresight(self) -> ForesightService:
        return ForesightService(self.open_work, self.documents_kept, ENGINES)

    @cached_property
    def impressions(self) -> ImpressionService:
        return ImpressionService(
            self.open_work, self.clock, self.documents_kept, self.province, ConfinedReader()
        )

    @cached_property
    def sealing(self) -> SealingService:
        return SealingService(
            self.open_work,
            self.clock,
            self.province,
            self.documents_kept,
            ENGINES,
            self.pins,
            self.keeper,
            self.judge,
            None,
        )

    @cached_property
    def previews(self) -> PreviewService:
        return PreviewService(self.open_work, self.documents_kept)

    @cached_property
    def verification(self) -> VerificationService:
        return VerificationService(self.open_work, self.clock, self.documents)

    @cached_property
    def left_dialogs(self) -> LeftDialogService:
        return LeftDialogService(self.open_work, self.clock)

    @cached_property
    def feedback(self) -> FeedbackService:
        return FeedbackService(self.open_work, self.clock, self.documents_kept)

    @cached_property
    def desk(self) -> DeskService:
        return DeskService(self.open_work, self.clock, self.province)

    @cached_property
    def filing(self) -> FilingService:
        return FilingService(self.open_work, self.clock, self.province)

    @cached_property
    def oversight(self) -> OversightService:
        return OversightService(self.open_work, self.clock)

    @cached_property
    def preferences(self) -> PreferenceService:
        return PreferenceService(self.open_work, self.clock)

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

    # --- jobs -----------------------------------------------------------------------

    @cached_property
    def relay(self) -> OutboxRelay:
        def put(serial: int, job: str, subject_id: str) -> bool:
            self.jobs.append((serial, job, subject_id))
            return True

        return OutboxRelay(self.store.database.engine, put, self.clock)

    def work(self, **functions: Callable[[str], None]) -> None:
        """Run queued jobs, and those they ask for; jobs without a function here stay queued."""
        known: dict[str, Callable[[str], None]] = {
            "inspect_document": self.documents.inspect,
            "check_registry": self.registry_watch.check,
            "issue_seal": self.issuing.resume,
            "seal_document": self.sealing.resume,
            "file_seal": self.filing.file,
        } | functions
        left: list[tuple[int, str, str]] = []
        while self.jobs or self.store.committed:
            serials, self.store.committed[:] = list(self.store.committed), []
            self.relay.relay(serials)
            jobs, self.jobs = self.jobs, []
            for serial, job, subject_id in jobs:
                if job in known:
                    known[job](subject_id)
                    self.relay.done(serial)
                else:
                    left.append((serial, job, subject_id))
        self.jobs = left

    # --- what people do -------------------------------------------------------------

    def account(self, subject: str = "openid-1") -> Account:
        return self.sign_in.account(CHANNEL, APP, subject)

    def signed_in(self, identity: Identity = OWNER, subject: str = "openid-1") -> Actor:
        return self.sign_in.bind(self.account(subject).id, identity)

    def upload(self, actor: Actor, data: bytes | None = None, name: str = "合同.pdf") -> Document:
        document = self.documents.receive(actor.person.id, name, data or simple_pdf(), "seal")
        self.work()
        return self.documents.get(document.id)

    def form(self, actor: Actor, *types: str, document_id: str = "") -> ApplicationForm:
        wanted = types or ("statutory_name",)
        return ApplicationForm(
            region=self.province.regions[0].full_name,
            handler_name="王小明",
            handler_id_number=IdNumber(ID_NUMBER),
            handler_mobile=Mobile(MOBILE),
            wanted=tuple(
                WantedSeal(code, self.province.seal_type(code).sizes[0].label) for code in wanted
            ),
            document_id=document_id or self.upload(actor, name="申请表.pdf").id,
        )

    def applied(self, actor: Actor, *types: str) -> tuple[Application, list[Seal]]:
        application = self.applications.submit(actor, self.form(actor, *types))
        return self.applications.dossier(application.id)

    def approved(self, actor: Actor, *types: str) -> list[str]:
        _, seals = self.applied(actor, *types)
        ids = [seal.id for seal in seals]
        self.applications.approve(REVIEWER, ids)
        return ids

    def issued(self, actor: Actor, *types: str) -> list[Seal]:
        """Seals that were applied for, approved, collected with the PIN, and made."""
        ids = self.approved(actor, *types)
        self.collection.collect_with_pin(actor, ids, PIN)
        self.work()
        return [self.holdings.seal(actor, seal_id) for seal_id in ids]

    def ordered(self, actor: Actor, seal: Seal, *documents: Document) -> SealingOrder:
        files = documents or (self.upload(actor),)
        return self.sealing.draw_up(actor, seal.id, [each.id for each in files], CORNER)

    def joined(self, owner: Actor, identity: Identity, role: Role, subject: str) -> Actor:
        """Somebody who was invited as *role*, signed in himself, accepted, and has a PIN."""
        person = self.signed_in(identity, subject).person
        number, mobile = person.id_number, person.mobile
        invitation = self.members.invite(owner, person.name, number, mobile, role)
        organisation = self.members.accept(person, invitation.id, CHANNEL)
        if not self.pins.is_set(person.id):
            self.pins.set_first(person.id, DELEGATE_PIN)
        return self.sign_in.switch(self.account(subject).id, organisation.id)

    def granted(
        self, owner: Actor, seal: Seal, delegate: Actor, terms: GrantTerms = UNLIMITED
    ) -> Grant:
        """A grant in force."""
        grant = self.grants.draw_up(owner, seal.id, delegate.person.id, terms)
        self.grants.confirm_with_pin(owner, grant.id, PIN)
        return self.grants.grant(owner, grant.id).grant

    # --- what a test looks at -------------------------------------------------------

    def news(self, actor: Actor) -> list[News]:
        """What the person was told, oldest first."""
        return [n.kind for n in reversed(self.holdings.inbox(actor, limit=100))]

    def events(self, holder_id: str) -> list[str]:
        """The holder's audit chain, oldest first."""
        with self.open_work() as work:
            return [record.event for record in reversed(work.audit.of(holder_id))]


@contextmanager
def open_house(folder: Path, province: str = "shanxi", url: str = "") -> Iterator[House]:
    """A house on a new SQLite file in *folder*, or on the empty database at *url*."""
    url = url or f"sqlite:///{folder / 'seal.db'}"
    upgrade(url)
    with open_store(url) as store:
        yield House(store, folder, load_province(province))
