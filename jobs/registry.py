"""The list of jobs: nothing else is ever run, whatever Redis says."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bot.conversation import Conversation
from bot.sessions.store import TurnTaken
from jobs.delivery import DeliveryService
from jobs.listed import JobFunction
from jobs.queue import TRUSTED, UNTRUSTED, JobKind
from jobs.ticker import Periodic
from jobs.verification import VerificationJob
from seal_core.services.agents import AgentService
from seal_core.services.archiving import ArchiveService
from seal_core.services.documents import DocumentService
from seal_core.services.drafts import DraftService
from seal_core.services.filing import FilingService
from seal_core.services.foresight import ForesightService
from seal_core.services.grants import GrantService
from seal_core.services.id_photos import IdPhotoService
from seal_core.services.impressions import ImpressionService
from seal_core.services.issuing import IssuingService
from seal_core.services.left_dialogs import LeftDialogService
from seal_core.services.personal import PersonalSealService
from seal_core.services.previews import PreviewService
from seal_core.services.registry_watch import RegistryWatchService
from seal_core.services.retention import RetentionService
from seal_core.services.sealing import SealingService
from seal_core.services.terms import TermService

KINDS: Mapping[str, JobKind] = {
    "converse": JobKind(TRUSTED, 60),
    "deliver_notification": JobKind(TRUSTED, 60),
    "send_message": JobKind(TRUSTED, 60),
    "tell_staff": JobKind(TRUSTED, 60),
    "check_registry": JobKind(TRUSTED, 60),
    "tell_staff_of_agent": JobKind(TRUSTED, 60),
    "tell_operators": JobKind(TRUSTED, 60),
    "tell_makers": JobKind(TRUSTED, 60),
    "tell_of_lock": JobKind(TRUSTED, 60),
    "file_seal": JobKind(TRUSTED, 60),
    "issue_seal": JobKind(TRUSTED, 60),
    "seal_document": JobKind(TRUSTED, 300),
    "archive_document": JobKind(TRUSTED, 300),
    "inspect_document": JobKind(UNTRUSTED, 60),
    "draw_preview": JobKind(UNTRUSTED, 60),
    "find_place": JobKind(UNTRUSTED, 60),
    # the form itself is read in the reader's own confined process
    "read_form": JobKind(UNTRUSTED, 120),
    "cut_impression": JobKind(UNTRUSTED, 120),
    # the file itself is read in the verifier's own confined process
    "verify_document": JobKind(TRUSTED, 120),
}
"""Where each job runs and how long it may take, in seconds."""

SWEEP_SECONDS = 5.0
"""How often forgotten jobs and messages are looked for."""

TERMS_SECONDS = 20.0
"""How often seals are looked at that end, or wait too long; a little late harms nobody."""
MORNING_SECONDS = 60.0
"""How often news are looked for that were held back at night."""

NUDGE_SECONDS = 20.0
"""How often dialogs that were left are looked for."""


ARCHIVE_SECONDS = 600.0
"""How often documents are looked for whose time stamps have to be renewed."""

HOURLY = 3600.0
DONE_JOBS_KEPT = timedelta(days=7)
"""As long as RQ keeps what failed."""

"""How often what has outlived its time is looked for."""
GRANT_SECONDS = 30.0
"""How often grants that have run out are ended and told; the clock refuses them at once."""


REMIND_SECONDS = 600.0
"""How often registrations are looked for that have waited too long; they count in days."""


class Relay(Protocol):
    """SQL's side of the queue: see storage.outbox."""

    def done(self, serial: int) -> None: ...

    def sweep(self) -> int: ...

    def forget(self, older_than: timedelta) -> int: ...


