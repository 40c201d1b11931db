"""What the pages can reach, joined in ``app/wiring.py``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from channels.identity.province import ProvinceSignIn
from seal_core.domain.provinces import Province
from seal_core.ports import Clock, DocumentStore, OpenWork, PinOpener, WillingnessCheck
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
from seal_core.services.sealing import SealingService
from seal_core.services.sign_in import SignInService
from seal_core.services.staff import StaffService
from seal_core.services.verification import VerificationService


class Recognition(Protocol):
    """One platform's way to tell whose messenger a browser belongs to."""

    def url(self, redirect_uri: str, state: str) -> str:
        """Where the browser goes to come back to *redirect_uri*."""
        ...

    def subjects(self, query: Mapping[str, str]) -> frozenset[str]:
        """All ids of the person who came back with *query*."""
        ...


@dataclass(frozen=True, slots=True)
class Pages:
    """The use cases behind the pages, and what pages need to prove people."""

    province: Province
    base_url: str
    now: Clock
    open_work: OpenWork
    sign_in: SignInService
    entrances: EntranceService
    province_sign_in: ProvinceSignIn
    recognitions: Mapping[str, Recognition]
    willingness: WillingnessCheck | None
    pin_opener: PinOpener
    links: LinkService
    applications: ApplicationService
    personal: PersonalSealService
    id_photos: IdPhotoService
    drafts: DraftService
    collection: CollectionService
    holdings: HoldingsService
    lives: LifeService
    members: MemberService
    grants: GrantService
    agents: AgentService
    custody: CustodyService
    documents: DocumentService
    sealing: SealingService
    verification: VerificationService
    previews: PreviewService
    impressions: ImpressionService
    foresight: ForesightService
    pins: PinService
    pin_care: PinCareService
    staff: StaffService
    feedback: FeedbackService
    publishing: PublishingService
    preferences: PreferenceService
    desk: DeskService
    filing: FilingService
    oversight: OversightService
    store: DocumentStore
