"""The verification report to keep: as a PDF for people, as JSON for programs."""

from __future__ import annotations

import json
from typing import Any

from flask import Response

from portal.paper import Sheet
from seal_core.domain.holders import NotFound
from seal_core.domain.sealing import TaskState, VerificationTask
from verify.render import facts, wording
from verify.render.as_json import from_json
from verify.render.as_text import printable
from verify.report import Check, Report

TITLE = "文件验签报告"


def pdf(task: VerificationTask, system: str) -> Response:
    """The report on paper, its font inside. Raises NotFound until it is there."""
    report = from_json(_report(task))
    sheet = Sheet(TITLE, f"{system} · 报告 {task.id[:8].upper()}")
    _result(sheet, report)
    for signature in report.signatures:
        if signature.seal:
            sheet.head(f"印章信息（第 {signature.index} 个）")
            sheet.facts(_printable(facts.of_seal(signature.seal)))
    for signature in report.signatures:
        sheet.head(f"签章信息（第 {signature.index} 个）")
        sheet.facts(_printable(facts.of_signature(signature)))
        _checks(sheet, signature.checks)
        for quirk in signature.quirks:
            sheet.text(f"与标准不同：{wording.quirk(quirk)}", small=True)
    return _named(Response(sheet.pdf(), mimetype="application/pdf"), task, "pdf")


def as_json_file(task: VerificationTask) -> Response:
    """The report as `docs/reference/report.md` describes it. Raises NotFound until it is there."""
    text = json.dumps(_report(task), ensure_ascii=False, indent=1)
    return _named(Response(text, mimetype="application/json"), task, "json")


def _report(task: VerificationTask) -> dict[str, Any]:
    if task.state is not TaskState.DONE or not task.report:
        raise NotFound(task.id)
    found: dict[str, Any] = json.loads(task.report)
    return found


def _result(sheet: Sheet, report: Report) -> None:
    sheet.head(f"验证结果：{wording.VERDICTS[report.verdict]}")
    sheet.text(wording.summary(report))
    sheet.facts(_printable(facts.of_file(report)))
    _checks(sheet, report.checks)
    for code in report.warnings:
        sheet.text(f"提示：{wording.notice(code)}", small=True)


def _checks(sheet: Sheet, checks: tuple[Check, ...]) -> None:
    rows = [
        (
            wording.QUESTIONS[check.question],
            wording.VERDICTS[check.verdict],
            printable(facts.explained(check)),
        )
        for check in checks
    ]
    if rows:
        sheet.table([("检查", "结论", "说明"), *rows])


def _printable(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Nothing of the file may steer what is printed."""
    return [(name, printable(value)) for name, value in rows]


def _named(response: Response, task: VerificationTask, suffix: str) -> Response:
    name = f"report-{task.id[:8]}.{suffix}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