@dataclass(frozen=True, slots=True)
class Workshop:
    """The use cases behind the jobs."""

    relay: Relay
    conversation: Conversation
    left_dialogs: LeftDialogService
    delivery: DeliveryService
    agents: AgentService
    filing: FilingService
    documents: DocumentService
    foresight: ForesightService
    impressions: ImpressionService
    grants: GrantService
    drafts: DraftService
    issuing: IssuingService
    id_photos: IdPhotoService
    personal: PersonalSealService
    previews: PreviewService
    sealing: SealingService
    retention: RetentionService
    terms: TermService
    registry_watch: RegistryWatchService
    verification: VerificationJob
    archiving: ArchiveService


def functions(shop: Workshop) -> dict[str, JobFunction]:
    """The job functions by name: outbox serial and subject in, done when they return."""
    return {
        "converse": _settling(shop.relay, shop.conversation.catch_up),
        "deliver_notification": _settling(shop.relay, shop.conversation.tell),
        "send_message": _settling(shop.relay, shop.delivery.send),
        "tell_staff": _settling(shop.relay, shop.delivery.tell_staff),
        "check_registry": _settling(shop.relay, shop.registry_watch.check),
        "tell_staff_of_agent": _settling(shop.relay, shop.delivery.tell_staff_of_agent),
        "tell_operators": _settling(shop.relay, shop.delivery.tell_operators),
        "tell_makers": _settling(shop.relay, shop.delivery.tell_makers),
        "tell_of_lock": _settling(shop.relay, shop.delivery.tell_of_lock),
        "file_seal": _settling(shop.relay, shop.filing.file),
        "issue_seal": _settling(shop.relay, shop.issuing.resume),
        "seal_document": _settling(shop.relay, shop.sealing.resume),
        "archive_document": _settling(shop.relay, shop.archiving.renew),
        "inspect_document": _settling(shop.relay, shop.documents.inspect),
        "draw_preview": _settling(shop.relay, shop.previews.draw),
        "find_place": _settling(shop.relay, shop.foresight.look_for),
        "read_form": _settling(shop.relay, shop.impressions.read),
        "cut_impression": _settling(shop.relay, shop.impressions.cut),
        "verify_document": _settling(shop.relay, shop.verification.run),
    }


def housekeeping(shop: Workshop) -> tuple[Periodic, ...]:
    """What one trusted worker does every few seconds."""

    def catch_up() -> None:
        for account_id in shop.conversation.stalled():
            with suppress(TurnTaken):  # whoever has the turn handles what waits
                shop.conversation.catch_up(account_id)

    def nudge() -> None:
        for draft in shop.left_dialogs.due():
            with suppress(TurnTaken):  # who speaks right now needs no reminder
                shop.conversation.nudge(draft.account_id)

    return (
        Periodic("sweep_outbox", SWEEP_SECONDS, shop.relay.sweep),
        Periodic("catch_up_conversations", SWEEP_SECONDS, catch_up),
        Periodic("seal_terms", TERMS_SECONDS, shop.terms.run),
        Periodic("forget_old_rows", HOURLY, shop.retention.forget_old),
        Periodic("forget_done_jobs", HOURLY, lambda: shop.relay.forget(DONE_JOBS_KEPT)),
        Periodic("queue_archives", ARCHIVE_SECONDS, shop.archiving.queue_due),
        Periodic("forget_sketches", HOURLY, shop.personal.forget_old),
        Periodic("end_grants", GRANT_SECONDS, shop.grants.sweep),
        Periodic("forget_id_photos", HOURLY, shop.id_photos.forget_old),
        Periodic("drafts", TERMS_SECONDS, shop.drafts.tidy),
        Periodic("registry", TERMS_SECONDS, shop.registry_watch.ask_for_checks),
        Periodic("remind_of_agents", REMIND_SECONDS, shop.agents.remind),
        Periodic("nudge_dialogs", NUDGE_SECONDS, nudge),
        Periodic("morning_news", MORNING_SECONDS, shop.conversation.morning),
    )


def _settling(relay: Relay, work: JobFunction) -> JobFunction:
    """Run *work* for the subject, then note in SQL that it is done."""

    def run(serial: str, subject_id: str) -> None:
        work(subject_id)
        relay.done(int(serial))

    return run
