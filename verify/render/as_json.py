"""The report as JSON, the contract with other programs (docs/reference), and back again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from verify.render import wording
from verify.report import (
    Change,
    ChangedPage,
    Check,
    Kind,
    Place,
    Question,
    Reason,
    Report,
    Revision,
    SealFacts,
    SignatureReport,
    Signer,
    TimeSource,
    Verdict,
)

Json = dict[str, Any]


def as_json(report: Report) -> Json:
    """Plain values for ``json.dumps(…, ensure_ascii=False)``; times in UTC, numbers in mm."""
    return {
        "file": report.file,
        "format": report.format,
        "size": report.size,
        "sm3": report.sm3,
        "verdict": report.verdict.value,
        "summary": wording.summary(report),
        "signatures": [_signature(signature) for signature in report.signatures],
        "checks": [_check(check) for check in report.checks],
        "warnings": list(report.warnings),
        "revisions": [_revision(revision) for revision in report.revisions],
    }


def _signature(signature: SignatureReport) -> Json:
    return {
        "index": signature.index,
        "kind": signature.kind.value,
        "standard": signature.standard,
        "verdict": signature.verdict.value,
        "signer": _signer(signature.signer) if signature.signer else None,
        "seal": _seal(signature.seal) if signature.seal else None,
        "signed_at": _time(signature.signed_at) if signature.signed_at else None,
        "time_source": signature.time_source.value,
        "places": [_place(place) for place in signature.places],
        "checks": [_check(check) for check in signature.checks],
        "quirks": list(signature.quirks),
    }


def _signer(signer: Signer) -> Json:
    return {
        "common_name": signer.common_name,
        "issuer": signer.issuer,
        "serial": signer.serial,
        "not_before": _time(signer.not_before),
        "not_after": _time(signer.not_after),
    }


def _seal(seal: SealFacts) -> Json:
    return {
        "id": seal.id,
        "name": seal.name,
        "type": seal.type,
        "maker": seal.maker,
        "valid_from": _time(seal.valid_from),
        "valid_to": _time(seal.valid_to),
        "picture": {
            "type": seal.picture_type,
            "width_mm": seal.width_mm,
            "height_mm": seal.height_mm,
        },
    }


def _place(place: Place) -> Json:
    return {
        "page": place.page,
        "x_mm": place.x_mm,
        "y_mm": place.y_mm,
        "w_mm": place.w_mm,
        "h_mm": place.h_mm,
    }


def _revision(revision: Revision) -> Json:
    return {
        "number": revision.number,
        "change": revision.change.value,
        "begin": revision.begin,
        "end": revision.end,
        "pages": [{"before": page.before, "after": page.after} for page in revision.pages],
        "signatures": list(revision.signatures),
        "detail": revision.detail,
    }


def _check(check: Check) -> Json:
    return {
        "question": check.question.value,
        "verdict": check.verdict.value,
        "reason": check.reason.value if check.reason else "",
        "detail": check.detail,
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


# --- and back -----------------------------------------------------------------------


def from_json(data: Json) -> Report:
    """The report that ``as_json`` made this from. Raises KeyError, TypeError or ValueError."""
    return Report(
        str(data["file"]),
        str(data["format"]),
        int(data["size"]),
        str(data["sm3"]),
        tuple(map(_signature_back, data["signatures"])),
        tuple(map(_check_back, data["checks"])),
        tuple(map(str, data["warnings"])),
        tuple(map(_revision_back, data["revisions"])),
    )


def _signature_back(data: Json) -> SignatureReport:
    return SignatureReport(
        index=int(data["index"]),
        kind=Kind(data["kind"]),
        standard=str(data["standard"]),
        checks=tuple(map(_check_back, data["checks"])),
        signer=_signer_back(data["signer"]) if data["signer"] else None,
        seal=_seal_back(data["seal"]) if data["seal"] else None,
        signed_at=_time_back(data["signed_at"]) if data["signed_at"] else None,
        time_source=TimeSource(data["time_source"]),
        places=tuple(Place(**place) for place in data["places"]),
        quirks=tuple(map(str, data["quirks"])),
    )


def _signer_back(data: Json) -> Signer:
    times = _time_back(data["not_before"]), _time_back(data["not_after"])
    return Signer(str(data["common_name"]), str(data["issuer"]), str(data["serial"]), *times)


def _seal_back(data: Json) -> SealFacts:
    picture = data["picture"]
    return SealFacts(
        str(data["id"]), str(data["name"]), int(data["type"]), str(data["maker"]),
        _time_back(data["valid_from"]), _time_back(data["valid_to"]),
        str(picture["type"]), float(picture["width_mm"]), float(picture["height_mm"]),
    )  # fmt: skip


def _revision_back(data: Json) -> Revision:
    return Revision(
        int(data["number"]), Change(data["change"]), int(data["begin"]), int(data["end"]),
        tuple(ChangedPage(_number(p["before"]), _number(p["after"])) for p in data["pages"]),
        tuple(map(int, data["signatures"])), str(data["detail"]),
    )  # fmt: skip


def _number(value: object) -> int | None:
    if value is None or isinstance(value, int):
        return value
    raise TypeError("page")


def _check_back(data: Json) -> Check:
    reason = Reason(data["reason"]) if data["reason"] else None
    return Check(Question(data["question"]), Verdict(data["verdict"]), reason, str(data["detail"]))


def _time_back(text: str) -> datetime:
    return datetime.fromisoformat(text)
