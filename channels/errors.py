"""What can go wrong between us and a platform, both ways.

Inbound refusals end in 403 or 400 with one fixed text; their *reason* is for logs and
counters only. Outbound refusals say what a caller may do next: wait, fall back to
another way of telling the person, or stop. None of them carries a URL, a request or a
token in its text.
"""

from __future__ import annotations

from seal_core.domain.keys import ProofRefused
from seal_core.errors import SealError


class ChannelError(SealError):
    """Superclass of all refusals at the border to a platform."""

    code = "channel"


# --- what comes in --------------------------------------------------------------------


class UntrustedPush(ChannelError):
    """The sender is not proved to be the platform. Answer 403, parse nothing further."""

    code = "push.untrusted"

    REASONS = frozenset(
        {
            "signature",  # missing, wrong, or over other bytes
            "sign_type",  # an algorithm we do not accept, SHA-1 among them
            "stale",  # signed well, but outside the window
            "plaintext",  # readable body where only encrypted ones are accepted
            "cipher",  # signed well, but does not open
            "account",  # opens, but is meant for another account
        }
    )

    def __init__(self, reason: str) -> None:
        if reason not in self.REASONS:
            raise ValueError(reason)
        super().__init__(reason)
        self.reason = reason


class MalformedPush(ChannelError):
    """The body does not follow its format. Answer 400."""

    code = "push.malformed"

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class PushTooLarge(MalformedPush):
    """The body exceeds what any platform sends. Answer 413."""

    code = "push.too_large"


# --- what we ask of a platform --------------------------------------------------------


class PlatformBusy(ChannelError):
    """No answer, or "try later". Do it again after *retry_after* seconds.

    With *outcome_unknown* the request may have been carried out all the same: repeat it
    only where a second delivery does no harm.
    """

    code = "platform.busy"

    def __init__(
        self, detail: str, retry_after: float = 1.0, *, outcome_unknown: bool = False
    ) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
        self.outcome_unknown = outcome_unknown


class PlatformRefused(ChannelError):
    """The platform understood and said no; repeating the same request is useless.

    *platform_code* is its own code (``"47003"``, ``"isv.invalid-parameter"``), *rid* its
    trace number for a support case.
    """

    code = "platform.refused"

    def __init__(self, platform_code: str, message: str = "", rid: str = "") -> None:
        super().__init__(f"{platform_code}: {message}" if message else platform_code)
        self.platform_code = platform_code
        self.message = message
        self.rid = rid


class TokenRejected(PlatformRefused):
    """Our credentials are not accepted, even after one renewal. Alert: wrong secret?"""

    code = "platform.token"


class CallerNotAllowed(PlatformRefused):
    """This machine's address or this account lacks the permission. Page operations."""

    code = "platform.caller"


class QuotaSpent(PlatformRefused):
    """No message may be sent this way now (window closed, count used up, no consent)."""

    code = "platform.quota"


class TooFrequent(PlatformRefused):
    """This person or this interface is being asked too often; wait at least a minute."""

    code = "platform.frequency"


class RecipientUnreachable(PlatformRefused):
    """The person does not follow us (any more), or the id belongs to another account."""

    code = "platform.recipient"


class LoginCodeRefused(PlatformRefused):
    """The one-time code is used, expired or foreign. The client must log in again."""

    code = "platform.login_code"


class LoginBlocked(PlatformRefused):
    """The platform holds the person for high-risk; no retry helps."""

    code = "platform.login_blocked"


class MediaGone(PlatformRefused):
    """The picture is no longer kept (three days). Ask the person to send it again."""

    code = "platform.media_gone"


class MediaRefused(ChannelError):
    """We do not take this file: too large, not a file, or from a host we do not know."""

    code = "media.refused"


class UnsendableNotice(ChannelError):
    """A template value would be refused by the platform; *field* names it."""

    code = "notice.unsendable"

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field


class AnswerNotTrusted(ChannelError):
    """An answer without a valid signature of the platform. Its content is not used."""

    code = "platform.answer"


# --- identity and trust services ------------------------------------------------------


class SignInFailed(ChannelError):
    """The province's sign-in did not prove who this is; *reason* is for the log."""

    code = "identity.sign_in"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CheckPending(ProofRefused):
    """The person has not looked into the camera yet; ask again."""

    code = "proof.pending"


class IdentityMismatch(ChannelError):
    """Name and ID number do not belong together, says the identity source."""

    code = "identity.mismatch"


class CertificateRefused(ChannelError):
    """The authority's answer is not the certificate we asked for."""

    code = "trust.certificate"


class TimestampRefused(ChannelError):
    """The time-stamp authority refused, or stamped something else."""

    code = "trust.timestamp"
