"""The report as an HTML fragment for any page of the service.

Everything from the file is escaped. No style, no script: the page around it brings its own
(classes ``verify-…``). Verdicts are words, never colour alone; tables have captions and row
headers.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape

from verify.render import wording
from verify.render.as_text import moment, place, printable
from verify.report import Check, Report, SignatureReport

Row = tuple[str, str]


def as_page(report: Report) -> str:
    """One ``<article>`` with 验证结果, 印章信息 and 签章信息."""
    verdict = report.verdict.value
    parts = [
        f'<article class="verify-report verify-{verdict}" aria-label="验证报告">',
        _result(report),
        *(_seal(signature) for signature in report.signatures if signature.seal),
        *(_signature(signature) for signature in report.signatures),
        _revisions(report),
        "</article>",
    ]
    return "\n".join(parts)


def _result(report: Report) -> str:
    rows = [
        ("文件", report.file),
        ("类型", wording.FORMATS.get(report.format, wording.UNKNOWN_FORMAT)),
        ("大小", f"{report.size} 字节"),
        ("SM3", report.sm3),
        ("签章数", str(len(report.signatures))),
    ]
    verdict = wording.VERDICTS[report.verdict]
    warnings = _list("verify-warnings", map(wording.notice, report.warnings))
    return (
        '<section class="verify-result">\n<h2>验证结果</h2>\n'
        f'<p class="verify-verdict" role="status"><strong>{escape(verdict)}</strong> '
        f"{_text(wording.summary(report))}</p>\n"
        f"{_facts('文件', rows)}\n{_checks('对文件的检查', report.checks)}{warnings}</section>"
    )


def _seal(signature: SignatureReport) -> str:
    seal = signature.seal
    if seal is None:
        return ""
    rows = [
        ("印章名称", seal.name),
        ("印章编号", seal.id),
        ("印章类型代码", str(seal.type)),
        ("制章者", seal.maker),
        ("有效期", f"{moment(seal.valid_from)} 至 {moment(seal.valid_to)}"),
        ("印面", f"{seal.picture_type.upper()} 图片，{seal.width_mm:g}×{seal.height_mm:g} 毫米"),
    ]
    return (
        f'<section class="verify-seal">\n<h2>印章信息（第 {signature.index} 个）</h2>\n'
        f"{_facts('印章', rows)}\n</section>"
    )


def _signature(signature: SignatureReport) -> str:
    verdict = wording.VERDICTS[signature.verdict]
    source = wording.TIME_SOURCES[signature.time_source]
    rows = [
        ("类型", wording.KINDS[signature.kind]),
        ("结论", verdict),
        ("遵循标准", signature.standard),
        ("签章时间", f"{moment(signature.signed_at)}（{source}）"),
        *_signer(signature),
        *(("位置", place(where)) for where in signature.places),
    ]
    quirks = _list("verify-quirks", map(wording.quirk, signature.quirks))
    return (
        f'<section class="verify-signature verify-{signature.verdict.value}">\n'
        f"<h2>签章信息（第 {signature.index} 个）</h2>\n"
        f"{_facts('签章', rows)}\n{_checks('逐项检查', signature.checks)}{quirks}</section>"
    )


def _revisions(report: Report) -> str:
    if not report.revisions:
        return ""
    items = _list("verify-revisions", map(wording.revision, report.revisions))
    return f'<section class="verify-later">\n<h2>首次签章之后</h2>\n{items}</section>'


def _signer(signature: SignatureReport) -> list[Row]:
    signer = signature.signer
    if signer is None:
        return [("签章人", "未知")]
    return [
        ("签章人", signer.common_name),
        ("证书签发者", signer.issuer),
        ("证书序列号", signer.serial),
        ("证书有效期", f"{moment(signer.not_before)} 至 {moment(signer.not_after)}"),
    ]


def _facts(caption: str, rows: Iterable[Row]) -> str:
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{_text(value)}</td></tr>\n'
        for name, value in rows
    )
    return f"<table><caption>{escape(caption)}</caption>\n<tbody>\n{body}</tbody></table>"


def _checks(caption: str, checks: tuple[Check, ...]) -> str:
    if not checks:
        return ""
    body = "".join(
        f'<tr class="verify-{check.verdict.value}">'
        f'<th scope="row">{wording.QUESTIONS[check.question]}</th>'
        f"<td>{wording.VERDICTS[check.verdict]}</td>"
        f"<td>{_text(wording.reason(check))}{_detail(check)}</td></tr>\n"
        for check in checks
    )
    head = '<tr><th scope="col">检查</th><th scope="col">结论</th><th scope="col">说明</th></tr>'
    return (
        f'<table class="verify-checks"><caption>{escape(caption)}</caption>\n'
        f"<thead>{head}</thead>\n<tbody>\n{body}</tbody></table>\n"
    )


def _detail(check: Check) -> str:
    return f" <small>{_text(_readable(check.detail))}</small>" if check.detail else ""


def _readable(detail: str) -> str:
    """Times of a check are ISO 8601 for programs; a person reads them as all others here."""
    try:
        at = datetime.fromisoformat(detail)
    except ValueError:
        return detail
    return moment(at) if at.tzinfo else detail


def _list(name: str, items: Iterable[str]) -> str:
    entries = "".join(f"<li>{_text(item)}</li>" for item in items)
    return f'<ul class="{name}">{entries}</ul>\n' if entries else ""


def _text(value: str) -> str:
    return escape(printable(value))
