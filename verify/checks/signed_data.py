"""The signers of a SignedData: form A, B and their relatives (facts: GM/T 0099-2020, 7.2.2).

A: the content is the digest of what is protected; the value is over the content.
B: detached, with signed attributes; the value is over the attributes.
Also met: detached without attributes, and content with attributes over it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from seal_core import der
from seal_core.errors import MalformedData, UnsupportedAlgorithm
from seal_core.formats import algorithms, cms
from seal_core.formats.certificates import SM2_WITH_SM3, Certificate
from seal_core.formats.cms import SignedData, SignerInfo
from seal_core.formats.quirks import Quirk
from seal_core.formats.ses import signature_as_der
from verify.checks import certificate as chains
from verify.checks.values import judge_value, small
from verify.notices import Quirk as NoticeQuirk
from verify.report import Check, Question, Reason, Verdict, failed, passed, unclear

_PLAIN_DATA = frozenset({cms.PKCS7_DATA, cms.GM_DATA})

Protected = Sequence[bytes | memoryview]


@dataclass(frozen=True, slots=True)
class Signers:
    """All signers judged; the facts are those of the first."""

    checks: tuple[Check, ...]
    quirks: tuple[str, ...] = ()
    certificate: Certificate | None = None
    info: SignerInfo | None = None
    others: tuple[Certificate | None, ...] = ()  # of the further signers

    @property
    def reason(self) -> str:
        """The first reason against it, as a code."""
        bad = (c.reason for c in self.checks if c.verdict is not Verdict.VALID and c.reason)
        return next(bad, "")


def judge_signers(data: SignedData, protected: Protected) -> Signers:
    """Every signer must be right. A SignedData that nobody signed is a forgery, not a signature."""
    if not data.signers:
        return Signers((failed(Question.STRUCTURE, Reason.NO_SIGNER),))
    judged = [_Signer(data, info, protected).judge() for info in data.signers]
    return Signers(
        tuple(check for one in judged for check in one.checks),
        tuple(quirk for one in judged for quirk in one.quirks),
        judged[0].certificate,
        judged[0].info,
        tuple(one.certificate for one in judged[1:]),
    )


def signing_time(info: SignerInfo) -> datetime | None:
    """The signing-time attribute; an unreadable one counts as none."""
    try:
        values = info.values(cms.SIGNING_TIME)
        return der.read(values[0]).time() if len(values) == 1 else None
    except MalformedData:
        return None


class _Signer:
    """Judges one SignerInfo."""

    def __init__(self, data: SignedData, info: SignerInfo, protected: Protected) -> None:
        self._data = data
        self._info = info
        self._protected = protected
        self._quirks: list[str] = []

    def judge(self) -> Signers:
        certificate = self._certificate()
        self._quirks += self._info.quirks
        if certificate is not None and self._info.serial not in (None, certificate.serial):
            self._quirks.append(Quirk.UNSIGNED_INTEGER)
        try:
            digest = algorithms.digest_name(self._info.digest_algorithm)
        except UnsupportedAlgorithm as exc:
            check = unclear(Question.DIGEST, Reason.ALGORITHM_UNSUPPORTED, str(exc))
            return Signers((check,), (), certificate, self._info)
        try:
            self._refuse_odd_attributes(certificate, digest)
            checks = [
                self._judge_digest(certificate, digest),
                self._judge_value(certificate, digest),
            ]
        except (MalformedData, UnsupportedAlgorithm) as exc:
            checks = [failed(Question.STRUCTURE, Reason.SIGNATURE_MALFORMED, str(exc))]
        return Signers(tuple(checks), tuple(self._quirks), certificate, self._info)

    def _certificate(self) -> Certificate | None:
        """The signer's own, which must come along: a name alone proves nothing."""
        candidates = map(chains.read, self._data.certificates)
        return next((c for c in candidates if c is not None and self._info.names(c)), None)

    def _judge_digest(self, certificate: Certificate | None, digest: str) -> Check:
        """Is what is protected what the signer saw?"""
        ours = algorithms.digest(digest, self._protected)
        if not self._matches(ours):
            if self._data.content == algorithms.digest("sha1", self._protected):
                return failed(Question.DIGEST, Reason.WEAK_DIGEST, "sha1")  # adbe.pkcs7.sha1
            point = certificate.public_point if certificate and digest == "sm3" else None
            if not point or not small(self._protected):
                return failed(Question.DIGEST, Reason.DIGEST_MISMATCH)
            if not self._matches(algorithms.digest_with_identity(point, self._protected)):
                return failed(Question.DIGEST, Reason.DIGEST_MISMATCH)
            self._quirks.append(NoticeQuirk.DIGEST_WITH_IDENTITY)
        if digest in algorithms.WEAK_DIGESTS:
            return failed(Question.DIGEST, Reason.WEAK_DIGEST, digest)
        return passed(Question.DIGEST)

    def _matches(self, ours: bytes) -> bool:
        """Whether the content, or the attribute, is the digest *ours*."""
        if self._data.content is not None:
            return self._content_matches(ours)
        if self._info.signed_attributes is not None:
            return self._message_digest() == ours
        return True  # the value itself is over the protected bytes

    def _content_matches(self, ours: bytes) -> bool:
        """The content is the digest of the protected bytes, or those bytes themselves."""
        content = self._data.content
        if content == ours:
            if self._data.content_type != cms.TST_INFO:
                self._quirks.append(Quirk.DIGEST_AS_CONTENT)
            return True
        if content == b64encode(ours):
            self._quirks.append(Quirk.DIGEST_AS_BASE64)
            return True
        return content == b"".join(self._protected)

    def _message_digest(self) -> bytes:
        values = self._info.values(cms.MESSAGE_DIGEST)
        if len(values) != 1:
            raise MalformedData("attributes", "one message digest is needed")
        return der.read(values[0]).octets("messageDigest")

    def _refuse_odd_attributes(self, certificate: Certificate | None, digest: str) -> None:
        """RFC 5652, 11 and RFC 5035: what signed attributes must agree with."""
        if self._info.signed_attributes is None:
            return
        kinds = self._info.values(cms.CONTENT_TYPE)
        inner = self._data.content_type
        # gomain calls the same plain data by the names of both families
        same = _PLAIN_DATA if inner in _PLAIN_DATA else frozenset({inner})
        if len(kinds) != 1 or der.read(kinds[0]).oid() not in same:
            raise MalformedData("attributes", "content type")
        content = self._data.content
        # with content inside, the digest attribute is of the content, or is the content
        if content is not None and self._message_digest() not in (
            content,
            algorithms.digest(digest, (content,)),
        ):
            raise MalformedData("attributes", "message digest is not that of the content")
        if certificate is not None and not self._names_certificate(certificate):
            raise MalformedData("attributes", "signing certificate is another one")

    def _names_certificate(self, certificate: Certificate) -> bool:
        """signing-certificate(-v2), where given, fixes which certificate signed."""
        for oid, default in (
            (cms.SIGNING_CERTIFICATE_V2, "sha256"),
            (cms.SIGNING_CERTIFICATE, "sha1"),
        ):
            values = self._info.values(oid)
            if values and not _first_id_is(values[0], default, certificate.der):
                return False
        return True

    def _judge_value(self, certificate: Certificate | None, digest: str) -> Check:
        if certificate is None:
            return unclear(Question.SIGNATURE_VALUE, Reason.NO_CERTIFICATE)
        signature = self._normalised(certificate)
        check = self._value_over(certificate, signature, digest, self._message())
        attributes = self._info.signed_attributes
        if check.reason is Reason.SIGNATURE_MISMATCH and attributes is not None:
            # signed in DER order, written in another
            ordered = der.set_of(*(n.raw for n in der.read(attributes).fields("set").rest()))
            second = self._value_over(certificate, signature, digest, (ordered,))
            if second.verdict is Verdict.VALID:
                self._quirks.append(Quirk.ATTRIBUTES_NOT_SORTED)
                return second
        if check.reason is Reason.SIGNATURE_MISMATCH and small(self._protected):
            direct = self._value_over(certificate, signature, digest, self._protected)
            if direct.verdict is Verdict.VALID:  # the attributes are anybody's, times included
                self._quirks.append(Quirk.SIGNED_DOCUMENT)
                return unclear(Question.SIGNATURE_VALUE, Reason.SIGNED_SOMETHING_ELSE)
        return check

    def _value_over(
        self, certificate: Certificate, signature: bytes, digest: str, message: Protected
    ) -> Check:
        algorithm = self._info.signature_algorithm
        if certificate.public_point and algorithm.oid != SM2_WITH_SM3:
            self._quirks.append(Quirk.ALGORITHM_NAME)
        return judge_value(
            Question.SIGNATURE_VALUE, certificate, algorithm, signature, message,
            digest_beside=digest,
        )  # fmt: skip

    def _message(self) -> Protected:
        if self._info.signed_attributes is not None:
            return (self._info.signed_attributes,)
        if self._data.content is not None:
            return (self._data.content,)
        return self._protected

    def _normalised(self, certificate: Certificate) -> bytes:
        if certificate.public_point is None:
            return self._info.signature
        normal, quirks = signature_as_der(self._info.signature)
        self._quirks += quirks
        return normal


def _first_id_is(value: bytes, default: str, certificate: bytes) -> bool:
    """Does the first ESSCertID(v2) hash to *certificate*? (RFC 5035, 3 and 4)"""
    certificates = der.read(value).fields("SigningCertificate").take(der.SEQUENCE)
    essential = certificates.fields("certs").take(der.SEQUENCE).fields("ESSCertID")
    name = default
    if essential.peek() == der.SEQUENCE:
        name = algorithms.digest_name(essential.take().fields("hashAlgorithm").take().oid())
    return essential.take().octets() == algorithms.digest(name, (certificate,))
