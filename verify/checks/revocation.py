"""Was a certificate revoked before it was used? Only from lists and OCSP responses given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from seal_core.errors import CryptoError
from seal_core.formats import algorithms
from seal_core.formats.certificates import Algorithm, Certificate
from seal_core.formats.crls import Crl, Revocation
from seal_core.formats.ocsp import SIGNING_PURPOSE, OcspAnswer, OcspResponse, Status
from verify.checks import certificate as chains
from verify.report import Check, Question, Reason, failed, merged, not_applicable, passed, unclear
from verify.trust import TrustStore

_Q = Question.REVOCATION
_AT_ONCE = timedelta(minutes=5)  # how long an answer without nextUpdate lasts: clocks differ


@dataclass(frozen=True, slots=True)
class Use:
    """A chain, when its key was used, and whether somebody else vouches for that time."""

    path: tuple[Certificate, ...]
    at: datetime
    is_time_proved: bool


def judge_revocation(uses: Iterable[Use], trust: TrustStore) -> Check:
    """One answer for all certificates below their anchors, from what *trust* has.

    What a document brings along goes in by ``trust.helped_by``. A chain that reached no anchor
    has nobody to ask; another check says so already.
    """
    answers = [
        _judge_one(certificate, issuer, use, trust)
        for use in uses
        for certificate, issuer in zip(use.path, use.path[1:], strict=False)
    ]
    if not answers:
        return not_applicable(_Q, Reason.NOT_REACHED)
    return merged(answers)[0]


def _judge_one(certificate: Certificate, issuer: Certificate, use: Use, trust: TrustStore) -> Check:
    lists = [crl for crl in trust.crls_of(issuer.subject_name.der) if _is_good(crl, issuer)]
    said = [*_answers(certificate, issuer, lists, trust)]
    revocations = [
        *(crl.revoked[certificate.serial] for crl in lists if certificate.serial in crl.revoked),
        *(answer.revocation for answer in said if answer.revocation),
    ]
    if revocations:
        return _judge_revoked(certificate, revocations, use)
    good = [answer for answer in said if answer.status is Status.GOOD]
    silent = [
        crl
        for crl in lists
        if not _may_have_forgotten(certificate, crl.this_update, crl.expired_since)
    ]
    if any(crl.next_update is None or crl.next_update >= use.at for crl in silent) or any(
        (answer.next_update or answer.this_update + _AT_ONCE) >= use.at for answer in good
    ):
        return passed(_Q)
    if silent or good:
        return unclear(_Q, Reason.REVOCATION_DATA_STALE, issuer.common_name)
    if said:
        return unclear(_Q, Reason.REVOCATION_UNKNOWN, certificate.common_name)
    if certificate.publishes_revocation or lists:
        return unclear(_Q, Reason.NO_REVOCATION_DATA, issuer.common_name)
    return not_applicable(_Q, Reason.REVOCATION_NOT_PUBLISHED, certificate.common_name)


def _judge_revoked(certificate: Certificate, revocations: list[Revocation], use: Use) -> Check:
    first = min(revocations, key=lambda each: each.at)
    detail = f"{certificate.common_name} {first.at.isoformat()} {first.reason}".rstrip()
    if first.at <= use.at:
        return failed(_Q, Reason.REVOKED, detail)
    # GM/T 0031-2014, 6.2.3 d): revoked afterwards, go on. But whoever holds a stolen key
    # can claim any time, so then only a proved time counts.
    if any(each.is_compromise for each in revocations) and not use.is_time_proved:
        return unclear(_Q, Reason.REVOKED_LATER, detail)
    return passed(_Q, Reason.REVOKED_LATER, detail)


def _may_have_forgotten(
    certificate: Certificate, said_at: datetime, remembered_from: datetime | None
) -> bool:
    """Authorities drop certificates that have ended; then silence, "good" and "unknown" say
    nothing, unless it is told how far back they go (RFC 5280, 5; RFC 6960, 4.4.4)."""
    if said_at <= certificate.not_after:
        return False
    return remembered_from is None or remembered_from > certificate.not_after


# --- lists --------------------------------------------------------------------------


def _is_good(crl: Crl, issuer: Certificate) -> bool:
    """A whole list, signed by the issuer itself with a key that may sign lists."""
    if crl.has_unknown_critical or crl.issuer.der != issuer.subject_name.der:
        return False
    if issuer.key_usage is not None and "crl_sign" not in issuer.key_usage:
        return False
    return _is_signed_by(crl.tbs, crl.signature_algorithm, crl.signature, issuer)


@lru_cache(maxsize=256)
def _is_signed_by(tbs: bytes, algorithm: Algorithm, signature: bytes, signer: Certificate) -> bool:
    try:
        algorithms.verify(signer, algorithm, signature, (tbs,))
    except CryptoError:
        return False
    return True


# --- OCSP ---------------------------------------------------------------------------


def _answers(
    certificate: Certificate, issuer: Certificate, lists: list[Crl], trust: TrustStore
) -> Iterator[OcspAnswer]:
    """What those who may speak for the issuer say of the certificate."""
    for response in trust.ocsp_responses():
        mine = [
            answer
            for answer in response.answers
            if answer.is_about(certificate, issuer)
            and (
                answer.revocation
                or not _may_have_forgotten(certificate, answer.this_update, answer.archive_cutoff)
            )
        ]
        if mine and _may_speak(response, issuer, lists, trust):
            yield from mine


def _may_speak(
    response: OcspResponse, issuer: Certificate, lists: list[Crl], trust: TrustStore
) -> bool:
    """RFC 6960, 4.2.2.2: the issuer itself, or a responder whom it certified for just that."""
    if response.has_unknown_critical:
        return False
    offered = (chains.read(data) for data in response.certificates)
    others = [*filter(None, offered), *trust.helper_certificates()]
    return any(
        response.names(responder)
        and (responder.der == issuer.der or _is_delegate(responder, issuer, response, lists))
        and _is_signed_by(response.tbs, response.signature_algorithm, response.signature, responder)
        for responder in (issuer, *others)
    )


def _is_delegate(
    responder: Certificate, issuer: Certificate, response: OcspResponse, lists: list[Crl]
) -> bool:
    """Issued directly, for signing OCSP responses, in force, and not itself on a given list."""
    if SIGNING_PURPOSE not in (responder.extended_key_usage or ()):
        return False
    if chains.unfit_to_sign(responder) or chains.out_of_period(responder, response.produced_at):
        return False
    if any(responder.serial in crl.revoked for crl in lists):
        return False
    return responder.issuer_name.der == issuer.subject_name.der and chains.signed_by(
        responder, issuer
    )
