"""What verification says of a document: plain values, no wording, no HTML.

A report is built from answered questions. A signature is as good as the worst of its answers,
a document as good as its worst signature; "could not find out" is never "fine".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """Answers, and what a whole document can be."""

    VALID = "valid"
    INVALID = "invalid"
    INDETERMINATE = "indeterminate"
    NOT_APPLICABLE = "not_applicable"  # answers only
    UNSIGNED = "unsigned"  # documents only


_RANK = {
    Verdict.INVALID: 0,
    Verdict.INDETERMINATE: 1,
    Verdict.VALID: 2,
    Verdict.NOT_APPLICABLE: 3,
}


class Question(StrEnum):
    """What is asked about every signature, in the order of the report."""

    STRUCTURE = "structure"
    DIGEST = "digest"  # every protected part is unchanged
    COVERAGE = "coverage"  # nothing shown is unprotected, nothing changed afterwards
    SIGNATURE_VALUE = "signature_value"
    SEAL_STRUCTURE = "seal_structure"
    SEAL_SIGNATURE = "seal_signature"  # the seal maker's
    SEAL_PERIOD = "seal_period"
    SEAL_STATUS = "seal_status"
    SIGNER_IN_SEAL = "signer_in_seal"
    SIGNER_CHAIN = "signer_chain"
    MAKER_CHAIN = "maker_chain"
    REVOCATION = "revocation"
    SIGNING_TIME = "signing_time"
    TIMESTAMP = "timestamp"


class Reason(StrEnum):
    """Why an answer is what it is. A closed list: ``render/wording.py`` has words for each."""

    # structure
    NOT_A_DOCUMENT = "not_a_document"  # neither PDF nor OFD
    DAMAGED = "damaged"
    UNSAFE_PACKAGE = "unsafe_package"  # doubled, absolute or escaping names
    LIMITS = "limits"  # too large, too deep or too slow to look at
    ENCRYPTED = "encrypted"
    PART_MISSING = "part_missing"
    SIGNATURE_MALFORMED = "signature_malformed"
    SIGNATURE_UNSUPPORTED = "signature_unsupported"
    SIGNATURE_REMOVED = "signature_removed"  # an earlier revision was signed
    NO_SIGNER = "no_signer"  # SignedData with zero SignerInfos
    PATH_MISMATCH = "path_mismatch"  # propertyInfo names another place
    BYTE_RANGE = "byte_range"
    BASE_SIGNATURE = "base_signature"  # the signature this one builds on is not valid
    # digest
    DIGEST_MISMATCH = "digest_mismatch"
    WEAK_DIGEST = "weak_digest"
    NOTHING_PROTECTED = "nothing_protected"
    # coverage
    NOT_WHOLE_DOCUMENT = "not_whole_document"
    CHANGED_AFTER_SIGNING = "changed_after_signing"
    FORBIDDEN_CHANGE = "forbidden_change"  # to a document its signer closed
    CHANGES_UNCLEAR = "changes_unclear"
    EXTRA_PARTS = "extra_parts"  # files or bytes nothing refers to
    SIGNED_AGAIN = "signed_again"  # only later signatures were added; the newest covers all
    # signature value
    SIGNATURE_MISMATCH = "signature_mismatch"
    SIGNED_SOMETHING_ELSE = "signed_something_else"  # right, but not over what the standard says
    ALGORITHM_MISMATCH = "algorithm_mismatch"  # named algorithm and key do not fit
    ALGORITHM_UNSUPPORTED = "algorithm_unsupported"
    ALGORITHM_WEAK = "algorithm_weak"
    NO_CERTIFICATE = "no_certificate"
    # seal
    SEAL_MALFORMED = "seal_malformed"
    SEAL_FILE_DIFFERS = "seal_file_differs"  # Seal.esl is not the seal inside the signature
    SEAL_SIGNATURE_MISMATCH = "seal_signature_mismatch"
    BEFORE_SEAL_PERIOD = "before_seal_period"
    AFTER_SEAL_PERIOD = "after_seal_period"
    NO_SEAL = "no_seal"  # a plain signature
    SIGNER_NOT_IN_SEAL = "signer_not_in_seal"
    SIGNER_LIST_UNREADABLE = "signer_list_unreadable"
    SEAL_REVOKED = "seal_revoked"
    SEAL_SUSPENDED = "seal_suspended"
    SEAL_REVOKED_LATER = "seal_revoked_later"
    STATUS_NOT_ASKED = "status_not_asked"
    STATUS_ELSEWHERE = "status_elsewhere"  # a seal of another register
    STATUS_UNAVAILABLE = "status_unavailable"
    # certificates
    NO_TRUST_ANCHOR = "no_trust_anchor"
    UNKNOWN_ISSUER = "unknown_issuer"
    CERTIFICATE_MALFORMED = "certificate_malformed"
    CHAIN_SIGNATURE = "chain_signature"  # names an issuer that did not sign it
    NOT_A_CA = "not_a_ca"
    PATH_TOO_LONG = "path_too_long"
    KEY_USAGE = "key_usage"
    CRITICAL_EXTENSION = "critical_extension"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    # revocation
    REVOKED = "revoked"
    REVOKED_LATER = "revoked_later"
    NO_REVOCATION_DATA = "no_revocation_data"
    REVOCATION_DATA_STALE = "revocation_data_stale"
    REVOCATION_UNKNOWN = "revocation_unknown"  # OCSP: the responder does not know the certificate
    REVOCATION_NOT_PUBLISHED = "revocation_not_published"
    # time
    NO_SIGNING_TIME = "no_signing_time"
    SIGNED_IN_FUTURE = "signed_in_future"
    TIME_CONFLICT = "time_conflict"  # the claimed time and the time stamp contradict each other
    NO_TIMESTAMP = "no_timestamp"
    TIMESTAMP_MALFORMED = "timestamp_malformed"
    TIMESTAMP_MISMATCH = "timestamp_mismatch"  # stamps something else
    TIMESTAMP_SIGNATURE = "timestamp_signature"
    TIMESTAMP_UNTRUSTED = "timestamp_untrusted"
    # a question that an earlier answer leaves without ground
    NOT_REACHED = "not_reached"


class Kind(StrEnum):
    SEAL = "seal"
    SIGNATURE = "signature"
    TIMESTAMP = "timestamp"


class TimeSource(StrEnum):
    CLAIMED = "claimed"
    TIMESTAMP = "timestamp"


@dataclass(frozen=True, slots=True)
class Check:
    """One question put to a signature or the document, and its answer."""

    question: Question
    verdict: Verdict
    reason: Reason | None = None
    detail: str = ""  # data for the expert: a path, a time, a serial number


def passed(question: Question, reason: Reason | None = None, detail: str = "") -> Check:
    return Check(question, Verdict.VALID, reason, detail)


def failed(question: Question, reason: Reason, detail: str = "") -> Check:
    return Check(question, Verdict.INVALID, reason, detail)


def unclear(question: Question, reason: Reason, detail: str = "") -> Check:
    return Check(question, Verdict.INDETERMINATE, reason, detail)


def not_applicable(question: Question, reason: Reason, detail: str = "") -> Check:
    return Check(question, Verdict.NOT_APPLICABLE, reason, detail)


def worst(checks: Iterable[Check]) -> Verdict:
    """The worst answer; INDETERMINATE if nothing was asked or nothing applied."""
    verdict = min((c.verdict for c in checks), key=_RANK.__getitem__, default=None)
    if verdict is None or verdict is Verdict.NOT_APPLICABLE:
        return Verdict.INDETERMINATE
    return verdict


def merged(checks: Iterable[Check]) -> tuple[Check, ...]:
    """One check per question, in the order of Question: the worst, with its reason."""
    kept: dict[Question, Check] = {}
    for check in checks:
        known = kept.get(check.question)
        if known is None or _badness(check) < _badness(known):
            kept[check.question] = check
    return tuple(kept[question] for question in Question if question in kept)


def _badness(check: Check) -> tuple[int, bool]:
    return _RANK[check.verdict], check.reason is None


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose certificate signed."""

    common_name: str
    issuer: str
    serial: str  # hexadecimal
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class SealFacts:
    """What the seal says of itself; true only if ``seal_signature`` and ``maker_chain`` are."""

    id: str
    name: str
    type: int
    maker: str
    valid_from: datetime
    valid_to: datetime
    picture_type: str
    width_mm: float
    height_mm: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where the seal stands: mm from the top-left of the page as displayed, pages from 1."""

    page: int
    x_mm: float
    y_mm: float
    w_mm: float
    h_mm: float


class Change(StrEnum):
    """What a later revision of a PDF did."""

    SIGNATURE = "signature"  # one more signature or seal
    TIMESTAMP = "timestamp"  # a time stamp over the document
    UPKEEP = "upkeep"  # data for later judges, metadata: nothing that is shown
    FORM = "form"  # a field that shows nothing was added
    CHANGED = "changed"  # what no signer agreed to
    BEHIND = "behind"  # bytes behind the last revision, which some readers show


@dataclass(frozen=True, slots=True)
class ChangedPage:
    """A page that looks different, by its number before and after; None where it is missing."""

    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Revision:
    """What came after the first signature, one saving at a time, counted from 1.

    The first *begin* octets of the file are the document before, the first *end* octets the
    document after. *pages* are known for what is CHANGED, as far as single pages are concerned.
    """

    number: int
    change: Change
    begin: int
    end: int
    pages: tuple[ChangedPage, ...] = ()
    signatures: tuple[int, ...] = ()  # the indices of those made by it
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """Everything found about one signature, seal or document time stamp."""

    index: int
    kind: Kind
    standard: str
    checks: tuple[Check, ...]
    signer: Signer | None = None
    seal: SealFacts | None = None
    signed_at: datetime | None = None
    time_source: TimeSource = TimeSource.CLAIMED
    places: tuple[Place, ...] = ()
    quirks: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        return worst(self.checks)

    def check(self, question: Question) -> Check | None:
        return next((c for c in self.checks if c.question is question), None)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything found about one document. *checks* are those of the document itself."""

    file: str
    format: str  # "pdf", "ofd" or "unknown"
    size: int
    sm3: str
    signatures: tuple[SignatureReport, ...] = ()
    checks: tuple[Check, ...] = ()
    warnings: tuple[str, ...] = ()
    revisions: tuple[Revision, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Worst of all; UNSIGNED only where the document is sound and carries no signature."""
        own = [c.verdict for c in self.checks if c.verdict is not Verdict.NOT_APPLICABLE]
        verdicts = own + [signature.verdict for signature in self.signatures]
        if not self.signatures and all(v is Verdict.VALID for v in own):
            return Verdict.UNSIGNED
        return min(verdicts, key=_RANK.__getitem__)


_EXIT_CODES = (
    (Verdict.INVALID, 1),
    (Verdict.INDETERMINATE, 2),
    (Verdict.UNSIGNED, 3),
)


def exit_code(reports: Iterable[Report]) -> int:
    """0 all valid, 1 any invalid, 2 any indeterminate, 3 any unsigned, in this order."""
    verdicts = {report.verdict for report in reports}
    return next((code for verdict, code in _EXIT_CODES if verdict in verdicts), 0)
