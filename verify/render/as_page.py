"""The report as an HTML fragment for any page of the service.

Everything from the file is escaped. No style, no script: the page around it brings its own
(classes ``verify-…``). Verdicts are words, never colour alone; tables have captions and row
headers.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from verify.render import facts, wording
from verify.render.as_text import printable
from verify.render.facts import Row
from verify.report import Check, Report, SignatureReport


def as_page(report: Report) -> str:
    """One ``<article>`` with 验证结果, 印章信息 and 签章信息."""
    verdict = report.verdict.value
    seals = [_seal(signature) for signature in report.signatures if signature.seal]
    signatures = [_signature(signature) for signature in report.signatures]
    tabs = [
        ("result", "验证结果", [_result(report), _revisions(report)]),
        ("seals", "印章信息", seals or [_nothing("印章信息", "文件里没有电子印章。")]),
        ("signatures", "签章信息", signatures or [_nothing("签章信息", "文件里没有签章。")]),
    ]
    parts = [
        f'<article class="verify-report verify-{verdict}" aria-label="验证报告">',
        _navigation([(name, label) for name, label, _ in tabs]),
        *(f'<div class="verify-tab" id="{n}">\n{"".join(body)}\n</div>' for n, _, body in tabs),
        "</article>",
    ]
    return "\n".join(parts)


def _navigation(tabs: Iterable[tuple[str, str]]) -> str:
    """The three tabs of the seeds; where no style hides anything they lead to the parts."""
    links = "".join(f'<a href="#{name}">{label}</a>' for name, label in tabs)
    return f'<nav class="verify-tabs" aria-label="报告内容"><a href="#">全部</a>{links}</nav>'


def _nothing(title: str, words: str) -> str:
    return f"<section>\n<h2>{title}</h2>\n<p>{words}</p>\n</section>"


def _result(report: Report) -> str:
    verdict = wording.VERDICTS[report.verdict]
    warnings = _list("verify-warnings", map(wording.notice, report.warnings))
    file = _facts("文件", facts.of_file(report))
    return (
        '<section class="verify-result">\n<h2>验证结果</h2>\n'
        f'<p class="verify-verdict" role="status"><strong>{escape(verdict)}</strong> '
        f"{_text(wording.summary(report))}</p>\n"
        f"{file}\n{_checks('对文件的检查', report.checks)}{warnings}</section>"
    )


def _seal(signature: SignatureReport) -> str:
    seal = signature.seal
    if seal is None:
        return ""
    return (
        f'<section class="verify-seal">\n<h2>印章信息（第 {signature.index} 个）</h2>\n'
        f"{_facts('印章', facts.of_seal(seal))}\n</section>"
    )


def _signature(signature: SignatureReport) -> str:
    quirks = _list("verify-quirks", map(wording.quirk, signature.quirks))
    told = _facts("签章", facts.of_signature(signature))
    return (
        f'<section class="verify-signature verify-{signature.verdict.value}">\n'
        f"<h2>签章信息（第 {signature.index} 个）</h2>\n"
        f"{told}\n{_checks('逐项检查', signature.checks)}{quirks}</section>"
    )


def _revisions(report: Report) -> str:
    if not report.revisions:
        return ""
    items = _list("verify-revisions", map(wording.revision, report.revisions))
    return f'<section class="verify-later">\n<h2>首次签章之后</h2>\n{items}</section>'


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
    return f" <small>{_text(facts.readable(check.detail))}</small>" if check.detail else ""


def _list(name: str, items: Iterable[str]) -> str:
    entries = "".join(f"<li>{_text(item)}</li>" for item in items)
    return f'<ul class="{name}">{entries}</ul>\n' if entries else ""


def _text(value: str) -> str:
    return escape(printable(value))
