"""Certificate chains: from a signer up to an anchor, by signatures and not by names alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from seal_core.errors import CryptoError, MalformedData
from seal_core.formats import algorithms
from seal_core.formats.certificates import Certificate, parse_certificate
from verify.report import Check, Question, Reason, failed, passed, unclear
from verify.trust import TrustStore

_MAX_LENGTH = 8  # certificates; the national hierarchies have 3 to 4
_SIGNING = frozenset({"digital_signature", "non_repudiation"})
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"


@dataclass(frozen=True, slots=True)
class Chain:
    """A judged chain. *path* ends in an anchor and is empty unless one was reached."""

    check: Check
    path: tuple[Certificate, ...] = ()


def read(data: bytes) -> Certificate | None:
    """The certificate, or None where it is none; the checks say so in their own terms."""
    try:
        return parse_certificate(data)
    except MalformedData:
        return None


def judge_chain(
    question: Question,
    certificate: Certificate,
    helpers: Iterable[bytes],
    trust: TrustStore,
    at: datetime,
    *,
    purpose: str | None = None,
) -> Chain:
    """Is *certificate* fit to sign, and does it lead to an anchor valid *at* that time?

    The certificate's own period is another question: ``time.judge_signing_time``.
    """
    unfit = unfit_to_sign(certificate, purpose)
    if unfit:
        return Chain(failed(question, unfit, certificate.common_name))
    if not trust.anchors:
        return Chain(unclear(question, Reason.NO_TRUST_ANCHOR))
    anchors = trust.anchor_certificates()
    pool = [*anchors, *_readable((*trust.intermediates, *helpers))]
    search = _Search(question, frozenset(trust.anchors), pool, at)
    return search.climb((certificate,)) or Chain(search.complaint(certificate))


def unfit_to_sign(certificate: Certificate, purpose: str | None = None) -> Reason | None:
    """GM/T 0031-2014, 6.2.3 c): a wrong key usage is final."""
    if certificate.unknown_critical:
        return Reason.CRITICAL_EXTENSION
    if certificate.key_usage is not None and not certificate.key_usage & _SIGNING:
        return Reason.KEY_USAGE
    # RFC 3161, 2.3: a time-stamp authority's certificate is for nothing else
    if purpose and certificate.extended_key_usage != frozenset({purpose}):
        return Reason.KEY_USAGE
    return None


class _Search:
    """Depth-first from the signer upwards; remembers the best reason for failing."""

    def __init__(
        self,
        question: Question,
        anchors: frozenset[bytes],
        pool: list[Certificate],
        at: datetime,
    ) -> None:
        self._question = question
        self._anchors = anchors
        self._pool = pool
        self._at = at
        self._complaints: list[Check] = []

    def climb(self, path: tuple[Certificate, ...]) -> Chain | None:
        top = path[-1]
        if top.der in self._anchors:
            return Chain(passed(self._question, detail=top.common_name), path)
        if len(path) >= _MAX_LENGTH:
            return None
        for issuer in self._pool:
            if issuer in path or not _may_have_issued(issuer, top):
                continue
            reason = _unfit_to_issue(issuer, top, len(path) - 1, self._at)
            if reason:
                self._complaints.append(failed(self._question, reason, issuer.common_name))
            elif chain := self.climb((*path, issuer)):
                return chain
        return None

    def complaint(self, certificate: Certificate) -> Check:
        """Why no chain was found: a found issuer's fault, or nobody we know."""
        if self._complaints:
            return self._complaints[0]
        return unclear(self._question, Reason.UNKNOWN_ISSUER, certificate.issuer)


def _may_have_issued(issuer: Certificate, certificate: Certificate) -> bool:
    if issuer.subject_name.der != certificate.issuer_name.der:
        return False
    key_id = certificate.authority_key_id
    return key_id is None or issuer.subject_key_id is None or key_id == issuer.subject_key_id


def _unfit_to_issue(
    issuer: Certificate, certificate: Certificate, below: int, at: datetime
) -> Reason | None:
    """RFC 5280, 6.1.4: everything that must hold of a CA; *below* counts the CAs under it."""
    if not signed_by(certificate, issuer):
        return Reason.CHAIN_SIGNATURE
    if not issuer.is_ca:
        return Reason.NOT_A_CA
    if issuer.key_usage is not None and "key_cert_sign" not in issuer.key_usage:
        return Reason.NOT_A_CA
    if issuer.path_length is not None and below > issuer.path_length:
        return Reason.PATH_TOO_LONG
    if issuer.unknown_critical:
        return Reason.CRITICAL_EXTENSION
    return out_of_period(issuer, at)


def out_of_period(certificate: Certificate, at: datetime) -> Reason | None:
    if at < certificate.not_before:
        return Reason.CERTIFICATE_NOT_YET_VALID
    if at > certificate.not_after:
        return Reason.CERTIFICATE_EXPIRED
    return None


@lru_cache(maxsize=512)
def signed_by(certificate: Certificate, issuer: Certificate) -> bool:
    """Did *issuer*'s key sign *certificate*? Weak algorithms count as no."""
    try:
        algorithms.verify(
            issuer, certificate.signature_algorithm, certificate.signature, (certificate.tbs,)
        )
    except CryptoError:
        return False
    return True


def _readable(candidates: Iterable[bytes]) -> list[Certificate]:
    """Those helpers that can be read; a broken helper helps nobody and harms nobody."""
    return [certificate for data in candidates if (certificate := read(data)) is not None]
