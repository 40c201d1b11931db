"""Judges one signature: from the evidence of a reader to its part of the report.

Which container it is, is told by its bytes. Every question is answered, if only with "does
not apply", so that two reports can be laid side by side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from seal_core import der
from seal_core.errors import InvalidSignature, MalformedData, SealError
from seal_core.formats import algorithms, cms, ses
from seal_core.formats.certificates import Algorithm, Certificate
from seal_core.formats.cms import SignedData, SignerInfo
from seal_core.formats.quirks import Quirk as FormatQuirk
from seal_core.formats.ses import Seal, SealSignature
from seal_core.gm import curve
from verify.checks import certificate as chains
from verify.checks import seal_data, signed_data, status, time
from verify.checks.certificate import judge_chain
from verify.checks.revocation import Use, judge_revocation
from verify.checks.time import SigningTime, Stamped, judge_timestamp, settle
from verify.checks.values import judge_value, small
from verify.evidence import Evidence
from verify.notices import Quirk
from verify.report import (
    Check,
    Kind,
    Question,
    Reason,
    SealFacts,
    SignatureReport,
    Signer,
    TimeSource,
    Verdict,
    failed,
    merged,
    not_applicable,
    passed,
    unclear,
)
from verify.trust import TrustStore

_SEAL_QUESTIONS = (
    Question.SEAL_STRUCTURE,
    Question.SEAL_SIGNATURE,
    Question.SEAL_PERIOD,
    Question.SEAL_STATUS,
    Question.SIGNER_IN_SEAL,
    Question.MAKER_CHAIN,
)
# What only a document that was sealed can answer.
_DOCUMENT_QUESTIONS = (
    Question.DIGEST,
    Question.COVERAGE,
    Question.SIGNATURE_VALUE,
    Question.SIGNER_IN_SEAL,
    Question.SIGNER_CHAIN,
    Question.SIGNING_TIME,
    Question.TIMESTAMP,
)
_X509 = "adbe.x509.rsa_sha1"  # (ISO 32000-1, 12.8.3.2)
_SHA1_WITH_RSA = Algorithm("1.2.840.113549.1.1.5")
_CADES = "ETSI.CAdES.detached"  # /SubFilter of PAdES (ETSI EN 319 142-1)


@dataclass(frozen=True, slots=True)
class Court:
    """What every judgement of one run shares."""

    trust: TrustStore
    now: datetime


def judge(evidence: Evidence, index: int, court: Court) -> SignatureReport:
    """Never raises for anything that can stand in a file."""
    if not evidence.container and _is_doubted(evidence):
        return unjudged(evidence, index)
    try:
        container = der.unpadded(evidence.container, "container")
        if evidence.method == _X509 and container[:1] == b"\x04":
            return _judge_x509(container, evidence, index, court)
        node = der.read(container, "container") if container[1:2] != b"\x80" else None
        first = node.fields("container").peek() if node else der.OID  # BER: only PKCS#7 has it
        if first == der.OID:
            verdict = _judge_cms(container, evidence, index, court)
        elif first == der.INTEGER:
            verdict = _judge_bare(container, evidence, index)
        else:
            verdict = _judge_seal(ses.parse_signature(container), evidence, index, court)
    except SealError as exc:
        return _unreadable(evidence, index, str(exc))
    if len(container) == len(evidence.container):
        return verdict
    return _noting(verdict, FormatQuirk.TRAILING_BYTES)


# --- seals --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _SealPart:
    """The seal questions answered, for a seal inside its signature or bound to it."""

    checks: tuple[Check, ...]
    quirks: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()
    facts: SealFacts | None = None


def _judge_seal(
    value: SealSignature, evidence: Evidence, index: int, court: Court
) -> SignatureReport:
    """GM/T 0031-2014, 6.2.3 and GB/T 38540-2020, 7.3, with every question asked to the end."""
    trust = court.trust
    signer = chains.read(value.certificate)
    stamped = judge_timestamp(value.timestamp, _stampable(value), trust)
    at = settle(value.signed_at, stamped)
    digest, digest_quirk = _judge_data_hash(value, signer, evidence)
    tbs, tbs_quirk = _judge_tbs(value, signer, evidence)
    path, path_quirk = _judge_property_info(value, evidence)
    own_chain, uses = _judge_signer_chain(signer, (), at, court)
    part = _judge_seal_part(value.seal, value.certificate, evidence.seal_file, at, court)
    checks = [
        passed(Question.STRUCTURE),
        *path,
        digest,
        tbs,
        *part.checks,
        own_chain,
        judge_revocation([*uses, *part.uses, *_stamp_use(stamped)], trust),
        time.judge_signing_time(value.signed_at, at, signer, court.now),
        stamped.check,
    ]
    found = filter(None, (digest_quirk, tbs_quirk, path_quirk))
    quirks = [*evidence.quirks, *value.quirks, *part.quirks, *found]
    standard = ses.STANDARDS[value.version]
    return _report(evidence, index, Kind.SEAL, standard, checks, quirks, signer, at, part.facts)


def judge_seal_file(evidence: Evidence, index: int, court: Court) -> SignatureReport:
    """A seal nobody used yet: as it would be judged in a signature made now."""
    try:
        seal = ses.parse_seal(evidence.container)
    except MalformedData as exc:
        return _unreadable(evidence, index, str(exc))
    at = SigningTime(court.now, TimeSource.CLAIMED)
    part = _judge_seal_part(seal, b"", None, at, court)
    asked = [c for c in part.checks if c.question is not Question.SIGNER_IN_SEAL]
    checks = [
        passed(Question.STRUCTURE),
        *asked,
        judge_revocation(part.uses, court.trust),
        *(not_applicable(question, Reason.NOT_REACHED) for question in _DOCUMENT_QUESTIONS),
    ]
    quirks = tuple(dict.fromkeys((*seal.quirks, *part.quirks)))
    maker = chains.read(seal.maker_certificate)
    return SignatureReport(
        index,
        Kind.SEAL,
        ses.STANDARDS[seal.version],
        merged(checks),
        signer=_signer_facts(maker) if maker else None,
        seal=part.facts,
        signed_at=seal.created_at,
        quirks=quirks,
    )


def _judge_seal_part(
    seal: Seal, signer: bytes, seal_file: bytes | None, at: SigningTime, court: Court
) -> _SealPart:
    maker = chains.read(seal.maker_certificate)
    by_maker, quirk = seal_data.judge_maker_signature(seal, maker)
    stamped = judge_timestamp(seal.timestamp, (seal.signature, seal.signature_octets), court.trust)
    maker_chain, uses = _judge_maker_chain(maker, seal.created_at, stamped, at, court)
    picture, picture_checks = seal_data.look_at_picture(seal.picture)
    checks = (
        *seal_data.judge_structure(seal, seal_file),
        *picture_checks,
        by_maker,
        seal_data.judge_period(seal, at.at),
        status.not_asked(),
        seal_data.judge_signer_in_seal(seal, signer),
        maker_chain,
        *time.judge_making_time(seal.created_at, stamped),
    )
    facts = SealFacts(
        seal.id, seal.name, seal.type, maker.common_name if maker else "", seal.valid_from,
        seal.valid_to, picture.kind or seal.picture_type.lower(), seal.width_mm, seal.height_mm,
    )  # fmt: skip
    quirks = [quirk.value] if quirk else []
    if picture.kind and not picture.is_called(seal.picture_type):
        quirks.append(FormatQuirk.PICTURE_TYPE.value)
    return _SealPart(checks, tuple(quirks), (*uses, *_stamp_use(stamped)), facts)


def _judge_bound_seal(
    evidence: Evidence, signer: Certificate | None, at: SigningTime, court: Court
) -> _SealPart:
    """The seal that signed attributes bind to a CMS signature, or none."""
    if evidence.seal is None or signer is None:
        return _SealPart(tuple(_no_seal()))
    try:
        seal = ses.parse_seal(evidence.seal)
    except MalformedData as exc:
        return _SealPart((failed(Question.SEAL_STRUCTURE, Reason.SEAL_MALFORMED, str(exc)),))
    part = _judge_seal_part(seal, signer.der, None, at, court)
    return replace(part, quirks=(*seal.quirks, *part.quirks))


def _stampable(value: SealSignature) -> tuple[bytes, ...]:
    """What a time stamp may cover: the value; in timeInfo of 2014, what is signed instead."""
    covered = (value.signature_octets, value.signature)
    return covered if value.signed_at is not None else (*covered, value.data_hash)


def _judge_property_info(
    value: SealSignature, evidence: Evidence
) -> tuple[list[Check], Quirk | None]:
    """The path from the root; without its first slash it still names one place only."""
    expected, told = evidence.property_info, value.property_info
    if expected is None or expected == told:
        return [], None
    if f"/{told.removeprefix('./')}" == expected:
        return [], Quirk.RELATIVE_LOCATION
    return [failed(Question.STRUCTURE, Reason.PATH_MISMATCH, f"{told} / {expected}")], None


def _judge_data_hash(
    value: SealSignature, signer: Certificate | None, evidence: Evidence
) -> tuple[Check, Quirk | None]:
    if algorithms.digest("sm3", evidence.protected) == value.data_hash:
        return passed(Question.DIGEST), None
    if signer is not None and signer.public_point is not None:
        with_identity = algorithms.digest_with_identity(signer.public_point, evidence.protected)
        if with_identity == value.data_hash:  # dms360
            return passed(Question.DIGEST), Quirk.DIGEST_WITH_IDENTITY
    return failed(Question.DIGEST, Reason.DIGEST_MISMATCH), None


def _judge_tbs(
    value: SealSignature, signer: Certificate | None, evidence: Evidence
) -> tuple[Check, FormatQuirk | None]:
    """The value over TBS_Sign. One over the document, or its digest, binds no seal to it: whoever
    finds such a value can put it beside any seal, so it is never more than doubtful."""
    question = Question.SIGNATURE_VALUE
    if signer is None:
        return failed(question, Reason.CERTIFICATE_MALFORMED), None
    algorithm = Algorithm(value.algorithm)
    check = judge_value(question, signer, algorithm, value.signature, (value.tbs,))
    if check.reason is Reason.SIGNATURE_MISMATCH:
        others = [(value.data_hash,), *([evidence.protected] if small(evidence.protected) else [])]
        for other in others:
            second = judge_value(question, signer, algorithm, value.signature, other)
            if second.verdict is Verdict.VALID:
                return unclear(question, Reason.SIGNED_SOMETHING_ELSE), FormatQuirk.SIGNED_DOCUMENT
    return check, None


# --- plain signatures ---------------------------------------------------------------


def _judge_cms(container: bytes, evidence: Evidence, index: int, court: Court) -> SignatureReport:
    data = cms.parse_signed_data(container)
    if data.content_type == cms.TST_INFO:
        return _judge_document_timestamp(container, evidence, index, court)
    signers = signed_data.judge_signers(data, evidence.protected)
    claimed = evidence.claimed_at
    stamped = Stamped(not_applicable(Question.TIMESTAMP, Reason.NO_TIMESTAMP))
    if signers.info is not None:
        claimed = signed_data.signing_time(signers.info) or claimed
        stamped = judge_timestamp(_token(signers.info), (signers.info.signature,), court.trust)
    at = settle(claimed, stamped)
    own_chain, uses = _judge_signer_chain(signers.certificate, data.certificates, at, court)
    part = _judge_bound_seal(evidence, signers.certificate, at, court)
    further = [_judge_signer_chain(c, data.certificates, at, court) for c in signers.others]
    uses += [use for _, other_uses in further for use in other_uses]
    checks = [
        passed(Question.STRUCTURE),
        *signers.checks,
        *part.checks,
        own_chain,
        *(check for check, _ in further),
        judge_revocation(
            [*uses, *part.uses, *_stamp_use(stamped)], _knowing(court.trust, data, signers.info)
        ),
        time.judge_signing_time(claimed, at, signers.certificate, court.now),
        stamped.check,
    ]
    quirks = [*evidence.quirks, *data.quirks, *signers.quirks, *part.quirks]
    standard = _standard(data, evidence, signers.info)
    kind = Kind.SEAL if evidence.seal is not None else Kind.SIGNATURE
    return _report(
        evidence, index, kind, standard, checks, quirks, signers.certificate, at, part.facts
    )


def _token(info: SignerInfo) -> bytes | None:
    values = info.unsigned_values(cms.TIME_STAMP_TOKEN)
    return values[0] if values else None


def _knowing(trust: TrustStore, data: SignedData, info: SignerInfo | None) -> TrustStore:
    """With the lists and OCSP responses that a SignedData brings along."""
    crls, responses = info.revocations() if info else ((), ())
    return trust.helped_by((), (*data.crls, *crls), (*data.ocsp, *responses))


def _standard(data: SignedData, evidence: Evidence, info: SignerInfo | None) -> str:
    if data.family == "gm":
        return "GB/T 35275"
    if evidence.method != _CADES:
        return "CMS"
    return "PAdES-B-T" if info is not None and _token(info) else "PAdES-B-B"


def _judge_document_timestamp(
    container: bytes, evidence: Evidence, index: int, court: Court
) -> SignatureReport:
    """A time stamp over the document itself (PDF DocTimeStamp)."""
    stamp = time.parse_stamp(container)
    if stamp is None:
        return _unreadable(evidence, index, "time stamp")
    signers = signed_data.judge_signers(stamp.signed_data, (stamp.info,))
    same = algorithms.digest(stamp.digest, evidence.protected) == stamp.imprint
    digest = passed(Question.DIGEST)
    if not same:
        digest = failed(Question.DIGEST, Reason.DIGEST_MISMATCH)
    elif stamp.digest in algorithms.WEAK_DIGESTS:
        digest = failed(Question.DIGEST, Reason.WEAK_DIGEST, stamp.digest)
    at = SigningTime(stamp.at, TimeSource.TIMESTAMP)
    own_chain, uses = _judge_signer_chain(
        signers.certificate, stamp.signed_data.certificates, at, court, chains.TIME_STAMPING
    )
    checks = [
        passed(Question.STRUCTURE),
        digest,
        *signers.checks,
        *_no_seal(),
        own_chain,
        judge_revocation(uses, _knowing(court.trust, stamp.signed_data, signers.info)),
        time.judge_signing_time(stamp.at, at, signers.certificate, court.now),
        not_applicable(Question.TIMESTAMP, Reason.NO_TIMESTAMP),
    ]
    return _report(
        evidence, index, Kind.TIMESTAMP, "RFC 3161", checks, [*evidence.quirks],
        signers.certificate, at,
    )  # fmt: skip


def _judge_bare(container: bytes, evidence: Evidence, index: int) -> SignatureReport:
    """Nothing but {r, s}: without a certificate there is nobody to have signed (form C)."""
    try:
        curve.decode_signature(container)
    except InvalidSignature as exc:
        raise MalformedData("signature value", str(exc)) from None
    checks = [
        passed(Question.STRUCTURE),
        unclear(Question.SIGNATURE_VALUE, Reason.NO_CERTIFICATE),
        unclear(Question.SIGNER_CHAIN, Reason.NO_CERTIFICATE),
        *_no_seal(),
        not_applicable(Question.REVOCATION, Reason.NOT_REACHED),
        unclear(Question.SIGNING_TIME, Reason.NO_SIGNING_TIME),
        not_applicable(Question.TIMESTAMP, Reason.NO_TIMESTAMP),
    ]
    quirks = [*evidence.quirks, FormatQuirk.BARE_SIGNATURE]
    at = SigningTime(evidence.claimed_at, TimeSource.CLAIMED)
    return _report(evidence, index, Kind.SIGNATURE, "other", checks, quirks, None, at)


def _judge_x509(container: bytes, evidence: Evidence, index: int, court: Court) -> SignatureReport:
    """A bare RSA value over SHA-1, its certificate beside it: right or not, it proves nothing."""
    value = der.read(container, "contents").octets("contents")
    signer = chains.read(evidence.beside[0]) if evidence.beside else None
    at = SigningTime(evidence.claimed_at, TimeSource.CLAIMED)
    own_chain, uses = _judge_signer_chain(signer, evidence.beside, at, court)
    question, covered = Question.SIGNATURE_VALUE, evidence.protected
    holds = judge_value(question, signer, _SHA1_WITH_RSA, value, covered) if signer else None
    checks = [
        passed(Question.STRUCTURE),
        failed(Question.DIGEST, Reason.WEAK_DIGEST, "sha1"),
        holds or unclear(question, Reason.NO_CERTIFICATE),
        *_no_seal(),
        own_chain,
        judge_revocation(uses, court.trust),
        time.judge_signing_time(evidence.claimed_at, at, signer, court.now),
        not_applicable(Question.TIMESTAMP, Reason.NO_TIMESTAMP),
    ]
    return _report(evidence, index, Kind.SIGNATURE, "other", checks, [*evidence.quirks], signer, at)


# --- shared -------------------------------------------------------------------------


def _judge_signer_chain(
    signer: Certificate | None,
    helpers: tuple[bytes, ...],
    at: SigningTime,
    court: Court,
    purpose: str | None = None,
) -> tuple[Check, list[Use]]:
    question = Question.SIGNER_CHAIN
    if signer is None:
        return unclear(question, Reason.NO_CERTIFICATE), []
    moment = at.at or court.now
    chain = judge_chain(question, signer, helpers, court.trust, moment, purpose=purpose)
    return chain.check, [Use(chain.path, moment, at.is_proved)]


def _judge_maker_chain(
    maker: Certificate | None,
    created_at: datetime,
    stamped: Stamped,
    at: SigningTime,
    court: Court,
) -> tuple[Check, list[Use]]:
    """The maker used his key when he made the seal. Whether he was revoked is asked for the time
    of sealing, since he can date seals back, unless a time stamp proves when he made it."""
    question = Question.MAKER_CHAIN
    made_at = stamped.at or created_at
    if maker is None:
        return failed(question, Reason.CERTIFICATE_MALFORMED), []
    expired = chains.out_of_period(maker, made_at)
    if expired:
        return failed(question, expired, made_at.isoformat()), []
    chain = judge_chain(question, maker, (), court.trust, made_at)
    if stamped.at is not None:
        return chain.check, [Use(chain.path, stamped.at, is_time_proved=True)]
    return chain.check, [Use(chain.path, at.at or court.now, at.is_proved)]


def _stamp_use(stamped: Stamped) -> list[Use]:
    if stamped.at is None:
        return []
    return [Use(stamped.path, stamped.at, is_time_proved=True)]


def _no_seal() -> list[Check]:
    return [not_applicable(question, Reason.NO_SEAL) for question in _SEAL_QUESTIONS]


def _unreadable(evidence: Evidence, index: int, detail: str) -> SignatureReport:
    """A container that cannot be read is an invalid signature, never none."""
    checks = [failed(Question.STRUCTURE, Reason.SIGNATURE_MALFORMED, detail)]
    kind = evidence.kind or Kind.SIGNATURE
    at = SigningTime(evidence.claimed_at, TimeSource.CLAIMED)
    return _report(evidence, index, kind, "other", checks, [*evidence.quirks], None, at)


def _is_doubted(evidence: Evidence) -> bool:
    """Whether the reader told why there is nothing to judge."""
    return any(c.question is Question.STRUCTURE and c.reason for c in evidence.checks)


def unjudged(evidence: Evidence, index: int, *checks: Check) -> SignatureReport:
    """A signature of which only the reader has something to say."""
    kind = evidence.kind or Kind.SIGNATURE
    at = SigningTime(evidence.claimed_at, TimeSource.CLAIMED)
    return _report(evidence, index, kind, "other", [*checks], [*evidence.quirks], None, at)


def _report(
    evidence: Evidence,
    index: int,
    kind: Kind,
    standard: str,
    checks: list[Check],
    quirks: list[str],
    signer: Certificate | None,
    at: SigningTime,
    seal: SealFacts | None = None,
) -> SignatureReport:
    given = evidence.checks
    if all(check.question is not Question.COVERAGE for check in given):
        given = (*given, unclear(Question.COVERAGE, Reason.CHANGES_UNCLEAR))
    return SignatureReport(
        index=index,
        kind=kind,
        standard=standard,
        # the reader's own finding comes first: where both fail, it says more
        checks=merged([*given, *checks]),
        signer=_signer_facts(signer) if signer else None,
        seal=seal,
        signed_at=at.at,
        time_source=at.source,
        places=evidence.places,
        quirks=tuple(dict.fromkeys(str(quirk) for quirk in quirks)),
    )


def _noting(report: SignatureReport, quirk: FormatQuirk) -> SignatureReport:
    return replace(report, quirks=(*report.quirks, quirk.value))


def _signer_facts(certificate: Certificate) -> Signer:
    return Signer(
        certificate.common_name,
        certificate.issuer,
        f"{certificate.serial:x}",
        certificate.not_before,
        certificate.not_after,
    )
