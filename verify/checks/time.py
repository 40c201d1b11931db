"""When was it signed, and who says so?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from seal_core.errors import MalformedData, SealError
from seal_core.formats import algorithms, timestamps
from seal_core.formats.certificates import Certificate
from seal_core.formats.timestamps import TimeStamp
from verify.checks import certificate as chains
from verify.checks.certificate import Chain, judge_chain
from verify.checks.signed_data import judge_signers
from verify.report import (
    Check,
    Question,
    Reason,
    TimeSource,
    Verdict,
    failed,
    not_applicable,
    passed,
    unclear,
    worst,
)
from verify.trust import TrustStore

_CLOCK_SKEW = timedelta(minutes=5)  # between a signer, a time-stamp authority and us
_Q = Question.TIMESTAMP


@dataclass(frozen=True, slots=True)
class Stamped:
    """A judged time stamp: what it proves, and the chain behind it."""

    check: Check
    at: datetime | None = None  # only if it is sound and trusted
    path: tuple[Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class SigningTime:
    """The time everything else is judged at."""

    at: datetime | None
    source: TimeSource

    @property
    def is_proved(self) -> bool:
        return self.source is TimeSource.TIMESTAMP


def judge_timestamp(token: bytes | None, covered: Iterable[bytes], trust: TrustStore) -> Stamped:
    """Does *token* stamp one of the *covered* values, soundly, by an authority we trust?"""
    if token is None:
        return Stamped(not_applicable(_Q, Reason.NO_TIMESTAMP))
    try:
        stamp = timestamps.parse_token(token)
    except SealError as exc:
        return Stamped(failed(_Q, Reason.TIMESTAMP_MALFORMED, str(exc)))
    if stamp.digest in algorithms.WEAK_DIGESTS:
        return Stamped(failed(_Q, Reason.WEAK_DIGEST, stamp.digest))
    if all(algorithms.digest(stamp.digest, (value,)) != stamp.imprint for value in covered):
        return Stamped(failed(_Q, Reason.TIMESTAMP_MISMATCH))
    return _judge_authority(stamp, trust)


def _judge_authority(stamp: TimeStamp, trust: TrustStore) -> Stamped:
    signers = judge_signers(stamp.signed_data, (stamp.info,))
    if worst(signers.checks) is not Verdict.VALID or signers.certificate is None:
        return Stamped(failed(_Q, Reason.TIMESTAMP_SIGNATURE, signers.reason))
    chain = authority_chain(signers.certificate, stamp.signed_data.certificates, trust, stamp.at)
    expired = chains.out_of_period(signers.certificate, stamp.at)
    if expired or chain.check.verdict is Verdict.INVALID:
        reason = expired or chain.check.reason or Reason.TIMESTAMP_UNTRUSTED
        return Stamped(failed(_Q, reason, signers.certificate.common_name))
    if not chain.path:
        return Stamped(unclear(_Q, Reason.TIMESTAMP_UNTRUSTED, signers.certificate.common_name))
    return Stamped(passed(_Q, detail=stamp.at.isoformat()), stamp.at, chain.path)


def authority_chain(
    certificate: Certificate, helpers: Iterable[bytes], trust: TrustStore, at: datetime
) -> Chain:
    """The chain of a time-stamp authority: its certificate must be for that alone."""
    return judge_chain(
        Question.SIGNER_CHAIN, certificate, helpers, trust, at, purpose=chains.TIME_STAMPING
    )


def settle(claimed: datetime | None, stamped: Stamped) -> SigningTime:
    """A trusted stamp outweighs what the signer claims."""
    if stamped.at is not None:
        return SigningTime(stamped.at, TimeSource.TIMESTAMP)
    return SigningTime(claimed, TimeSource.CLAIMED)


def judge_signing_time(
    claimed: datetime | None,
    time: SigningTime,
    signer: Certificate | None,
    now: datetime,
) -> Check:
    """GM/T 0031-2014, 6.2.3 d): the time lies inside the certificate's validity."""
    question = Question.SIGNING_TIME
    if time.at is None:
        return unclear(question, Reason.NO_SIGNING_TIME)
    if time.at > now + _CLOCK_SKEW:
        return failed(question, Reason.SIGNED_IN_FUTURE, time.at.isoformat())
    if claimed is not None and time.is_proved and claimed > time.at + _CLOCK_SKEW:
        # the value existed before the time at which it claims to have been made
        return failed(question, Reason.TIME_CONFLICT, claimed.isoformat())
    if signer is None:
        return unclear(question, Reason.NO_CERTIFICATE)
    reason = chains.out_of_period(signer, time.at)
    if reason:
        return failed(question, reason, time.at.isoformat())
    return passed(question, detail=time.at.isoformat())


def judge_making_time(created_at: datetime, stamped: Stamped) -> tuple[Check, ...]:
    """The time stamp in a seal (GM/T 0031-2025), which is over the maker's value.

    Only what is wrong with it is said: whether the document's signature was stamped is another
    thing, and a good stamp on its seal must not look like one.
    """
    if stamped.at is None:
        wrong = stamped.check.verdict is not Verdict.NOT_APPLICABLE
        return (replace(stamped.check, detail=_of_seal(stamped.check.detail)),) if wrong else ()
    if created_at > stamped.at + _CLOCK_SKEW:
        return (failed(_Q, Reason.TIME_CONFLICT, _of_seal(created_at.isoformat())),)
    return ()


def _of_seal(detail: str) -> str:
    return f"seal: {detail}" if detail else "seal"


def parse_stamp(container: bytes) -> TimeStamp | None:
    """The container as a time stamp of its own (PDF DocTimeStamp), None if it is none."""
    try:
        return timestamps.parse_token(container)
    except (MalformedData, SealError):
        return None
