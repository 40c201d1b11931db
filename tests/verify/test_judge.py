"""The judge: what is right passes, every forgery we could think of does not."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seal_core import der
from seal_core.formats import certificates, cms, ses
from seal_core.formats.quirks import Quirk as FormatQuirk
from seal_core.gm import curve, sm3
from tests.support.pki import (
    CRL_POINT,
    NOT_AFTER,
    NOT_BEFORE,
    SIGNED_AT,
    Authority,
    Identity,
    World,
    extension,
    signed,
    signed_data,
    tbs_certificate,
)
from verify.evidence import Evidence
from verify.judge import Court, judge
from verify.notices import Quirk
from verify.report import (
    Kind,
    Question,
    Reason,
    SignatureReport,
    TimeSource,
    Verdict,
    passed,
)
from verify.trust import TrustStore

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PATH = "/Doc_0/Signs/Sign_0/Signature.xml"
DOCUMENT = b"<Signature>the protected bytes</Signature>"
WORLD = World()
TRUST = TrustStore.from_certificates([WORLD.root.certificate], [WORLD.ca.certificate])


def evidence(container: bytes, protected: bytes = DOCUMENT) -> Evidence:
    half = len(protected) // 2
    pieces = (protected[:half], memoryview(protected)[half:])
    coverage = passed(Question.COVERAGE)
    return Evidence(container, pieces, property_info=PATH, claimed_at=SIGNED_AT, checks=(coverage,))


def judged(
    container: bytes,
    protected: bytes = DOCUMENT,
    *,
    trust: TrustStore = TRUST,
    now: datetime = NOW,
) -> SignatureReport:
    return judge(evidence(container, protected), 1, Court(trust, now))


def reason(report: SignatureReport, question: Question) -> Reason | None:
    check = report.check(question)
    assert check is not None
    return check.reason


def detached(
    signer: Identity, *, stamped: bool = False, family: str = "pkcs7", at: datetime = SIGNED_AT
) -> bytes:
    return cms.build_signed_data(
        digest=sm3.digest(DOCUMENT),
        signer=signer,
        at=at,
        timestamper=WORLD.tsa if stamped else None,
        family="gm" if family == "gm" else "pkcs7",
    )


# --- what is right -------------------------------------------------------------------


@pytest.mark.parametrize("version", [1, 4, 5])
def test_a_sound_seal_is_valid(version: int) -> None:
    """Every question is answered, and the facts are those of the seal."""
    report = judged(WORLD.signature(DOCUMENT, version=version))

    assert report.verdict is Verdict.VALID
    assert [check.question for check in report.checks] == list(Question)
    assert (report.kind, report.standard) == (Kind.SEAL, ses.STANDARDS[version])
    assert report.seal is not None
    assert (report.seal.name, report.seal.maker) == ("测试单位甲合同专用章", "测试制章者")
    assert report.signer is not None
    assert report.signer.common_name == "测试单位甲"
    assert (report.signed_at, report.time_source) == (SIGNED_AT, TimeSource.CLAIMED)
    assert report.quirks == ()


@pytest.mark.parametrize("family", ["pkcs7", "gm"])
@pytest.mark.parametrize("stamped", [False, True])
def test_a_sound_signature_is_valid(family: str, stamped: bool) -> None:
    """Form B, both families, with and without a time stamp."""
    report = judged(detached(WORLD.sealer, stamped=stamped, family=family))

    assert report.verdict is Verdict.VALID
    assert [check.question for check in report.checks] == list(Question)
    assert report.standard == ("GB/T 35275" if family == "gm" else "CMS")
    assert report.time_source is (TimeSource.TIMESTAMP if stamped else TimeSource.CLAIMED)


def form_a(content: bytes) -> bytes:
    """The content is the digest; the value is over the content, without attributes."""
    value = WORLD.sealer.sign(content)
    return signed_data(WORLD.sealer, cms.GM_DATA, content, None, value, kind=cms.GM_SIGNED_DATA)


def raw_form_a() -> bytes:
    r, s = curve.decode_signature(WORLD.sealer.sign(sm3.digest(DOCUMENT)))
    value = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return signed_data(WORLD.sealer, cms.GM_DATA, sm3.digest(DOCUMENT), None, value)


def unattributed() -> bytes:
    value = WORLD.sealer.sign(DOCUMENT)
    return signed_data(WORLD.sealer, cms.PKCS7_DATA, None, None, value)


def attributed_digest_content() -> bytes:
    """The attribute holds the digest itself, which is the content (a bid platform's variant)."""
    digest = sm3.digest(DOCUMENT)
    attributes = cms.signed_attributes(cms.GM_DATA, digest, WORLD.sealer.certificate, None)
    value = WORLD.sealer.sign(attributes)
    return signed_data(WORLD.sealer, cms.GM_DATA, digest, attributes, value)


def unsorted() -> bytes:
    """Attributes signed in DER order, written in another."""
    sorted_set = cms.signed_attributes(
        cms.PKCS7_DATA, sm3.digest(DOCUMENT), WORLD.sealer.certificate, None
    )
    items = [node.raw for node in der.read(sorted_set).fields("set").rest()]
    written = der.encode(der.SET, *reversed(items))
    return signed_data(WORLD.sealer, cms.PKCS7_DATA, None, written, WORLD.sealer.sign(sorted_set))


FORMS: dict[str, tuple[Callable[[], bytes], FormatQuirk | None]] = {
    "A": (lambda: form_a(sm3.digest(DOCUMENT)), FormatQuirk.DIGEST_AS_CONTENT),
    "A, base64": (lambda: form_a(b64encode(sm3.digest(DOCUMENT))), FormatQuirk.DIGEST_AS_BASE64),
    "A, raw r‖s": (raw_form_a, FormatQuirk.RAW_SIGNATURE),
    "A with attributes": (attributed_digest_content, FormatQuirk.DIGEST_AS_CONTENT),
    "attached": (lambda: form_a(DOCUMENT), None),
    "detached without attributes": (unattributed, None),
    "unsorted attributes": (unsorted, FormatQuirk.ATTRIBUTES_NOT_SORTED),
    "padded": (lambda: detached(WORLD.sealer) + bytes(500), FormatQuirk.TRAILING_BYTES),
}


@pytest.mark.parametrize(("build", "quirk"), FORMS.values(), ids=list(FORMS))
def test_forms_in_use_are_understood(build: Callable[[], bytes], quirk: FormatQuirk | None) -> None:
    """Each form is valid over the right bytes, names its quirk, and is invalid over others."""
    container = build()

    report = judged(container)

    assert report.verdict is Verdict.VALID
    assert quirk is None or quirk in report.quirks
    assert judged(container, b"other bytes").verdict is Verdict.INVALID


def test_digests_with_the_signers_identity_are_understood() -> None:
    """dms360 digests Z_A ‖ file; no weaker, so read and named."""
    digest = curve.message_digest(WORLD.sealer.key.public_key.point, DOCUMENT)
    container = ses.build_signature(
        seal=WORLD.seal(), data_hash=digest, property_info=PATH, signer=WORLD.sealer, at=SIGNED_AT
    )

    report = judged(container)

    assert report.verdict is Verdict.VALID
    assert Quirk.DIGEST_WITH_IDENTITY in report.quirks


@pytest.mark.parametrize("version", [1, 4])
def test_seals_signed_the_way_of_the_other_standard(version: int) -> None:
    """Makers mix up what 2014 and 2020 have them sign; both are read, and it is named."""
    seal = WORLD.seal(version=version)
    fields = [n.raw for n in der.read(seal).fields("seal").rest()]
    facts = ses.parse_seal(seal)
    value = der.bit_string(WORLD.maker.sign(facts.signed_part_of_others))
    origin = der.octet_string(WORLD.maker.certificate), der.oid(facts.algorithm)
    tail = [der.sequence(*origin, value)] if version == 1 else [*origin, value]
    other = der.sequence(fields[0], *tail)
    container = ses.build_signature(
        seal=other, data_hash=sm3.digest(DOCUMENT), property_info=PATH, signer=WORLD.sealer,
        at=SIGNED_AT, version=version,
    )  # fmt: skip

    report = judged(container)

    assert report.verdict is Verdict.VALID
    assert report.quirks[-1].startswith("seal_signed_")


def test_a_document_time_stamp_is_judged_by_itself() -> None:
    report = judged(WORLD.tsa.stamp(DOCUMENT))

    assert (report.kind, report.verdict) == (Kind.TIMESTAMP, Verdict.VALID)
    assert judged(WORLD.tsa.stamp(b"else")).verdict is Verdict.INVALID
    assert reason(judged(WORLD.sealer.stamp(DOCUMENT)), Question.SIGNER_CHAIN) is Reason.KEY_USAGE


def test_a_seal_bound_to_a_signature_is_asked_everything() -> None:
    """CMS in PDF: the reader hands the seal over, the seal questions apply."""
    seal = WORLD.seal()
    given = replace(evidence(detached(WORLD.sealer)), seal=seal)
    report = judge(given, 1, Court(TRUST, NOW))

    assert (report.kind, report.verdict) == (Kind.SEAL, Verdict.VALID)
    assert report.seal is not None
    stolen = replace(evidence(detached(WORLD.ca.issue("同事"))), seal=seal)
    assert reason(judge(stolen, 1, Court(TRUST, NOW)), Question.SIGNER_IN_SEAL) is (
        Reason.SIGNER_NOT_IN_SEAL
    )
    broken = replace(evidence(detached(WORLD.sealer)), seal=seal[:-1])
    assert judge(broken, 1, Court(TRUST, NOW)).verdict is Verdict.INVALID


# --- forgeries -----------------------------------------------------------------------


def assembled(
    *,
    seal: bytes | None = None,
    signer: Identity = WORLD.sealer,
    key: Identity | None = None,
    digest: bytes | None = None,
    path: str = PATH,
    at: datetime = SIGNED_AT,
    algorithm: str = certificates.SM2_WITH_SM3,
    stamp: bytes | None = None,
) -> bytes:
    """A SES_Signature of version 4 without any of the sealer's scruples."""
    tbs = der.sequence(
        der.integer(4),
        WORLD.seal() if seal is None else seal,
        der.generalized(at),
        der.bit_string(sm3.digest(DOCUMENT) if digest is None else digest),
        der.ia5_string(path),
    )
    return der.sequence(
        tbs,
        der.octet_string(signer.certificate),
        der.oid(algorithm),
        der.bit_string((key or signer).sign(tbs)),
        *([der.explicit(0, der.bit_string(stamp))] if stamp else []),
    )


def resigned_seal(maker: Identity, certificate: bytes) -> bytes:
    """The seal's data, with another signature under it."""
    info = der.read(WORLD.seal()).fields("seal").take().raw
    return der.sequence(
        info,
        der.octet_string(certificate),
        der.oid(certificates.SM2_WITH_SM3),
        der.bit_string(maker.sign(info)),
    )


def enlarged_seal() -> bytes:
    """One octet of the picture is another."""
    return WORLD.seal().replace(b"\x89PNG", b"\x89PNH")


COLLEAGUE = WORLD.ca.issue("同事")
NAMESAKE = Authority.root("测试签发CA").issue("测试单位甲")
EXPIRED = WORLD.ca.issue("过期者", not_after=datetime(2026, 1, 1, tzinfo=UTC))
CIPHER_ONLY = WORLD.ca.issue("加密证书", usage=["key_encipherment"])
ODD = WORLD.ca.issue("怪证书", extra=[extension("1.2.3.4", b"\x05\x00", critical=True)])

FORGERIES: dict[str, tuple[Callable[[], bytes], Question, Reason]] = {
    "another document": (
        lambda: assembled(digest=sm3.digest(b"x")), Question.DIGEST, Reason.DIGEST_MISMATCH,
    ),
    "moved to another place": (
        lambda: assembled(path="/Doc_0/Signs/Sign_9/Signature.xml"),
        Question.STRUCTURE, Reason.PATH_MISMATCH,
    ),
    "signed by another key": (
        lambda: assembled(key=COLLEAGUE), Question.SIGNATURE_VALUE, Reason.SIGNATURE_MISMATCH,
    ),
    "a colleague takes the seal": (
        lambda: assembled(signer=COLLEAGUE), Question.SIGNER_IN_SEAL, Reason.SIGNER_NOT_IN_SEAL,
    ),
    "a namesake with a home-made CA": (
        lambda: assembled(signer=NAMESAKE), Question.SIGNER_CHAIN, Reason.CHAIN_SIGNATURE,
    ),
    "a seal made at home": (
        lambda: assembled(seal=resigned_seal(COLLEAGUE, WORLD.maker.certificate)),
        Question.SEAL_SIGNATURE, Reason.SEAL_SIGNATURE_MISMATCH,
    ),
    "a maker without CA": (
        lambda: assembled(seal=resigned_seal(NAMESAKE, NAMESAKE.certificate)),
        Question.MAKER_CHAIN, Reason.CHAIN_SIGNATURE,
    ),
    "a retouched seal picture": (
        lambda: assembled(seal=enlarged_seal()),
        Question.SEAL_SIGNATURE, Reason.SEAL_SIGNATURE_MISMATCH,
    ),
    "before the seal's period": (
        lambda: assembled(at=NOT_BEFORE - timedelta(days=1)),
        Question.SEAL_PERIOD, Reason.BEFORE_SEAL_PERIOD,
    ),
    "after the seal's period": (
        lambda: assembled(at=NOT_AFTER + timedelta(days=1)),
        Question.SEAL_PERIOD, Reason.AFTER_SEAL_PERIOD,
    ),
    "an expired certificate": (
        lambda: assembled(signer=EXPIRED), Question.SIGNING_TIME, Reason.CERTIFICATE_EXPIRED,
    ),
    "an encryption certificate": (
        lambda: assembled(signer=CIPHER_ONLY), Question.SIGNER_CHAIN, Reason.KEY_USAGE,
    ),
    "an unknown critical extension": (
        lambda: assembled(signer=ODD), Question.SIGNER_CHAIN, Reason.CRITICAL_EXTENSION,
    ),
    "signed tomorrow": (
        lambda: assembled(at=NOW + timedelta(days=1)),
        Question.SIGNING_TIME, Reason.SIGNED_IN_FUTURE,
    ),
    "RSA named over SM2": (
        lambda: assembled(algorithm="1.2.840.113549.1.1.11"),
        Question.SIGNATURE_VALUE, Reason.ALGORITHM_MISMATCH,
    ),
    "a stamp for something else": (
        lambda: assembled(stamp=WORLD.tsa.stamp(b"else")),
        Question.TIMESTAMP, Reason.TIMESTAMP_MISMATCH,
    ),
    "no stamp at all": (
        lambda: assembled(stamp=b"\x30\x00"), Question.TIMESTAMP, Reason.TIMESTAMP_MALFORMED,
    ),
    "nobody signed": (
        lambda: signed_data(
            WORLD.sealer, cms.GM_DATA, sm3.digest(DOCUMENT), None, None, kind=cms.GM_SIGNED_DATA
        ),
        Question.STRUCTURE, Reason.NO_SIGNER,
    ),
    "attributes of another document": (
        lambda: signed_data(
            WORLD.sealer, cms.PKCS7_DATA, None,
            attributes := cms.signed_attributes(
                cms.PKCS7_DATA, sm3.digest(b"x"), WORLD.sealer.certificate, None
            ),
            WORLD.sealer.sign(attributes),
        ),
        Question.DIGEST, Reason.DIGEST_MISMATCH,
    ),
    "no digest attribute": (
        lambda: signed_data(
            WORLD.sealer, cms.PKCS7_DATA, None,
            attributes := der.set_of(
                cms.attribute(cms.CONTENT_TYPE, der.oid(cms.PKCS7_DATA))
            ),
            WORLD.sealer.sign(attributes),
        ),
        Question.STRUCTURE, Reason.SIGNATURE_MALFORMED,
    ),
    "another content type": (
        lambda: signed_data(
            WORLD.sealer, cms.PKCS7_DATA, None,
            attributes := cms.signed_attributes(
                cms.TST_INFO, sm3.digest(DOCUMENT), WORLD.sealer.certificate, None
            ),
            WORLD.sealer.sign(attributes),
        ),
        Question.STRUCTURE, Reason.SIGNATURE_MALFORMED,
    ),
    "another signing certificate": (
        lambda: signed_data(
            WORLD.sealer, cms.PKCS7_DATA, None,
            attributes := cms.signed_attributes(
                cms.PKCS7_DATA, sm3.digest(DOCUMENT), COLLEAGUE.certificate, None
            ),
            WORLD.sealer.sign(attributes),
        ),
        Question.STRUCTURE, Reason.SIGNATURE_MALFORMED,
    ),
    "r and s of nobody": (
        lambda: curve.encode_signature(1, 2), Question.SIGNATURE_VALUE, Reason.NO_CERTIFICATE,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("build", "question", "why"), FORGERIES.values(), ids=list(FORGERIES))
def test_forgeries_are_never_valid(
    build: Callable[[], bytes], question: Question, why: Reason
) -> None:
    """Each is found out by the question it tries to cheat, and the verdict follows."""
    report = judged(build())

    assert reason(report, question) is why
    bare = why is Reason.NO_CERTIFICATE
    assert report.verdict is (Verdict.INDETERMINATE if bare else Verdict.INVALID)


def test_the_earliest_forger_is_right_without_scruples() -> None:
    """The forge itself is sound: assembled honestly, it is valid."""
    assert judged(assembled()).verdict is Verdict.VALID


@pytest.mark.parametrize("container", [assembled(), detached(WORLD.sealer, stamped=True)])
def test_cut_anywhere_is_invalid_and_never_a_crash(container: bytes) -> None:
    for end in range(0, len(container), 7):
        report = judged(container[:end])
        assert report.verdict is Verdict.INVALID
        assert reason(report, Question.STRUCTURE) is Reason.SIGNATURE_MALFORMED


SOUND = assembled()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_changed_octet_is_never_valid(data: st.DataObject) -> None:
    """
    Every octet of a SES_Signature is under a signature or judged by one.

    The exception proves the rule: octets that a vendor's quirk explains may change without
    harm, and then the quirk is named.
    """
    container = bytearray(SOUND)
    place = data.draw(st.integers(0, len(container) - 1))
    container[place] ^= 1 << data.draw(st.integers(0, 7))

    report = judged(bytes(container))

    assert report.verdict is not Verdict.VALID or report.quirks


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_get_a_report(container: bytes) -> None:
    assert judged(container).verdict in (Verdict.INVALID, Verdict.INDETERMINATE)


def test_every_signer_must_be_trusted() -> None:
    """A stranger cannot ride along on a sound signature, nor the other way round."""
    mine, theirs = detached(WORLD.sealer), detached(WORLD.stranger)
    both = [cms.parse_signed_data(one) for one in (mine, theirs)]
    infos = [_signer_info(one) for one in (mine, theirs)]
    certificates_of_both = [c for one in both for c in one.certificates]
    body = der.sequence(
        der.integer(1),
        der.set_of(),
        der.sequence(der.oid(cms.PKCS7_DATA)),
        der.encode(der.context(0), *certificates_of_both),
        der.encode(der.SET, *infos),
    )
    container = der.sequence(der.oid(cms.PKCS7_SIGNED_DATA), der.explicit(0, body))

    report = judged(container)

    assert reason(report, Question.SIGNER_CHAIN) is Reason.UNKNOWN_ISSUER
    assert report.verdict is Verdict.INDETERMINATE


def _signer_info(container: bytes) -> bytes:
    fields = der.read(container).fields("ContentInfo")
    fields.take()
    *_, infos = fields.take().inner("content").fields("SignedData").rest()
    return infos.content


# --- trust, time, revocation ---------------------------------------------------------


def test_without_anchors_the_mathematics_is_still_told() -> None:
    report = judged(assembled(), trust=TrustStore())

    assert report.verdict is Verdict.INDETERMINATE
    assert reason(report, Question.SIGNER_CHAIN) is Reason.NO_TRUST_ANCHOR
    assert reason(report, Question.MAKER_CHAIN) is Reason.NO_TRUST_ANCHOR
    value = report.check(Question.SIGNATURE_VALUE)
    assert value is not None
    assert value.verdict is Verdict.VALID


def test_an_issuer_we_do_not_know_is_doubt() -> None:
    """Perhaps it is a good CA of another province; we cannot tell."""
    other = TrustStore.from_certificates([Authority.root("别的根").certificate])

    report = judged(assembled(), trust=other)

    assert report.verdict is Verdict.INDETERMINATE
    assert reason(report, Question.SIGNER_CHAIN) is Reason.UNKNOWN_ISSUER


def test_a_person_cannot_issue_certificates() -> None:
    """The classic: a leaf certificate used as a CA."""
    leaf_made = WORLD.sealer.issue("下家")

    report = judged(detached(leaf_made))

    assert reason(report, Question.SIGNER_CHAIN) is Reason.NOT_A_CA


def test_a_path_length_is_kept() -> None:
    narrow = WORLD.root.issue("窄CA", ca=True, path_length=0)
    below = narrow.issue("再下级CA", ca=True)

    assert judged(detached(narrow.issue("甲"))).verdict is Verdict.VALID
    report = judged(detached(below.issue("乙")))
    assert reason(report, Question.SIGNER_CHAIN) is Reason.PATH_TOO_LONG


def test_an_anchor_may_be_the_signer_itself() -> None:
    """The operator put exactly this certificate into the trust folder."""
    trust = TrustStore.from_certificates([WORLD.stranger.certificate])

    assert judged(detached(WORLD.stranger), trust=trust).verdict is Verdict.VALID


def test_a_trusted_stamp_sets_the_time() -> None:
    """The claim is kept honest: it may not be later than the stamp."""
    early = replace_time(WORLD.tsa, SIGNED_AT - timedelta(hours=1))
    container = assembled()
    value = ses.parse_signature(container).signature_octets

    good = judged(with_stamp(container, WORLD.tsa.stamp(value)))
    conflict = judged(with_stamp(container, early.stamp(value)))
    unknown = judged(with_stamp(container, WORLD.stranger.stamp(value)))

    assert (good.verdict, good.time_source) == (Verdict.VALID, TimeSource.TIMESTAMP)
    assert reason(conflict, Question.SIGNING_TIME) is Reason.TIME_CONFLICT
    # a stranger is no time-stamp authority; nothing he stamps sets the time
    assert reason(unknown, Question.TIMESTAMP) is Reason.KEY_USAGE
    assert unknown.time_source is TimeSource.CLAIMED


def replace_time(authority: Authority, at: datetime) -> Authority:
    return replace(authority, stamped_at=at)


def with_stamp(container: bytes, token: bytes) -> bytes:
    parts = [n.raw for n in der.read(container).fields("SES").rest()]
    return der.sequence(*parts[:4], der.explicit(0, der.bit_string(token)))


def lists(revoked: list[tuple[int, datetime]], **times: Any) -> TrustStore:
    return replace(TRUST, crls=(WORLD.root.crl(), WORLD.ca.crl(revoked, **times)))


@pytest.mark.parametrize(
    ("who", "when", "verdict", "why"),
    [
        ("sealer", SIGNED_AT - timedelta(days=1), Verdict.INVALID, Reason.REVOKED),
        ("sealer", SIGNED_AT + timedelta(days=1), Verdict.VALID, Reason.REVOKED_LATER),
        ("maker", SIGNED_AT - timedelta(days=1), Verdict.INVALID, Reason.REVOKED),
        ("maker", SIGNED_AT + timedelta(days=1), Verdict.VALID, Reason.REVOKED_LATER),
    ],
)
def test_revocation_counts_from_its_date(
    who: str, when: datetime, verdict: Verdict, why: Reason
) -> None:
    """GM/T 0031-2014, 6.2.3 d): revoked before signing is final, afterwards goes on."""
    serial: int = getattr(WORLD, who).parsed.serial

    report = judged(assembled(), trust=lists([(serial, when)]))

    assert (report.verdict, reason(report, Question.REVOCATION)) == (verdict, why)


def test_stale_missing_and_forged_lists_are_doubt() -> None:
    """A list that says nothing about that time, or that the CA did not sign, is no answer."""
    stale = lists([], next_update=SIGNED_AT - timedelta(days=1))
    forged = replace(TRUST, crls=(replace(WORLD.ca, key=COLLEAGUE.key).crl(),))
    public = WORLD.ca.issue("公布吊销名单", extra=[CRL_POINT])

    assert reason(judged(assembled(), trust=stale), Question.REVOCATION) is (
        Reason.REVOCATION_DATA_STALE
    )
    for trust in (TRUST, forged):
        report = judged(detached(public), trust=trust)
        assert reason(report, Question.REVOCATION) is Reason.NO_REVOCATION_DATA
        assert report.verdict is Verdict.INDETERMINATE


def test_a_reader_that_says_nothing_of_coverage_leaves_doubt() -> None:
    report = judge(Evidence(assembled(), (DOCUMENT,)), 1, Court(TRUST, NOW))

    assert reason(report, Question.COVERAGE) is Reason.CHANGES_UNCLEAR
    assert report.verdict is Verdict.INDETERMINATE


def test_the_seal_file_must_be_the_seal() -> None:
    given = replace(evidence(assembled()), seal_file=WORLD.seal())

    report = judge(given, 1, Court(TRUST, NOW))

    assert reason(report, Question.SEAL_STRUCTURE) is Reason.SEAL_FILE_DIFFERS


def test_loops_of_issuers_end() -> None:
    """Two CAs that certify each other lead nowhere, and not for ever."""
    first, second = Authority.root("甲CA"), Authority.root("乙CA")
    names = first.parsed.subject_name.der, second.parsed.subject_name.der
    crossed = tbs_certificate(9, names[1], names[0], first.key, ca=True, usage=["key_cert_sign"])
    back = tbs_certificate(9, names[0], names[1], second.key, ca=True, usage=["key_cert_sign"])
    helpers = (signed(crossed, second.key), signed(back, first.key))
    trust = TrustStore.from_certificates([WORLD.root.certificate], helpers)

    report = judged(detached(first.issue("丙")), trust=trust)

    assert reason(report, Question.SIGNER_CHAIN) is Reason.UNKNOWN_ISSUER
