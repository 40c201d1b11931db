"""The conformance corpus: a good file of every variant, one file for every single defect."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.ofd_corpus import cases
from tests.conformance.ofd_odd_cases import Case
from tests.conformance.ofd_scene import CLOCK, Scene
from verify.report import Report, Verdict
from verify.trust import TrustStore
from verify.verifier import verify


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene()


def wrong_answers(report: Report) -> list[tuple[str, str, str]]:
    """Every answer that is not good, of the document and of all signatures."""
    checks = [*report.checks, *(c for s in report.signatures for c in s.checks)]
    return [
        (str(c.question), str(c.verdict), str(c.reason))
        for c in checks
        if c.verdict in (Verdict.INVALID, Verdict.INDETERMINATE)
    ]


def quirks(report: Report) -> set[str]:
    return {quirk for signature in report.signatures for quirk in signature.quirks}


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_each_file_gets_the_report_it_deserves(scene: Scene, case: Case) -> None:
    """The verdict, and every answer that is not good: no more and no fewer."""
    trust = TrustStore.from_certificates(
        [scene.root.certificate], [scene.ca.certificate], scene.crls
    )
    report = verify(case.make(scene), case.name, at=CLOCK, trust=trust)

    assert sorted(wrong_answers(report)) == sorted(case.wrong)
    assert str(report.verdict) == case.verdict
    assert not case.quirk or case.quirk in quirks(report)


KEPT = Path(__file__).parent / "ofd"
EXPECTED = json.loads((KEPT / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("expected", EXPECTED["cases"], ids=lambda expected: expected["file"])
def test_each_file_kept_here_still_gets_its_report(expected: dict[str, Any]) -> None:
    """What others use as a yardstick stays one."""
    trust = TrustStore.from_folder(KEPT / "trust")
    intermediate = (KEPT / "intermediate.cer").read_bytes()
    trust = TrustStore.from_certificates(trust.anchors, [intermediate], trust.crls)
    clock = datetime.fromisoformat(EXPECTED["clock"])
    report = verify((KEPT / expected["file"]).read_bytes(), "a.ofd", at=clock, trust=trust)

    assert str(report.verdict) == expected["verdict"]
    assert sorted(map(list, wrong_answers(report))) == expected["wrong"]
    assert not expected["quirk"] or expected["quirk"] in quirks(report)


def test_the_corpus_kept_here_has_every_case() -> None:
    """A new case is written out as well: python -m tests.conformance.ofd_corpus."""
    assert [expected["file"] for expected in EXPECTED["cases"]] == [
        f"{c.name}.ofd" for c in cases()
    ]
