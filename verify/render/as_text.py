"""The report for a terminal: plain lines, no colours, no width assumed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from verify.render import wording
from verify.report import Check, Place, Report, SignatureReport, Verdict

_MARKS = {
    Verdict.VALID: "✓",
    Verdict.INVALID: "✗",
    Verdict.INDETERMINATE: "?",
    Verdict.NOT_APPLICABLE: "–",
    Verdict.UNSIGNED: "–",
}
_CHINA = timezone(timedelta(hours=8), "北京时间")


def as_text(report: Report) -> str:
    """Several lines without a final newline. Control characters of the file are taken out."""
    kind = wording.FORMATS.get(report.format, wording.UNKNOWN_FORMAT)
    lines = [
        f"{report.file}（{kind}，{report.size} 字节）",
        f"  验证结果：{wording.VERDICTS[report.verdict]}",
        f"  {wording.summary(report)}",
        *_checks(report.checks, "  "),
    ]
    for signature in report.signatures:
        lines += _signature(signature)
    if report.revisions:
        lines.append("  首次签章之后：")
        lines += [f"      {wording.revision(revision)}" for revision in report.revisions]
    lines += [f"  提示：{wording.notice(code)}" for code in report.warnings]
    return "\n".join(map(printable, lines))


def printable(line: str) -> str:
    """A terminal must not be steered by what stands in a certificate."""
    return "".join(c if c.isprintable() else "�" for c in line)


def moment(at: datetime | None) -> str:
    """A time as people in China read it."""
    return at.astimezone(_CHINA).strftime("%Y-%m-%d %H:%M:%S") if at else "未知"


def place(where: Place) -> str:
    return (
        f"第 {where.page} 页，距左 {where.x_mm:.1f} 毫米、距上 {where.y_mm:.1f} 毫米，"
        f"大小 {where.w_mm:.1f}×{where.h_mm:.1f} 毫米"
    )


def _signature(signature: SignatureReport) -> list[str]:
    verdict, kind = wording.VERDICTS[signature.verdict], wording.KINDS[signature.kind]
    source = wording.TIME_SOURCES[signature.time_source]
    lines = [
        f"  [{signature.index}] {kind} {wording.title(signature)}：{verdict}",
        f"      标准：{signature.standard}",
        f"      时间：{moment(signature.signed_at)}（{source}）",
    ]
    if signature.signer:
        lines.append(
            f"      签章人：{signature.signer.common_name}（签发者 {signature.signer.issuer}）"
        )
    if signature.seal:
        seal = signature.seal
        period = f"{moment(seal.valid_from)} 至 {moment(seal.valid_to)}"
        lines.append(f"      印章：{seal.id}，制章者 {seal.maker}，有效期 {period}")
    lines += [f"      位置：{place(where)}" for where in signature.places]
    lines += _checks(signature.checks, "      ")
    lines += [f"      与标准不同：{wording.quirk(code)}" for code in signature.quirks]
    return lines


def _checks(checks: tuple[Check, ...], indent: str) -> list[str]:
    return [
        f"{indent}{_MARKS[c.verdict]} {wording.QUESTIONS[c.question]} {wording.reason(c)}".rstrip()
        for c in checks
    ]
