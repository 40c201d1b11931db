"""Third-party OFD files (samples/README.md): each gets the report its facts call for."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from seal_core.formats import ses
from tests.support.samples import SAMPLES, sample
from verify.report import Question, Reason, Report, Verdict
from verify.trust import TrustStore
from verify.verifier import verify

# no anchor is known for these test hierarchies, so a sound file is indeterminate
AT = datetime(2026, 11, 1, tzinfo=UTC)
GOOD = {"v4signed", "V4RideRight", "allprotected"}
Complaint = tuple[int, Question, Reason]
BAD: dict[str, set[Complaint]] = {
    "999": {(1, Question.COVERAGE, Reason.NOT_WHOLE_DOCUMENT)},
    "draw_param_ref": {(1, Question.COVERAGE, Reason.NOT_WHOLE_DOCUMENT)},
    "h": {
        (1, Question.DIGEST, Reason.DIGEST_MISMATCH),
        (1, Question.COVERAGE, Reason.FORBIDDEN_CHANGE),
    },
    "keyword": {
        (1, Question.DIGEST, Reason.DIGEST_MISMATCH),
        (2, Question.DIGEST, Reason.DIGEST_MISMATCH),
    },
    "zsbk": {
        (1, Question.DIGEST, Reason.DIGEST_MISMATCH),
        (2, Question.DIGEST, Reason.DIGEST_MISMATCH),
    },
    "n": {
        (1, Question.DIGEST, Reason.DIGEST_MISMATCH),
        (1, Question.SIGNER_IN_SEAL, Reason.SIGNER_LIST_UNREADABLE),
    },
    "SESV4SignDoc": {
        (1, Question.SEAL_PERIOD, Reason.AFTER_SEAL_PERIOD),
        (1, Question.SIGNING_TIME, Reason.CERTIFICATE_EXPIRED),
    },
    "DigitalSign": {(1, Question.SIGNATURE_VALUE, Reason.NO_CERTIFICATE)},
}
UNSIGNED = {"helloworld", "Page5", "ano", "containsJPEG", "chineseDir", "path_unstd"}


def report(name: str, trust: TrustStore | None = None) -> Report:
    return verify(sample(f"ofd/{name}.ofd"), f"{name}.ofd", at=AT, trust=trust)


def complaints(found: Report) -> set[Complaint]:
    return {
        (signature.index, check.question, check.reason)
        for signature in found.signatures
        for check in signature.checks
        if check.verdict in (Verdict.INVALID, Verdict.INDETERMINATE) and check.reason
    }


@pytest.mark.samples
@pytest.mark.parametrize("name", sorted(GOOD))
def test_good_files_lack_nothing_but_an_anchor(name: str) -> None:
    found = report(name)

    assert found.verdict is Verdict.INDETERMINATE
    assert {reason for _, _, reason in complaints(found)} == {Reason.NO_TRUST_ANCHOR}


@pytest.mark.samples
@pytest.mark.parametrize("name", sorted(GOOD))
def test_good_files_are_valid_once_their_certificates_are_trusted(name: str) -> None:
    """Trusting the very certificates in the file leaves no doubt."""
    seals = [s for s in report(name).signatures if s.signer]
    assert seals
    trust = TrustStore.from_certificates(_certificates(name))

    assert report(name, trust).verdict is Verdict.VALID


def _certificates(name: str) -> list[bytes]:
    """Signer and maker certificates, cut from the package by the second reader."""
    archive = zipfile.ZipFile(io.BytesIO(sample(f"ofd/{name}.ofd")))
    values = [archive.read(n) for n in archive.namelist() if n.endswith("SignedValue.dat")]
    signatures = [ses.parse_signature(value) for value in values]
    return [c for s in signatures for c in (s.certificate, s.seal.maker_certificate)]


@pytest.mark.samples
@pytest.mark.parametrize("name", sorted(BAD))
def test_known_faults_are_found(name: str) -> None:
    """The named fault is among the complaints, and the file is not valid."""
    found = report(name)

    assert complaints(found) >= BAD[name]
    assert found.verdict in (Verdict.INVALID, Verdict.INDETERMINATE)


@pytest.mark.samples
def test_the_second_signature_survives_the_first() -> None:
    """h.ofd: appending broke the first signature; the second is good and stays good."""
    first, second = report("h").signatures

    assert first.verdict is Verdict.INVALID
    assert {reason for i, _, reason in complaints(report("h")) if i == 2} == {
        Reason.NO_TRUST_ANCHOR
    }
    assert second.verdict is Verdict.INDETERMINATE


@pytest.mark.samples
@pytest.mark.parametrize("name", sorted(UNSIGNED))
def test_unsigned_is_unsigned(name: str) -> None:
    assert report(name).verdict is Verdict.UNSIGNED


# --- every file, whole ------------------------------------------------------------------

BAD_ONE, OPEN, NONE = Verdict.INVALID, Verdict.INDETERMINATE, Verdict.UNSIGNED
EVERY: dict[str, tuple[Verdict, str]] = {
    "999": (OPEN, "coverage"),
    "AddAttachment": (NONE, ""),
    "AddWatermarkAnnot": (NONE, ""),
    "DigitalSign": (OPEN, "signature_value signing_time"),
    "Page5": (NONE, ""),
    "SESV4SignDoc": (BAD_ONE, "seal_period signing_time"),
    "V4RideRight": (OPEN, ""),
    "allprotected": (OPEN, ""),
    "ano": (NONE, ""),
    "chineseDir": (NONE, ""),
    "containsJPEG": (NONE, ""),
    "draw_param_ref": (OPEN, "coverage"),
    "fptpl": (BAD_ONE, "structure"),
    "h": (BAD_ONE, "digest coverage"),
    "hello-integrity": (OPEN, "coverage signing_time"),
    "helloworld": (NONE, ""),
    "keyword": (BAD_ONE, "digest coverage"),
    "n": (BAD_ONE, "digest signature_value signer_in_seal signer_chain maker_chain"),
    "namespace_no_std": (NONE, ""),
    "path_unstd": (NONE, ""),
    "testImageNotFound": (OPEN, "coverage"),
    "testPathClip": (OPEN, "coverage"),
    "v4signed": (OPEN, ""),
    "zsbk": (BAD_ONE, "digest"),
}
"""The verdict without anchors, and every question with a worse answer than a missing anchor."""


@pytest.mark.samples
@pytest.mark.parametrize("name", EVERY)
def test_every_sample_has_its_verdict_and_reasons(name: str) -> None:
    """docs/reference/ofd-samples.md says why. The reasons are these and no others."""
    verdict, questions = EVERY[name]
    found = report(name)
    everything = [*found.checks, *(check for s in found.signatures for check in s.checks)]
    wrong = {
        str(check.question)
        for check in everything
        if check.verdict in (Verdict.INVALID, Verdict.INDETERMINATE)
        and check.reason is not Reason.NO_TRUST_ANCHOR
        and (check.question, check.reason) != (Question.SIGNER_CHAIN, Reason.NO_CERTIFICATE)
    }

    assert found.verdict is verdict
    assert wrong == set(questions.split())


@pytest.mark.samples
def test_no_sample_is_left_out() -> None:
    """A new one gets its line here and in the reference."""
    folder = SAMPLES / "ofd"
    if not folder.is_dir():
        pytest.skip("no samples")
    assert sorted(path.stem for path in folder.glob("*.ofd")) == sorted(EVERY)


def test_the_reference_tells_of_every_sample() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "ofd-samples.md"
    text = page.read_text(encoding="utf-8")
    words = {BAD_ONE: "invalid", OPEN: "indeterminate", NONE: "unsigned"}
    for name, (verdict, _) in EVERY.items():
        assert f"| `{name}` | {words[verdict]} |" in text, name
