"""The reference lists the attacks that are tested, with the reasons the verifier gives."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support import pdf
from tests.support.attacks_pdf_schemes import forgeries
from tests.support.workshops import SM2
from verify.report import Report, Verdict

TABLE = Path(__file__).parents[3] / "docs" / "reference" / "pdf-attacks.md"


def row(name: str, report: Report) -> str:
    checks = [check for signature in report.signatures for check in signature.checks]
    failed = [check for check in (*checks, *report.checks) if check.verdict is Verdict.INVALID]
    reasons = dict.fromkeys(f"`{check.reason.value}`" for check in failed if check.reason)
    return f"| `{name}` | {report.verdict.value} | {', '.join(reasons)} |"


def test_the_reference_lists_every_attack_and_its_reasons() -> None:
    """
    Row for row, in the order of the generators.
    """
    expected = [row(name, pdf.verified(forged)) for name, forged in forgeries(SM2).items()]

    assert re.findall(r"^\| `.*$", TABLE.read_text("utf-8"), re.MULTILINE) == expected
