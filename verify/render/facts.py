"""What the report says, as names and values in words: the same on a page and on paper."""

from __future__ import annotations

from datetime import datetime

from verify.render import wording
from verify.render.as_text import moment, place
from verify.report import Check, Report, SealFacts, SignatureReport

Row = tuple[str, str]


def of_file(report: Report) -> list[Row]:
    """验证结果: which file this is about."""
    return [
        ("文件", report.file),
        ("类型", wording.FORMATS.get(report.format, wording.UNKNOWN_FORMAT)),
        ("大小", f"{report.size} 字节"),
        ("SM3", report.sm3),
        ("签章数", str(len(report.signatures))),
    ]


def of_seal(seal: SealFacts) -> list[Row]:
    """印章信息."""
    return [
        ("印章名称", seal.name),
        ("印章编号", seal.id),
        ("印章类型代码", str(seal.type)),
        ("制章者", seal.maker),
        ("有效期", f"{moment(seal.valid_from)} 至 {moment(seal.valid_to)}"),
        ("印面", f"{seal.picture_type.upper()} 图片，{seal.width_mm:g}×{seal.height_mm:g} 毫米"),
    ]


def of_signature(signature: SignatureReport) -> list[Row]:
    """签章信息."""
    verdict = wording.VERDICTS[signature.verdict]
    source = wording.TIME_SOURCES[signature.time_source]
    return [
        ("类型", wording.KINDS[signature.kind]),
        ("结论", verdict),
        ("遵循标准", signature.standard),
        ("签章时间", f"{moment(signature.signed_at)}（{source}）"),
        *_signer(signature),
        *(("位置", place(where)) for where in signature.places),
    ]


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


def explained(check: Check) -> str:
    """Why a check came out as it did, with its detail if there is one."""
    return " ".join(filter(None, (wording.reason(check), readable(check.detail))))


def readable(detail: str) -> str:
    """Times of a check are ISO 8601 for programs; a person reads them as all others here."""
    try:
        at = datetime.fromisoformat(detail)
    except ValueError:
        return detail
    return moment(at) if at.tzinfo else detail
