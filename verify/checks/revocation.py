"""Was a certificate revoked before it was used? Only from lists that were given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from seal_core.errors import CryptoError, MalformedData
from seal_core.formats import algorithms
from seal_core.formats.certificates import Certificate
from seal_core.formats.crls import Crl, parse_crl
from verify.report import Check, Question, Reason, failed, merged, not_applicable, passed, unclear
from verify.trust import TrustStore

_Q = Question.REVOCATION


@dataclass(frozen=True, slots=True)
class Use:
    """A chain, when its key was used, and whether somebody else vouches for that time."""

    path: tuple[Certificate, ...]
    at: datetime
    is_time_proved: bool


def judge_revocation(uses: Iterable[Use], trust: TrustStore, embedded: Iterable[bytes]) -> Check:
    """One answer for all certificates below their anchors.

    A chain that reached no anchor has nobody to ask; another check says so already.
    """
    helpers = _readable(embedded)
    answers = [
        _judge_one(certificate, issuer, use, (*trust.crls_of(issuer.subject_name.der), *helpers))
        for use in uses
        for certificate, issuer in zip(use.path, use.path[1:], strict=False)
    ]
    if not answers:
        return not_applicable(_Q, Reason.NOT_REACHED)
    return merged(answers)[0]


def _judge_one(
    certificate: Certificate, issuer: Certificate, use: Use, crls: Iterable[Crl]
) -> Check:
    mine = [crl for crl in crls if _is_good(crl, issuer)]
    for crl in mine:
        entry = crl.revoked.get(certificate.serial)
        if entry is None:
            continue
        detail = f"{certificate.common_name} {entry.at.isoformat()}"
        if entry.at <= use.at:
            return failed(_Q, Reason.REVOKED, detail)
        # GM/T 0031-2014, 6.2.3 d): revoked afterwards, go on. But whoever holds a stolen key
        # can claim any time, so then only a proved time counts.
        if entry.is_compromise and not use.is_time_proved:
            return unclear(_Q, Reason.REVOKED_LATER, detail)
        return passed(_Q, Reason.REVOKED_LATER, detail)
    if any(crl.next_update is None or crl.next_update >= use.at for crl in mine):
        return passed(_Q)
    if mine:
        return unclear(_Q, Reason.REVOCATION_DATA_STALE, issuer.common_name)
    if certificate.publishes_revocation:
        return unclear(_Q, Reason.NO_REVOCATION_DATA, issuer.common_name)
    return not_applicable(_Q, Reason.REVOCATION_NOT_PUBLISHED, certificate.common_name)


def _is_good(crl: Crl, issuer: Certificate) -> bool:
    """A whole list, signed by the issuer itself with a key that may sign lists."""
    if crl.has_unknown_critical or crl.issuer.der != issuer.subject_name.der:
        return False
    if issuer.key_usage is not None and "crl_sign" not in issuer.key_usage:
        return False
    return _is_signed_by(crl.der, issuer)


@lru_cache(maxsize=64)
def _is_signed_by(data: bytes, issuer: Certificate) -> bool:
    crl = parse_crl(data)
    try:
        algorithms.verify(issuer, crl.signature_algorithm, crl.signature, (crl.tbs,))
    except CryptoError:
        return False
    return True


def _readable(embedded: Iterable[bytes]) -> list[Crl]:
    """Lists that came with the signature: they must prove themselves, so junk is skipped."""
    found = []
    for data in embedded:
        try:
            found.append(parse_crl(data))
        except MalformedData:
            continue
    return found
