"""A seal of GM/T 0031-2025 may carry a time stamp over its maker's value; it is judged, too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from seal_core import der
from seal_core.formats import ses
from seal_core.gm import sm3
from tests.support.pki import NOT_BEFORE, SIGNED_AT, TIME_STAMPING, Authority, Identity, World
from verify.evidence import Evidence
from verify.judge import Court, judge, judge_seal_file
from verify.report import Question, Reason, SignatureReport, TimeSource, Verdict, passed
from verify.trust import TrustStore

DAY = timedelta(days=1)
DOCUMENT = b"<Signature>the protected bytes</Signature>"
PATH = "/Doc_0/Signs/Sign_0/Signature.xml"
WORLD = World()
MADE_AT = NOT_BEFORE + DAY
STAMPER = replace(WORLD.tsa, stamped_at=MADE_AT)
STAMPED = WORLD.seal(version=5, stamper=STAMPER)


def trust(*revoked: tuple[Identity, datetime]) -> TrustStore:
    crl = WORLD.ca.crl([(who.parsed.serial, at) for who, at in revoked])
    return TrustStore.from_certificates([WORLD.root.certificate], [WORLD.ca.certificate], [crl])


def judged(seal: bytes, known: TrustStore | None = None) -> SignatureReport:
    container = ses.build_signature(
        seal=seal, data_hash=sm3.digest(DOCUMENT), property_info=PATH, signer=WORLD.sealer,
        at=SIGNED_AT, version=5,
    )  # fmt: skip
    coverage = (passed(Question.COVERAGE),)
    evidence = Evidence(container, (DOCUMENT,), property_info=PATH, checks=coverage)
    return judge(evidence, 1, Court(known or trust(), SIGNED_AT + DAY))


def why(report: SignatureReport, question: Question) -> tuple[Verdict, Reason | None]:
    check = report.check(question)
    assert check is not None
    return check.verdict, check.reason


def with_stamp(token: bytes) -> bytes:
    """The same seal with another time stamp."""
    parts = [node.raw for node in der.read(STAMPED).fields("seal").rest()]
    return der.sequence(*parts[:4], der.explicit(0, der.bit_string(token)))


def test_a_stamped_seal_is_valid_and_lends_no_time_to_the_signature() -> None:
    """The stamp says when the seal was made, not when it was used."""
    report = judged(STAMPED)

    assert report.verdict is Verdict.VALID
    assert report.standard == "GM/T 0031-2025"
    assert why(report, Question.TIMESTAMP) == (Verdict.NOT_APPLICABLE, Reason.NO_TIMESTAMP)
    assert report.time_source is TimeSource.CLAIMED
    alone = Evidence(STAMPED, (), is_seal_file=True)
    assert judge_seal_file(alone, 1, Court(trust(), SIGNED_AT)).verdict is Verdict.VALID


ELSEWHERE = Authority.root("别处的CA").issue("别处的时间戳", extra=[TIME_STAMPING])
BAD_STAMPS: dict[str, tuple[Callable[[], bytes], Verdict, Reason]] = {
    "of something else": (
        lambda: STAMPER.stamp(b"else"), Verdict.INVALID, Reason.TIMESTAMP_MISMATCH,
    ),
    "no stamp": (lambda: b"\x30\x00", Verdict.INVALID, Reason.TIMESTAMP_MALFORMED),
    "by somebody without the purpose": (
        lambda: WORLD.maker.stamp(ses.parse_seal(STAMPED).signature),
        Verdict.INVALID, Reason.KEY_USAGE,
    ),
    "by an authority nobody knows": (
        lambda: ELSEWHERE.stamp(ses.parse_seal(STAMPED).signature),
        Verdict.INDETERMINATE, Reason.TIMESTAMP_UNTRUSTED,
    ),
    "before the seal says it was made": (
        lambda: replace(WORLD.tsa, stamped_at=NOT_BEFORE - DAY).stamp(
            ses.parse_seal(STAMPED).signature
        ),
        Verdict.INVALID, Reason.CERTIFICATE_NOT_YET_VALID,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_STAMPS)
def test_a_bad_stamp_is_not_ignored(name: str) -> None:
    """In the signature that uses the seal, and in the seal by itself."""
    token, verdict, reason = BAD_STAMPS[name]
    seal = with_stamp(token())

    assert why(judged(seal), Question.TIMESTAMP) == (verdict, reason)
    alone = Evidence(seal, (), is_seal_file=True)
    report = judge_seal_file(alone, 1, Court(trust(), SIGNED_AT))
    assert report.verdict is verdict


def test_a_seal_cannot_be_stamped_before_it_was_made() -> None:
    """A creation date after the stamp is a lie of one of the two."""
    early = replace(WORLD.tsa, stamped_at=NOT_BEFORE + DAY)
    later = ses.build_seal(
        seal_id="14010000000009", name="示例", seal_type=1, vendor="ZHANGYIN",
        certificates=[WORLD.sealer.certificate], created_at=NOT_BEFORE + 2 * DAY,
        valid_from=NOT_BEFORE, valid_to=SIGNED_AT + DAY,
        picture=ses.parse_seal(STAMPED).picture, picture_type="png", width_mm=40, height_mm=40,
        maker=WORLD.maker, version=5, timestamper=early,
    )  # fmt: skip

    assert why(judged(later), Question.TIMESTAMP) == (Verdict.INVALID, Reason.TIME_CONFLICT)


def test_a_proved_making_outlives_the_makers_revocation() -> None:
    """Without a stamp a revoked maker could date seals back; with one it is known when he made
    this seal. Revoked before that, or a revoked time-stamp authority, kills in either case."""
    revoked = (WORLD.maker, SIGNED_AT - DAY)

    plain = judged(WORLD.seal(version=5), trust(revoked))
    assert why(plain, Question.REVOCATION) == (Verdict.INVALID, Reason.REVOKED)
    assert why(judged(STAMPED, trust(revoked)), Question.REVOCATION) == (
        Verdict.VALID, Reason.REVOKED_LATER,
    )  # fmt: skip
    for who in (WORLD.maker, WORLD.tsa):
        report = judged(STAMPED, trust((who, MADE_AT - timedelta(hours=1))))
        assert why(report, Question.REVOCATION) == (Verdict.INVALID, Reason.REVOKED)


@pytest.mark.parametrize("version", [1, 4])
def test_older_seals_have_no_place_for_a_stamp(version: int) -> None:
    with pytest.raises(ValueError, match="place for a time stamp"):
        WORLD.seal(version=version, stamper=STAMPER)
