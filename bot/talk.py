"""What a handler has at hand: who speaks, what was answered so far, and the services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.messages import Link, Say
from bot.sessions.session import Session
from bot.states import State
from seal_core.domain.holders import Account, Actor, NotSignedIn
from seal_core.domain.provinces import Province
from seal_core.domain.tickets import LinkPurpose
from seal_core.services.agents import AgentService
from seal_core.services.applications import ApplicationService
from seal_core.services.collection import CollectionService
from seal_core.services.custody import CustodyService
from seal_core.services.documents import DocumentService
from seal_core.services.drafts import DraftService
from seal_core.services.entering import EntranceService
from seal_core.services.feedback import FeedbackService
from seal_core.services.grants import GrantService
from seal_core.services.holdings import HoldingsService
from seal_core.services.left_dialogs import LeftDialogService
from seal_core.services.links import LinkService
from seal_core.services.lives import LifeService
from seal_core.services.members import MemberService
from seal_core.services.personal import PersonalSealService
from seal_core.services.preferences import PreferenceService
from seal_core.services.sealing import SealingService
from seal_core.services.sign_in import SignInService
from seal_core.services.verification import VerificationService


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases a conversation can reach."""

    province: Province
    sign_in: SignInService
    entrances: EntranceService
    links: LinkService
    applications: ApplicationService
    personal: PersonalSealService
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
    left_dialogs: LeftDialogService
    feedback: FeedbackService
    preferences: PreferenceService


class Talk:
    """One turn of one account."""

    def __init__(self, account: Account, session: Session, services: Services) -> None:
        self.account = account
        self.services = services
        self._session = session

    @property
    def actor(self) -> Actor:
        """Raises NotSignedIn; the dispatcher answers that with the way to sign in."""
        return self.services.sign_in.actor_of(self.account)

    @property
    def signed_in(self) -> bool:
        return bool(self.account.person_id)

    def must_be_signed_in(self) -> None:
        """Raises NotSignedIn."""
        if not self.signed_in:
            raise NotSignedIn(self.account.id)

    @property
    def state(self) -> State:
        return self._session.state

    @property
    def data(self) -> dict[str, Any]:
        """The answers given so far in this dialog."""
        return self._session.data

    def go(self, state: State, say: Say, **data: Any) -> Say:
        """Ask *say* and wait for the answer in *state*; answers are kept, *data* added."""
        self._session.go(state, {**self._session.data, **data}, say)
        return say

    def begin(self, state: State, say: Say, **data: Any) -> Say:
        """Start a dialog anew: 返回 leads no further back than here."""
        self._session.end()
        return self.go(state, say, **data)

    def stay(self, say: Say) -> Say:
        """The answer did not do: say why, keep everything, ask again."""
        return say

    def end(self, say: Say) -> Say:
        """The dialog is over."""
        self._session.end()
        return say

    def close(self, say: Say, *states: State) -> Say:
        """News that ends a dialog in one of *states*; any other goes on undisturbed."""
        return self.end(say) if self._session.state in states else say

    def enterprise_space(self, wish: str) -> Link:
        """The way to 企业空间, and back to *wish* with the enterprise that was linked there."""
        return self.link(LinkPurpose.SIGN_IN, "去企业空间", space="1", wish=wish)

    def link(self, purpose: LinkPurpose, title: str, **data: str) -> Link:
        """A one-time link for the person who speaks."""
        url = self.services.links.make(purpose, self.account.id, self.account.person_id, **data)
        return Link(title, url)
